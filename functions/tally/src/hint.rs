//! Reads a batch of the stream: picks the workspaces that have new entries, and the items that were
//! altered.

use crate::alteration::{Alteration, Change, part_of};
use aws::dynamodb::{Image, altered};
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Deserialize;

/// The records of a full batch: `BatchSize` in `template.yaml`. More records follow it soon.
const FULL_BATCH: usize = 100;
/// Who deletes expired items. Source: "DynamoDB Streams and Time to Live", developer guide.
const TTL: &str = "dynamodb.amazonaws.com";

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
    #[serde(rename = "userIdentity", default)]
    user_identity: Option<UserIdentity>,
    dynamodb: StreamRecord,
}

/// Who made a change. Only what DynamoDB itself deletes has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    #[serde(default)]
    principal_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamRecord {
    keys: Keys,
    #[serde(default)]
    old_image: Option<Image>,
    #[serde(default)]
    new_image: Option<Image>,
    sequence_number: String,
    /// Seconds since the Unix epoch.
    #[serde(default)]
    approximate_creation_date_time: f64,
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

/// A hint that a workspace has entries that are not numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) workspace: WorkspaceId,
    /// The place of the record in the stream.
    pub(crate) sequence_number: String,
}

impl Record {
    fn partition(&self) -> &str {
        &self.dynamodb.keys.workspace_id.text
    }

    /// The workspace that has a new entry. Large values and rows lie in partitions whose names are
    /// no workspace ids.
    fn hint(&self) -> Option<WorkspaceId> {
        let is_new = self.event_name == "INSERT";
        is_new.then(|| WorkspaceId::parse(self.partition())).flatten()
    }

    /// The alteration that the record shows. `None` means that it shows no alteration.
    fn change(&self) -> Option<Change> {
        match self.event_name.as_str() {
            "REMOVE" => {
                let by = self.user_identity.as_ref().map(|user| user.principal_id.as_str());
                (by != Some(TTL)).then_some(Change::Removed)
            }
            "MODIFY" => match (&self.dynamodb.old_image, &self.dynamodb.new_image) {
                (Some(old), Some(new)) => {
                    let names = altered(self.partition(), old, new);
                    let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
                    (!names.is_empty()).then_some(Change::Modified(names))
                }
                _ => Some(Change::ModifiedUnseen),
            },
            _ => None,
        }
    }
}

impl StreamEvent {
    /// When the newest entry was written, down to a whole second, unless the batch is full.
    pub(crate) fn newest_of_part(&self) -> Option<Timestamp> {
        if self.records.len() >= FULL_BATCH {
            return None;
        }
        self.written().max()
    }

    /// When the oldest entry was written, down to a whole second.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.written().min()
    }

    /// When the new entries were written, down to whole seconds.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates")]
    fn written(&self) -> impl Iterator<Item = Timestamp> {
        self.records
            .iter()
            .filter(|record| record.hint().is_some())
            .map(|record| record.dynamodb.approximate_creation_date_time.floor() as i64)
            .map(|seconds| Timestamp::clamped(seconds.saturating_mul(1_000)))
    }

    /// The first hint of each workspace, in the order of the stream.
    pub(crate) fn hints(self) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        for record in self.records {
            let workspace = record.hint();
            if let Some(workspace) =
                workspace.filter(|workspace| hints.iter().all(|hint| hint.workspace != *workspace))
            {
                hints.push(Hint { workspace, sequence_number: record.dynamodb.sequence_number });
            }
        }
        hints
    }

    /// The items that were changed or deleted behind the service's back, in the stream's order.
    pub(crate) fn alterations(&self) -> Vec<Alteration> {
        let of = |record: &Record| {
            let partition = record.partition();
            Some(Alteration {
                change: record.change()?,
                workspace: partition.split('#').next().and_then(WorkspaceId::parse),
                entry: EntryId::parse(&record.dynamodb.keys.id.text),
                part: part_of(partition),
            })
        };
        self.records.iter().filter_map(of).collect()
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
                "SequenceNumber":"{sequence_number}","StreamViewType":"NEW_AND_OLD_IMAGES","Keys":{{
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
        let others = [
            record("MODIFY", "ws_a", 1),
            record("REMOVE", "ws_a", 2),
            record("INSERT", "ws_a#values", 3),
        ];
        assert_eq!(event(&others).newest_of_part(), None, "nothing of them will be numbered");
    }

    /// A record with images that have these attributes, and by whom it was made.
    fn with(name: &str, partition: &str, old: &str, new: &str, by: &str) -> String {
        let more = format!(r#""OldImage":{old},"NewImage":{new},"Keys":"#);
        let by = format!(r#"{{"userIdentity":{by},"eventID""#);
        record(name, partition, 1).replace(r#""Keys":"#, &more).replace(r#"{"eventID""#, &by)
    }

    #[test]
    fn what_was_changed_behind_the_services_back_is_picked() {
        let (a, b) = (r#"{"reason":{"S":"a"}}"#, r#"{"reason":{"S":"b"}}"#);
        let stamped = r#"{"reason":{"S":"a"},"retention_version":{"N":"2"}}"#;
        let ttl = r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#;
        let records = [
            with("INSERT", "ws_a", "null", a, "null"),
            with("MODIFY", "ws_a", a, stamped, "null"),
            with("MODIFY", "ws_a", a, b, "null"),
            with("MODIFY", "ws_a#values", a, b, ttl),
            with("REMOVE", "ws_a#target1", a, "null", "null"),
            with("REMOVE", "ws_a", a, "null", ttl),
            with("REMOVE", "ws_a", a, "null", r#"{"type":"Service","principalId":"x"}"#),
            record("MODIFY", "ws_a", 8),
            with("REMOVE", "#", a, "null", "null"),
        ];
        let found = event(&records).alterations().into_iter().map(|found| {
            (found.workspace.map(|id| id.to_string()), found.part, found.change.to_string())
        });
        let of = |part, change: &str| (Some("ws_a".to_owned()), part, change.to_owned());
        let expected = [
            of("entry", "modified: reason"),
            of("values", "modified: reason"),
            of("row", "removed"),
            of("entry", "removed"),
            of("entry", "modified, without images"),
            (None, "row", "removed".to_owned()),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
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
