//! Lists a page of entries, with its number and the number of pages.

use crate::by_actors::ByActors;
use crate::by_entry::Limits;
use crate::found::FoundPage;
use crate::listing::Listing;
use crate::{ListStore, answer, by_entry, by_position, by_tally};
use domain::counting::Budget;
use domain::credential::Scope;
use domain::entry::ActorKey;
use domain::filter::Filter;
use domain::lookup::Directory;
use domain::plan::GraceDays;
use domain::ports::StoreError;
use std::collections::BTreeSet;
use web::http::{Answer, Request};
use web::list_query::{ListQuery, read_query};
use web::problem::ApiError;
use web::service::{Access, Service};

/// `GET /v1/workspaces/{workspace_id}/entries`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The page and the number of entries, from the tally or, if only the entries tell which match,
///    from an index or the log, where the directory tells whose part of the index that is for an
///    email address or an IP address; then the sequence numbers, from the journal: 200. If they are
///    too large together: 422.
pub(crate) async fn list_entries<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let catalog = service.catalog(access.now).await?;
    let query = read_query(&request.query, &access.workspace.salt, &catalog)?;
    let page = find(&service.store, &query, &access, service.grace).await?;
    answer::answer(&page, &query, &access.workspace, &request.path)
}

/// The actors by whom all entries are that a filter selects by email address or IP address, if an
/// index does not find them already. `None` means that the log must be looked through.
pub(crate) async fn actors_behind<S: ListStore>(
    store: &S,
    filter: &Filter,
    access: &Access,
    grace: GraceDays,
) -> Result<Option<BTreeSet<ActorKey>>, StoreError> {
    let is_known = filter.actor_email.is_some() || filter.ip_address.is_some();
    if filter.has_index() || !is_known {
        return Ok(None);
    }
    let directory = Directory { workspace: &access.workspace, grace, now: access.now };
    directory.actors_behind(store, filter).await
}

/// Finds the page that a query asks for.
async fn find<S: ListStore>(
    store: &S,
    query: &ListQuery,
    access: &Access,
    grace: GraceDays,
) -> Result<FoundPage, StoreError> {
    let page = match Listing::of(query, &access.workspace, access.now) {
        None => return Ok(FoundPage::of_empty_list(query)),
        Some(listing) if query.filter.needs_entry() => {
            match actors_behind(store, &query.filter, access, grace).await? {
                Some(actors) => {
                    let store = &ByActors::new(store, actors);
                    by_entry::page(store, &listing, Limits::OF_AN_INDEX).await?
                }
                None => by_entry::page(store, &listing, Limits::of_request(&query.filter)).await?,
            }
        }
        Some(listing) => match by_position::page(store, &listing).await? {
            Some(page) => page,
            None => by_tally::page(store, &listing, Budget::of_request()).await?,
        },
    };
    page.numbered(store, &access.workspace.id).await
}
