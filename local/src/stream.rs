//! Owns the local stream of the entries table. It does what Lambda's event source mapping does
//! between the stream and the `tally` function.

use crate::embedded::tables;
use crate::filter::Filter;
use crate::template::{Template, TemplateError};
use aws::dynamodb::DynamoStore;
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tally::{Planned, StreamEvent};
use web::service::Service;

/// How often the stream is polled. Lambda polls four times a second and then collects a batch,
/// because every invocation costs money; here small batches cost nothing.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// Why the stream cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The database refused a call.
    #[error("the embedded DynamoDB refuses the call")]
    Database(#[from] DynoxideError),
    /// The filters of the template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An answer of the database does not have the expected shape.
    #[error("the stream's answer does not have the expected shape")]
    Shape(#[from] serde_json::Error),
}

/// The stream and the position up to which it was read.
pub struct EntriesStream {
    database: Database,
    /// The position in each shard from which it is read next.
    iterators: Vec<String>,
    /// What is handed to the function: what passes one of them.
    filters: Vec<Filter>,
}

impl fmt::Debug for EntriesStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntriesStream").field("iterators", &self.iterators).finish_non_exhaustive()
    }
}

/// All changes and deletions, and the newest entry of each partition: the function numbers all that
/// a workspace has, so more of them tell it nothing. A batch that is not full is followed until its
/// newest entry is settled.
fn what_tells(records: Vec<Value>) -> Vec<Value> {
    let (inserted, mut others): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|record| record.get("eventName").is_some_and(|name| name == "INSERT"));
    let mut newest = BTreeMap::new();
    for record in inserted {
        let partition = record.pointer("/dynamodb/Keys/workspace_id/S").and_then(Value::as_str);
        newest.insert(partition.map(str::to_owned), record);
    }
    others.extend(newest.into_values());
    others
}

impl EntriesStream {
    /// Opens the stream of the entries table at its end, so that only later changes are read. A
    /// table without a stream yields no changes.
    ///
    /// # Errors
    /// [`StreamError`] when the database does not describe its shards, or the template has a filter
    /// that cannot be judged here.
    pub fn open(database: Database) -> Result<Self, StreamError> {
        let streams = database
            .list_streams(serde_json::from_value(json!({ "TableName": tables().entries }))?)?
            .streams;
        let mut iterators = Vec::new();
        for arn in streams.into_iter().map(|stream| stream.stream_arn) {
            let description = database
                .describe_stream(serde_json::from_value(json!({ "StreamArn": arn }))?)?
                .stream_description;
            for shard in description.shards {
                let from = json!({
                    "StreamArn": arn,
                    "ShardId": shard.shard_id,
                    "ShardIteratorType": "LATEST",
                });
                iterators.extend(
                    database.get_shard_iterator(serde_json::from_value(from)?)?.shard_iterator,
                );
            }
        }
        Ok(Self { database, iterators, filters: Template::load()?.stream_filters })
    }

    /// The changes since the last call, as the event that the function takes; `None` means that
    /// there are none.
    ///
    /// # Errors
    /// [`StreamError`]; the next call starts at the same position.
    pub fn batch(&mut self) -> Result<Option<StreamEvent>, StreamError> {
        let mut records = Vec::new();
        let mut next = Vec::with_capacity(self.iterators.len());
        for iterator in &self.iterators {
            let read = self
                .database
                .get_records(serde_json::from_value(json!({ "ShardIterator": iterator }))?)?;
            // A closed shard that is read to its end has no next position.
            next.extend(read.next_shard_iterator);
            // Lambda applies the filter of the template before it calls the function.
            let records_read =
                read.records.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
            let passes = |record: &Value| self.filters.iter().any(|filter| filter.passes(record));
            records.extend(records_read.into_iter().filter(passes));
        }
        self.iterators = next;
        let records = what_tells(records);
        if records.is_empty() {
            Ok(None)
        } else {
            Ok(Some(serde_json::from_value(json!({ "Records": records }))?))
        }
    }

    /// Passes the stream to the `tally` function until the future is dropped. A failed batch is not
    /// passed again: of new entries the stream is only a hint, and lists count what is missing.
    /// What was altered is told before anything can fail.
    pub async fn follow(mut self, service: Service<DynamoStore>) {
        let planned = Planned::default();
        loop {
            match self.batch() {
                Ok(Some(event)) => drop(tally::handle(&service, &planned, event).await),
                Ok(None) => tokio::time::sleep(POLL_EVERY).await,
                Err(error) => {
                    tracing::warn!(%error, "cannot read the stream of the entries table");
                    tokio::time::sleep(POLL_EVERY).await;
                }
            }
        }
    }
}
