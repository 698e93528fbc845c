//! Logs of more than one page of 1 MB. Stores may end their pages at different places, but a walk
//! through all pages must find the same.

use crate::apply::Ports;
use crate::dynamodb;
use aws::dynamodb::items_of_entry;
use domain::entry::Entry;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::memory::MemoryStore;
use domain::memory::fixtures::{actor, at, entry_of, new_entry, value_of, workspace};
use domain::plan::Plan;
use domain::ports::{Consistency, Direction, Stretch};
use domain::span::Span;
use domain::workspace::Workspace;
use local::{embedded, setup};

/// Entries of 1.4 KB: 2.1 MB in all, and more than an index gives in one call.
const ENTRIES: u32 = 1_500;

fn log() -> (Workspace, Vec<Entry>) {
    let noon = at("2026-11-22T12:00:00Z");
    let workspace = workspace("ws_a", Plan::Free, noon);
    let entries = (0..ENTRIES).map(|n| {
        entry_of(&workspace, noon.plus_ms(i64::from(n)), n, |content| {
            content.new_value = Some(value_of(1_024));
        })
    });
    let entries = entries.collect();
    (workspace, entries)
}

/// Every way to read the whole log, in as many calls as it takes: the ids that each finds, in
/// order.
async fn walks<S: Ports>(store: &S, workspace: &Workspace) -> Vec<(&'static str, Vec<EntryId>)> {
    let (by_log, everything) = (Filter::default(), Span::everything());
    let by_actor = Filter { actor: Some(actor("u_1").key()), ..Filter::default() };
    let (recorded_by, now) = (None, workspace.created_at);
    let stretch = |filter, span| Stretch { workspace, filter, span, recorded_by, now };
    let mut walks = Vec::new();
    for (name, filter) in [("rows of the log", &by_log), ("rows of an actor", &by_actor)] {
        let (mut ids, mut rest) = (Vec::new(), Some(everything));
        while let Some(span) = rest {
            let rows = store.rows(stretch(filter, span)).await.unwrap();
            ids.extend(rows.rows.iter().map(|row| row.entry.id));
            rest = rows.stopped_at.and_then(|id| everything.older_than(id));
        }
        walks.push((name, ids));
    }
    for (name, filter) in [("slice of the log", &by_log), ("slice of an actor", &by_actor)] {
        let slice =
            store.slice(stretch(filter, everything), Direction::NewestFirst, 1_400, 9_000).await;
        walks.push((name, slice.unwrap().entries.iter().map(|entry| entry.id).collect()));
        let matches = store.count(stretch(filter, everything), 9_000, 9_000).await.unwrap();
        assert_eq!((matches.count, matches.is_whole), (u64::from(ENTRIES), true), "{name}");
    }
    let slice =
        store.read(&workspace.id, everything, usize::MAX, Consistency::Strong).await.unwrap();
    // The embedded DynamoDB counts the entry at the end of a page as read on both pages.
    assert!(slice.stopped_at.is_none() && slice.read >= slice.entries.len());
    walks.push(("span", slice.entries.iter().map(|entry| entry.id).collect()));
    let (mut ids, mut rest) = (Vec::new(), Some(everything));
    while let Some(span) = rest {
        let lives = store.lives(&workspace.id, span, 1_000).await.unwrap();
        ids.extend(lives.entries.iter().map(|life| life.id));
        rest = lives.stopped_at.and_then(|id| everything.newer_than(id));
    }
    walks.push(("lives", ids));
    walks
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_is_walked_to_the_same_end() {
    let (workspace, entries) = log();
    let (embedded, over_dynamodb) = dynamodb().await;
    let items =
        entries.iter().flat_map(|entry| items_of_entry(&new_entry(&workspace, entry)).unwrap());
    let items = items.collect();
    setup::import(&embedded.database, &embedded::tables().entries, items).unwrap();
    let in_memory = MemoryStore::new();
    in_memory.load_by(&workspace, &entries);
    let expected = walks(&over_dynamodb, &workspace).await;
    let found = walks(&in_memory, &workspace).await;
    for ((name, found), (_, expected)) in found.into_iter().zip(expected) {
        assert!(found == expected, "{name}: {} of {}", found.len(), expected.len());
    }
    let (a, b) = (
        domain::ports::Metered::spent(&over_dynamodb).read_units,
        domain::ports::Metered::spent(&in_memory).read_units,
    );
    assert!((a - b).abs() < 0.1 * a, "{a} read units, and in memory {b}");
}
