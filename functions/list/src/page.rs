//! Lists a page of entries.

use lambda_http::http::{StatusCode, header};
use serde::Serialize;
use shared::credential::Scope;
use shared::entry::{Entry, EntryView};
use shared::http::{Answer, Request};
use shared::identity::EntryId;
use shared::page::{ListQuery, PageToken, Position, Span, read_query};
use shared::problem::ApiError;
use shared::service::{Access, Service};
use shared::store::{ListEntries, Metered, ReadControl, Slice, Stretch};

/// The wire form of a page.
#[derive(Debug, Serialize)]
struct EntryPage<'a> {
    entries: Vec<EntryView<'a>>,
    page: PageInfo,
}

/// Where the page is.
#[derive(Debug, Serialize)]
struct PageInfo {
    size: u8,
    as_of: Option<EntryId>,
    next_page_token: Option<String>,
    previous_page_token: Option<String>,
}

/// `GET /v1/workspaces/{workspace_id}/entries`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. One more entry than the page holds, to know whether there is a next page: 200.
pub(crate) async fn list_entries<S: Metered + ReadControl + ListEntries>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let query = read_query(&request.query, &access.workspace.salt)?;
    let direction = query.position.unwrap_or(Position::OlderThan(EntryId::LAST));
    let slice = match Span::of(&query, &access.workspace, access.now) {
        None => Slice::default(),
        Some(span) => {
            let wanted = usize::from(query.page_size) + 1;
            let stretch = Stretch { workspace: &access.workspace, filter: &query.filter, span, direction, wanted, now: access.now };
            service.store.slice(stretch).await?
        }
    };
    Ok(Page::of(&query, direction, slice).answer(&query, &access, &request.path))
}

/// A page: its entries, newest first, and what lies on either side.
#[derive(Debug)]
struct Page {
    entries: Vec<Entry>,
    as_of: Option<EntryId>,
    older: Option<Position>,
    newer: Option<Position>,
}

impl Page {
    /// Makes a page of the slice that was read towards `direction`.
    fn of(query: &ListQuery, direction: Position, slice: Slice) -> Self {
        let (mut entries, size) = (slice.entries, usize::from(query.page_size));
        let has_more = entries.len() > size;
        entries.truncate(size);
        // Where the reading ended: at the last entry of a full page, or where the budget did.
        let end = if has_more { entries.last().map(|entry| entry.id) } else { slice.stopped_at };
        let start = entries.first().map(|entry| entry.id);
        let as_of = query.as_of.or(start).or(slice.stopped_at);
        let (older, newer) = match direction {
            Position::OlderThan(from) => {
                let newer = start.or_else(|| from.before()).filter(|_| query.position.is_some());
                (end.map(Position::OlderThan), newer.map(Position::NewerThan))
            }
            Position::NewerThan(from) => {
                let older = start.or_else(|| from.after());
                (older.map(Position::OlderThan), end.map(Position::NewerThan))
            }
        };
        if matches!(direction, Position::NewerThan(_)) {
            entries.reverse();
        }
        Self { entries, as_of, older, newer }
    }

    fn answer(&self, query: &ListQuery, access: &Access, path: &str) -> Answer {
        let seal = |position: Option<Position>| Some(PageToken::seal(query, position?, self.as_of?, &access.workspace.salt));
        let (next_page_token, previous_page_token) = (seal(self.older), seal(self.newer));
        let filter = query.filter.to_query();
        let mut links = vec![link(path, &filter, query.page_size, None, "first")];
        links.extend(previous_page_token.iter().map(|token| link(path, &filter, query.page_size, Some(token), "prev")));
        links.extend(next_page_token.iter().map(|token| link(path, &filter, query.page_size, Some(token), "next")));
        let page = PageInfo { size: query.page_size, as_of: self.as_of, next_page_token, previous_page_token };
        let page = EntryPage { entries: self.entries.iter().map(Entry::row).collect(), page };
        Answer::json(StatusCode::OK, &page).with_header(header::LINK, &links.join(", "))
    }
}

/// One link of RFC 8288, for example `</v1/workspaces/ws_a/entries?page_size=20>; rel="first"`.
fn link(path: &str, filter: &str, page_size: u8, token: Option<&String>, relation: &str) -> String {
    let token = token.map(|token| format!("&page_token={token}")).unwrap_or_default();
    format!("<{path}?{filter}page_size={page_size}{token}>; rel=\"{relation}\"")
}
