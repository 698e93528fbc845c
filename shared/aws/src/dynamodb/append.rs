//! Appends one entry: its values first, then the entry. Each is put only if it is absent.

use super::call::Written;
use super::item::{EntryItem, Item, Items, ValuesItem, from_item, number, split, to_item};
use super::{DynamoStore, batch, keys};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::entry::Entry;
use domain::ports::{AppendEntry, Appended, StoreError};

impl AppendEntry for DynamoStore {
    async fn append(&self, entry: &Entry) -> Result<Appended, StoreError> {
        let items = split(entry);
        if let Some(values) = &items.values {
            self.put_values(values).await?;
        }
        if items.rows.is_empty() {
            self.put_entry(entry, to_item(&items.entry)?).await
        } else {
            self.put_with_rows(entry, &items).await
        }
    }

    async fn append_all(&self, entries: &[Entry]) -> Vec<Result<Appended, StoreError>> {
        batch::append_all(self, entries).await
    }
}

impl DynamoStore {
    async fn put_entry(&self, entry: &Entry, item: Item) -> Result<Appended, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.entries)
            .set_item(Some(item))
            // Holds when no entry has this id: what is stored is never overwritten.
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.put(put).await? {
            Written::Done(_) => Ok(Appended::Recorded),
            Written::ConditionFailed(stored) => duplicate(entry, stored.unwrap_or_default()),
        }
    }

    /// Stores an entry and its rows under further targets, all or nothing, so that whoever finds
    /// it by one target finds it by every other.
    pub(super) async fn put_with_rows(
        &self,
        entry: &Entry,
        items: &Items,
    ) -> Result<Appended, StoreError> {
        match self.transact(self.puts_with_rows(items)?).await {
            Ok(()) => Ok(Appended::Recorded),
            Err(StoreError::Changed) => {
                let key = keys::entries(&entry.workspace_id);
                let stored = self.item(key, entry.id, true).await?;
                // Deleted since: a second attempt stores it.
                let deleted = || StoreError::Unavailable("the stored entry is gone".into());
                duplicate(entry, stored.ok_or_else(deleted)?)
            }
            Err(error) => Err(error),
        }
    }

    /// Stores values under the id of their entry.
    ///
    /// The id is derived from the content, so values that are already there are the same. Only
    /// their expiry may be earlier: an earlier attempt stopped between the values and the entry,
    /// and the plan was raised since.
    pub(super) async fn put_values(&self, values: &ValuesItem) -> Result<(), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.entries)
            .set_item(Some(to_item(values)?));
        self.put(unless_they_live_as_long(put, values.expires_at)).await.map(drop)
    }
}

/// The put of values, with the condition that they are missing or would expire sooner than
/// `expires_at`, in seconds since the Unix epoch. `None` means that they never expire.
fn unless_they_live_as_long(
    put: PutItemFluentBuilder,
    expires_at: Option<i64>,
) -> PutItemFluentBuilder {
    match expires_at {
        // Holds when no values are there, or when the stored ones expire sooner than these.
        Some(seconds) => put
            .condition_expression("attribute_not_exists(id) OR expires_at < :expires_at")
            .expression_attribute_values(":expires_at", number(seconds)),
        // Holds when no values are there, or when the stored ones expire at all.
        None => {
            put.condition_expression("attribute_not_exists(id) OR attribute_exists(expires_at)")
        }
    }
}

/// Compares an entry with the item that is stored under its id: the same content is a duplicate,
/// other content is a conflict.
fn duplicate(entry: &Entry, stored: Item) -> Result<Appended, StoreError> {
    let stored: EntryItem = from_item(stored)?;
    let values_apart = stored.values_apart;
    let mut stored = stored.into_entry()?;
    if values_apart {
        stored.content.old_value.clone_from(&entry.content.old_value);
        stored.content.new_value.clone_from(&entry.content.new_value);
        stored.content.metadata.clone_from(&entry.content.metadata);
    }
    if stored.content.says_the_same_as(&entry.content) {
        Ok(Appended::Duplicate(Some(Box::new(stored))))
    } else {
        Err(StoreError::AlreadyExists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::client::unconnected;
    use domain::entry::{Actor, ActorType, Content, Target};
    use domain::identity::Salt;
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
        let stored = |entry: &Entry| to_item(&split(entry).entry).unwrap();
        assert_eq!(
            duplicate(&entry, stored(&entry)).unwrap(),
            Appended::Duplicate(Some(Box::new(entry.clone())))
        );
        let mut retried = entry.clone();
        retried.content.request_id = Some("another".into());
        assert!(matches!(duplicate(&retried, stored(&entry)), Ok(Appended::Duplicate(_))));
        let mut other = entry.clone();
        other.content.target.id.push('x');
        assert!(matches!(duplicate(&entry, stored(&other)), Err(StoreError::AlreadyExists)));
    }

    #[test]
    fn values_are_put_unless_the_stored_ones_live_as_long() {
        let built = |expires_at| {
            let put = unless_they_live_as_long(unconnected().client.put_item(), expires_at);
            let input = put.as_input();
            (
                input.get_condition_expression().clone().unwrap(),
                input.get_expression_attribute_values().clone(),
            )
        };
        let values = Item::from([(":expires_at".to_owned(), number(5))]);
        assert_eq!(
            built(Some(5)),
            ("attribute_not_exists(id) OR expires_at < :expires_at".to_owned(), Some(values))
        );
        assert_eq!(
            built(None),
            ("attribute_not_exists(id) OR attribute_exists(expires_at)".to_owned(), None)
        );
    }
}
