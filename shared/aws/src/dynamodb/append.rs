//! Appends one entry: its values first, then the entry. Each is inserted only if it is absent. What
//! is there already is read and compared with everything that the id is made from.
//!
//! A statement that meets an item returns nothing of it, so a duplicate costs a read more. A
//! `PutItem` with a condition would return it, but its permission also allows overwriting.

use super::call::gone;
use super::item::{
    EntryItem, Item, Items, ValuesItem, from_item, id_of, number, split, text, to_item,
};
use super::{DynamoStore, batch, keys};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::entry::{Entry, NewEntry};
use domain::identity::EntryId;
use domain::ports::{AppendEntry, Appended, Consistency, StoreError};
use std::collections::HashMap;

impl AppendEntry for DynamoStore {
    async fn append(&self, new: &NewEntry) -> Result<Appended, StoreError> {
        let (items, entry) = (split(new), &new.entry);
        if let Some(values) = &items.values {
            self.insert_values(entry, values).await?;
        }
        if !items.rows.is_empty() {
            return self.insert_with_rows(entry, &items).await;
        }
        if self.insert(&self.tables.entries, to_item(&items.entry)?).await? {
            return Ok(Appended::Recorded);
        }
        self.compare(entry).await
    }

    async fn append_all(&self, entries: &[NewEntry]) -> Vec<Result<Appended, StoreError>> {
        batch::append_all(self, entries).await
    }

    async fn look(&self, entries: &[&Entry]) -> Vec<Result<Option<Appended>, StoreError>> {
        let mut found = match self.found(entries).await {
            Ok(found) => found,
            Err(error) => return entries.iter().map(|_| Err(error.copy())).collect(),
        };
        let mut looked = Vec::with_capacity(entries.len());
        for entry in entries {
            looked.push(match found.remove(&entry.id) {
                Some(stored) => self.compare_whole(entry, stored).await.map(Some),
                None => Ok(None),
            });
        }
        looked
    }
}

impl DynamoStore {
    /// Stores an entry and its rows under further targets, all or nothing, so that whoever finds
    /// it by one target finds it by every other.
    ///
    /// 1. The entry and its rows are inserted. If the entry is there, it is compared.
    /// 2. If only rows are there, an expired entry of this id has left them, and DynamoDB has not
    ///    deleted them yet. They are made to live as long as this entry, and the others are
    ///    inserted with it.
    pub(super) async fn insert_with_rows(
        &self,
        entry: &Entry,
        items: &Items,
    ) -> Result<Appended, StoreError> {
        let mut writes = self.inserts_with_rows(items)?;
        let Some(left) = self.try_transact(&writes).await? else { return Ok(Appended::Recorded) };
        if left.contains(&items.rows.len()) {
            return self.compare(entry).await;
        }
        for place in left.into_iter().rev() {
            if let Some(row) = items.rows.get(place) {
                self.keep_row(entry, row).await?;
                writes.remove(place);
            }
        }
        self.transact(writes).await.map(|()| Appended::Recorded)
    }

    /// The items of those entries that are stored. The read is eventually consistent and costs
    /// half: an entry that it misses is found by the statement that inserts it.
    async fn found(&self, entries: &[&Entry]) -> Result<HashMap<EntryId, Item>, StoreError> {
        let key = |entry: &&Entry| {
            Item::from([
                ("workspace_id".to_owned(), text(keys::entries(&entry.workspace_id))),
                ("id".to_owned(), text(entry.id.to_string())),
            ])
        };
        let keys = entries.iter().map(key).collect();
        let items = self.get_all(&self.tables.entries, keys, Consistency::Eventual).await?;
        items.into_iter().map(|item| Ok((id_of(&item)?, item))).collect()
    }

    /// Compares an entry with the item that is stored under its id, and with its values that lie
    /// apart, which nobody has compared yet.
    async fn compare_whole(&self, entry: &Entry, stored: Item) -> Result<Appended, StoreError> {
        let stored: EntryItem = from_item(stored)?;
        let values_apart = stored.values_apart;
        let mut stored = stored.into_entry()?;
        if values_apart && let Some(values) = self.values(&entry.workspace_id, entry.id).await? {
            values.fill(&mut stored)?;
        }
        Appended::met(stored, entry)
    }

    /// Compares an entry with what is stored under its id.
    async fn compare(&self, entry: &Entry) -> Result<Appended, StoreError> {
        let stored = self.item(keys::entries(&entry.workspace_id), entry.id, true).await?;
        self.met(entry, stored.ok_or_else(gone)?).await
    }

    /// Compares an entry with the item that is stored under its id. The values that lie apart are
    /// the ones of the entry, if it has such: they were compared before.
    pub(super) async fn met(&self, entry: &Entry, stored: Item) -> Result<Appended, StoreError> {
        let stored: EntryItem = from_item(stored)?;
        let values_apart = stored.values_apart;
        let mut stored = stored.into_entry()?;
        if values_apart {
            let new = NewEntry { entry: entry.clone(), delete_at: None };
            let values = match split(&new).values {
                Some(values) => Some(values),
                None => self.values(&entry.workspace_id, entry.id).await?,
            };
            values.map(|values| values.fill(&mut stored)).transpose()?;
        }
        Appended::met(stored, entry)
    }

    /// Stores values under the id of their entry. Values that are there must be the same.
    ///
    /// They may be deleted sooner: an earlier attempt stopped between the values and the entry, and
    /// the plan was raised since. Then they are made to live as long as these.
    pub(super) async fn insert_values(
        &self,
        entry: &Entry,
        values: &ValuesItem,
    ) -> Result<(), StoreError> {
        if self.insert(&self.tables.entries, to_item(values)?).await? {
            return Ok(());
        }
        let stored = self.stored(&values.workspace_id, &values.id).await?;
        let stored: ValuesItem = from_item(stored)?;
        if !stored.says_the_same_as(values) {
            return Err(StoreError::altered(entry));
        }
        if lives_as_long(stored.delete_at, values.delete_at) {
            return Ok(());
        }
        self.lengthen(&values.workspace_id, &values.id, values.delete_at).await
    }

    /// Makes a row that an expired entry has left live as long as the entry that has its id again.
    async fn keep_row(&self, entry: &Entry, row: &EntryItem) -> Result<(), StoreError> {
        let stored = self.stored(&row.workspace_id, &row.id).await?;
        let stored: EntryItem = from_item(stored)?;
        let stored = stored.into_entry()?;
        if !stored.content.says_the_same_as(&row.clone().into_entry()?.content) {
            return Err(StoreError::altered(entry));
        }
        self.lengthen(&row.workspace_id, &row.id, row.delete_at).await
    }

    /// The item that an insertion met.
    async fn stored(&self, partition: &str, id: &str) -> Result<Item, StoreError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.tables.entries)
            .key("workspace_id", text(partition))
            .key("id", text(id))
            .consistent_read(true);
        self.get(get).await?.ok_or_else(gone)
    }

    /// Makes an item live until `delete_at`, in seconds since the Unix epoch. `None` means forever.
    async fn lengthen(
        &self,
        partition: &str,
        id: &str,
        delete_at: Option<i64>,
    ) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.entries)
            .key("workspace_id", text(partition))
            .key("id", text(id));
        if self.update(with_longer_life(update, delete_at)).await?.is_done() {
            Ok(())
        } else {
            Err(gone())
        }
    }
}

/// Whether what may be deleted at `stored` lives at least as long as what may be at `new`.
fn lives_as_long(stored: Option<i64>, new: Option<i64>) -> bool {
    stored.is_none_or(|stored| new.is_some_and(|new| stored >= new))
}

/// The update that makes an item live until `delete_at`.
fn with_longer_life(
    update: UpdateItemFluentBuilder,
    delete_at: Option<i64>,
) -> UpdateItemFluentBuilder {
    // Holds when the item is there: an update alone would make one with nothing but an expiry.
    let update = update.condition_expression("attribute_exists(id)");
    match delete_at {
        Some(seconds) => update
            .update_expression("SET delete_at = :delete_at")
            .expression_attribute_values(":delete_at", number(seconds)),
        None => update.update_expression("REMOVE delete_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;
    use domain::entry::{Actor, ActorType, Content, Target};
    use domain::identity::Salt;
    use domain::memory::finish;
    use domain::memory::fixtures::entry_with;
    use domain::plan::Plan;
    use domain::timestamp::Timestamp;
    use domain::workspace::{Workspace, WorkspaceId};

    #[test]
    fn the_same_id_with_other_content_is_no_duplicate() {
        let now = Timestamp::clamped(1_000_000_000_000);
        let workspace = Workspace::new(
            WorkspaceId::parse("w").unwrap(),
            Plan::Free,
            Salt::from_bytes([0; 32]),
            now,
        );
        let actor = Actor::new(ActorType::System, "s");
        let content = Content::new(now, actor, "project.update", Target::new("project", "p"));
        let entry = entry_with(&workspace, content);
        let store = unconnected();
        let met = |sent: &Entry, stored: &Entry| {
            let new = NewEntry { entry: stored.clone(), delete_at: None };
            finish(store.met(sent, to_item(&split(&new).entry).unwrap()))
        };
        assert_eq!(met(&entry, &entry).unwrap(), Appended::Duplicate(Box::new(entry.clone())));
        let mut retried = entry.clone();
        retried.content.request_id = Some("another".into());
        assert!(matches!(met(&retried, &entry), Ok(Appended::Duplicate(_))));
        let mut other = entry.clone();
        other.content.target.id.push('x');
        assert!(matches!(met(&entry, &other), Err(StoreError::Altered { .. })));
    }

    #[test]
    fn values_live_as_long_or_are_lengthened() {
        let cases = [
            (None, None, true),
            (None, Some(5), true),
            (Some(5), Some(5), true),
            (Some(5), Some(6), false),
            (Some(5), None, false),
        ];
        for (stored, new, expected) in cases {
            assert_eq!(lives_as_long(stored, new), expected, "{stored:?} {new:?}");
        }
        let built = |delete_at| {
            let update = with_longer_life(unconnected().client.update_item(), delete_at);
            let input = update.as_input();
            assert_eq!(input.get_condition_expression().as_deref(), Some("attribute_exists(id)"));
            input.get_update_expression().clone().unwrap()
        };
        assert_eq!(built(Some(5)), "SET delete_at = :delete_at");
        assert_eq!(built(None), "REMOVE delete_at");
    }
}
