//! Appends one entry: its values first, then the entry, each put-if-absent.

use super::client::classify;
use super::item::{EntryItem, Item, ValuesItem, from_item, split, to_item};
use super::{DynamoStore, batch};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use domain::entry::Entry;
use domain::ports::{AppendEntry, Appended, StoreError};

impl AppendEntry for DynamoStore {
    async fn append(&self, entry: &Entry) -> Result<Appended, StoreError> {
        let (item, values) = split(entry);
        if let Some(values) = values {
            self.put_values(&values).await?;
        }
        self.put_entry(entry, to_item(&item)?).await
    }

    async fn append_all(&self, entries: &[Entry]) -> Vec<Result<Appended, StoreError>> {
        batch::append_all(self, entries).await
    }
}

impl DynamoStore {
    async fn put_entry(&self, entry: &Entry, item: Item) -> Result<Appended, StoreError> {
        // Holds only when no entry has this id: what is stored is never overwritten.
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.entries)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(id)");
        let put = put
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let outcome = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        match outcome {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                Ok(Appended::Recorded)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    self.count_write([]);
                    duplicate(entry, failed.item().cloned().unwrap_or_default())
                }
                _ => Err(classify(error)),
            },
        }
    }

    /// Stores values under their entry's id. The id proves the content, so what is there already is
    /// the same; only its life may be shorter, when an earlier attempt stopped between the values
    /// and the entry and the plan was raised since.
    pub(super) async fn put_values(&self, values: &ValuesItem) -> Result<(), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.entries)
            .set_item(Some(to_item(values)?));
        let put = match values.expires_at {
            // Holds when no values are there, or when they would expire sooner than these.
            Some(seconds) => put
                .condition_expression("attribute_not_exists(id) OR expires_at < :expires_at")
                .expression_attribute_values(":expires_at", AttributeValue::N(seconds.to_string())),
            // Holds when no values are there, or when they would expire at all.
            None => {
                put.condition_expression("attribute_not_exists(id) OR attribute_exists(expires_at)")
            }
        };
        match put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(output) => self.count_write(output.consumed_capacity()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                self.count_write([]);
            }
            Err(error) => return Err(classify(error)),
        }
        Ok(())
    }
}

/// Compares the stored item with the entry that met it: the same content is a duplicate, other
/// content under the same id a conflict.
fn duplicate(entry: &Entry, stored: Item) -> Result<Appended, StoreError> {
    let stored: EntryItem = from_item(stored)?;
    let values_apart = stored.values_apart;
    let mut stored = stored.into_entry()?;
    if values_apart {
        stored.content.old_value.clone_from(&entry.content.old_value);
        stored.content.new_value.clone_from(&entry.content.new_value);
    }
    if stored.content == entry.content {
        Ok(Appended::Duplicate(Some(Box::new(stored))))
    } else {
        Err(StoreError::AlreadyExists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::{Actor, ActorType, Content, Target};
    use domain::identity::Salt;
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
        let actor = Actor { kind: ActorType::System, id: "s".into(), name: None, email: None };
        let target = Target { kind: "project".into(), id: "p".into(), name: None };
        let entry =
            Entry::new(&workspace, Content::by_service(now, actor, "project.update", target), now);
        let stored = |entry: &Entry| to_item(&split(entry).0).unwrap();
        assert_eq!(
            duplicate(&entry, stored(&entry)).unwrap(),
            Appended::Duplicate(Some(Box::new(entry.clone())))
        );
        let mut other = entry.clone();
        other.content.target.id.push('x');
        assert!(matches!(duplicate(&entry, stored(&other)), Err(StoreError::AlreadyExists)));
    }
}
