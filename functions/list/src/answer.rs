//! Owns the wire form of a page: its entries, its place in the list, and the links to other pages.

use crate::found::FoundPage;
use domain::entry::EntryView;
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use lambda_http::http::{StatusCode, header};
use serde::Serialize;
use web::http::Answer;
use web::list_query::{Edge, ListQuery, PageToken};

/// The wire form of a page; `EntryPage` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct EntryPage<'a> {
    entries: Vec<EntryView<'a>>,
    page: PageInfo,
}

/// Where a page is in its list; `Page` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct PageInfo {
    number: Option<u64>,
    size: u8,
    total_entries: u64,
    total_pages: u64,
    total_is_exact: bool,
    as_of: Option<Timestamp>,
    next_page_token: Option<String>,
    previous_page_token: Option<String>,
}

/// Answers with a page of a workspace's log, for a request that had this query and path.
pub(crate) fn answer(
    page: &FoundPage,
    query: &ListQuery,
    workspace: &Workspace,
    path: &str,
) -> Answer {
    let token = |edge: Edge| Some(PageToken::seal(query, edge, page.as_of?, &workspace.salt));
    let info = PageInfo {
        number: page.number,
        size: query.page_size,
        total_entries: page.total.entries,
        total_pages: page.total.entries.div_ceil(u64::from(query.page_size)),
        total_is_exact: page.total.is_exact,
        as_of: page.as_of.map(|as_of| as_of.recorded),
        next_page_token: page.neighbours.older_than.map(Edge::OlderThan).and_then(token),
        previous_page_token: page.neighbours.newer_than.map(Edge::NewerThan).and_then(token),
    };
    // The token of the browse's first page: the last page of the browse is counted from there, so
    // that it stays the same page while entries arrive.
    let browse_token = token(Edge::OlderThan(EntryId::LAST));
    let links = links(&info, browse_token.as_deref(), query, path);
    let rows = page
        .entries
        .iter()
        .map(|entry| entry.row(workspace.plan).numbered(page.sequence_of(entry)));
    let entries = rows.collect();
    Answer::json(StatusCode::OK, &EntryPage { entries, page: info })
        .with_header(header::LINK, &links)
}

/// The `Link` header (RFC 8288): the first page, the pages beside this one, and the last page of
/// this browse if it is known.
///
/// One link is, for example, `</v1/workspaces/ws_a/entries?page_size=20>; rel="first"`. Links
/// repeat the filters, because a token may carry only a digest of them.
fn links(info: &PageInfo, browse_token: Option<&str>, query: &ListQuery, path: &str) -> String {
    let filters = query.filter.to_query();
    let link = |relation: &str, parameters: &str| {
        format!("<{path}?{filters}page_size={}{parameters}>; rel=\"{relation}\"", info.size)
    };
    let at_token = |relation: &str, token: &String| link(relation, &format!("&page_token={token}"));
    let mut links = vec![link("first", "")];
    links.extend(info.previous_page_token.iter().map(|token| at_token("prev", token)));
    links.extend(info.next_page_token.iter().map(|token| at_token("next", token)));
    if let Some(token) = browse_token
        && info.total_is_exact
        && info.total_pages > 0
    {
        links.push(link("last", &format!("&page_token={token}&page={}", info.total_pages)));
    }
    links.join(", ")
}
