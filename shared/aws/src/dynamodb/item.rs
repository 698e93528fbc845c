//! Owns the stored shapes of entries and their values. Golden tests pin them.

use super::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::{Actor, Content, Entry, Outcome, Target};
use domain::identity::{EntryId, SCHEMA};
use domain::json::JsonText;
use domain::ports::StoreError;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Display;

/// A DynamoDB item.
pub type Item = HashMap<String, AttributeValue>;

/// The old and the new value of an entry go to an item of their own when they are larger than this
/// together, so that a list does not pay for reading them.
pub(super) const MAX_INLINE_VALUE_BYTES: usize = 1_024;

/// An entry as it is stored: one item of the entries table.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EntryItem {
    pub(super) workspace_id: String,
    pub(super) id: String,
    schema: u32,
    recorded_at: String,
    actor: Actor,
    action: String,
    target: Target,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    user_agent_truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_value: Option<String>,
    /// Whether the values lie in an item of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) values_apart: bool,
    /// Seconds since the Unix epoch: DynamoDB's TTL attribute. `None` means never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// The keys of the two indexes. An item in one index does not carry the key of the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_key: Option<String>,
}

/// The old and the new value of an entry as they are stored when they are too large for its item.
/// The item has a partition key of its own and the sort key of the entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ValuesItem {
    workspace_id: String,
    id: String,
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<i64>,
}

fn stored_text(value: Option<&JsonText>) -> Option<String> {
    value.map(|value| value.as_str().to_owned())
}

/// Splits an entry into its item and, if its values are large, the item of the values.
pub(super) fn split(entry: &Entry) -> (EntryItem, Option<ValuesItem>) {
    let content = &entry.content;
    let (old_value, new_value) =
        (stored_text(content.old_value.as_ref()), stored_text(content.new_value.as_ref()));
    let value_bytes: usize = [&old_value, &new_value].into_iter().flatten().map(String::len).sum();
    let expires_at = entry.expires_at.map(Timestamp::epoch_seconds);
    let (actor_key, target_key) =
        keys::of_entry(&entry.workspace_id, &content.actor, &content.target);
    let mut item = EntryItem {
        workspace_id: keys::entries(&entry.workspace_id),
        id: entry.id.to_string(),
        schema: SCHEMA,
        recorded_at: entry.recorded_at.rfc3339(),
        actor: content.actor.clone(),
        action: content.action.clone(),
        target: content.target.clone(),
        outcome: content.outcome,
        ip_address: content.ip_address.clone(),
        user_agent: content.user_agent.clone(),
        user_agent_truncated: content.user_agent_truncated,
        external_id: content.external_id.clone(),
        request_id: content.request_id.clone(),
        old_value,
        new_value,
        values_apart: value_bytes > MAX_INLINE_VALUE_BYTES,
        expires_at,
        actor_key: Some(actor_key),
        target_key: Some(target_key),
    };
    let values = item.values_apart.then(|| ValuesItem {
        workspace_id: keys::values(&entry.workspace_id),
        id: item.id.clone(),
        schema: SCHEMA,
        old_value: item.old_value.take(),
        new_value: item.new_value.take(),
        expires_at,
    });
    (item, values)
}

impl EntryItem {
    /// The entry, with its values if they lie in this item.
    pub(super) fn into_entry(self) -> Result<Entry, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of an entry"));
        }
        let id = EntryId::parse(&self.id).ok_or_else(|| malformed("id of an entry"))?;
        let content = Content {
            occurred_at: id.occurred_at(),
            actor: self.actor,
            action: self.action,
            target: self.target,
            ip_address: self.ip_address,
            user_agent: self.user_agent,
            user_agent_truncated: self.user_agent_truncated,
            old_value: value(self.old_value)?,
            new_value: value(self.new_value)?,
            outcome: self.outcome,
            external_id: self.external_id,
            request_id: self.request_id,
        };
        Ok(Entry {
            workspace_id: WorkspaceId::parse(&self.workspace_id)
                .ok_or_else(|| malformed("workspace of an entry"))?,
            id,
            recorded_at: Timestamp::parse(&self.recorded_at)
                .map_err(|error| StoreError::Malformed(error.into()))?,
            expires_at: self.expires_at.map(expiry),
            content,
        })
    }
}

impl ValuesItem {
    /// Sets the values of their entry.
    pub(super) fn fill(self, entry: &mut Entry) -> Result<(), StoreError> {
        entry.content.old_value = value(self.old_value)?;
        entry.content.new_value = value(self.new_value)?;
        Ok(())
    }
}

fn value(text: Option<String>) -> Result<Option<JsonText>, StoreError> {
    text.map(JsonText::from_stored).transpose().map_err(|error| StoreError::Malformed(error.into()))
}

/// The items of an entry, for a bulk import into an empty table: its values, if they lie apart, and
/// then the entry.
///
/// # Errors
/// [`StoreError::Refused`] when an attribute cannot be stored.
pub fn items_of_entry(entry: &Entry) -> Result<Vec<Item>, StoreError> {
    let (item, values) = split(entry);
    values.iter().map(to_item).chain([to_item(&item)]).collect()
}

/// A text attribute.
pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn number(number: impl Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The moment that a TTL attribute names, in seconds since the Unix epoch. A number outside the
/// years 0001 to 9999 becomes the first or the last moment of them.
pub(super) fn expiry(seconds: i64) -> Timestamp {
    Timestamp::clamped(seconds.saturating_mul(1_000))
}

/// The entry id of an item or a key of the entries table.
pub(super) fn id_of(item: &Item) -> Result<EntryId, StoreError> {
    let id = item.get("id").and_then(|id| id.as_s().ok());
    id.and_then(|id| EntryId::parse(id)).ok_or_else(|| malformed("an item without an entry id"))
}

/// The error for a stored item that is not what this service stores.
pub(super) fn malformed(what: &'static str) -> StoreError {
    StoreError::Malformed(what.into())
}

/// A stored shape as a DynamoDB item.
pub(super) fn to_item(shape: &impl Serialize) -> Result<Item, StoreError> {
    serde_dynamo::to_item(shape).map_err(|error| StoreError::Refused(error.into()))
}

/// A DynamoDB item as a stored shape.
pub(super) fn from_item<T: for<'de> Deserialize<'de>>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|error| StoreError::Malformed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::ActorType;
    use domain::json::parse;

    fn entry(new_value: &str) -> Entry {
        let json = |text: &str| Some(JsonText::of(&parse(text.as_bytes()).unwrap()).unwrap());
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let actor = Actor {
            kind: ActorType::User,
            id: "u_1".into(),
            name: Some("Ada".into()),
            email: Some("ada@example.com".into()),
        };
        let target = Target { kind: "project".into(), id: "prj#1".into(), name: None };
        let content = Content {
            ip_address: Some("203.0.113.9".into()),
            user_agent: Some("Mozilla/5.0".into()),
            user_agent_truncated: true,
            old_value: json("18446744073709551616"),
            new_value: json(new_value),
            external_id: Some("evt_1".into()),
            request_id: Some("req_1".into()),
            ..Content::by_service(at, actor, "project.update", target)
        };
        Entry {
            workspace_id: WorkspaceId::parse("ws_a").unwrap(),
            id: EntryId::new(at, 0x0123_4567_89ab_cdef),
            recorded_at: at.plus_ms(42),
            expires_at: Timestamp::from_ms(1_771_718_400_000),
            content,
        }
    }

    fn shown(shape: &impl Serialize) -> String {
        serde_json::to_string(shape).unwrap()
    }

    /// Golden files: stored items have these shapes while the schema is 1.
    #[test]
    fn stored_shapes_are_fixed() {
        let (small, none) = split(&entry("{}"));
        assert!(none.is_none());
        assert_eq!(shown(&small), include_str!("golden/entry.json").trim());
        let large = format!("\"{}\"", "x".repeat(1_003));
        let (apart, values) = split(&entry(&large));
        assert_eq!(shown(&apart), include_str!("golden/entry_values_apart.json").trim());
        assert_eq!(
            shown(&values.unwrap()).replace(&"x".repeat(1_003), "…"),
            include_str!("golden/values.json").trim()
        );
    }

    #[test]
    fn values_lie_apart_above_1024_bytes_together() {
        let digits = "18446744073709551616".len();
        let of = |bytes: usize| {
            split(&entry(&format!("\"{}\"", "x".repeat(bytes - 2 - digits)))).1.is_some()
        };
        assert!(!of(1_024));
        assert!(of(1_025));
    }

    #[test]
    fn an_item_reads_back_as_the_same_entry() {
        let entry = entry(r#"{"a":1e-400}"#);
        let item: EntryItem = from_item(to_item(&split(&entry).0).unwrap()).unwrap();
        assert_eq!(item.into_entry().unwrap(), entry);
        let large = format!("\"{}\"", "x".repeat(2_000));
        let entry = self::entry(&large);
        let (item, values) = split(&entry);
        let item: EntryItem = from_item(to_item(&item).unwrap()).unwrap();
        let values: ValuesItem = from_item(to_item(&values.unwrap()).unwrap()).unwrap();
        let mut read = item.into_entry().unwrap();
        values.fill(&mut read).unwrap();
        assert_eq!(read, entry);
    }
}
