//! Appends many entries in batches of PartiQL `INSERT` statements. Each inserts an item only if it
//! is absent, costs as much as a `PutItem`, and has its own outcome. The duplicates of a batch are
//! then read together and compared.
//!
//! `BatchWriteItem` takes no condition, so it would overwrite. 100 `PutItem` calls would be 100
//! round trips.

use super::call::{gone, one_attempt};
use super::client::{by_code, classify};
use super::item::{Item, id_of, split, text, to_item};
use super::statement::Statement;
use super::{DynamoStore, keys, statement};
use aws_sdk_dynamodb::types::{
    BatchStatementError, BatchStatementRequest, BatchStatementResponse, ReturnConsumedCapacity,
};
use domain::entry::{Entry, NewEntry};
use domain::ports::{Appended, Consistency, StoreError};
use futures::StreamExt;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Statements in one call. Source: `BatchExecuteStatement`, DynamoDB API reference: at most 25.
const MAX_STATEMENTS: usize = 25;
/// Entries whose values or rows are written at the same time. Values have up to 256 KiB.
const CONCURRENT_ITEMS: usize = 16;

/// How long the values of a batch may take, so that its entries land within 6 s of their
/// `recorded_at` (A2): the insertion itself ends after 2 s.
const PREPARING_TIME: Duration = Duration::from_secs(3);

type AppendResult = Result<Appended, StoreError>;

/// Appends entries with distinct ids: first the values that lie apart and the entries with further
/// targets, then the other entries whose values are stored. The outcomes are in the order of the
/// entries.
pub(super) async fn append_all(store: &DynamoStore, entries: &[NewEntry]) -> Vec<AppendResult> {
    let prepared: Vec<_> = entries.iter().map(|entry| prepare(store, entry)).collect();
    let started = Instant::now();
    let ready: Vec<_> = futures::stream::iter(prepared).buffered(CONCURRENT_ITEMS).collect().await;
    let is_slow = started.elapsed() > PREPARING_TIME;
    let mut outcomes = HashMap::with_capacity(entries.len());
    let mut statements = Vec::with_capacity(entries.len());
    for (place, ready) in ready.into_iter().enumerate() {
        match ready {
            // A2: an entry lands soon after its `recorded_at`. The next attempt reads the clock
            // again.
            Ok(Ready::Insert(_)) if is_slow => {}
            Ok(Ready::Insert(statement)) => statements.push((place, statement)),
            Ok(Ready::Done(appended)) => drop(outcomes.insert(place, Ok(appended))),
            Err(error) => drop(outcomes.insert(place, Err(error))),
        }
    }
    let calls = statements.chunks(MAX_STATEMENTS).map(|chunk| insert_chunk(store, chunk));
    let mut met = Vec::new();
    for (place, inserted) in futures::future::join_all(calls).await.into_iter().flatten() {
        match inserted {
            Ok(true) => drop(outcomes.insert(place, Ok(Appended::Recorded))),
            Ok(false) => met.extend(entries.get(place).map(|new| (place, &new.entry))),
            Err(error) => drop(outcomes.insert(place, Err(error))),
        }
    }
    outcomes.extend(compare(store, met).await);
    let missing = || Err(StoreError::Unavailable("no outcome for an entry".into()));
    (0..entries.len()).map(|place| outcomes.remove(&place).unwrap_or_else(missing)).collect()
}

/// What is still to do for an entry.
enum Ready {
    /// Its item is to be inserted.
    Insert(BatchStatementRequest),
    /// Nothing: this is how it ended.
    Done(Appended),
}

/// Stores the values of an entry that lie apart. An entry with rows under further targets is then
/// stored with them, in a transaction of its own.
async fn prepare(store: &DynamoStore, new: &NewEntry) -> Result<Ready, StoreError> {
    let (items, entry) = (split(new), &new.entry);
    if let Some(values) = &items.values {
        store.insert_values(entry, values).await?;
    }
    if items.rows.is_empty() {
        insertion(&store.tables.entries, to_item(&items.entry)?).map(Ready::Insert)
    } else {
        store.insert_with_rows(entry, &items).await.map(Ready::Done)
    }
}

/// Compares the entries that met an item, each with its place, with what is stored: one read of up
/// to 100 items, strongly consistent, which costs 1 unit for each 4 KB.
async fn compare(store: &DynamoStore, met: Vec<(usize, &Entry)>) -> Vec<(usize, AppendResult)> {
    let key = |(_, entry): &(usize, &Entry)| {
        Item::from([
            ("workspace_id".to_owned(), text(keys::entries(&entry.workspace_id))),
            ("id".to_owned(), text(entry.id.to_string())),
        ])
    };
    let keys = met.iter().map(key).collect();
    let found = match store.get_all(&store.tables.entries, keys, Consistency::Strong).await {
        Ok(found) => found,
        Err(error) => return met.iter().map(|(place, _)| (*place, Err(error.copy()))).collect(),
    };
    let mut found: HashMap<_, _> =
        found.into_iter().filter_map(|item| Some((id_of(&item).ok()?, item))).collect();
    let mut outcomes = Vec::with_capacity(met.len());
    for (place, entry) in met {
        let outcome = match found.remove(&entry.id) {
            Some(stored) => store.met(entry, stored).await,
            None => Err(gone()),
        };
        outcomes.push((place, outcome));
    }
    outcomes
}

/// The statement that inserts an item.
fn insertion(table: &str, item: Item) -> Result<BatchStatementRequest, StoreError> {
    let Statement { text, parameters } = statement::insert(table, item);
    let request =
        BatchStatementRequest::builder().statement(text).set_parameters(Some(parameters)).build();
    request.map_err(|error| StoreError::Refused(error.into()))
}

/// Executes up to 25 insertions in one call, and says of each whether its item was absent.
async fn insert_chunk(
    store: &DynamoStore,
    statements: &[(usize, BatchStatementRequest)],
) -> Vec<(usize, Result<bool, StoreError>)> {
    let texts = statements.iter().map(|(_, statement)| statement.clone()).collect();
    let outcomes = match execute(store, texts).await {
        Ok(outcomes) => outcomes,
        Err(error) => statements.iter().map(|_| Err(error.copy())).collect(),
    };
    statements.iter().map(|(place, _)| *place).zip(outcomes).collect()
}

/// Sends one call. There is one outcome for each statement, in their order.
async fn execute(
    store: &DynamoStore,
    statements: Vec<BatchStatementRequest>,
) -> Result<Vec<Result<bool, StoreError>>, StoreError> {
    let count = statements.len();
    let call = store
        .client
        .batch_execute_statement()
        .set_statements(Some(statements))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    let call = call.customize().config_override(one_attempt()).interceptor(store.attempts());
    let output = call.send().await.map_err(classify)?;
    store.count_write(output.consumed_capacity());
    let mut outcomes: Vec<Result<bool, StoreError>> =
        output.responses().iter().map(outcome).collect();
    outcomes.resize_with(count, || {
        Err(StoreError::Unavailable("fewer answers than statements".into()))
    });
    Ok(outcomes)
}

/// Whether the item of one statement was absent. Source of the codes: `BatchStatementError`,
/// DynamoDB API reference.
fn outcome(response: &BatchStatementResponse) -> Result<bool, StoreError> {
    match response.error() {
        None => Ok(true),
        Some(error) => match error.code().map_or("", |code| code.as_str()) {
            "DuplicateItem" => Ok(false),
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
