//! Counts what a plan hides: the entries between two bounds, and those that a raised plan would
//! bring back.

use super::{Browse, Budget, Ledger, LedgerStore};
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::plan::{GraceDays, Plan};
use crate::ports::StoreError;
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::{Grace, Workspace};
use serde::Serialize;

/// What raising the plan would bring back; `Grace` in `openapi.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Restorable {
    /// The plan that was lowered.
    pub plan: Plan,
    /// When it was lowered.
    pub since: Timestamp,
    /// The end, exclusive, of the time in which it can be raised to without loss.
    pub until: Timestamp,
    /// How many hidden entries it would bring back.
    pub hidden_entries: u64,
    /// Whether the number is exact. Otherwise it is a lower bound.
    pub is_exact: bool,
}

/// A number of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) entries: u64,
    /// Whether it is exact. Otherwise it is a lower bound.
    pub(crate) is_exact: bool,
}

/// What each plan that a workspace was lowered from would bring back at `now`, one for each grace
/// that is not over.
///
/// # Errors
/// When the store fails.
pub async fn restorable<S: LedgerStore>(
    store: &S,
    workspace: &Workspace,
    now: Timestamp,
    budget: Budget,
) -> Result<Vec<Restorable>, StoreError> {
    let mut found = Vec::new();
    for Grace { plan, since, until } in workspace.graces_at(now).copied() {
        let raised = workspace.with_plan(plan, now, GraceDays::default());
        let (low, high) = (raised.visible_from(now), workspace.visible_from(now));
        let number = number_between(store, workspace, low, high, now, budget).await?;
        let Number { entries: hidden_entries, is_exact } = number;
        found.push(Restorable { plan, since, until, hidden_entries, is_exact });
    }
    Ok(found)
}

/// How many entries happened from `low` on and before `high`. `None` as an end means that nothing
/// happened before it.
pub(crate) async fn number_between<S: LedgerStore>(
    store: &S,
    workspace: &Workspace,
    low: Option<Timestamp>,
    high: Option<Timestamp>,
    now: Timestamp,
    budget: Budget,
) -> Result<Number, StoreError> {
    let low = EntryId::first_of(low.unwrap_or(Timestamp::MIN));
    let span = high
        .and_then(|high| EntryId::first_of(high).before())
        .filter(|high| low <= *high)
        .map(|high| Span { low, high });
    let Some(span) = span else { return Ok(Number { entries: 0, is_exact: true }) };
    let filter = Filter::default();
    let ledger =
        Ledger::open(store, workspace, &filter, span, Browse::COUNTED, now, budget).await?;
    Ok(Number { entries: ledger.total(), is_exact: ledger.is_exact() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::{at, entry, workspace};
    use crate::memory::{MemoryStore, finish};
    use std::time::Duration;

    #[test]
    fn each_grace_says_what_its_plan_would_bring_back() {
        let noon = at("2026-11-22T12:00:00Z");
        let pro = workspace("ws_a", Plan::Pro, noon.plus_days(-900));
        let basic = pro.with_plan(Plan::Basic, noon.plus_days(-3), GraceDays::default());
        let free = basic.with_plan(Plan::Free, noon, GraceDays::default());
        let store = MemoryStore::new();
        store.put_plain_workspace(&free);
        let days = [0, 30, 31, 89, 90, 91, 364, 365, 366, 367, 368, 369];
        let log: Vec<_> =
            (0..).zip(days).map(|(n, days)| entry(&pro, noon.plus_days(-days), n)).collect();
        store.load(&log);
        let of = |now: Timestamp| -> Vec<_> {
            let budget = Budget::new(f64::MAX, Duration::from_mins(1));
            let found = finish(restorable(&store, &free, now, budget)).unwrap();
            found.into_iter().map(|grace| (grace.plan, grace.until, grace.hidden_entries)).collect()
        };
        let (first, second) = (noon.plus_days(4), noon.plus_days(7));
        assert_eq!(of(noon), [(Plan::Pro, first, 6), (Plan::Basic, second, 3)]);
        assert_eq!(of(first), [(Plan::Basic, second, 2)], "four days later one has expired");
        assert_eq!(of(second), []);
    }
}
