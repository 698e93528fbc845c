//! The `tally` function: counts closed time when the stream of the entries table hints that there
//! is some to count.
//!
//! Nothing depends on it: a list counts what it needs by itself. With it, lists find their counts
//! made.

mod hint;

pub use hint::StreamEvent;

use domain::counting::{Budget, LedgerStore, count};
use domain::ports::StoreError;
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use std::time::Duration;
use web::batch::BatchResponse;
use web::service::Service;

/// What one batch may cost: as many read capacity units as counting 180,000 entries of 450 bytes.
const MAX_READ_UNITS: f64 = 20_000.0;
/// How long one batch may take; the function's timeout is above it.
const MAX_TIME: Duration = Duration::from_secs(40);

/// Counts what the batch hints at, one workspace after another.
///
/// 1. Of the records, those that are hints, the first of each workspace.
/// 2. All closed time of the workspace that is not counted yet, the newest first: what can be kept
///    is kept.
/// 3. The workspaces that failed, or that the budget did not suffice for, go back to the stream by
///    the sequence number of their hint, and what follows it in the batch with them. Trying again
///    is safe: it finds what was kept.
pub async fn handle<S: LedgerStore>(service: &Service<S>, event: StreamEvent) -> BatchResponse {
    let service = service.for_request();
    let now = service.clock.now();
    let budget = Budget::new(MAX_READ_UNITS, MAX_TIME);
    let mut response = BatchResponse::default();
    for hint in event.hints() {
        match count_all(&service, &hint.workspace, now, &budget).await {
            Ok(true) => {}
            Ok(false) => response.fail(hint.sequence_number),
            Err(error) => {
                tracing::warn!(error = %domain::ports::chain(&error), "a workspace is not counted");
                response.fail(hint.sequence_number);
            }
        }
    }
    let spent = service.store.spent();
    tracing::info!(
        function = "tally",
        failures = response.failures(),
        store_calls = spent.calls,
        read_units = spent.read_units,
        write_units = spent.write_units,
        "batch"
    );
    response
}

/// Counts all closed time of a workspace; says whether the budget sufficed.
async fn count_all<S: LedgerStore>(
    service: &Service<S>,
    workspace: &WorkspaceId,
    now: Timestamp,
    budget: &Budget,
) -> Result<bool, StoreError> {
    let counts = count(&service.store, workspace, Span::everything(), now, budget).await?;
    Ok(counts.is_finished)
}
