//! Owns the stream of the entries table here: does what Lambda's event source mapping does between
//! the stream and the `tally` function.

use crate::embedded::tables;
use aws::dynamodb::DynamoStore;
use dynoxide::{Database, DynoxideError};
use serde_json::json;
use std::fmt;
use std::time::Duration;
use tally::StreamEvent;
use web::service::Service;

/// How often the stream is looked at. Lambda polls four times a second and then waits for a batch;
/// here nobody pays for small ones.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// Why the stream is not read.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The database refuses.
    #[error("the embedded DynamoDB refuses")]
    Database(#[from] DynoxideError),
    /// What the database says is not what is read here.
    #[error("the stream's answer has another shape")]
    Shape(#[from] serde_json::Error),
}

/// The stream, from where it was last read.
pub struct EntriesStream {
    database: Database,
    /// Where each shard is read next.
    iterators: Vec<String>,
}

impl fmt::Debug for EntriesStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntriesStream").field("iterators", &self.iterators).finish_non_exhaustive()
    }
}

impl EntriesStream {
    /// The stream of the entries table, from what comes from now on. A table that was made without
    /// a stream gives nothing.
    ///
    /// # Errors
    /// [`StreamError`] when the database does not say where its shards begin.
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
                let from = json!({ "StreamArn": arn, "ShardId": shard.shard_id, "ShardIteratorType": "LATEST" });
                iterators.extend(
                    database.get_shard_iterator(serde_json::from_value(from)?)?.shard_iterator,
                );
            }
        }
        Ok(Self { database, iterators })
    }

    /// What came since the last time, as the function is handed it; none if nothing did.
    ///
    /// # Errors
    /// [`StreamError`]; the next time starts at the same place.
    pub fn batch(&mut self) -> Result<Option<StreamEvent>, StreamError> {
        let mut records = Vec::new();
        let mut next = Vec::with_capacity(self.iterators.len());
        for iterator in &self.iterators {
            let read = self
                .database
                .get_records(serde_json::from_value(json!({ "ShardIterator": iterator }))?)?;
            // A shard that is closed and read to its end has no next place.
            next.extend(read.next_shard_iterator);
            // What the template filters out, Lambda never hands over.
            let records_read =
                read.records.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
            records.extend(
                records_read
                    .into_iter()
                    .filter(|record| record.get("eventName").is_some_and(|name| name == "INSERT")),
            );
        }
        self.iterators = next;
        if records.is_empty() {
            Ok(None)
        } else {
            Ok(Some(serde_json::from_value(json!({ "Records": records }))?))
        }
    }

    /// Hands the stream to the `tally` function until the future is dropped. What fails is not
    /// handed over again: it is a hint, and there will be others.
    pub async fn follow(mut self, service: Service<DynamoStore>) {
        loop {
            match self.batch() {
                Ok(Some(event)) => drop(tally::handle(&service, event).await),
                Ok(None) => tokio::time::sleep(POLL_EVERY).await,
                Err(error) => {
                    tracing::warn!(%error, "the stream of the entries table is not readable");
                    tokio::time::sleep(POLL_EVERY).await;
                }
            }
        }
    }
}
