//! A batch of the stream of entries, as `tally` gets it, and a batch of the queue or a tick, as
//! `job` gets it.
//!
//! - Any batch that can be read is handled, and the answer lists the failures.
//! - An entry keeps its place in lists, whatever the batch says.

use crate::query::with_log;
use crate::world::{ENTRIES, World, at_pointer};
use domain::json::Json;
use job::JobEvent;
use tally::StreamEvent;

pub(crate) fn run(data: &[u8]) -> bool {
    let world = with_log();
    let before = world.get(ENTRIES);
    let followed = serde_json::from_slice::<StreamEvent>(data).ok();
    let is_batch = followed.is_some();
    if let Some(event) = followed {
        check(&world.follow(event), data);
    }
    let plan = world.send("PUT", "/v1/workspaces/ws_a", br#"{"plan":"free"}"#);
    assert_eq!(plan.status, 200, "{plan:?}");
    let worked = serde_json::from_slice::<JobEvent>(data).ok();
    let is_work = worked.is_some();
    if let Some(event) = worked {
        check(&world.work(event), data);
    }
    check_list(&world, before.elements("/entries").len() + 1);
    is_batch || is_work
}

/// Checks that an answer lists failures, and not more than its batch can have.
fn check(response: &Json, data: &[u8]) {
    let Some(Json::Array(failures)) = at_pointer(response, "/batchItemFailures") else {
        panic!("{response:?}")
    };
    assert!(failures.len() <= data.len());
}

/// Checks that the list has all entries, with the one of the change of plan.
fn check_list(world: &World, entries: usize) {
    let list = world.get(ENTRIES);
    assert_eq!(list.elements("/entries").len(), entries, "{list:?}");
    assert_eq!(list.number("/page/total_entries"), u64::try_from(entries).unwrap());
}
