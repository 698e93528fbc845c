//! Counts the actions and target types in use, for the menus of a filter.

use crate::ListStore;
use domain::catalog::Catalog;
use domain::counting::{Budget, Expiring, Ledger, expiring};
use domain::credential::Scope;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::ports::StoreError;
use domain::span::Span;
use domain::tally::{Cell, Histogram};
use domain::timestamp::Timestamp;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use web::http::{Answer, Request};
use web::list_query::read_facets_query;
use web::problem::ApiError;
use web::service::{Access, Service};

/// The wire form of the facets; `Facets` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct Facets {
    actions: Vec<Facet>,
    target_types: Vec<Facet>,
    total_entries: u64,
    total_is_exact: bool,
    as_of: Option<EntryId>,
    retention_days: Option<u32>,
    visible_from: Option<Timestamp>,
    /// Absent if there is a filter, because it is about the whole log.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Expiring>,
}

/// A name of the catalogue and how many entries carry it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Facet {
    name: String,
    count: u64,
}

/// What is counted of a log: entries of each kind.
#[derive(Debug)]
struct LogCounts {
    histogram: Histogram,
    is_exact: bool,
    /// An id that no entry of the log exceeds; `None` means that there is no entry.
    as_of: Option<EntryId>,
}

/// `GET /v1/workspaces/{workspace_id}/facets`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The counts of the menus, from the tally; without a filter, also how many entries expire soon:
///    200.
pub(crate) async fn facets<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let catalog = service.catalog(access.now).await?;
    let filter = read_facets_query(&request.query, &catalog)?;
    let log = count_log(&service.store, &filter, &access).await?;
    let expiring = if filter == Filter::default() {
        Some(expiring(&service.store, &access.workspace, access.now, Budget::of_request()).await?)
    } else {
        None
    };
    Ok(Answer::json(StatusCode::OK, &Facets::of(&log, &filter, &catalog, expiring, &access)))
}

/// Counts the entries within the filter's time, of all actions and target types.
async fn count_log<S: ListStore>(
    store: &S,
    filter: &Filter,
    access: &Access,
) -> Result<LogCounts, StoreError> {
    let (workspace, now) = (&access.workspace, access.now);
    let Some(span) = Span::of(filter, None, workspace, now) else {
        return Ok(LogCounts { histogram: Histogram::default(), is_exact: true, as_of: None });
    };
    let ledger = Ledger::open(store, workspace, filter, span, now, Budget::of_request()).await?;
    Ok(LogCounts {
        histogram: ledger.histogram(),
        is_exact: ledger.is_exact(),
        as_of: ledger.newest(),
    })
}

impl Facets {
    /// The facets under a filter. Each menu is counted under the filters of the other menus only,
    /// so that it shows what another choice in it would find.
    fn of(
        log: &LogCounts,
        filter: &Filter,
        catalog: &Catalog,
        expiring: Option<Expiring>,
        access: &Access,
    ) -> Self {
        let histogram = &log.histogram;
        let but_action = Filter { action: None, ..filter.clone() };
        let but_target_type = Filter { target_type: None, ..filter.clone() };
        let actions = catalog.actions.iter().map(|action| action.name.as_str());
        let target_types = catalog.target_types.iter().map(|one| one.name.as_str());
        Self {
            actions: menu(histogram, &but_action, |cell| &cell.action, actions),
            target_types: menu(histogram, &but_target_type, |cell| &cell.target_type, target_types),
            total_entries: histogram.matching(filter),
            total_is_exact: log.is_exact,
            as_of: log.as_of,
            retention_days: access.workspace.plan.retention_days(),
            visible_from: access.workspace.visible_from(access.now),
            expiring,
        }
    }
}

/// The names in use under a filter, in the catalogue's order. Names that the catalogue no longer
/// has come last.
fn menu<'a>(
    histogram: &'a Histogram,
    filter: &Filter,
    name: fn(&Cell) -> &str,
    order: impl Iterator<Item = &'a str>,
) -> Vec<Facet> {
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    for (cell, count) in histogram.iter().filter(|(cell, _)| cell.matches(filter)) {
        *found.entry(name(cell)).or_default() += count;
    }
    let facet = |(name, count): (&str, u64)| Facet { name: name.to_owned(), count };
    let mut facets: Vec<_> = order.filter_map(|name| found.remove_entry(name)).map(facet).collect();
    facets.extend(found.into_iter().map(facet));
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
            life_ms: None,
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
