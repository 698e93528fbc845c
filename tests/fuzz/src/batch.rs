//! The body of a batch.
//!
//! - It is refused whole, or each entry has a result, in their order, and the counts are right.
//! - Exactly what was recorded is stored. When it is sent again, every entry is a duplicate.
//! - Each entry has the result that it has when it is sent alone.

use crate::entry::check_stored;
use crate::world::{ENTRIES, Sent, World, at_pointer};
use domain::json::{Json, split_array, split_object};
use std::collections::BTreeSet;

const BATCH: &str = "/v1/workspaces/ws_a/entries/batch";
/// How many entries of a batch are also sent alone. A limit keeps an input from taking long.
const SENT_ALONE: usize = 5;

pub(crate) fn run(data: &[u8]) -> bool {
    let world = World::new();
    let answer = world.send("POST", BATCH, data);
    let stored = world.store.stored(&world.workspace).len();
    if answer.status != 200 {
        assert_eq!(stored, 0, "{answer:?}");
        return false;
    }
    let entries = texts(data);
    let results = answer.elements("/results");
    assert_eq!(results.len(), entries.len());
    for status in ["recorded", "duplicate", "rejected"] {
        assert_eq!(answer.number(&format!("/{status}")), count(results, status));
    }
    let ids: BTreeSet<_> =
        results.iter().map(|result| text(result, "/id")).filter(|id| !id.is_empty()).collect();
    assert_eq!(ids.len(), stored);
    ids.iter().take(SENT_ALONE).for_each(|id| check_stored(&world, id));
    let again = world.send("POST", BATCH, data);
    assert_eq!(count(again.elements("/results"), "recorded"), 0, "{again:?}");
    assert_eq!(again.number("/rejected"), answer.number("/rejected"));
    assert_eq!(world.store.stored(&world.workspace).len(), stored);
    for (entry, result) in entries.into_iter().zip(results).take(SENT_ALONE) {
        check_alone(&World::new().send("POST", ENTRIES, entry), result);
    }
    stored > 0
}

/// The texts of the entries of an accepted batch.
fn texts(data: &[u8]) -> Vec<&[u8]> {
    let members = split_object(data).unwrap();
    let (_, entries) = members.into_iter().next().unwrap();
    split_array(entries).unwrap().unwrap()
}

fn text<'j>(json: &'j Json, pointer: &str) -> &'j str {
    if let Some(Json::Text(text)) = at_pointer(json, pointer) { text } else { "" }
}

fn count(results: &[Json], status: &str) -> u64 {
    let of_status = results.iter().filter(|result| text(result, "/status") == status);
    u64::try_from(of_status.count()).unwrap()
}

/// Compares the answer to an entry that was sent alone with its result in a batch.
fn check_alone(alone: &Sent, result: &Json) {
    if alone.status == 201 {
        assert_eq!(alone.text("/id"), text(result, "/id"));
    } else {
        assert_eq!(alone.text("/type"), text(result, "/problem/type"), "{alone:?} {result:?}");
        assert_eq!(alone.at("/errors"), at_pointer(result, "/problem/errors"));
    }
}
