//! Counts entries by their kinds, for the menus of a filter.

use crate::ListStore;
use crate::by_actors::Entries;
use crate::by_entry::Limits;
use domain::counting::{Browse, Budget, Ledger};
use domain::filter::Filter;
use domain::lookup::Directory;
use domain::ports::{Direction, ListEntries, StoreError, Stretch};
use domain::span::Span;
use domain::tally::{Cell, Histogram};
use domain::timestamp::Timestamp;

/// What is counted of a log: entries of each kind.
#[derive(Debug)]
pub(super) struct LogCounts {
    pub(super) histogram: Histogram,
    pub(super) is_exact: bool,
    /// Entries that were recorded up to this moment are counted. `None` means that nothing was ever
    /// recorded.
    pub(super) as_of: Option<Timestamp>,
}

/// Counts the entries that meet the filter's conditions other than those of their kind: from the
/// tally or, if only the entries tell which these are, by reading them.
pub(super) async fn count_log<S: ListStore>(
    store: &S,
    filter: &Filter,
    directory: Directory<'_>,
) -> Result<LogCounts, StoreError> {
    let Directory { workspace, now, .. } = directory;
    let Some(span) = Span::of(filter, workspace, now) else {
        return Ok(LogCounts { histogram: Histogram::default(), is_exact: true, as_of: None });
    };
    if filter.needs_entry() {
        let entries = Entries::of(store, directory, filter).await?;
        return count_entries(&entries, filter, span, directory).await;
    }
    let budget = Budget::of_request();
    let ledger = Ledger::open(store, workspace, filter, span, Browse::COUNTED, now, budget).await?;
    let histogram = ledger.histogram();
    Ok(LogCounts {
        is_exact: ledger.is_exact() && histogram.untold() == 0,
        histogram,
        as_of: Some(ledger.as_of().recorded).filter(|recorded| *recorded > Timestamp::MIN),
    })
}

/// Reads the entries, whatever their kind: a menu shows what another choice in it would find.
async fn count_entries<S: ListEntries + Sync>(
    entries: &Entries<'_, S>,
    filter: &Filter,
    span: Span,
    directory: Directory<'_>,
) -> Result<LogCounts, StoreError> {
    let Directory { workspace, now, .. } = directory;
    let Limits { most_counted, most_read } = entries.limits(filter);
    let most_counted = usize::try_from(most_counted).unwrap_or(usize::MAX);
    let of_any_kind = Filter {
        action: None,
        outcome: None,
        target_type: filter.target_type.clone().filter(|_| filter.target_id.is_some()),
        ..filter.clone()
    };
    let stretch = Stretch { workspace, filter: &of_any_kind, span, recorded_by: Some(now), now };
    // One more than is counted, to know that there are more.
    let wanted = most_counted.saturating_add(1);
    let slice = entries.slice(stretch, Direction::NewestFirst, wanted, most_read).await?;
    let is_exact = slice.stopped_at.is_none() && slice.entries.len() <= most_counted;
    let entries = slice.entries.iter().take(most_counted);
    let histogram: Histogram = entries.map(|entry| (Cell::of(entry), 1)).collect();
    let as_of = (histogram.total() > 0 || !is_exact).then_some(now);
    Ok(LogCounts { histogram, is_exact, as_of })
}
