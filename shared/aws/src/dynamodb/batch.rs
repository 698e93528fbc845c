//! Appends many entries in batches of PartiQL `INSERT` statements. Each inserts an item only if it
//! is absent, costs as much as a `PutItem`, and has its own outcome.
//!
//! `BatchWriteItem` takes no condition, so it would overwrite. 100 `PutItem` calls would be 100
//! round trips.

use super::DynamoStore;
use super::client::{by_code, classify};
use super::item::{Item, split, to_item};
use aws_sdk_dynamodb::types::{
    BatchStatementError, BatchStatementRequest, BatchStatementResponse, ReturnConsumedCapacity,
};
use domain::entry::Entry;
use domain::ports::{Appended, StoreError};
use futures::StreamExt;
use std::time::Duration;

/// Statements in one call. Source: `BatchExecuteStatement`, DynamoDB API reference: at most 25.
const MAX_STATEMENTS: usize = 25;
/// Entries whose values or rows are written at the same time. Values have up to 256 KiB.
const CONCURRENT_ITEMS: usize = 16;
/// How often a statement is tried that the store did not confirm, the first try included.
const TRIES: u32 = 3;
/// The pause before the second try. The one before the third is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

type AppendResult = Result<Appended, StoreError>;

/// Appends entries with distinct ids: first the values that lie apart and the entries with further
/// targets, then the other entries whose values are stored. The outcomes are in the order of the
/// entries.
pub(super) async fn append_all(store: &DynamoStore, entries: &[Entry]) -> Vec<AppendResult> {
    let prepared: Vec<_> = entries.iter().map(|entry| prepare(store, entry)).collect();
    let ready = futures::stream::iter(prepared).buffered(CONCURRENT_ITEMS).collect().await;
    insert(store, ready).await
}

/// What is still to do for an entry.
enum Ready {
    /// Its item is to be inserted.
    Insert(Item),
    /// Nothing: this is how it ended.
    Done(Appended),
}

/// Stores the values of an entry that lie apart. An entry with rows under further targets is then
/// stored with them, in a transaction of its own.
async fn prepare(store: &DynamoStore, entry: &Entry) -> Result<Ready, StoreError> {
    let items = split(entry);
    if let Some(values) = &items.values {
        store.put_values(values).await?;
    }
    if items.rows.is_empty() {
        to_item(&items.entry).map(Ready::Insert)
    } else {
        store.put_with_rows(entry, &items).await.map(Ready::Done)
    }
}

/// Inserts the items that are ready, 25 in a call, all calls at once. The others keep their errors.
async fn insert(store: &DynamoStore, ready: Vec<Result<Ready, StoreError>>) -> Vec<AppendResult> {
    let mut outcomes: Vec<Option<AppendResult>> = Vec::with_capacity(ready.len());
    let mut statements: Vec<(usize, BatchStatementRequest)> = Vec::with_capacity(ready.len());
    for (index, ready) in ready.into_iter().enumerate() {
        let item = match ready {
            Ok(Ready::Insert(item)) => item,
            Ok(Ready::Done(appended)) => {
                outcomes.push(Some(Ok(appended)));
                continue;
            }
            Err(error) => {
                outcomes.push(Some(Err(error)));
                continue;
            }
        };
        match statement(&store.tables.entries, item) {
            Ok(statement) => {
                statements.push((index, statement));
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(Err(error))),
        }
    }
    let calls = statements.chunks(MAX_STATEMENTS).map(|chunk| insert_chunk(store, chunk.to_vec()));
    for (index, outcome) in futures::future::join_all(calls).await.into_iter().flatten() {
        if let Some(slot) = outcomes.get_mut(index) {
            *slot = Some(outcome);
        }
    }
    let missing = || Err(StoreError::Unavailable("no outcome for a statement".into()));
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect()
}

/// The statement that inserts an item. Its attributes are parameters, in the order of their names.
fn statement(table: &str, item: Item) -> Result<BatchStatementRequest, StoreError> {
    let mut attributes: Vec<_> = item.into_iter().collect();
    attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (names, values): (Vec<_>, Vec<_>) =
        attributes.into_iter().map(|(name, value)| (format!("'{name}': ?"), value)).unzip();
    let text = format!("INSERT INTO \"{table}\" VALUE {{{}}}", names.join(", "));
    let request =
        BatchStatementRequest::builder().statement(text).set_parameters(Some(values)).build();
    request.map_err(|error| StoreError::Refused(error.into()))
}

/// Inserts up to 25 statements. Those that the store did not confirm are tried again; if the first
/// try had stored the entry after all, the second one reports a duplicate. A call that fails as a
/// whole is not tried again here, because the SDK has already retried it.
async fn insert_chunk(
    store: &DynamoStore,
    mut open: Vec<(usize, BatchStatementRequest)>,
) -> Vec<(usize, AppendResult)> {
    let mut done = Vec::with_capacity(open.len());
    for attempt in 1..=TRIES {
        let statements = open.iter().map(|(_, statement)| statement.clone()).collect();
        let outcomes = match execute(store, statements).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                done.extend(open.into_iter().map(|(index, _)| (index, Err(error.copy()))));
                return done;
            }
        };
        let mut again = Vec::new();
        for (statement, outcome) in open.into_iter().zip(outcomes) {
            match outcome {
                Err(StoreError::Throttled(_) | StoreError::Unavailable(_)) if attempt < TRIES => {
                    again.push(statement);
                }
                outcome => done.push((statement.0, outcome)),
            }
        }
        open = again;
        if open.is_empty() {
            break;
        }
        tokio::time::sleep(FIRST_PAUSE * attempt).await;
    }
    done
}

/// Sends one call. There is one outcome for each statement, in their order.
async fn execute(
    store: &DynamoStore,
    statements: Vec<BatchStatementRequest>,
) -> Result<Vec<AppendResult>, StoreError> {
    let count = statements.len();
    let call = store
        .client
        .batch_execute_statement()
        .set_statements(Some(statements))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    let output = call.send().await.map_err(classify)?;
    store.count_write(output.consumed_capacity());
    let mut outcomes: Vec<AppendResult> = output.responses().iter().map(outcome).collect();
    outcomes.resize_with(count, || {
        Err(StoreError::Unavailable("fewer answers than statements".into()))
    });
    Ok(outcomes)
}

/// The outcome of one statement. Source of the codes: `BatchStatementError`, DynamoDB API
/// reference.
fn outcome(response: &BatchStatementResponse) -> AppendResult {
    match response.error() {
        None => Ok(Appended::Recorded),
        Some(error) => match error.code().map_or("", |code| code.as_str()) {
            "DuplicateItem" => Ok(Appended::Duplicate(None)),
            code => Err(by_code(code, true, describe(error).into())),
        },
    }
}

/// The text of a statement's error, for the log.
fn describe(error: &BatchStatementError) -> String {
    format!(
        "{}: {}",
        error.code().map_or("no code", |code| code.as_str()),
        error.message().unwrap_or("no message")
    )
}
