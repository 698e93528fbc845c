//! Owns the stored shapes of entries and their values. Golden tests pin them.

mod size;

use super::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::BASE64_NOPAD;
use domain::adjusted::Adjustment;
use domain::entry::{
    Actor, Content, Entry, Generation, Kept, NewEntry, Outcome, Seal, Seed, Summary, Target,
};
use domain::identity::{EntryId, SCHEMA};
use domain::json::JsonText;
use domain::key_id::KeyId;
use domain::ports::StoreError;
use domain::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Display;

/// A DynamoDB item.
pub type Item = HashMap<String, AttributeValue>;

/// The old value, the new value and the metadata of an entry go to an item of their own when they
/// are larger than this together, so that a list does not pay for reading them.
pub(super) const MAX_INLINE_VALUE_BYTES: usize = 1_024;

/// An entry as it is stored: one item of the entries table. An item under each further target has
/// the attributes of a row again, so that the index by target finds the entry there, too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct EntryItem {
    pub(super) workspace_id: String,
    pub(super) id: String,
    schema: u32,
    recorded_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journaled_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    actor: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<Actor>,
    action: String,
    target: Target,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Target>,
    outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip_address_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_value: Option<String>,
    /// What the values changed, in short ([`Summary::stored`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    adjusted: Vec<Adjustment>,
    /// Whether the values and the metadata lie in an item of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) values_apart: bool,
    /// Which salt of the actor the id was made with. Absent means the first, or a row.
    #[serde(default, skip_serializing_if = "Generation::is_first")]
    salt_generation: Generation,
    /// What blinds the commitment. A row is read without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<SealText>,
    /// Seconds since the Unix epoch: DynamoDB's TTL attribute. `None` means never, or a row of an
    /// index, which does not carry it. No reader of an entry asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delete_at: Option<i64>,
    /// The keys of the two indexes. An item in one index does not carry the key of the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_key: Option<String>,
}

/// The old value, the new value and the metadata of an entry as they are stored when they are too
/// large for its item. The item has a partition key of its own and the sort key of the entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ValuesItem {
    pub(super) workspace_id: String,
    pub(super) id: String,
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delete_at: Option<i64>,
}

/// A seal as it is stored, in base64: the seed of a whole entry; or, after a section was removed,
/// for each section `s` and its salt, or `h` and its hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct SealText(String);

impl SealText {
    fn of(seal: &Seal) -> Self {
        let bytes = match seal {
            Seal::Whole(seed) => seed.as_bytes().to_vec(),
            Seal::Partial(kept) => kept
                .iter()
                .flat_map(|kept| {
                    let (tag, bits) = match kept {
                        Kept::Salt(salt) => (b's', salt),
                        Kept::Hash(hash) => (b'h', hash),
                    };
                    [tag].into_iter().chain(*bits)
                })
                .collect(),
        };
        Self(BASE64_NOPAD.encode(&bytes))
    }

    fn into_seal(self) -> Result<Seal, StoreError> {
        let malformed = || malformed("seal of an entry");
        let bytes = BASE64_NOPAD.decode(self.0.as_bytes()).map_err(|_no_base64| malformed())?;
        if let Ok(seed) = <[u8; 32]>::try_from(bytes.as_slice()) {
            return Ok(Seal::Whole(Seed::from_bytes(seed)));
        }
        let kept = bytes.chunks(33).map(|chunk| match chunk.split_first() {
            Some((b's', salt)) => salt.try_into().ok().map(Kept::Salt),
            Some((b'h', hash)) => hash.try_into().ok().map(Kept::Hash),
            _ => None,
        });
        let kept: Vec<Kept> = kept.collect::<Option<_>>().ok_or_else(malformed)?;
        Ok(Seal::Partial(Box::new(kept.try_into().map_err(|_kept: Vec<Kept>| malformed())?)))
    }
}

/// The items of an entry.
#[derive(Debug)]
pub(super) struct Items {
    /// The entry.
    pub(super) entry: EntryItem,
    /// Its values and metadata, if they lie apart.
    pub(super) values: Option<ValuesItem>,
    /// One row for each further target.
    pub(super) rows: Vec<EntryItem>,
}

fn stored_text(value: Option<&JsonText>) -> Option<String> {
    value.map(|value| value.as_str().to_owned())
}

/// Splits an entry into its items.
pub(super) fn split(new: &NewEntry) -> Items {
    let NewEntry { entry, delete_at } = new;
    let content = &entry.content;
    let delete_at = delete_at.map(Timestamp::epoch_seconds);
    let mut item = EntryItem { delete_at, ..entry_item(entry) };
    let values = [&item.old_value, &item.new_value, &item.metadata];
    let value_bytes: usize = values.into_iter().flatten().map(String::len).sum();
    item.values_apart = value_bytes > MAX_INLINE_VALUE_BYTES;
    let values = item.values_apart.then(|| ValuesItem {
        workspace_id: keys::values(&entry.workspace_id),
        id: item.id.clone(),
        schema: SCHEMA,
        metadata: item.metadata.take(),
        old_value: item.old_value.take(),
        new_value: item.new_value.take(),
        delete_at,
    });
    let summary = entry.summary.as_ref().map(Summary::stored);
    item.summary = summary.filter(|summary| size::has_room_for(&item, summary));
    let rows = content.targets.iter().enumerate().map(|(index, target)| EntryItem {
        workspace_id: keys::further_target(&entry.workspace_id, index),
        key_id: None,
        metadata: None,
        old_value: None,
        new_value: None,
        values_apart: false,
        salt_generation: Generation::FIRST,
        seal: None,
        actor_key: None,
        target_key: Some(keys::target(&entry.workspace_id, &target.kind, &target.id)),
        ..item.clone()
    });
    let rows = rows.collect();
    Items { entry: item, values, rows }
}

/// The item of an entry with everything in it but the time of its deletion.
fn entry_item(entry: &Entry) -> EntryItem {
    let content = &entry.content;
    let (actor_key, target_key) =
        keys::of_entry(&entry.workspace_id, &content.actor, &content.target);
    EntryItem {
        workspace_id: keys::entries(&entry.workspace_id),
        id: entry.id.to_string(),
        schema: SCHEMA,
        recorded_at: entry.recorded_at.rfc3339(),
        journaled_at: entry.journaled_at.map(Timestamp::rfc3339),
        key_id: entry.key_id.as_ref().map(|key_id| key_id.as_str().to_owned()),
        actor: content.actor.clone(),
        on_behalf_of: content.on_behalf_of.clone(),
        action: content.action.clone(),
        target: content.target.clone(),
        targets: content.targets.clone(),
        outcome: content.outcome,
        reason: content.reason.clone(),
        ip_address: content.ip_address.clone(),
        ip_address_text: content.ip_address_text.clone(),
        user_agent: content.user_agent.clone(),
        location: content.location.clone(),
        session_id: content.session_id.clone(),
        external_id: content.external_id.clone(),
        request_id: content.request_id.clone(),
        metadata: stored_text(content.metadata.as_ref()),
        old_value: stored_text(content.old_value.as_ref()),
        new_value: stored_text(content.new_value.as_ref()),
        summary: None,
        adjusted: content.adjusted.clone(),
        values_apart: false,
        salt_generation: entry.salt_generation,
        seal: entry.seal.as_ref().map(SealText::of),
        delete_at: None,
        actor_key: Some(actor_key),
        target_key: Some(target_key),
    }
}

impl EntryItem {
    /// The entry, with its values if they lie in this item.
    pub(super) fn into_entry(self) -> Result<Entry, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of an entry"));
        }
        let id = EntryId::parse(&self.id).ok_or_else(|| malformed("id of an entry"))?;
        let key_id = self
            .key_id
            .map(|key_id| KeyId::parse(&key_id).ok_or_else(|| malformed("key id of an entry")));
        let content = Content {
            on_behalf_of: self.on_behalf_of,
            targets: self.targets,
            outcome: self.outcome,
            reason: self.reason,
            ip_address: self.ip_address,
            ip_address_text: self.ip_address_text,
            user_agent: self.user_agent,
            location: self.location,
            session_id: self.session_id,
            old_value: value(self.old_value)?,
            new_value: value(self.new_value)?,
            metadata: value(self.metadata)?,
            external_id: self.external_id,
            request_id: self.request_id,
            adjusted: self.adjusted,
            ..Content::new(id.occurred_at(), self.actor, self.action, self.target)
        };
        Ok(Entry {
            workspace_id: keys::workspace_of(&self.workspace_id)
                .ok_or_else(|| malformed("workspace of an entry"))?,
            id,
            recorded_at: time_of(&self.recorded_at)?,
            journaled_at: self.journaled_at.as_deref().map(time_of).transpose()?,
            key_id: key_id.transpose()?,
            salt_generation: self.salt_generation,
            seal: self.seal.map(SealText::into_seal).transpose()?,
            summary: self.summary.as_deref().map(summary).transpose()?,
            content,
        })
    }
}

/// A stored moment.
pub(super) fn time_of(text: &str) -> Result<Timestamp, StoreError> {
    Timestamp::parse(text).map_err(|error| StoreError::Malformed(error.into()))
}

impl ValuesItem {
    /// Whether both hold the same values of the same entry.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        let values = (&self.metadata, &self.old_value, &self.new_value)
            == (&other.metadata, &other.old_value, &other.new_value);
        values && self.id == other.id && self.schema == other.schema
    }

    /// Sets the values and the metadata of their entry.
    pub(super) fn fill(self, entry: &mut Entry) -> Result<(), StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of values"));
        }
        entry.content.old_value = value(self.old_value)?;
        entry.content.new_value = value(self.new_value)?;
        entry.content.metadata = value(self.metadata)?;
        Ok(())
    }
}

fn summary(text: &str) -> Result<Summary, StoreError> {
    Summary::from_stored(text).ok_or_else(|| malformed("summary of an entry"))
}

fn value(text: Option<String>) -> Result<Option<JsonText>, StoreError> {
    text.map(JsonText::from_stored).transpose().map_err(|error| StoreError::Malformed(error.into()))
}

/// The items of an entry, for a bulk import into an empty table: its values, if they lie apart, its
/// rows under further targets, and then the entry.
///
/// # Errors
/// [`StoreError::Refused`] when an attribute cannot be stored.
pub fn items_of_entry(new: &NewEntry) -> Result<Vec<Item>, StoreError> {
    let Items { entry, values, rows } = split(new);
    values.iter().map(to_item).chain(rows.iter().chain([&entry]).map(to_item)).collect()
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

/// The item that a later version of the service could have stored. Nobody here knows what is in it.
#[cfg(test)]
pub(super) fn of_next_schema(shape: &impl Serialize) -> Item {
    let mut item: Item = serde_dynamo::to_item(shape).unwrap();
    let schema = item["schema"].as_n().unwrap().parse::<u32>().unwrap();
    item.insert("schema".to_owned(), number(schema + 1));
    item
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
mod tests;
