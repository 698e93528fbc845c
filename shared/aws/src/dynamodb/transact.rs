//! Puts several items all or nothing.

use super::DynamoStore;
use super::client::classify;
use super::item::{EntryItem, Items, items_of_entry, to_item};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{CancellationReason, Put, ReturnConsumedCapacity, TransactWriteItem};
use domain::entry::Entry;
use domain::ports::StoreError;

/// What the reasons of a cancelled transaction mean for the caller.
#[derive(Debug, PartialEq, Eq)]
enum Cancelled {
    /// A condition did not hold: somebody else was faster.
    Changed,
    /// The store is busy: the same transaction may pass later.
    Busy,
    /// The store will never do this.
    Refused,
}

impl Cancelled {
    /// Reads the codes of the reasons, one for each item; those of items without a fault are
    /// `None`. Source: `TransactWriteItems`, DynamoDB API reference.
    fn of(reasons: &[CancellationReason]) -> Self {
        let has = |code| reasons.iter().any(|reason| reason.code() == Some(code));
        if has("ConditionalCheckFailed") {
            Self::Changed
        } else if ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
            .into_iter()
            .any(has)
        {
            Self::Busy
        } else {
            Self::Refused
        }
    }
}

impl DynamoStore {
    /// The puts of an entry and its rows under further targets. The condition on the entry decides
    /// for all: rows that an expired entry of the same id has left are written over.
    pub(super) fn puts_with_rows(&self, items: &Items) -> Result<Vec<PutBuilder>, StoreError> {
        let put = |item: &EntryItem| {
            let item = to_item(item)?;
            Ok(Put::builder().table_name(&self.tables.entries).set_item(Some(item)))
        };
        let rows = items.rows.iter().map(put);
        // Holds when no entry has this id: what is stored is never overwritten.
        let entry =
            put(&items.entry).map(|entry| entry.condition_expression("attribute_not_exists(id)"));
        rows.chain([entry]).collect()
    }

    /// The puts of an entry: its values, if they lie apart, and the entry.
    pub(super) fn entry_puts(&self, entry: &Entry) -> Result<Vec<PutBuilder>, StoreError> {
        let put = |item| {
            Put::builder()
                .table_name(&self.tables.entries)
                .set_item(Some(item))
                // Holds when no item has this key: what is stored is never overwritten.
                .condition_expression("attribute_not_exists(id)")
        };
        Ok(items_of_entry(entry)?.into_iter().map(put).collect())
    }

    /// Puts all items or none.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when a condition does not hold: somebody else was faster.
    pub(super) async fn transact(&self, puts: Vec<PutBuilder>) -> Result<(), StoreError> {
        let mut call = self
            .client
            .transact_write_items()
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for put in puts {
            let put = put.build().map_err(|error| StoreError::Refused(error.into()))?;
            call = call.transact_items(TransactWriteItem::builder().put(put).build());
        }
        let error = match call.send().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                return Ok(());
            }
            Err(error) => error,
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(classify(error));
        };
        Err(match Cancelled::of(cancelled.cancellation_reasons()) {
            Cancelled::Changed => StoreError::Changed,
            Cancelled::Busy => StoreError::Throttled(error.into()),
            Cancelled::Refused => StoreError::Refused(error.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_of_a_cancelled_transaction_say_what_to_do() {
        let of = |codes: &[&str]| {
            let reason = |code: &&str| CancellationReason::builder().code(*code).build();
            Cancelled::of(&codes.iter().map(reason).collect::<Vec<_>>())
        };
        assert_eq!(of(&["None", "ConditionalCheckFailed"]), Cancelled::Changed);
        assert_eq!(of(&["ThrottlingError", "ConditionalCheckFailed"]), Cancelled::Changed);
        for code in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
            assert_eq!(of(&["None", code]), Cancelled::Busy, "{code}");
        }
        assert_eq!(of(&["None", "ValidationError"]), Cancelled::Refused);
        assert_eq!(of(&[]), Cancelled::Refused);
    }
}
