//! Reopens time: an entry that is recorded late falls into time that may be counted already.

use super::is_late;
use crate::ports::{ReopenTally, StoreError};
use crate::tally::Period;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};

/// Periods reopened at the same time.
const CONCURRENT_WRITES: usize = 16;

/// R1: reopens the hour, day, month and year of each moment that is late at `now`, each period
/// once. Returns the periods that could not be reopened.
///
/// The caller must keep this order, because a count that lacks the entry is found out only then:
///
/// 1. Read the clock: `now`. From here on the recording has 20 s (A2).
/// 2. Reopen: this function. Each mark removes the count of its node and sets `reopened_at = now`.
///    Whoever counted before this step cannot store the result (R4); whoever counts after it waits
///    60 s before storing it (R3).
/// 3. Write the entry, but only if all its four periods were reopened.
///
/// If it stops between two marks or after them, nothing is lost: some counts are made again.
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

#[cfg(test)]
mod tests;
