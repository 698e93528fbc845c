//! Lists a page of entries, with its number and the number of pages.

use crate::by_actors::Entries;
use crate::directory::directory_of;
use crate::found::FoundPage;
use crate::listing::Listing;
use crate::{ListStore, answer, by_entry, by_position, by_tally};
use domain::counting::Budget;
use domain::credential::Scope;
use domain::lookup::Directory;
use domain::ports::StoreError;
use web::http::{Answer, Request};
use web::list_query::{ListQuery, read_query};
use web::problem::ApiError;
use web::service::Service;

/// `GET /v1/workspaces/{workspace_id}/entries`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The page and the number of entries, from the tally or, if only the entries tell which match,
///    from an index or the log, where the directory tells whose part of the index that is for an
///    email address or an IP address, and an index which entries are unusual; then the sequence
///    numbers, from the journal, and why entries are unusual: 200. If they are too large together:
///    422.
pub(crate) async fn list_entries<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let catalog = service.catalog(access.now).await?;
    let query = read_query(&request.query, &access.workspace.salt, &catalog)?;
    let rules = service.rules(access.now).await?;
    let directory = directory_of(service, &access, &rules);
    let page = find(&service.store, &query, directory).await?;
    let entries: Vec<_> =
        page.entries.iter().map(|entry| (entry.id, page.sequence_of(entry))).collect();
    let judged = directory.judged(&service.store, &entries).await?;
    answer::answer(&page, &judged, &query, &access.workspace, &request.path)
}

/// Finds the page that a query asks for.
async fn find<S: ListStore>(
    store: &S,
    query: &ListQuery,
    directory: Directory<'_>,
) -> Result<FoundPage, StoreError> {
    let Directory { workspace, now, .. } = directory;
    let page = match Listing::of(query, workspace, now) {
        None => return Ok(FoundPage::of_empty_list(query)),
        Some(listing) if query.filter.needs_entry() => {
            let entries = Entries::of(store, directory, &query.filter).await?;
            by_entry::page(&entries, &listing, entries.limits(&query.filter)).await?
        }
        Some(listing) => match by_position::page(store, &listing).await? {
            Some(page) => page,
            None => by_tally::page(store, &listing, Budget::of_request()).await?,
        },
    };
    page.numbered(store, &workspace.id).await
}
