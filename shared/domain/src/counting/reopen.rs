//! Reopens time: what is recorded late changes time that may be counted already.

use super::is_late;
use crate::ports::{ReopenTally, StoreError};
use crate::tally::Period;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};

/// Periods reopened at the same time.
const CONCURRENT_WRITES: usize = 16;

/// Reopens the hour, day, month and year of each moment that is late at `now`, each period once;
/// says which could not be. An entry may be written only after all four of its periods are
/// reopened: whoever counted them before then finds out, and whoever counts them after waits.
pub async fn reopen<S: ReopenTally + Sync>(
    store: &S,
    workspace: &Workspace,
    occurred_at: impl IntoIterator<Item = Timestamp>,
    now: Timestamp,
) -> BTreeMap<Period, StoreError> {
    let late = occurred_at.into_iter().filter(|at| is_late(*at, now));
    let periods: BTreeSet<_> = late.flat_map(Period::all_holding).collect();
    let reopened = futures::stream::iter(periods)
        .map(|period| async move { (period, store.reopen(workspace, period, now).await) });
    let reopened: Vec<_> = reopened.buffer_unordered(CONCURRENT_WRITES).collect().await;
    reopened.into_iter().filter_map(|(period, outcome)| Some((period, outcome.err()?))).collect()
}
