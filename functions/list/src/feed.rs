//! Answers with a part of the feed: the entries in the order in which they were recorded.

use crate::ListStore;
use domain::credential::Scope;
use domain::feed::{FeedError, FeedItemView, FeedPage, read_feed};
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::validation::FieldError;
use lambda_http::http::StatusCode;
use serde::Serialize;
use web::http::{Answer, Request};
use web::list_query::read_feed_query;
use web::problem::ApiError;
use web::service::Service;

/// The wire form of a part of the feed; `FeedPage` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct FeedAnswer<'a> {
    entries: Vec<FeedItemView<'a>>,
    next: Option<u64>,
    closed_through: Option<Timestamp>,
    has_more: bool,
}

/// `GET /v1/workspaces/{workspace_id}/feed`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. If the request comes to the end of the journal, what is settled and has no number yet gets
///    one. The entries after a number: 200. If no entry has that number: 422.
pub(crate) async fn feed<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let catalog = service.catalog(access.now).await?;
    let query = read_feed_query(&request.query, &catalog)?;
    let workspace = &access.workspace;
    let page = read_feed(&service.store, workspace, &query, access.now).await.map_err(refused)?;
    Ok(answer(&page, workspace.plan, query.with_values))
}

fn refused(error: FeedError) -> ApiError {
    match error {
        FeedError::Store(error) => error.into(),
        FeedError::Beyond => ApiError::ValidationFailed(vec![FieldError {
            pointer: "/after".to_owned(),
            detail: "is greater than the number of every entry of this log".to_owned(),
        }]),
    }
}

fn answer(page: &FeedPage, plan: Plan, with_values: bool) -> Answer {
    let FeedPage { items, next, closed_through, has_more } = page;
    let answer = FeedAnswer {
        entries: items.iter().map(|item| item.view(plan, with_values)).collect(),
        next: *next,
        closed_through: *closed_through,
        has_more: *has_more,
    };
    Answer::json(StatusCode::OK, &answer)
}
