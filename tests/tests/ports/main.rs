//! The ports over DynamoDB and the ports in memory give the same answers. The same operations, many
//! of them random, run against both, and every answer and its cost are compared.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect fails"
)]

mod apply;
mod control;
mod directory;
mod files;
mod journal;
mod long;
mod operation;
mod universe;

use apply::apply;
use aws::dynamodb::DynamoStore;
use domain::memory::MemoryStore;
use domain::plan::Plan;
use domain::ports::{Direction, Metered};
use journal::JournalOperation;
use local::embedded::{self, Embedded};
use operation::{List, Operation, operations};
use proptest::prelude::*;
use std::iter;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use universe::{ENTRIES, FILTERS};

/// An empty store over an embedded DynamoDB of its own.
async fn dynamodb() -> (Embedded, DynamoStore) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let embedded = Embedded::start(embedded::open(None).unwrap(), listener).unwrap();
    let store = instance(&embedded);
    (embedded, store)
}

/// A store with caches of its own, as each instance of a function has.
fn instance(embedded: &Embedded) -> DynamoStore {
    DynamoStore::new(embedded::client(&embedded.endpoint), embedded::tables())
}

/// Runs the operations against both stores, and compares after each.
async fn compare(operations: &[Operation]) -> Result<(), TestCaseError> {
    let (embedded, over_dynamodb) = dynamodb().await;
    let in_memory = MemoryStore::new();
    for (place, operation) in operations.iter().enumerate() {
        let (a, b) = (over_dynamodb.metered(), in_memory.metered());
        let expected = apply(&a, operation).await;
        let found = apply(&b, operation).await;
        prop_assert_eq!(&found, &expected, "{}: {:?}", place, operation);
        let (a, b) = (a.spent(), b.spent());
        // The adapter decides whether it reads heads one by one or in a range with all that lies
        // between them.
        let heads_of = match operation {
            Operation::Journal(JournalOperation::HeadsOf { entries, .. }) => entries.len(),
            _ => 0,
        };
        prop_assert!(
            a.calls == b.calls || heads_of > 0,
            "calls of {place}: {operation:?}: {a:?} and in memory {b:?}"
        );
        // The embedded DynamoDB charges for the duplicates of a batch only if it has new entries
        // too, and does not charge for the indexes of an update.
        let slack = match operation {
            Operation::AppendAll { entries, .. } => u32::try_from(entries.len()).unwrap(),
            Operation::Rewrite { .. } => 2,
            _ => u32::try_from(heads_of).unwrap(),
        };
        let is_near = |a: f64, b: f64| (a - b).abs() <= 1.0 + 0.1 * a + f64::from(slack);
        prop_assert!(
            is_near(a.read_units, b.read_units) && is_near(a.write_units, b.write_units),
            "{place}: {operation:?} costs {a:?} and in memory {b:?}"
        );
    }
    embedded.stop().await;
    Ok(())
}

/// Every filter, over all entries and by every way to list them.
#[tokio::test(flavor = "multi_thread")]
async fn every_filter_has_the_same_answers() {
    let all = Operation::AppendAll { entries: (0..ENTRIES - 3).collect(), plan: Plan::Free };
    let reads = (0..FILTERS).flat_map(|filter| {
        let list = List { filter, span: (0, 8), recorded_by: None, now: 0 };
        let direction = Direction::NewestFirst;
        [
            Operation::Slice { list: list.clone(), direction, wanted: 50, most_read: 200 },
            Operation::Count { list: list.clone(), most: 50, most_read: 200 },
            Operation::Rows { list },
        ]
    });
    let operations: Vec<_> = iter::once(all).chain(reads).collect();
    compare(&operations).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_operations_have_the_same_answers(all in operations(60)) {
        Runtime::new().unwrap().block_on(compare(&all))?;
    }
}
