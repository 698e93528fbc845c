//! Reads a batch of the stream, and picks the records that are hints to count a workspace.

use domain::identity::EntryId;
use domain::workspace::WorkspaceId;
use serde::Deserialize;

/// One entry in 32 is a hint. Whether an entry is one follows from the last bits of its digest,
/// which are as good as random, so that nothing needs to be remembered. To see what is not counted
/// in a workspace costs some 15 RCU, which is 0.5 RCU per entry.
const ENTRIES_PER_HINT: u128 = 32;

/// A batch of a DynamoDB stream as Lambda hands it over, with the fields that make a record a hint.
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
}

#[derive(Debug, Deserialize)]
struct Keys {
    workspace_id: Text,
    id: Text,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// A hint that a workspace may have closed time that is not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) workspace: WorkspaceId,
    /// The place of the record in the stream.
    pub(crate) sequence_number: String,
}

impl StreamEvent {
    /// The first hint of each workspace, in the order of the stream.
    pub(crate) fn hints(self) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        for record in self.records.into_iter().filter(|record| record.event_name == "INSERT") {
            let is_hint = EntryId::parse(&record.dynamodb.keys.id.text)
                .is_some_and(|id| id.digest() % ENTRIES_PER_HINT == 0);
            // Large values lie in a partition whose name is not a workspace id.
            let workspace =
                WorkspaceId::parse(&record.dynamodb.keys.workspace_id.text).filter(|_| is_hint);
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

    fn record(name: &str, workspace: &str, digest: u32, sequence_number: u32) -> String {
        format!(
            r#"{{"eventID":"e","eventName":"{name}","eventSource":"aws:dynamodb","dynamodb":{{
                "SequenceNumber":"{sequence_number}","StreamViewType":"KEYS_ONLY","Keys":{{
                    "workspace_id":{{"S":"{workspace}"}},
                    "id":{{"S":"20261122T140506.789Z-{digest:032x}"}}}}}}}}"#
        )
    }

    #[test]
    fn one_entry_in_thirty_two_is_a_hint_and_each_workspace_has_one() {
        let records = [
            record("INSERT", "ws_a", 31, 1),
            record("INSERT", "ws_a", 32, 2),
            record("INSERT", "ws_a", 64, 3),
            record("REMOVE", "ws_b", 64, 4),
            record("MODIFY", "ws_b", 64, 5),
            record("INSERT", "ws_b#values", 64, 6),
            record("INSERT", "ws_c", 0, 7),
        ];
        let event: StreamEvent =
            serde_json::from_str(&format!(r#"{{"Records":[{}]}}"#, records.join(","))).unwrap();
        let hints: Vec<_> = event
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
