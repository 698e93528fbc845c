//! Answers with the actions, target types, outcomes and reasons of unusual entries in use, for the
//! menus of a filter.

mod counts;

use crate::ListStore;
use crate::directory::directory_of;
use counts::{LogCounts, count_log};
use domain::catalog::Catalog;
use domain::checking::last_check;
use domain::counting::{Budget, Expiring, Restorable, Timeline, expiring, restorable};
use domain::credential::Scope;
use domain::entry::Outcome;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::job::LastCheck;
use domain::ports::StoreError;
use domain::tally::{Cell, Histogram};
use domain::timestamp::Timestamp;
use domain::unusual::{Reason, Reasons};
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use web::http::{Answer, Request};
use web::list_query::read_facets_query;
use web::problem::ApiError;
use web::service::{Access, Service};

/// The most names of a menu that the catalogue does not have: 2,000 of 128 characters are 330 KB.
const MAX_OTHER_NAMES: usize = 2_000;

/// The wire form of the facets; `Facets` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct Facets {
    actions: Vec<Facet>,
    target_types: Vec<Facet>,
    outcomes: Vec<Facet>,
    unusual: Vec<Facet>,
    unusual_entries: u64,
    unusual_is_complete: bool,
    total_entries: u64,
    total_is_exact: bool,
    /// Absent unless an interval is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<TimelineView>,
    as_of: Option<Timestamp>,
    retention_days: Option<u32>,
    visible_from: Option<Timestamp>,
    /// Absent if there is a filter, because it is about the whole log.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Expiring>,
    /// What raising the plan would bring back. Absent if no plan was lowered a short time ago, or
    /// if there is a filter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grace: Vec<Restorable>,
    /// What the last check of the journal found. Absent if there is a filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal_check: Option<LastCheck>,
}

/// How many entries match in each period.
#[derive(Debug, Serialize)]
struct TimelineView {
    interval: &'static str,
    /// The periods with entries, the oldest first.
    buckets: Vec<Bucket>,
}

/// A period, and how many entries match in it.
#[derive(Debug, Serialize)]
struct Bucket {
    from: Timestamp,
    to: Timestamp,
    count: u64,
    /// How many of them are unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusual: Option<NonZeroU64>,
}

/// What becomes of the whole log: how many entries expire soon, and what a raised plan brings back.
#[derive(Debug, Default)]
struct Outlook {
    expiring: Option<Expiring>,
    grace: Vec<Restorable>,
    journal_check: Option<LastCheck>,
}

/// A name in use and how many entries have it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Facet {
    name: String,
    count: u64,
}

/// `GET /v1/workspaces/{workspace_id}/facets`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The counts of the menus, from the tally or, if only the entries tell which match, by reading
///    them; those of the reasons from the index of unusual entries; without a filter, also how many
///    entries expire soon, how many a raised plan would bring back, and what the last check of the
///    journal found: 200. What is not judged yet is judged first, if that is not too much.
pub(crate) async fn facets<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let catalog = service.catalog(access.now).await?;
    let query = read_facets_query(&request.query, &catalog)?;
    let rules = service.rules(access.now).await?;
    let directory = directory_of(service, &access, &rules);
    let mut log = count_log(&service.store, &query, directory).await?;
    if directory.judge_for_menus(&service.store).await? {
        log = count_log(&service.store, &query, directory).await?;
    }
    let filter = query.filter;
    let outlook = if filter == Filter::default() {
        outlook(&service.store, &access).await?
    } else {
        Outlook::default()
    };
    Ok(Answer::json(StatusCode::OK, &Facets::of(&log, &filter, &catalog, outlook, &access)))
}

async fn outlook<S: ListStore>(store: &S, access: &Access) -> Result<Outlook, StoreError> {
    let (workspace, now, budget) = (&access.workspace, access.now, Budget::of_request());
    let expiring = Some(expiring(store, workspace, now, budget).await?);
    let grace = restorable(store, workspace, now, budget).await?;
    let journal_check = Some(last_check(store, &workspace.id, now).await?);
    Ok(Outlook { expiring, grace, journal_check })
}

impl Facets {
    /// The facets under a filter. Each menu is counted under the filters of the other menus only,
    /// so that it shows what another choice in it would find.
    fn of(
        log: &LogCounts,
        filter: &Filter,
        catalog: &Catalog,
        Outlook { expiring, grace, journal_check }: Outlook,
        access: &Access,
    ) -> Self {
        let histogram = &log.histogram;
        // With a target, the target type is that of any target. A kind has only the first one's.
        let is_of_target = filter.target_id.is_some();
        let target_type = filter.target_type.clone().filter(|_| !is_of_target);
        let filter = &Filter { target_type, ..filter.clone() };
        let but_action = Filter { action: None, ..filter.clone() };
        let but_target_type = Filter { target_type: None, ..filter.clone() };
        let but_outcome = Filter { outcome: None, ..filter.clone() };
        let actions = catalog.actions.iter().map(|action| action.name.as_str());
        let target_types = catalog.target_types.iter().map(|one| one.name.as_str());
        let outcomes = Outcome::ALL.into_iter().map(Outcome::name);
        let selected: Vec<_> =
            log.unusual.iter().filter(|(_, flagged)| flagged.kind.matches(filter)).collect();
        let reasons: Vec<_> = selected.iter().map(|(_, flagged)| flagged.reasons).collect();
        let unusual: Vec<_> = selected.iter().map(|(id, _)| *id).collect();
        Self {
            actions: menu(histogram, &but_action, |cell| &cell.action, actions),
            target_types: menu(histogram, &but_target_type, |cell| &cell.target_type, target_types),
            outcomes: menu(histogram, &but_outcome, |cell| cell.outcome.name(), outcomes),
            unusual: by_reason(&reasons),
            unusual_entries: u64::try_from(reasons.len()).unwrap_or(u64::MAX),
            unusual_is_complete: log.are_all_unusual,
            total_entries: histogram.matching(filter),
            total_is_exact: log.is_exact,
            timeline: log.timeline.as_ref().map(|timeline| TimelineView::of(timeline, &unusual)),
            as_of: log.as_of,
            retention_days: access.workspace.plan.retention_days(),
            visible_from: access.workspace.visible_from(access.now),
            expiring,
            grace,
            journal_check,
        }
    }
}

impl TimelineView {
    fn of(timeline: &Timeline, unusual: &[EntryId]) -> Self {
        let unusual = unusual.iter().map(|id| (id.occurred_at(), 1));
        let unusual = Timeline::sum(timeline.unit, unusual).counts;
        let bucket = |(from, count): (&Timestamp, &u64)| Bucket {
            from: *from,
            to: timeline.unit.end_of(*from),
            count: *count,
            unusual: unusual.get(from).copied().and_then(NonZeroU64::new),
        };
        let buckets = timeline.counts.iter().map(bucket).collect();
        Self { interval: timeline.unit.name(), buckets }
    }
}

/// How many entries are unusual for each reason.
fn by_reason(reasons: &[Reasons]) -> Vec<Facet> {
    let count = |reason: Reason| {
        let count = reasons.iter().filter(|reasons| reasons.has(reason)).count();
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Facet { name: reason.name().to_owned(), count }
    };
    Reason::ALL.into_iter().map(count).filter(|facet| facet.count > 0).collect()
}

/// The names in use under a filter, in the catalogue's order. Names that the catalogue does not
/// have come last; if there are more of them than a menu holds, the rarest are left out.
fn menu<'a>(
    histogram: &Histogram,
    filter: &Filter,
    name: fn(&Cell) -> &str,
    order: impl Iterator<Item = &'a str>,
) -> Vec<Facet> {
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    let told = histogram.iter().filter(|(cell, _)| !cell.is_untold());
    for (cell, count) in told.filter(|(cell, _)| cell.matches(filter)) {
        *found.entry(name(cell)).or_default() += count;
    }
    let facet = |(name, count): (&str, u64)| Facet { name: name.to_owned(), count };
    let mut facets: Vec<_> = order.filter_map(|name| found.remove_entry(name)).map(facet).collect();
    let mut others: Vec<_> = found.into_iter().map(facet).collect();
    if others.len() > MAX_OTHER_NAMES {
        others.sort_by_key(|facet| std::cmp::Reverse(facet.count));
        others.truncate(MAX_OTHER_NAMES);
        others.sort_by(|a, b| a.name.cmp(&b.name));
    }
    facets.extend(others);
    facets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn menus_keep_the_catalogues_order_and_lose_no_name() {
        let cell = |action: &str, target_type: &str| Cell {
            action: action.into(),
            target_type: target_type.into(),
            outcome: Outcome::Success,
        };
        let histogram: Histogram =
            [(cell("b", "x"), 2), (cell("a", "x"), 3), (cell("a", "y"), 4), (cell("old", "x"), 5)]
                .into_iter()
                .collect();
        let of = |filter: &Filter| {
            menu(&histogram, filter, |cell| &cell.action, ["b", "none", "a"].into_iter())
        };
        let facet = |name: &str, count| Facet { name: name.to_owned(), count };
        assert_eq!(of(&Filter::default()), [facet("b", 2), facet("a", 7), facet("old", 5)]);
        assert_eq!(
            of(&Filter { target_type: Some("y".into()), ..Filter::default() }),
            [facet("a", 4)]
        );
    }
}
