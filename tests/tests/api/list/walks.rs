//! Walks through all pages, there and back, with every filter and page size.

use crate::list::noon;
use domain::entry::{Content, Entry};
use domain::plan::Plan;
use domain::workspace::Workspace;
use tests::{Ask, NOON, actor, at, content, log_of, target, walk};

const ACTIONS: [&str; 3] = ["member.invite", "project.update", "settings.update"];
const ACTORS: [&str; 4] = ["usr_1", "usr_2", "Üser #3/?&=+% 😀", "usr_1#"];
const TARGETS: [(&str, &str); 5] = [
    ("member", "x"),
    ("project", "x"),
    ("project", "y#1"),
    ("settings", "x"),
    ("member", "project#x"),
];

/// 210 entries: three to a millisecond, so that pages begin and end among equal times; every fifth
/// millisecond a day apart.
fn log(workspace: &Workspace) -> Vec<Entry> {
    let of = |n: usize| -> Content {
        let millisecond = i64::try_from(n / 3).unwrap();
        let moment = at(NOON).plus_ms(-millisecond).plus_days(-(millisecond / 5));
        let (kind, id) = TARGETS[(n / 2) % TARGETS.len()];
        content(
            moment,
            actor(ACTORS[n % ACTORS.len()]),
            ACTIONS[(n / 11) % ACTIONS.len()],
            target(kind, id),
            n,
        )
    };
    log_of(workspace, (0..210).map(of))
}

fn asks() -> Vec<(&'static str, Ask)> {
    let text = |text: &str| Some(text.to_owned());
    let none = Ask::default();
    let (from, to) =
        (Some(at(NOON).plus_ms(-46).plus_days(-9)), Some(at(NOON).plus_ms(-7).plus_days(-1)));
    let odd_actor = Ask { actor_id: text(ACTORS[2]), ..none.clone() };
    let odd_target = Ask { target_type: text("project"), target_id: text("y#1"), ..none.clone() };
    vec![
        ("no filter", none.clone()),
        ("action", Ask { action: text("project.update"), ..none.clone() }),
        ("target_type", Ask { target_type: text("member"), ..none.clone() }),
        (
            "action and target_type",
            Ask { action: text("member.invite"), target_type: text("project"), ..none.clone() },
        ),
        ("from and to", Ask { from, to, ..none.clone() }),
        ("actor", Ask { actor_id: text("usr_1"), ..none.clone() }),
        ("actor with an odd id", odd_actor.clone()),
        (
            "actor, action and target_type",
            Ask {
                action: text("settings.update"),
                target_type: text("project"),
                ..odd_actor.clone()
            },
        ),
        ("target", odd_target.clone()),
        (
            "target that is named like another",
            Ask { target_type: text("member"), target_id: text("project#x"), ..none },
        ),
        ("actor and target", Ask { actor_id: text("usr_2"), ..odd_target.clone() }),
        (
            "all",
            Ask {
                actor_id: text(ACTORS[2]),
                action: text("member.invite"),
                from,
                to,
                ..odd_target
            },
        ),
    ]
}

#[tokio::test]
async fn every_walk_shows_every_entry_once_and_in_order() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    let log = log(&workspace);
    service.load(&log);
    for (name, ask) in asks() {
        let expected = ask.of(&log);
        assert!(!expected.is_empty(), "{name} finds something");
        for size in [1, 3, 20, 100] {
            let pages = walk(&api, "ws_a", &format!("{}page_size={size}", ask.query())).await;
            let there: Vec<_> = pages.iter().map(|page| page.ids.clone()).collect();
            let in_model: Vec<_> = expected.chunks(size).map(<[String]>::to_vec).collect();
            assert_eq!(there, in_model, "{name}, {size} to a page");
        }
    }
}

#[tokio::test]
async fn a_link_and_a_token_with_or_without_its_filters_give_the_same_page() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    service.load(&log(&workspace));
    for (name, ask) in asks() {
        let path = "/v1/workspaces/ws_a/entries";
        let first = tests::page(&api, &format!("{path}?{}page_size=2", ask.query())).await;
        let token = first.next.clone().unwrap();
        let followed = api.get(first.link("next").unwrap()).await;
        for query in [
            format!("page_token={token}"),
            format!("{}page_token={token}", ask.query()),
            format!("page_token={token}&page_size=2"),
        ] {
            let same = api.get(&format!("{path}?{query}")).await;
            assert_eq!((same.status, &same.text), (200, &followed.text), "{name}");
        }
        let second = tests::page(&api, first.link("next").unwrap()).await;
        for (relation, expected) in [("first", &first), ("prev", &first)] {
            let back = tests::page(&api, second.link(relation).unwrap()).await;
            assert_eq!(
                (&back.ids, &back.rows),
                (&expected.ids, &expected.rows),
                "{name}, {relation}"
            );
        }
    }
}
