//! Owns the wire form of a page: its entries, its place in the list, and the links to other pages.

use crate::found::FoundPage;
use domain::entry::EntryView;
use domain::identity::EntryId;
use domain::lookup::Judged;
use domain::timestamp::Timestamp;
use domain::validation::FieldError;
use domain::workspace::Workspace;
use lambda_http::http::{StatusCode, header};
use serde::Serialize;
use web::http::{Answer, MAX_RESPONSE_BYTES};
use web::list_query::{Counted, Edge, ListQuery, PageToken};
use web::problem::ApiError;

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
///
/// # Errors
/// [`ApiError::ValidationFailed`] if the entries are too large for one answer. A hundred of the
/// usual size take 100 KB, but one that names ten further targets, each by a long id, takes 70 KB.
/// Pages have numbers, so none can be shorter than the others.
pub(crate) fn answer(
    page: &FoundPage,
    judged: &Judged,
    query: &ListQuery,
    workspace: &Workspace,
    path: &str,
) -> Result<Answer, ApiError> {
    let token = |edge: Edge, counted: Option<Counted>| {
        Some(PageToken::seal(query, edge, counted, page.as_of?, &workspace.salt))
    };
    let older = |id: EntryId| token(Edge::OlderThan(id), page.counted_through());
    let newer = |id: EntryId| token(Edge::NewerThan(id), page.counted_before());
    let info = PageInfo {
        number: page.number,
        size: query.page_size,
        total_entries: page.total.entries,
        total_pages: page.total.entries.div_ceil(u64::from(query.page_size)),
        total_is_exact: page.total.is_exact,
        as_of: page.as_of.map(|as_of| as_of.recorded),
        next_page_token: page.neighbours.older_than.and_then(older),
        previous_page_token: page.neighbours.newer_than.and_then(newer),
    };
    // The token of the browse's first page: the last page of the browse is counted from there, so
    // that it stays the same page while entries arrive.
    let browse_token = token(Edge::OlderThan(EntryId::LAST), None);
    let links = links(&info, browse_token.as_deref(), query, path);
    let rows = page.entries.iter().map(|entry| {
        let number = page.sequence_of(entry);
        let unusual = judged.reasons_of(entry.id, number);
        entry.row(workspace.plan).numbered(number).judged(unusual)
    });
    let entries = rows.collect();
    let answer = Answer::json(StatusCode::OK, &EntryPage { entries, page: info });
    let bytes = answer.response_bytes();
    if bytes > MAX_RESPONSE_BYTES {
        return Err(too_large(page, bytes));
    }
    Ok(answer.with_header(header::LINK, &links))
}

/// The error for a page that takes so many bytes.
fn too_large(page: &FoundPage, bytes: usize) -> ApiError {
    let most = (page.entries.len() * MAX_RESPONSE_BYTES / bytes).max(1);
    ApiError::ValidationFailed(vec![FieldError {
        pointer: "/page_size".to_owned(),
        detail: format!(
            "is too much for entries as large as these: list again with at most {most} on a page"
        ),
    }])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::{Neighbours, Total};
    use domain::filter::Filter;
    use domain::memory::fixtures::{at, entry_of, target, workspace};
    use domain::plan::Plan;
    use std::collections::BTreeMap;
    use web::list_query::Position;

    /// What the gateway takes from a function: 6 MB.
    const TAKEN: usize = 6 * 1024 * 1024;

    /// A page of the largest entries that there can be, and what became of it.
    fn answered(entries: u32, id_chars: usize) -> Result<usize, ApiError> {
        let noon = at("2026-11-22T12:00:00Z");
        let workspace = workspace("ws_a", Plan::Enterprise, noon);
        let long = |number: u32| format!("{number:04}{}", "\u{1f600}".repeat(id_chars - 4));
        let entries = (0..entries).map(|number| {
            entry_of(&workspace, noon, number, |content| {
                content.targets = (0..10).map(|number| target("member", &long(number))).collect();
                for target in &mut content.targets {
                    target.name = Some("\u{1}".repeat(256));
                }
                for id in
                    [&mut content.session_id, &mut content.external_id, &mut content.request_id]
                {
                    *id = Some(long(number));
                }
                (content.actor.id, content.target.id) = (long(number), long(number));
                content.reason = Some("\u{1}".repeat(1_024));
                content.user_agent = Some("\u{1}".repeat(512));
                content.ip_address_text = Some("\u{1}".repeat(512));
                content.location = Some("\u{1}".repeat(256));
            })
        });
        let query = ListQuery {
            filter: Filter::default(),
            page_size: 100,
            position: Position::FIRST,
            as_of: None,
            counted: None,
        };
        let page = FoundPage {
            entries: entries.collect(),
            sequences: BTreeMap::new(),
            number: Some(1),
            total: Total { entries: 100, is_exact: true },
            as_of: None,
            counted: None,
            neighbours: Neighbours::default(),
        };
        let answer =
            answer(&page, &Judged::nothing(), &query, &workspace, "/v1/workspaces/ws_a/entries")?;
        Ok(serde_json::to_vec(&answer.into_response()).unwrap().len())
    }

    #[test]
    fn a_page_that_no_function_can_answer_with_is_refused_with_the_size_that_it_can() {
        let Err(ApiError::ValidationFailed(errors)) = answered(100, 512) else {
            panic!("it is answered")
        };
        assert_eq!(errors[0].pointer, "/page_size");
        let most = errors[0].detail.split(' ').find_map(|word| word.parse::<u32>().ok()).unwrap();
        assert!((50..100).contains(&most), "{errors:?}");
        assert!(answered(most, 512).is_ok_and(|bytes| bytes <= TAKEN && bytes > TAKEN / 10 * 9));
        assert!(answered(100, 20).is_ok());
    }
}
