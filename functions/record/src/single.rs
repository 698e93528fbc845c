//! Records one entry.

use crate::RecordStore;
use domain::credential::Scope;
use domain::entry::{
    Content, ContentError, Entry, MAX_ENTRY_BYTES, Reading, may_be_repaired, read_content,
};
use domain::identify::identify;
use domain::json::parse_repaired;
use domain::ports::Appended;
use domain::recording::record;
use lambda_http::http::{StatusCode, header};
use web::body::json_text;
use web::facts::EntryCounts;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::{Access, Service};

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
    let outcome = append(service, &access, text).await;
    service.count_entries(counts(outcome.as_ref().ok()));
    let (appended, entry) = outcome?;
    let status = if appended { StatusCode::CREATED } else { StatusCode::OK };
    let location = format!("/v1/workspaces/{}/entries/{}", entry.workspace_id, entry.id);
    let view = entry.view(access.workspace.plan);
    Ok(Answer::json(status, &view).with_header(header::LOCATION, &location))
}

/// What became of the entry of a request, for the log. `None` means that it is not stored.
fn counts(outcome: Option<&(bool, Entry)>) -> EntryCounts {
    let (recorded, duplicate) = outcome.map_or((false, false), |(is_new, _)| (*is_new, !is_new));
    let is_adjusted = outcome.is_some_and(|(_, entry)| !entry.content.adjusted.is_empty());
    EntryCounts {
        recorded: recorded.into(),
        duplicate: duplicate.into(),
        rejected: outcome.is_none().into(),
        adjusted: (recorded && is_adjusted).into(),
    }
}

/// Reads and appends an entry, and answers whether it is new, and the entry as it is stored.
async fn append<S: RecordStore>(
    service: &Service<S>,
    access: &Access,
    text: &[u8],
) -> Result<(bool, Entry), ApiError> {
    let catalog = service.catalog(access.now).await?;
    let reading = Reading { workspace: &access.workspace, catalog: &catalog, now: access.now };
    let content = read_entry(text, reading)?;
    let key_id = Some(&access.credential.key_id);
    let (store, workspace, grace) = (&service.store, &access.workspace, service.grace);
    let mut new = identify(store, workspace, content, key_id, grace, access.now).await?;
    Ok(match record(store, &service.clock, &mut new).await? {
        Appended::Recorded => (true, new.entry),
        Appended::Duplicate(stored) => (false, *stored),
    })
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
