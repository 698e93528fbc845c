//! The `get` function: answers with one whole entry and the differences between its old and new
//! value, and whether the tables can be read.

mod health;

use domain::credential::Scope;
use domain::directory::ActorProfile;
use domain::entry::{Entry, EntryView, Integrity};
use domain::identity::EntryId;
use domain::json::{Change, Changes, JsonText, difference, parse};
use domain::numbering::numbers_of;
use domain::ports::{
    Cause, Consistency, GetEntry, Kept, Metered, ProbeTables, ReadControl, ReadFollowed,
    ReadJournal, ReadProfiles, ReadSalts, ReadUnusual, RememberLogs, StoreError,
};
use domain::timestamp::Timestamp;
use domain::unusual::{Evidence, Judgement};
use domain::verify::verify;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use web::http::{Answer, Request};
use web::integrity::report;
use web::problem::ApiError;
use web::query::Query;
use web::routes::{Operation, matched};
use web::service::Service;

/// What the store must do to show an entry, and whether it answers.
pub trait EntryStore:
    Metered
    + ReadControl
    + GetEntry
    + ReadSalts
    + ReadJournal
    + ReadFollowed
    + ReadProfiles<ActorProfile>
    + ReadUnusual
    + RememberLogs
    + ProbeTables
    + Sync
{
}

impl<S> EntryStore for S where
    S: Metered
        + ReadControl
        + GetEntry
        + ReadSalts
        + ReadJournal
        + ReadFollowed
        + ReadProfiles<ActorProfile>
        + ReadUnusual
        + RememberLogs
        + ProbeTables
        + Sync
{
}

/// Answers a request.
pub async fn answer<S: EntryStore>(service: &Service<S>, request: Request) -> Answer {
    let service = service.for_request();
    service.answer("get", &request, Box::pin(handle(&service, &request))).await
}

async fn handle<S: EntryStore>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::GetEntry, [workspace_id, entry_id]) => {
            get_entry(service, request, workspace_id, entry_id).await
        }
        (Operation::GetDeepHealth, []) => health::deep_health(service, request).await,
        _ => Err(ApiError::NotFound),
    }
}

/// The wire form of an entry with its differences; `EntryWithChanges` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct EntryWithChanges<'a> {
    #[serde(flatten)]
    entry: EntryView<'a>,
    integrity: Integrity,
    /// Absent if the entry is not judged yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusual: Option<Vec<Evidence>>,
    changes: &'a [Change],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    changes_truncated: bool,
}

/// `GET /v1/workspaces/{workspace_id}/entries/{entry_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty: 400.
/// 3. The entry, if its id has the one canonical spelling and it has not expired: 200; else 404.
/// 4. The entry is compared with its id. If it does not fit, the answer says so, and the operators
///    are told. Its sequence number comes from the journal, and why it is unusual from the profile
///    of its actor.
async fn get_entry<S: EntryStore>(
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
    let integrity = checked(&service.store, &entry, access.now).await?;
    let asked = [(id, entry.journal_time())];
    let numbers = numbers_of(&service.store, &access.workspace.id, asked).await?;
    let number = numbers.get(&id).copied();
    let unusual = unusual(service, &entry, number, access.now).await?;
    let changes = changes_of(&entry)?;
    let view = EntryWithChanges {
        entry: entry.view(access.workspace.plan).numbered(number),
        integrity,
        unusual,
        changes: &changes.changes,
        changes_truncated: changes.truncated,
    };
    Ok(Answer::json(StatusCode::OK, &view))
}

/// Why an entry with this sequence number is unusual. `None` means that it is not judged yet.
async fn unusual<S: EntryStore>(
    service: &Service<S>,
    entry: &Entry,
    number: Option<u64>,
    now: Timestamp,
) -> Result<Option<Vec<Evidence>>, StoreError> {
    let (store, workspace, limits) = (&service.store, &entry.workspace_id, &service.thresholds);
    let judgement = Judgement::lately(store, workspace, limits, now).await?;
    if !judgement.covers(number) {
        return Ok(None);
    }
    let found = judgement.reasons_of(store, workspace, [entry.id]).await?;
    let Some(reasons) = found.get(&entry.id) else { return Ok(Some(Vec::new())) };
    let actor = [entry.content.actor.key()];
    let mut profiles: BTreeMap<_, Kept<ActorProfile>> =
        store.profiles(workspace, &actor, Consistency::Eventual).await?;
    let profile = profiles.pop_first().map(|(_, kept)| kept.profile);
    Ok(Some(profile.map(|of| of.evidence(entry, *reasons)).unwrap_or_default()))
}

/// Compares an entry with its id. That takes a read if this instance has not read the salt in the
/// last 60 seconds.
async fn checked(
    store: &(impl ReadSalts + Sync),
    entry: &Entry,
    now: Timestamp,
) -> Result<Integrity, StoreError> {
    let integrity = verify(store, entry, now).await?;
    if integrity == Integrity::Failed {
        report(&entry.workspace_id, entry.id);
    }
    Ok(integrity)
}

/// Compares an entry's old and new value.
///
/// # Errors
/// [`StoreError::Malformed`] if a stored value is not JSON.
fn changes_of(entry: &Entry) -> Result<Changes, StoreError> {
    let read = |value: &Option<JsonText>| {
        value.as_ref().map(|value| parse(value.as_str().as_bytes())).transpose().map_err(malformed)
    };
    let (old, new) = (read(&entry.content.old_value)?, read(&entry.content.new_value)?);
    difference(old.as_ref(), new.as_ref()).map_err(malformed)
}

fn malformed(cause: impl Into<Cause>) -> StoreError {
    StoreError::Malformed(cause.into())
}
