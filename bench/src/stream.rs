//! Owns the stream of the entries table as Lambda hands it to the `tally` function: it decides when
//! which batch comes.

use crate::Fault;
use crate::workload::WORKSPACE;
use aws::dynamodb::DynamoStore;
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tally::Planned;
use web::service::Service;

/// A batch is handed over when it is this old, or when it is full (`EntriesStream` in
/// `template.yaml`).
const BATCH_MS: i64 = 10_000;
const BATCH_ENTRIES: usize = 100;
/// Unless a batch is full, the function waits until its newest entry is settled. That is this long
/// after the beginning of the second in which the entry was written.
const WAIT_MS: i64 = 11_000;

/// A batch, and when the function begins to number.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) at: Timestamp,
    pub(crate) ids: Vec<EntryId>,
}

/// The entries that were written and not handed over yet. The stream has one shard, and so one
/// batch at a time.
#[derive(Debug)]
pub(crate) struct Stream {
    written: Vec<(EntryId, Timestamp)>,
    /// When the function is done with the previous batch.
    free_at: Timestamp,
}

impl Stream {
    pub(crate) fn new() -> Self {
        Self { written: Vec::new(), free_at: Timestamp::MIN }
    }

    /// Adds an entry that was written.
    pub(crate) fn add(&mut self, id: EntryId, at: Timestamp) {
        self.written.push((id, at));
    }

    /// The next batch that is due by `now`.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<Batch> {
        let (_, first) = self.written.first()?;
        let full = self.written.get(BATCH_ENTRIES - 1).map(|(_, filled)| *filled);
        let taken_at = full.unwrap_or(Timestamp::MAX).min(first.plus_ms(BATCH_MS));
        let taken_at = taken_at.max(self.free_at);
        let count = self.written.iter().take_while(|(_, at)| *at <= taken_at).count();
        let count = count.min(BATCH_ENTRIES);
        let (_, newest) = self.written.get(count.checked_sub(1)?)?;
        let second = newest.ms() - newest.ms().rem_euclid(1_000);
        let settled_at = Timestamp::clamped(second).plus_ms(WAIT_MS);
        let at = if count < BATCH_ENTRIES { taken_at.max(settled_at) } else { taken_at };
        if at > now {
            return None;
        }
        self.free_at = at;
        Some(Batch { at, ids: self.written.drain(..count).map(|(id, _)| id).collect() })
    }
}

/// Calls the `tally` function with a batch that has these ids, again as often as it asks for.
pub(crate) async fn tally(
    service: &Service<DynamoStore>,
    planned: &Planned,
    ids: &[EntryId],
) -> Result<(), Fault> {
    let event = event(WORKSPACE, ids);
    let handle = async || {
        let event = serde_json::from_value(event.clone())?;
        Ok::<_, serde_json::Error>(tally::handle(service, planned, event).await)
    };
    while handle().await?.failures() > 0 {}
    Ok(())
}

/// A batch as Lambda sends it.
fn event(workspace: &str, ids: &[EntryId]) -> Value {
    let records = ids.iter().map(|id| {
        let keys = json!({ "workspace_id": { "S": workspace }, "id": { "S": id.to_string() } });
        json!({ "eventName": "INSERT", "dynamodb": { "SequenceNumber": "1", "Keys": keys } })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}
