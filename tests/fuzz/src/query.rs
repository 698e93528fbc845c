//! The query string of a list, of the facets and of the feed, over a log of three entries.
//!
//! - It is answered with 200, 400 or 422.
//! - A page shows no more than is in the log, and every link of a page leads to a page.

use crate::world::{ENTRIES, NOON, Sent, World, noon};
use domain::memory::fixtures::{actor, entry_of, target};

const FACETS: &str = "/v1/workspaces/ws_a/facets";
const FEED: &str = "/v1/workspaces/ws_a/feed";

pub(crate) fn run(data: &[u8]) -> bool {
    let Ok(query) = std::str::from_utf8(data) else { return false };
    let world = with_log();
    let list = world.get(&format!("{ENTRIES}?{query}"));
    check(&list);
    if list.status == 200 {
        check_links(&world, &list);
    }
    let facets = world.get(&format!("{FACETS}?{query}"));
    check(&facets);
    let feed = world.get(&format!("{FEED}?{query}"));
    check(&feed);
    [list, facets, feed].iter().any(|answer| answer.status == 200)
}

/// A world with three entries: two actors, two actions, two targets, at three moments.
pub(crate) fn with_log() -> World {
    let world = World::new();
    let entries = [(0, "u_1", "member"), (1, "u_1", "project"), (90_000, "u_2", "project")];
    let entries = entries.map(|(seconds, who, kind)| {
        let at = noon().plus_ms(-seconds * 1_000);
        entry_of(&world.workspace, at, 1, |content| {
            content.actor = actor(who);
            content.action =
                if kind == "member" { "member.invite" } else { "project.update" }.into();
            content.target = target(kind, "p");
        })
    });
    world.store.load_by(&world.workspace, &entries);
    world
}

/// Checks that an answer has one of the statuses that a query can have.
pub(crate) fn check(answer: &Sent) {
    assert!([200, 400, 422].contains(&answer.status), "{answer:?}");
    assert!(answer.elements("/entries").len() <= 3, "{answer:?} at {NOON}");
}

/// Follows the links of a page.
fn check_links(world: &World, page: &Sent) {
    let links = page.headers.get("link").map_or("", String::as_str);
    for link in links.split(", ").filter(|link| !link.is_empty()) {
        let (target, relation) = link.split_once('>').unwrap();
        let answer = world.get(target.strip_prefix('<').unwrap());
        assert_eq!(answer.status, 200, "{relation} of {links}: {answer:?}");
    }
}
