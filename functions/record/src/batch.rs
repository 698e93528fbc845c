//! Records up to 100 entries; one bad entry never sinks the others.

use domain::counting::{is_late, reopen};
use domain::credential::Scope;
use domain::entry::{Entry, MAX_ENTRY_BYTES, read_content};
use domain::fields::Fields;
use domain::identity::EntryId;
use domain::json::Json;
use domain::ports::{AppendEntry, Appended, Metered, ReadControl, ReopenTally};
use domain::tally::Period;
use domain::validation::Errors;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use web::body::json_body;
use web::http::{Answer, Request};
use web::problem::{ApiError, Problem};
use web::query::Query;
use web::service::{Access, Service};

/// The most entries of a batch.
const MAX_BATCH_ENTRIES: usize = 100;
/// The most bytes of a batch: below the 6 MB that a Lambda function takes, base64 included (AWS
/// Lambda quotas).
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What became of each entry, in order, and how many of each.
#[derive(Debug, Serialize)]
struct BatchAnswer {
    results: Vec<EntryResult>,
    recorded: usize,
    duplicate: usize,
    rejected: usize,
}

/// What became of one entry.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum EntryResult {
    /// Stored now.
    Recorded { id: EntryId },
    /// Stored before, or earlier in this batch.
    Duplicate { id: EntryId },
    /// Not stored, or not confirmed: the problem says which.
    Rejected { problem: Problem },
}

/// `POST /v1/workspaces/{workspace_id}/entries/batch`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query (there is none), media type, size, JSON: 400, 415, 413, 400 for the whole batch.
/// 3. 1 to 100 entries: 422.
/// 4. Each entry: `rejected` with its own 413 or 422; for late ones the time they happened in is
///    reopened, each hour, day, month and year once; the others are appended: `recorded` or
///    `duplicate`, and `rejected` with 429 or 503 where the store did not confirm. If it confirmed
///    none at all, the whole answer is that 429 or 503.
pub(crate) async fn record_batch<S: Metered + ReadControl + AppendEntry + ReopenTally + Sync>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesWrite).await?;
    Query::parse(&request.query, &[])?;
    let sent = read_batch(json_body(request, MAX_BATCH_BYTES)?)?;
    let read: Vec<Result<Entry, ApiError>> =
        sent.into_iter().map(|json| read_entry(json, &access)).collect();
    let outcomes = append_distinct(service, &access, &read).await?;
    let results = read.iter().map(|entry| result(entry, &outcomes, &request.request_id)).collect();
    Ok(Answer::json(StatusCode::OK, &BatchAnswer::of(results)))
}

fn read_batch(body: Json) -> Result<Vec<Json>, ApiError> {
    let mut errors = Errors::default();
    let entries = Fields::of(body, "", &mut errors).and_then(|mut fields| {
        let entries = match fields.required("entries", &mut errors) {
            Some(Json::Array(entries)) if (1..=MAX_BATCH_ENTRIES).contains(&entries.len()) => {
                Some(entries)
            }
            Some(_) => {
                errors.add(
                    "/entries",
                    format!("must be an array of 1 to {MAX_BATCH_ENTRIES} entries"),
                );
                None
            }
            None => None,
        };
        fields.refuse_the_rest(&mut errors);
        entries
    });
    errors.into_result(entries).map_err(ApiError::ValidationFailed)
}

fn read_entry(json: Json, access: &Access) -> Result<Entry, ApiError> {
    if json.canonical().len() > MAX_ENTRY_BYTES {
        return Err(ApiError::PayloadTooLarge(MAX_ENTRY_BYTES));
    }
    let content =
        read_content(json, &access.workspace, access.now).map_err(ApiError::ValidationFailed)?;
    Ok(Entry::new(&access.workspace, content, access.now))
}

type Outcomes = HashMap<EntryId, Result<Appended, ApiError>>;

/// Appends each distinct entry once. A late one of which some time could not be reopened is not
/// appended.
async fn append_distinct<S: AppendEntry + ReopenTally + Sync>(
    service: &Service<S>,
    access: &Access,
    read: &[Result<Entry, ApiError>],
) -> Result<Outcomes, ApiError> {
    let mut seen = std::collections::HashSet::new();
    let distinct: Vec<Entry> =
        read.iter().flatten().filter(|entry| seen.insert(entry.id)).cloned().collect();
    let moments = distinct.iter().map(|entry| entry.content.occurred_at);
    let failed = reopen(&service.store, &access.workspace, moments, access.now).await;
    let failed: BTreeMap<Period, ApiError> =
        failed.into_iter().map(|(period, error)| (period, error.into())).collect();
    let failure = |entry: &Entry| {
        let late = is_late(entry.content.occurred_at, access.now);
        Period::all_holding(entry.content.occurred_at)
            .iter()
            .find_map(|period| failed.get(period))
            .filter(|_| late)
            .cloned()
    };
    let mut outcomes: Outcomes =
        distinct.iter().filter_map(|entry| Some((entry.id, Err(failure(entry)?)))).collect();
    let ready: Vec<Entry> =
        distinct.iter().filter(|entry| !outcomes.contains_key(&entry.id)).cloned().collect();
    let appended = service.store.append_all(&ready).await;
    outcomes.extend(
        ready
            .iter()
            .map(|entry| entry.id)
            .zip(appended.into_iter().map(|outcome| outcome.map_err(ApiError::from))),
    );
    match distinct.first().and_then(|entry| outcomes.get(&entry.id)) {
        Some(Err(error)) if outcomes.values().all(Result::is_err) => Err(error.clone()),
        _ => Ok(outcomes),
    }
}

/// An entry's result. The first of equal entries takes the outcome; the others find it stored.
fn result(entry: &Result<Entry, ApiError>, outcomes: &Outcomes, request_id: &str) -> EntryResult {
    let outcome =
        entry.as_ref().map_err(ApiError::clone).and_then(|entry| match outcomes.get(&entry.id) {
            Some(Ok(appended)) => Ok((entry.id, appended)),
            Some(Err(error)) => Err(error.clone()),
            None => Err(ApiError::Internal),
        });
    match outcome {
        Ok((id, Appended::Recorded)) => EntryResult::Recorded { id },
        Ok((id, Appended::Duplicate(_))) => EntryResult::Duplicate { id },
        Err(error) => EntryResult::Rejected { problem: error.problem(request_id) },
    }
}

impl BatchAnswer {
    fn of(mut results: Vec<EntryResult>) -> Self {
        let mut recorded = std::collections::HashSet::new();
        for result in &mut results {
            if let EntryResult::Recorded { id } = *result
                && !recorded.insert(id)
            {
                *result = EntryResult::Duplicate { id };
            }
        }
        let count =
            |is: fn(&EntryResult) -> bool| results.iter().filter(|result| is(result)).count();
        let duplicate = count(|result| matches!(result, EntryResult::Duplicate { .. }));
        let rejected = count(|result| matches!(result, EntryResult::Rejected { .. }));
        Self { recorded: recorded.len(), duplicate, rejected, results }
    }
}
