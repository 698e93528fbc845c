//! Reads a batch of the stream, and picks the workspaces that have new entries.

use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Deserialize;

/// The records of a full batch: `BatchSize` in `template.yaml`. More records follow it soon.
const FULL_BATCH: usize = 100;

/// A batch of a DynamoDB stream as Lambda hands it over, with the fields that matter here.
///
/// Source: "Using Lambda with Amazon DynamoDB", Lambda developer guide; the types are named as in
/// the DynamoDB Streams API reference.
#[derive(Debug, Deserialize)]
pub struct StreamEvent {
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "eventName", default)]
    event_name: String,
    dynamodb: StreamRecord,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamRecord {
    keys: Keys,
    sequence_number: String,
    /// Seconds since the Unix epoch.
    #[serde(default)]
    approximate_creation_date_time: f64,
}

#[derive(Debug, Deserialize)]
struct Keys {
    workspace_id: Text,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// A hint that a workspace has entries that are not numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) workspace: WorkspaceId,
    /// The place of the record in the stream.
    pub(crate) sequence_number: String,
}

impl StreamEvent {
    /// When the newest record was written, down to a whole second, unless the batch is full.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates")]
    pub(crate) fn newest_of_part(&self) -> Option<Timestamp> {
        if self.records.len() >= FULL_BATCH {
            return None;
        }
        let written = self
            .records
            .iter()
            .map(|record| record.dynamodb.approximate_creation_date_time.floor() as i64);
        written.max().map(|seconds| Timestamp::clamped(seconds.saturating_mul(1_000)))
    }

    /// The first hint of each workspace, in the order of the stream.
    pub(crate) fn hints(self) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        for record in self.records.into_iter().filter(|record| record.event_name == "INSERT") {
            // Large values and rows lie in partitions whose names are no workspace ids.
            let workspace = WorkspaceId::parse(&record.dynamodb.keys.workspace_id.text);
            if let Some(workspace) =
                workspace.filter(|workspace| hints.iter().all(|hint| hint.workspace != *workspace))
            {
                hints.push(Hint { workspace, sequence_number: record.dynamodb.sequence_number });
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::batch::BatchResponse;

    fn record(name: &str, workspace: &str, sequence_number: u32) -> String {
        format!(
            r#"{{"eventID":"e","eventName":"{name}","eventSource":"aws:dynamodb","dynamodb":{{
                "ApproximateCreationDateTime":1.7954E9,
                "SequenceNumber":"{sequence_number}","StreamViewType":"KEYS_ONLY","Keys":{{
                    "workspace_id":{{"S":"{workspace}"}},
                    "id":{{"S":"20261122T140506.789Z-00000000000000000000000000000001"}}}}}}}}"#
        )
    }

    fn event(records: &[String]) -> StreamEvent {
        serde_json::from_str(&format!(r#"{{"Records":[{}]}}"#, records.join(","))).unwrap()
    }

    #[test]
    fn each_workspace_with_a_new_entry_has_one_hint() {
        let records = [
            record("REMOVE", "ws_b", 1),
            record("INSERT", "ws_a", 2),
            record("INSERT", "ws_a", 3),
            record("MODIFY", "ws_b", 4),
            record("INSERT", "ws_b#values", 5),
            record("INSERT", "ws_b#target1", 6),
            record("INSERT", "ws_c", 7),
        ];
        let hints: Vec<_> = event(&records)
            .hints()
            .into_iter()
            .map(|hint| (hint.workspace.to_string(), hint.sequence_number))
            .collect();
        assert_eq!(
            hints,
            [("ws_a".to_owned(), "2".to_owned()), ("ws_c".to_owned(), "7".to_owned())]
        );
    }

    #[test]
    fn a_full_batch_is_not_waited_for() {
        let records: Vec<_> = (0..100).map(|number| record("INSERT", "ws_a", number)).collect();
        assert_eq!(event(&records).newest_of_part(), None);
        let newest = Timestamp::clamped(1_795_400_000_000);
        assert_eq!(event(&records[..99]).newest_of_part(), Some(newest));
        assert_eq!(event(&[]).newest_of_part(), None);
    }

    #[test]
    fn a_failed_hint_goes_back_by_its_sequence_number() {
        let mut response = BatchResponse::default();
        assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"batchItemFailures":[]}"#);
        response.fail(
            Hint { workspace: WorkspaceId::parse("w").unwrap(), sequence_number: "9".into() }
                .sequence_number,
        );
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"9"}]}"#
        );
    }
}
