//! Counts entries by their kinds, for the menus of a filter.

use crate::ListStore;
use crate::by_actors::Entries;
use crate::by_entry::{Limits, MOST_COUNTED};
use domain::counting::{Browse, Budget, Interval, Ledger, Timeline, TooManyPeriods};
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::judging::Unusual;
use domain::lookup::Directory;
use domain::ports::{Direction, ListEntries, StoreError, Stretch};
use domain::span::Span;
use domain::tally::{Cell, Histogram};
use domain::timestamp::Timestamp;
use domain::unusual::Flagged;
use domain::validation::Errors;
use std::collections::BTreeSet;
use web::list_query::FacetsQuery;
use web::problem::ApiError;

/// What is counted of a log: entries of each kind.
#[derive(Debug)]
pub(super) struct LogCounts {
    pub(super) histogram: Histogram,
    /// The unusual ones, of whatever kind.
    pub(super) unusual: Vec<(EntryId, Flagged)>,
    /// How many match in each period, if that is asked.
    pub(super) timeline: Option<Timeline>,
    /// Whether these are all, and every entry is judged.
    pub(super) are_all_unusual: bool,
    pub(super) is_exact: bool,
    /// Entries that were recorded up to this moment are counted. `None` means that nothing was ever
    /// recorded.
    pub(super) as_of: Option<Timestamp>,
}

/// Counts the entries that meet the filter's conditions other than those of their kind: from the
/// tally or, if only the entries tell which these are, by reading them.
pub(super) async fn count_log<S: ListStore>(
    store: &S,
    FacetsQuery { filter, interval }: &FacetsQuery,
    directory: Directory<'_>,
) -> Result<LogCounts, ApiError> {
    let interval = *interval;
    let Directory { workspace, now, .. } = directory;
    let Some(span) = Span::of(filter, workspace, now) else {
        let (histogram, unusual) = Default::default();
        let (are_all_unusual, is_exact) = (true, true);
        let timeline = interval.map(Timeline::empty);
        return Ok(LogCounts {
            histogram,
            unusual,
            timeline,
            are_all_unusual,
            is_exact,
            as_of: None,
        });
    };
    if filter.needs_entry() {
        let entries = Entries::of(store, directory, filter).await?;
        return match entries.unusual(filter) {
            Some((index, is_whole)) => {
                let found = all_unusual(index, filter, span, directory).await?;
                count_unusual(found, is_whole, filter, interval, directory.now)
            }
            None => count_entries(store, &entries, filter, interval, span, directory).await,
        };
    }
    let budget = Budget::of_request();
    let mut ledger =
        Ledger::open(store, workspace, filter, span, Browse::COUNTED, now, budget).await?;
    let histogram = ledger.histogram();
    let timeline = match interval {
        Some(interval) => Some(ledger.timeline(interval).await?.map_err(refused)?),
        None => None,
    };
    let (unusual, are_all_unusual) = unusual_within(store, filter, span, directory).await?;
    Ok(LogCounts {
        are_all_unusual,
        unusual,
        timeline,
        is_exact: ledger.is_exact() && histogram.untold() == 0,
        histogram,
        as_of: Some(ledger.as_of().recorded).filter(|recorded| *recorded > Timestamp::MIN),
    })
}

/// Reads the entries, whatever their kind: a menu shows what another choice in it would find.
async fn count_entries<S: ListStore>(
    store: &S,
    entries: &Entries<'_, S>,
    filter: &Filter,
    interval: Option<Interval>,
    span: Span,
    directory: Directory<'_>,
) -> Result<LogCounts, ApiError> {
    let Directory { workspace, now, .. } = directory;
    let Limits { most_counted, most_read } = entries.limits(filter);
    let most_counted = usize::try_from(most_counted).unwrap_or(usize::MAX);
    let of_any_kind = of_any_kind(filter);
    let stretch = Stretch { workspace, filter: &of_any_kind, span, recorded_by: Some(now), now };
    // One more than is counted, to know that there are more.
    let wanted = most_counted.saturating_add(1);
    let slice = entries.slice(stretch, Direction::NewestFirst, wanted, most_read).await?;
    let is_exact = slice.stopped_at.is_none() && slice.entries.len() <= most_counted;
    let entries = || slice.entries.iter().take(most_counted);
    let histogram: Histogram = entries().map(|entry| (Cell::of(entry), 1)).collect();
    let as_of = (histogram.total() > 0 || !is_exact).then_some(now);
    let (mut unusual, are_all_unusual) = unusual_within(store, filter, span, directory).await?;
    let ids: BTreeSet<EntryId> = entries().map(|entry| entry.id).collect();
    unusual.retain(|(id, _)| ids.contains(id));
    let matching = entries().filter(|entry| filter.matches_kind(entry)).map(|entry| entry.id);
    let timeline = timeline_of(&matching.collect::<Vec<_>>(), interval)?;
    Ok(LogCounts { histogram, unusual, timeline, are_all_unusual, is_exact, as_of })
}

/// The filter without its conditions on kinds.
fn of_any_kind(filter: &Filter) -> Filter {
    let is_of_target = filter.target_id.is_some();
    let target_type = filter.target_type.clone().filter(|_| is_of_target);
    Filter { action: None, outcome: None, target_type, ..filter.clone() }
}

/// The unusual entries of a span, of whatever kind, as far as they are judged, and whether these
/// are all.
async fn unusual_within<S: ListStore>(
    store: &S,
    filter: &Filter,
    span: Span,
    directory: Directory<'_>,
) -> Result<(Vec<(EntryId, Flagged)>, bool), StoreError> {
    let judgement = directory.judgement(store).await?;
    let (found, are_all) =
        all_unusual(&Unusual { store, judgement }, filter, span, directory).await?;
    Ok((found, are_all && directory.has_judged_all(store).await?))
}

async fn all_unusual<S: ListStore>(
    index: &Unusual<'_, S>,
    filter: &Filter,
    span: Span,
    Directory { workspace, now, .. }: Directory<'_>,
) -> Result<(Vec<(EntryId, Flagged)>, bool), StoreError> {
    let filter = &of_any_kind(filter);
    let stretch = Stretch { workspace, filter, span, recorded_by: Some(now), now };
    index.all(stretch, usize::try_from(MOST_COUNTED).unwrap_or(usize::MAX)).await
}

/// Counts the unusual entries that their index has, which tells their kinds.
fn count_unusual(
    (unusual, are_all): (Vec<(EntryId, Flagged)>, bool),
    is_whole: bool,
    filter: &Filter,
    interval: Option<Interval>,
    now: Timestamp,
) -> Result<LogCounts, ApiError> {
    let histogram = unusual.iter().map(|(_, flagged)| (flagged.kind.clone(), 1)).collect();
    let matching = unusual.iter().filter(|(_, flagged)| flagged.kind.matches(filter));
    let ids: Vec<_> = matching.map(|(id, _)| *id).collect();
    let timeline = timeline_of(&ids, interval)?;
    let is_exact = is_whole && are_all;
    let as_of = (!unusual.is_empty() || !is_exact).then_some(now);
    Ok(LogCounts { histogram, unusual, timeline, are_all_unusual: is_exact, is_exact, as_of })
}

/// The timeline of the entries with these ids, if one is asked.
fn timeline_of(ids: &[EntryId], interval: Option<Interval>) -> Result<Option<Timeline>, ApiError> {
    interval.map(|interval| Timeline::of(ids, interval)).transpose().map_err(refused)
}

fn refused(too_many: TooManyPeriods) -> ApiError {
    let mut errors = Errors::default();
    errors.add("/interval", too_many.to_string());
    ApiError::ValidationFailed(errors.into_vec())
}
