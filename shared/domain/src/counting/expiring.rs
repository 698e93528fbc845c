//! Owns the reminder: how many entries are about to expire, so that they can be exported before.

use super::{Browse, Budget, Ledger, LedgerStore};
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::ports::{Direction, ListEntries, StoreError, Stretch};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use serde::Serialize;

/// Days that the near figure of the reminder looks ahead.
const NEAR_DAYS: i64 = 7;
/// Days that the far figure of the reminder looks ahead.
const FAR_DAYS: i64 = 30;
/// Entries read at most to find the oldest that can be seen: entries that have expired but are not
/// deleted yet may lie before it.
const MAX_READ: usize = 1_000;

/// How many entries expire soon; `Expiring` in `openapi.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Expiring {
    /// How many expire within 7 days of 24 hours.
    pub within_7_days: u64,
    /// How many expire within 30 days.
    pub within_30_days: u64,
    /// When the next one expires: a midnight, UTC. `None` means that none does within 30 days.
    pub first_expires_at: Option<Timestamp>,
    /// Whether the counts are exact. Otherwise they are lower bounds.
    pub is_exact: bool,
}

/// Counts the entries of a workspace that expire soon by its plan.
///
/// # Errors
/// When the store fails.
pub async fn expiring<S: LedgerStore + ListEntries>(
    store: &S,
    workspace: &Workspace,
    now: Timestamp,
    budget: Budget,
) -> Result<Expiring, StoreError> {
    let nothing =
        Expiring { within_7_days: 0, within_30_days: 0, first_expires_at: None, is_exact: true };
    let Some(span) = expired_by(workspace, now, FAR_DAYS) else { return Ok(nothing) };
    let filter = Filter::default();
    let mut ledger =
        Ledger::open(store, workspace, &filter, span, Browse::COUNTED, now, budget).await?;
    let within_30_days = ledger.total();
    let within_7_days = match expired_by(workspace, now, NEAR_DAYS) {
        Some(near) => within_30_days.saturating_sub(ledger.newer_than(near.high).await?),
        None => 0,
    };
    let stretch = Stretch { workspace, filter: &filter, span, recorded_by: None, now };
    let oldest = store.slice(stretch, Direction::OldestFirst, 1, MAX_READ).await?;
    let first_expires_at = oldest
        .entries
        .first()
        .and_then(|entry| workspace.plan.expires_at(entry.content.occurred_at));
    Ok(Expiring { within_7_days, within_30_days, first_expires_at, is_exact: ledger.is_exact() })
}

/// The entries that can be seen at `now` and will have expired `days` days later. `None` means that
/// there can be no such entry.
fn expired_by(workspace: &Workspace, now: Timestamp, days: i64) -> Option<Span> {
    let end = workspace.plan.keeps_from(now.plus_days(days))?;
    let low = EntryId::first_of(workspace.visible_from(now).unwrap_or(Timestamp::MIN));
    let high = EntryId::first_of(end).before()?;
    (low <= high).then_some(Span { low, high })
}

#[cfg(test)]
mod tests;
