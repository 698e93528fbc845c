//! Tells which actions and target types are in use, and how often, for the menus of a filter.

use domain::catalog::catalog;
use domain::counting::{Expiring, Ledger, LedgerStore, expiring};
use domain::credential::Scope;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::ports::ListEntries;
use domain::span::Span;
use domain::tally::{Cell, Histogram};
use domain::timestamp::Timestamp;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use web::http::{Answer, Request};
use web::list_query::read_facets_query;
use web::problem::ApiError;
use web::service::Service;

/// The wire form of the facets.
#[derive(Debug, Serialize)]
struct Facets {
    actions: Vec<Facet>,
    target_types: Vec<Facet>,
    total_entries: u64,
    total_is_exact: bool,
    as_of: Option<EntryId>,
    retention_days: Option<u32>,
    visible_from: Option<Timestamp>,
    /// Only without a filter: it is about the whole log.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Expiring>,
}

/// A name of the catalogue and how many entries carry it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Facet {
    name: String,
    count: u64,
}

/// `GET /v1/workspaces/{workspace_id}/facets`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The counts, from the tally. Those of actions are under all filters but the action, those of
///    target types under all but the target type, so that a menu shows what choosing something else
///    would find: 200.
pub(crate) async fn facets<S: LedgerStore + ListEntries>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let filter = read_facets_query(&request.query)?;
    let (workspace, now) = (&access.workspace, access.now);
    let (histogram, is_exact, newest) = match Span::of(&filter, None, workspace, now) {
        None => (Histogram::default(), true, None),
        Some(span) => {
            let ledger =
                Ledger::open(&service.store, workspace, &filter, span, now, crate::page::budget())
                    .await?;
            (ledger.histogram(), ledger.is_exact(), ledger.newest())
        }
    };
    let is_whole_log = filter == Filter::default();
    let expiring = if is_whole_log {
        Some(expiring(&service.store, workspace, now, crate::page::budget()).await?)
    } else {
        None
    };
    let but_action = Filter { action: None, ..filter.clone() };
    let but_target_type = Filter { target_type: None, ..filter.clone() };
    let names = catalog();
    Ok(Answer::json(
        StatusCode::OK,
        &Facets {
            actions: counts(
                &histogram,
                &but_action,
                |cell| &cell.action,
                names.actions.iter().map(|action| action.name.as_str()),
            ),
            target_types: counts(
                &histogram,
                &but_target_type,
                |cell| &cell.target_type,
                names.target_types.iter().map(|one| one.name.as_str()),
            ),
            total_entries: histogram.matching(&filter),
            total_is_exact: is_exact,
            as_of: newest,
            retention_days: workspace.plan.retention_days(),
            visible_from: workspace.visible_from(now),
            expiring,
        },
    ))
}

/// What is in use under a filter, in the catalogue's order; names that the catalogue no longer has
/// come last.
fn counts<'a>(
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
            counts(&histogram, filter, |cell| &cell.action, ["b", "none", "a"].into_iter())
        };
        let facet = |name: &str, count| Facet { name: name.to_owned(), count };
        assert_eq!(of(&Filter::default()), [facet("b", 2), facet("a", 7), facet("old", 5)]);
        assert_eq!(
            of(&Filter { target_type: Some("y".into()), ..Filter::default() }),
            [facet("a", 4)]
        );
    }
}
