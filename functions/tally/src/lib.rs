//! The `tally` function: counts closed time ahead of the lists that need it, when the stream of the
//! entries table hints that a workspace has some.
//!
//! Nothing depends on it. Without it, a list counts what it needs by itself and takes longer.

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

/// What one batch may cost: 20,000 read capacity units count 180,000 entries of 450 bytes.
const MAX_READ_UNITS: f64 = 20_000.0;
/// How long one batch may take. The function's timeout is longer.
const MAX_TIME: Duration = Duration::from_secs(40);

/// Counts the workspaces that the batch hints at, one after another.
///
/// 1. The first hint of each workspace is picked from the records.
/// 2. All closed time of the workspace that is not counted is counted, the newest first, and the
///    counts are stored.
/// 3. If that failed, or the budget was spent before, the hint is reported as failed. Lambda then
///    hands the batch over again from that record on. This is safe: counting continues from the
///    counts that were stored.
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

/// Counts all closed time of a workspace, and says whether the budget was enough.
async fn count_all<S: LedgerStore>(
    service: &Service<S>,
    workspace: &WorkspaceId,
    now: Timestamp,
    budget: &Budget,
) -> Result<bool, StoreError> {
    let counts = count(&service.store, workspace, Span::everything(), now, budget).await?;
    Ok(counts.is_finished)
}
