//! The `get` function: one entry, whole, with what changed between its old and new value.

use domain::credential::Scope;
use domain::entry::{Entry, EntryView};
use domain::identity::EntryId;
use domain::json::{Change, Changes, JsonText, difference, parse};
use domain::ports::{GetEntry, Metered, ReadControl};
use lambda_http::http::StatusCode;
use serde::Serialize;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::routes::{Operation, matched};
use web::service::Service;

/// Answers a request.
pub async fn answer<S: Metered + ReadControl + GetEntry + Sync>(
    service: &Service<S>,
    request: Request,
) -> Answer {
    let service = service.for_request();
    service.answer("get", &request, Box::pin(handle(&service, &request))).await
}

async fn handle<S: Metered + ReadControl + GetEntry + Sync>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::GetEntry, [workspace_id, entry_id]) => {
            get_entry(service, request, workspace_id, entry_id).await
        }
        _ => Err(ApiError::NotFound),
    }
}

/// The wire form: the entry, and the differences.
#[derive(Debug, Serialize)]
struct EntryWithChanges<'a> {
    #[serde(flatten)]
    entry: EntryView<'a>,
    changes: &'a [Change],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    changes_truncated: bool,
}

/// `GET /v1/workspaces/{workspace_id}/entries/{entry_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none): 400.
/// 3. The entry, if its id has the one canonical spelling and it has not expired: 200, else 404.
async fn get_entry<S: Metered + ReadControl + GetEntry>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
    entry_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    Query::parse(&request.query, &[])?;
    let id = EntryId::parse(entry_id).ok_or(ApiError::NotFound)?;
    let entry =
        service.store.entry(&access.workspace, id, access.now).await?.ok_or(ApiError::NotFound)?;
    let changes = changes_of(&entry).ok_or(ApiError::Internal)?;
    let view = EntryWithChanges {
        entry: entry.view(),
        changes: &changes.changes,
        changes_truncated: changes.truncated,
    };
    Ok(Answer::json(StatusCode::OK, &view))
}

/// The differences; none if a stored value is not JSON, which this service does not store.
fn changes_of(entry: &Entry) -> Option<Changes> {
    let read = |value: &Option<JsonText>| {
        value.as_ref().map(|value| parse(value.as_str().as_bytes())).transpose().ok()
    };
    let (old, new) = (read(&entry.content.old_value)?, read(&entry.content.new_value)?);
    difference(old.as_ref(), new.as_ref()).ok()
}
