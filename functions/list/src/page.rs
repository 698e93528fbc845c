//! Lists a page of entries, with its number and how many pages there are.

use crate::by_index;
use domain::counting::{Budget, Ledger, LedgerStore};
use domain::credential::Scope;
use domain::entry::{Entry, EntryView};
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::ports::{Direction, ListEntries, StoreError, Stretch};
use domain::span::Span;
use lambda_http::http::{StatusCode, header};
use serde::Serialize;
use std::time::Duration;
use web::http::{Answer, Request};
use web::list_query::{Edge, PageToken};
use web::list_query::{ListQuery, Position, read_query};
use web::problem::ApiError;
use web::service::{Access, Service};

/// What counting may cost one request: as many read capacity units as counting 8,900 entries of 450
/// bytes.
const MAX_READ_UNITS: f64 = 1_000.0;
/// How long counting may hold up one answer; the rest of the request's 18 s is for what comes
/// after.
const MAX_TIME: Duration = Duration::from_secs(5);
/// Entries read at most for a page at a place that is not counted yet.
const MAX_READ_UNCOUNTED: usize = 4_000;

/// The wire form of a page.
#[derive(Debug, Serialize)]
struct EntryPage<'a> {
    entries: Vec<EntryView<'a>>,
    page: PageInfo,
}

/// Where the page is, and among how many.
#[derive(Debug, Serialize)]
struct PageInfo {
    number: Option<u64>,
    size: u8,
    total_entries: u64,
    total_pages: u64,
    total_is_exact: bool,
    as_of: Option<EntryId>,
    next_page_token: Option<String>,
    previous_page_token: Option<String>,
}

/// `GET /v1/workspaces/{workspace_id}/entries`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The page, and the number of entries: from the tally, or, for one actor or target, from their
///    index: 200.
pub(crate) async fn list_entries<S: LedgerStore + ListEntries>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let query = read_query(&request.query, &access.workspace.salt)?;
    let page = match Span::of(&query.filter, query.as_of, &access.workspace, access.now) {
        None => Page::nothing(&query),
        Some(span) if query.filter.actor_id.is_some() || query.filter.target_id.is_some() => {
            by_index::page(&service.store, &query, &access, span).await?
        }
        Some(span) => page(&service.store, &query, &access, span).await?,
    };
    Ok(page.answer(&query, &access, &request.path))
}

/// The budget of one request.
pub(crate) fn budget() -> Budget {
    Budget::new(MAX_READ_UNITS, MAX_TIME)
}

/// A page of the whole log, or of some actions and target types.
async fn page<S: LedgerStore + ListEntries>(
    store: &S,
    query: &ListQuery,
    access: &Access,
    span: Span,
) -> Result<Page, StoreError> {
    let mut ledger =
        Ledger::open(store, &access.workspace, &query.filter, span, access.now, budget()).await?;
    let size = u64::from(query.page_size);
    let first = match query.position {
        None => Some(0),
        Some(Position::Page(number)) => Some(u64::from(number - 1) * size),
        Some(Position::OlderThan(id)) => match id.before() {
            Some(below) => ledger.newer_than(below).await?,
            None => Some(ledger.total()),
        },
        Some(Position::NewerThan(id)) => {
            ledger.newer_than(id).await?.map(|newer| newer.saturating_sub(size))
        }
    };
    let Some(first) = first else {
        return uncounted(store, query, access, span, ledger.total()).await;
    };
    let end = match query.position {
        Some(Position::NewerThan(id)) => ledger.newer_than(id).await?.unwrap_or_default(),
        _ => first + size,
    };
    let entries = ledger.rows(first, end).await?;
    let (total, is_exact, length) =
        (ledger.total(), ledger.is_exact(), u64::try_from(entries.len()).unwrap_or(u64::MAX));
    let newest = if is_exact {
        ledger.newest().filter(|_| total > 0)
    } else {
        ledger.newest().or(Some(span.high))
    };
    let mut page = Page::of(entries, query.position, first > 0, first + length < total, span);
    if !is_exact && first + length >= total && first <= total {
        // The page ends where counting did, and that need not be at its last row, nor after one:
        // what is older is still to be looked at.
        page.older = Some(Edge::OlderThan(ledger.reached().unwrap_or(EntryId::LAST)));
    }
    Ok(Page {
        number: Some(first / size + 1),
        total,
        is_exact,
        as_of: query.as_of.or(newest),
        ..page
    })
}

/// A page at a place that counting has not reached: its rows are right, its number is not known.
async fn uncounted<S: ListEntries>(
    store: &S,
    query: &ListQuery,
    access: &Access,
    span: Span,
    total: u64,
) -> Result<Page, StoreError> {
    let (part, direction) = match query.position {
        Some(Position::NewerThan(id)) => (span.newer_than(id), Direction::OldestFirst),
        Some(Position::OlderThan(id)) => (span.older_than(id), Direction::NewestFirst),
        _ => (None, Direction::NewestFirst),
    };
    let Some(part) = part else { return Ok(Page { total, ..Page::nothing(query) }) };
    let stretch = Stretch {
        workspace: &access.workspace,
        filter: &query.filter,
        span: part,
        now: access.now,
    };
    let mut slice =
        store.slice(stretch, direction, usize::from(query.page_size), MAX_READ_UNCOUNTED).await?;
    if direction == Direction::OldestFirst {
        slice.entries.reverse();
    }
    let page = Page::of(slice.entries, query.position, true, true, span);
    // Where a filter finds too little, the reading ended below the last row.
    let older = match direction {
        Direction::NewestFirst => slice.stopped_at.map(Edge::OlderThan),
        Direction::OldestFirst => page.older,
    };
    Ok(Page { total, as_of: query.as_of, older, ..page })
}

/// A page: its entries, newest first, what lies on either side, and what is known of the whole.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) number: Option<u64>,
    pub(crate) total: u64,
    pub(crate) is_exact: bool,
    pub(crate) as_of: Option<EntryId>,
    pub(crate) older: Option<Edge>,
    pub(crate) newer: Option<Edge>,
}

impl Page {
    /// A page of a list without entries.
    fn nothing(query: &ListQuery) -> Self {
        let number = match query.position {
            Some(Position::Page(number)) => u64::from(number),
            _ => 1,
        };
        Self {
            entries: Vec::new(),
            number: Some(number),
            total: 0,
            is_exact: true,
            as_of: query.as_of,
            older: None,
            newer: None,
        }
    }

    /// A page of these entries. An empty one has what lies beside its position; one past the end of
    /// a list, the list's oldest entries.
    pub(crate) fn of(
        entries: Vec<Entry>,
        position: Option<Position>,
        has_newer: bool,
        has_older: bool,
        list: Span,
    ) -> Self {
        let (newer_than, older_than) = match position {
            Some(Position::OlderThan(id)) => (id.before(), None),
            Some(Position::NewerThan(id)) => (None, id.after()),
            Some(Position::Page(_)) | None => (Some(list.low.before().unwrap_or(list.low)), None),
        };
        let newer = entries.first().map(|newest| newest.id).or(newer_than).filter(|_| has_newer);
        let older = entries.last().map(|oldest| oldest.id).or(older_than).filter(|_| has_older);
        let (newer, older) = (newer.map(Edge::NewerThan), older.map(Edge::OlderThan));
        Self { entries, number: None, total: 0, is_exact: false, as_of: None, older, newer }
    }

    fn answer(&self, query: &ListQuery, access: &Access, path: &str) -> Answer {
        let seal = |edge: Option<Edge>| {
            Some(PageToken::seal(query, edge?, self.as_of?, &access.workspace.salt))
        };
        let (next_page_token, previous_page_token) = (seal(self.older), seal(self.newer));
        let total_pages = self.total.div_ceil(u64::from(query.page_size));
        let of_browse = seal(self.as_of.and_then(EntryId::after).map(Edge::OlderThan));
        let link = |relation: &str, parameters: &str| {
            link(path, &query.filter, query.page_size, parameters, relation)
        };
        let token = |token: &String| format!("&page_token={token}");
        let mut links = vec![link("first", "")];
        links.extend(previous_page_token.iter().map(|previous| link("prev", &token(previous))));
        links.extend(next_page_token.iter().map(|next| link("next", &token(next))));
        links.extend(of_browse.filter(|_| self.is_exact && total_pages > 0).map(|browse| {
            // The last page of this browse, whatever arrives meanwhile.
            link("last", &format!("{}&page={total_pages}", token(&browse)))
        }));
        let page = PageInfo {
            number: self.number,
            size: query.page_size,
            total_entries: self.total,
            total_pages,
            total_is_exact: self.is_exact,
            as_of: self.as_of,
            next_page_token,
            previous_page_token,
        };
        let page = EntryPage { entries: self.entries.iter().map(Entry::row).collect(), page };
        Answer::json(StatusCode::OK, &page).with_header(header::LINK, &links.join(", "))
    }
}

/// One link of RFC 8288, for example `</v1/workspaces/ws_a/entries?page_size=20>; rel="first"`.
fn link(path: &str, filter: &Filter, page_size: u8, parameters: &str, relation: &str) -> String {
    format!("<{path}?{}page_size={page_size}{parameters}>; rel=\"{relation}\"", filter.to_query())
}
