//! The `tally` function: numbers what was recorded and folds it into counts, when the stream of the
//! entries table hints that a workspace has new entries. It tells the operators of stored items
//! that the stream shows altered.
//!
//! No answer depends on it. Without it, a list numbers and counts what it needs by itself and takes
//! longer.

mod alteration;
mod hint;
mod plans;

pub use hint::StreamEvent;
pub use plans::Planned;

use alteration::Alteration;
use domain::catalog::default_catalog;
use domain::counting::{Budget, Fold, FoldStore, fold};
use domain::following::{self, Follow, FollowStore, STEP_ENTRIES};
use domain::journal::SETTLED_AFTER_MS;
use domain::ports::{PlanChecks, ReadCatalog, ReadControl, RememberLogs, StoreError};
use domain::remembered::FollowedLately;
use domain::sequencing::seal;
use domain::timestamp::Timestamp;
use domain::unusual::Rules;
use domain::workspace::WorkspaceId;
use std::time::Duration;
use web::batch::BatchResponse;
use web::service::Service;

/// What the store must do to number and count entries.
pub trait TallyStore:
    FoldStore + FollowStore + ReadControl + ReadCatalog + PlanChecks + RememberLogs
{
}
impl<S> TallyStore for S where
    S: FoldStore + FollowStore + ReadControl + ReadCatalog + PlanChecks + RememberLogs
{
}

/// What one batch may cost: 20,000 read capacity units number 160,000 entries of 500 bytes.
const MAX_READ_UNITS: f64 = 20_000.0;
/// How long one batch may take. The function's timeout is longer.
const MAX_TIME: Duration = Duration::from_secs(40);
/// The stream says in whole seconds when an entry was written.
const STREAM_PRECISION_MS: i64 = 1_000;

/// Reports the items that the batch shows as altered. Numbers and counts the entries of the
/// workspaces that it hints at, one after another.
///
/// 1. Each item that was changed in a way in which the service changes no item, or was deleted
///    before it expired, gets a line in the log. This comes first, so that no later failure hides
///    it. A batch that is handed over again is reported again.
/// 2. The workspaces are picked from the records. If the batch is not full, so that the next one
///    may be long in coming, the function waits until its newest entry is settled: at most 11
///    seconds.
/// 3. What is settled is numbered, and folded into the counts if that is worth its cost.
/// 4. The directory of people and addresses follows if 8,000 entries are there for it. If that
///    fails, the operators are told, and the next batch tries again: no count depends on it.
/// 5. Once a day and instance, the check of the log is planned for when the day is over.
/// 6. If the numbering or the counting failed, or the budget was spent before, the hint is reported
///    as failed. Lambda then hands the batch over again from that record on. This is safe: each
///    segment that is stored is complete, and each node that is stored is right.
pub async fn handle<S: TallyStore>(
    service: &Service<S>,
    planned: &Planned,
    event: StreamEvent,
) -> BatchResponse {
    let service = service.for_request();
    let mut response = BatchResponse::default();
    let alterations = event.alterations();
    alterations.iter().for_each(Alteration::report);
    let oldest = event.oldest();
    if let Some(newest) = event.newest_of_part() {
        service.clock.pause(until_settled(newest, service.clock.now())).await;
    }
    let budget = Budget::new(MAX_READ_UNITS, MAX_TIME);
    for hint in event.hints() {
        match follow(&service, planned, &hint.workspace, &budget).await {
            Ok(true) => {}
            Ok(false) => response.fail(hint.sequence_number),
            Err(error) => {
                tracing::warn!(error = %domain::ports::chain(&error), "a workspace is not counted");
                response.fail(hint.sequence_number);
            }
        }
    }
    let (spent, now) = (service.store.spent(), service.clock.now());
    tracing::info!(
        function = "tally",
        failures = response.failures(),
        alterations = alterations.len(),
        lag_ms = oldest.map(|oldest| now.ms().saturating_sub(oldest.ms()).max(0)),
        store_calls = spent.calls,
        store_retries = spent.retries(),
        read_units = spent.read_units,
        write_units = spent.write_units,
        "batch"
    );
    response
}

/// How long it takes until an entry that was written within the second after `written_at` is
/// settled.
fn until_settled(written_at: Timestamp, now: Timestamp) -> Duration {
    let most = SETTLED_AFTER_MS + STREAM_PRECISION_MS;
    let left = written_at.plus_ms(most).ms() - now.ms();
    Duration::from_millis(u64::try_from(left.min(most)).unwrap_or_default())
}

/// Numbers and counts the entries of a workspace, and says whether the budget was enough.
async fn follow<S: TallyStore>(
    service: &Service<S>,
    planned: &Planned,
    workspace: &WorkspaceId,
    budget: &Budget,
) -> Result<bool, StoreError> {
    let now = service.clock.now();
    // What was written on that day is settled now.
    let day = now.plus_ms(-SETTLED_AFTER_MS - STREAM_PRECISION_MS).start_of_day();
    planned.plan(&service.store, workspace, day).await?;
    let sealed = seal(&service.store, workspace, now, budget).await?;
    let folding = fold(&service.store, workspace, Fold::WhenItPays, budget).await?;
    if let Err(error) = fill_directory(service, workspace, sealed.next, budget).await {
        let error = domain::ports::chain(&error);
        tracing::warn!(%error, "the directory of a workspace does not follow");
    }
    Ok(sealed.is_finished && folding.is_finished)
}

/// Lets the directory follow the journal, which goes up to `next`, when a whole step of entries is
/// there. What an instance has seen tells whether that can be, so most batches ask nothing.
async fn fill_directory<S: TallyStore>(
    service: &Service<S>,
    id: &WorkspaceId,
    next: u64,
    budget: &Budget,
) -> Result<(), StoreError> {
    let (store, step) = (&service.store, u64::try_from(STEP_ENTRIES).unwrap_or(u64::MAX));
    let followed = store.remembered().followed(id).map_or(0, |lately| lately.next);
    if next < followed.saturating_add(step) {
        return Ok(());
    }
    let Some(workspace) = store.workspace(id).await? else { return Ok(()) };
    // Which actions are sensitive.
    let catalog = store.catalog().await?;
    let catalog = catalog.as_deref().unwrap_or_else(|| default_catalog());
    let (grace, rules) = (service.grace, Rules::of(service.thresholds, catalog));
    let when = Follow::WhenItPays;
    let following = following::follow(store, &workspace, grace, &rules, when, budget).await?;
    let at = service.clock.now();
    store.remembered().has_followed(id, FollowedLately { at, next: following.next });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_ends_when_the_newest_entry_is_settled() {
        let now = Timestamp::clamped(1_700_000_000_000);
        let wait = |ago_ms: i64| until_settled(now.plus_ms(-ago_ms), now).as_millis();
        assert_eq!((wait(0), wait(4_000), wait(11_000), wait(60_000)), (11_000, 7_000, 0, 0));
        assert_eq!(wait(-60_000), 11_000, "whatever the stream says");
    }
}
