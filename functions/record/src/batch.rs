//! Records a batch of up to 100 entries. Each entry has its own result, so that one bad entry does
//! not keep the others out.

use crate::single::read_entry;
use crate::{RecordPorts, RecordStore};
use domain::counting::{is_late, reopen};
use domain::credential::Scope;
use domain::entry::{Content, Entry, MAX_ENTRY_BYTES, Reading};
use domain::fields::Fields;
use domain::identify::identify_all;
use domain::identity::EntryId;
use domain::json::{Json, parse, split_array, split_object};
use domain::key_id::KeyId;
use domain::ports::Appended;
use domain::tally::Period;
use domain::timestamp::Timestamp;
use domain::validation::Errors;
use domain::workspace::Workspace;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use web::body::json_text;
use web::http::{Answer, Request};
use web::problem::{ApiError, Problem};
use web::query::Query;
use web::service::Service;

/// The most entries of a batch.
const MAX_BATCH_ENTRIES: usize = 100;
/// The most bytes of a batch. A Lambda function takes 6 MB, which the gateway may fill with base64
/// (AWS Lambda quotas): 4 MiB are 5.6 MB in base64.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The wire form of an answer to a batch; `BatchAnswer` in `openapi.yaml`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct BatchAnswer {
    /// One result for each entry, in the order of the batch.
    results: Vec<EntryResult>,
    recorded: usize,
    duplicate: usize,
    rejected: usize,
}

/// The result of one entry; `BatchResult` in `openapi.yaml`.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum EntryResult {
    /// The entry is stored now.
    Recorded { id: EntryId },
    /// The entry was stored before, or is a repetition within this batch.
    Duplicate { id: EntryId },
    /// The entry is not stored, or the store did not confirm it. The problem says which.
    Rejected { problem: Problem },
}

/// An entry of a batch as it was read, or why it is not acceptable.
type ReadEntry = Result<Entry, ApiError>;

/// How the append of each distinct entry ended.
type Appends = HashMap<EntryId, Result<Appended, ApiError>>;

/// `POST /v1/workspaces/{workspace_id}/entries/batch`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty, media type, size, brackets: 400, 415, 413, 400 for the whole
///    batch.
/// 3. 1 to 100 entries: 422 for the whole batch.
/// 4. Each entry is read; one that is not acceptable is `rejected` with its own 400, 413 or 422.
/// 5. The time in which late entries happened is reopened, each hour, day, month and year once. An
///    entry whose time could not be reopened is `rejected` with 429 or 503.
/// 6. The other entries are appended: `recorded` or `duplicate`. If the store did not confirm an
///    entry, it is `rejected` with 429 or 503.
/// 7. 200 with all results; or, if the store confirmed no entry at all, the 429 or 503 of the
///    first.
pub(crate) async fn record_batch<S: RecordStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesWrite).await?;
    Query::parse(&request.query, &[])?;
    let sent = split_batch(json_text(request, MAX_BATCH_BYTES)?)?;
    let catalog = service.catalog(access.now).await?;
    let reading = Reading { workspace: &access.workspace, catalog: &catalog, now: access.now };
    let key_id = Some(&access.credential.key_id);
    let answer = record_all(&service.store, reading, sent, key_id, &request.request_id).await?;
    Ok(Answer::json(StatusCode::OK, &answer))
}

/// Takes the texts of the entries out of a batch, before any of them is read.
fn split_batch(text: &[u8]) -> Result<Vec<&[u8]>, ApiError> {
    let Ok(members) = split_object(text) else {
        // A document that is JSON, but no object, is told apart from one that is no JSON.
        let mut errors = Errors::default();
        let _ = Fields::of(parse(text)?, "", &mut errors);
        return errors.into_result(None).map_err(ApiError::ValidationFailed);
    };
    let mut errors = Errors::default();
    let (mut entries, mut others) = (None, Vec::new());
    for (key, value) in members {
        let Json::Text(key) = parse(key)? else { return Err(ApiError::MalformedJson) };
        if key != "entries" {
            parse(value)?;
            others.push((key, Json::Null));
        } else if entries.replace(value).is_some() {
            return Err(ApiError::DuplicateKey);
        }
    }
    let elements = if let Some(entries) = entries {
        split_array(entries)?
    } else {
        parse(text)?;
        errors.add("/entries", "is required");
        None
    };
    if entries.is_some() && !elements.as_ref().is_some_and(|all| is_batch(all.len())) {
        errors.add("/entries", format!("must be an array of 1 to {MAX_BATCH_ENTRIES} entries"));
    }
    if let Some(others) = Fields::of(Json::Object(others), "", &mut errors) {
        others.refuse_the_rest(&mut errors);
    }
    errors.into_result(elements).map_err(ApiError::ValidationFailed)
}

fn is_batch(entries: usize) -> bool {
    (1..=MAX_BATCH_ENTRIES).contains(&entries)
}

/// Reads the entries of a batch, appends those that are acceptable, and tells how each ended.
///
/// # Errors
/// The error of the first entry, if the store confirmed none.
async fn record_all<S: RecordPorts>(
    store: &S,
    reading: Reading<'_>,
    sent: Vec<&[u8]>,
    key_id: Option<&KeyId>,
    request_id: &str,
) -> Result<BatchAnswer, ApiError> {
    let Reading { workspace, now, .. } = reading;
    let contents = sent.into_iter().map(|text| read_one(text, reading)).collect();
    let read = identify_each(store, workspace, contents, key_id, now).await?;
    let appends = append_distinct(store, workspace, &read, now).await?;
    Ok(BatchAnswer::of(&read, &appends, request_id))
}

/// Reads one entry of a batch by the rules for a single one.
fn read_one(text: &[u8], reading: Reading<'_>) -> Result<Content, ApiError> {
    if text.len() > MAX_ENTRY_BYTES {
        return Err(ApiError::PayloadTooLarge(MAX_ENTRY_BYTES));
    }
    read_entry(text, reading)
}

/// Makes the entries of the contents that could be read. The others keep their errors.
///
/// # Errors
/// The error of the first entry, if the store gave the salt of no actor.
async fn identify_each<S: RecordPorts>(
    store: &S,
    workspace: &Workspace,
    contents: Vec<Result<Content, ApiError>>,
    key_id: Option<&KeyId>,
    now: Timestamp,
) -> Result<Vec<ReadEntry>, ApiError> {
    let (mut good, mut refused) = (Vec::with_capacity(contents.len()), Vec::new());
    for content in contents {
        refused.push(content.map(|content| good.push(content)).err());
    }
    let entries = identify_all(store, workspace, good, key_id, now).await;
    if let Some(Err(error)) = entries.first()
        && entries.iter().all(Result::is_err)
    {
        return Err(error.copy().into());
    }
    let mut entries = entries.into_iter();
    let entry = |refused: Option<ApiError>| match refused {
        Some(error) => Err(error),
        // The store gave fewer answers than entries.
        None => entries.next().map_or(Err(ApiError::Internal), |entry| Ok(entry?)),
    };
    Ok(refused.into_iter().map(entry).collect())
}

/// Appends each distinct entry once, after the time of the late ones is reopened.
///
/// # Errors
/// The error of the first entry, if none could be appended.
async fn append_distinct<S: RecordPorts>(
    store: &S,
    workspace: &Workspace,
    read: &[ReadEntry],
    now: Timestamp,
) -> Result<Appends, ApiError> {
    let moments = read.iter().flatten().map(|entry| entry.content.occurred_at);
    let still_closed: BTreeMap<Period, ApiError> = reopen(store, workspace, moments, now)
        .await
        .into_iter()
        .map(|(period, error)| (period, error.into()))
        .collect();
    let mut appends = Appends::new();
    let mut ready = Vec::new();
    for entry in distinct(read) {
        match kept_out(entry, &still_closed, now) {
            Some(error) => {
                appends.insert(entry.id, Err(error));
            }
            None => ready.push(entry.clone()),
        }
    }
    let appended = store.append_all(&ready).await;
    let appended = appended.into_iter().map(|append| append.map_err(ApiError::from));
    appends.extend(ready.iter().map(|entry| entry.id).zip(appended));
    match read.iter().flatten().next().and_then(|first| appends.get(&first.id)) {
        Some(Err(error)) if appends.values().all(Result::is_err) => Err(error.clone()),
        _ => Ok(appends),
    }
}

/// The first entry of each id, in the order of the batch.
fn distinct(read: &[ReadEntry]) -> impl Iterator<Item = &Entry> {
    let mut seen = HashSet::new();
    read.iter().flatten().filter(move |entry| seen.insert(entry.id))
}

/// Why an entry must not be appended: it is late, and a period that holds it was not reopened.
fn kept_out(
    entry: &Entry,
    still_closed: &BTreeMap<Period, ApiError>,
    now: Timestamp,
) -> Option<ApiError> {
    let moment = entry.content.occurred_at;
    if !is_late(moment, now) {
        return None;
    }
    Period::all_holding(moment).iter().find_map(|period| still_closed.get(period)).cloned()
}

impl BatchAnswer {
    fn of(read: &[ReadEntry], appends: &Appends, request_id: &str) -> Self {
        let mut recorded = HashSet::new();
        let results: Vec<_> = read
            .iter()
            .map(|entry| match result(entry, appends, request_id) {
                // The first of equal entries was recorded; the others are its duplicates.
                EntryResult::Recorded { id } if !recorded.insert(id) => {
                    EntryResult::Duplicate { id }
                }
                result => result,
            })
            .collect();
        let count =
            |is: fn(&EntryResult) -> bool| results.iter().filter(|result| is(result)).count();
        Self {
            recorded: count(|result| matches!(result, EntryResult::Recorded { .. })),
            duplicate: count(|result| matches!(result, EntryResult::Duplicate { .. })),
            rejected: count(|result| matches!(result, EntryResult::Rejected { .. })),
            results,
        }
    }
}

/// The result of an entry, by itself: equal entries of a batch have equal results.
fn result(entry: &ReadEntry, appends: &Appends, request_id: &str) -> EntryResult {
    let error = match entry {
        Ok(entry) => match appends.get(&entry.id) {
            Some(Ok(Appended::Recorded)) => return EntryResult::Recorded { id: entry.id },
            Some(Ok(Appended::Duplicate(_))) => return EntryResult::Duplicate { id: entry.id },
            Some(Err(error)) => error,
            // The store gave fewer outcomes than entries.
            None => &ApiError::Internal,
        },
        Err(error) => error,
    };
    EntryResult::Rejected { problem: error.problem(request_id) }
}

#[cfg(test)]
mod tests;
