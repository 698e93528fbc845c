//! Records a batch of up to 100 entries. Each entry has its own result, so that one bad entry does
//! not keep the others out.

use crate::single::read_entry;
use crate::{RecordPorts, RecordStore};
use domain::clock::Clock;
use domain::credential::Scope;
use domain::entry::{Content, MAX_ENTRY_BYTES, NewEntry, Reading};
use domain::fields::Fields;
use domain::identify::identify_all;
use domain::identity::EntryId;
use domain::json::{Json, parse, split_array, split_object};
use domain::key_id::KeyId;
use domain::plan::GraceDays;
use domain::ports::Appended;
use domain::recording::record_all;
use domain::validation::Errors;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use web::body::json_text;
use web::facts::EntryCounts;
use web::http::{Answer, Request};
use web::problem::{ApiError, Problem, StoreFailures};
use web::query::Query;
use web::service::Service;

/// The most entries of a batch.
const MAX_BATCH_ENTRIES: usize = 100;
/// The most bytes of a batch. A Lambda function takes an event of 6 MB (AWS Lambda quotas). A body
/// that is not UTF-8 is in base64 there: 4 MiB are 5.6 MB. Any other is a JSON text, which may be
/// larger: [`web::http`] has the limit for that.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The wire form of an answer to a batch; `BatchAnswer` in `openapi.yaml`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct BatchAnswer {
    /// One result for each entry, in the order of the batch.
    results: Vec<EntryResult>,
    recorded: usize,
    duplicate: usize,
    rejected: usize,
    /// How many of the recorded entries were adjusted; for the log only.
    #[serde(skip)]
    adjusted: usize,
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
type ReadEntry = Result<NewEntry, ApiError>;

/// How the append of each distinct entry ended.
type Appends = HashMap<EntryId, Result<Appended, ApiError>>;

/// `POST /v1/workspaces/{workspace_id}/entries/batch`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty, media type, size, brackets: 400, 415, 413, 400 for the whole
///    batch.
/// 3. 1 to 100 entries: 422 for the whole batch.
/// 4. Each entry is read; one that is not acceptable is `rejected` with its own 400, 413 or 422.
/// 5. Entries that are out of order are looked for: those that are there are `duplicate`. Markers
///    announce the others; an entry that could not be announced is `rejected` with 429 or 503.
/// 6. The entries are appended: `recorded` or `duplicate`. If what is stored under an entry's id
///    was altered, it is `rejected` with 409. If the store did not confirm an entry, it is
///    `rejected` with 429 or 503.
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
    let recorder = Recorder {
        store: &service.store,
        clock: &service.clock,
        reading,
        key_id: Some(&access.credential.key_id),
        grace: service.grace,
    };
    let all_rejected = EntryCounts { rejected: sent.len(), ..EntryCounts::default() };
    let outcome = recorder.record(sent, &request.request_id).await;
    service.count_entries(outcome.as_ref().map_or(all_rejected, BatchAnswer::counts));
    Ok(Answer::json(StatusCode::OK, &outcome?))
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

/// What records a batch.
struct Recorder<'a, S> {
    store: &'a S,
    clock: &'a Clock,
    reading: Reading<'a>,
    key_id: Option<&'a KeyId>,
    grace: GraceDays,
}

impl<S: RecordPorts> Recorder<'_, S> {
    /// Reads the entries of a batch, appends those that are acceptable, and tells how each ended.
    ///
    /// # Errors
    /// The error of the first entry, if the store confirmed none.
    async fn record(&self, sent: Vec<&[u8]>, request_id: &str) -> Result<BatchAnswer, ApiError> {
        let contents = sent.into_iter().map(|text| read_one(text, self.reading)).collect();
        let read = self.identify_each(contents).await?;
        let appends = self.append_distinct(&read).await?;
        Ok(BatchAnswer::of(&read, &appends, request_id))
    }

    /// Makes the entries of the contents that could be read. The others keep their errors.
    ///
    /// # Errors
    /// The error of the first entry, if the store gave the salt of no actor.
    async fn identify_each(
        &self,
        contents: Vec<Result<Content, ApiError>>,
    ) -> Result<Vec<ReadEntry>, ApiError> {
        let Self { store, key_id, grace, reading: Reading { workspace, now, .. }, .. } = *self;
        let (mut good, mut refused) = (Vec::with_capacity(contents.len()), Vec::new());
        for content in contents {
            refused.push(content.map(|content| good.push(content)).err());
        }
        let entries = identify_all(store, workspace, good, key_id, grace, now).await;
        if let Some(Err(error)) = entries.first()
            && entries.iter().all(Result::is_err)
        {
            return Err(error.copy().into());
        }
        let (mut entries, mut failures) = (entries.into_iter(), StoreFailures::default());
        let entry = |refused: Option<ApiError>| match refused {
            Some(error) => Err(error),
            // The store gave fewer answers than entries.
            None => entries
                .next()
                .map_or(Err(ApiError::Internal), |new| new.map_err(|error| failures.tell(error))),
        };
        let read = refused.into_iter().map(entry).collect();
        failures.log();
        Ok(read)
    }

    /// Appends each distinct entry once.
    ///
    /// # Errors
    /// The error of the first entry, if none could be appended.
    async fn append_distinct(&self, read: &[ReadEntry]) -> Result<Appends, ApiError> {
        let mut entries: Vec<NewEntry> = distinct(read).cloned().collect();
        let appended = record_all(self.store, self.clock, &mut entries).await;
        let mut failures = StoreFailures::default();
        let appended =
            appended.into_iter().map(|append| append.map_err(|error| failures.tell(error)));
        let appends: Appends = entries.iter().map(|new| new.entry.id).zip(appended).collect();
        failures.log();
        // An altered entry is an answer of the store, about that entry alone.
        let is_failure = |append: &Result<Appended, ApiError>| {
            append.as_ref().is_err_and(|error| *error != ApiError::EntryAltered)
        };
        match read.iter().flatten().next().and_then(|first| appends.get(&first.entry.id)) {
            Some(Err(error)) if appends.values().all(is_failure) => Err(error.clone()),
            _ => Ok(appends),
        }
    }
}

/// Reads one entry of a batch by the rules for a single one.
fn read_one(text: &[u8], reading: Reading<'_>) -> Result<Content, ApiError> {
    if text.len() > MAX_ENTRY_BYTES {
        return Err(ApiError::PayloadTooLarge(MAX_ENTRY_BYTES));
    }
    read_entry(text, reading)
}

/// The first entry of each id, in the order of the batch.
fn distinct(read: &[ReadEntry]) -> impl Iterator<Item = &NewEntry> {
    let mut seen = HashSet::new();
    read.iter().flatten().filter(move |new| seen.insert(new.entry.id))
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
        let is_adjusted = |(entry, result): &(&ReadEntry, &EntryResult)| {
            matches!(result, EntryResult::Recorded { .. })
                && entry.as_ref().is_ok_and(|new| !new.entry.content.adjusted.is_empty())
        };
        Self {
            recorded: count(|result| matches!(result, EntryResult::Recorded { .. })),
            duplicate: count(|result| matches!(result, EntryResult::Duplicate { .. })),
            rejected: count(|result| matches!(result, EntryResult::Rejected { .. })),
            adjusted: read.iter().zip(&results).filter(is_adjusted).count(),
            results,
        }
    }

    /// What became of the entries, for the log.
    fn counts(&self) -> EntryCounts {
        let Self { recorded, duplicate, rejected, adjusted, .. } = *self;
        EntryCounts { recorded, duplicate, rejected, adjusted }
    }
}

/// The result of an entry, by itself: equal entries of a batch have equal results.
fn result(entry: &ReadEntry, appends: &Appends, request_id: &str) -> EntryResult {
    let error = match entry {
        Ok(NewEntry { entry, .. }) => match appends.get(&entry.id) {
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
