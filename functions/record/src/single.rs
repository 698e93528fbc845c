//! Records one entry.

use crate::RecordStore;
use domain::credential::Scope;
use domain::entry::{
    Content, ContentError, MAX_ENTRY_BYTES, Reading, may_be_repaired, read_content,
};
use domain::identify::identify;
use domain::json::parse_repaired;
use domain::ports::Appended;
use domain::recording::record;
use lambda_http::http::{StatusCode, header};
use web::body::json_text;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::Service;

/// `POST /v1/workspaces/{workspace_id}/entries`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty, media type, size, JSON: 400, 415, 413, 400.
/// 3. Every field: 422.
/// 4. If the entry is out of order, it is looked for: 200 if it is there already. Otherwise a
///    marker announces it. If that fails, nothing is recorded: 429, 503.
/// 5. The entry is appended if no entry has its id: 201. If the same entry is there already, the
///    answer is that one: 200. If what is there was altered, nothing is stored: 409. If the store
///    does not confirm: 429, 503, and the client can safely send the same request again.
pub(crate) async fn record_entry<S: RecordStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesWrite).await?;
    Query::parse(&request.query, &[])?;
    let text = json_text(request, MAX_ENTRY_BYTES)?;
    let catalog = service.catalog(access.now).await?;
    let reading = Reading { workspace: &access.workspace, catalog: &catalog, now: access.now };
    let content = read_entry(text, reading)?;
    let key_id = Some(&access.credential.key_id);
    let (store, workspace, grace) = (&service.store, &access.workspace, service.grace);
    let mut new = identify(store, workspace, content, key_id, grace, access.now).await?;
    let (status, entry) = match record(store, &service.clock, &mut new).await? {
        Appended::Recorded => (StatusCode::CREATED, new.entry),
        Appended::Duplicate(stored) => (StatusCode::OK, *stored),
    };
    let location = format!("/v1/workspaces/{}/entries/{}", entry.workspace_id, entry.id);
    Ok(Answer::json(status, &entry.view(workspace.plan)).with_header(header::LOCATION, &location))
}

/// Reads one entry from its JSON text.
///
/// # Errors
/// [`ApiError::MalformedJson`], [`ApiError::DuplicateKey`] or [`ApiError::ValidationFailed`].
pub(crate) fn read_entry(text: &[u8], reading: Reading<'_>) -> Result<Content, ApiError> {
    let (json, repairs) = parse_repaired(text, may_be_repaired)?;
    read_content(json, &repairs, reading).map_err(|error| match error {
        ContentError::Invalid(errors) => ApiError::ValidationFailed(errors),
        ContentError::ClockAhead { retry_after } => ApiError::ClockAhead(retry_after),
    })
}
