//! Writes several items all or nothing.
//!
//! Entries, jobs and workspaces are written in PartiQL: `TransactWriteItems` would need `PutItem`,
//! with which a function could also overwrite. What is computed from entries is put.

use super::DynamoStore;
use super::client::classify;
use super::item::{Item, Items, items_of_entry, number, to_item};
use super::statement::{Statement, Stored, insert, replace};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::execute_transaction::ExecuteTransactionError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ParameterizedStatement, Put, ReturnConsumedCapacity, TransactWriteItem,
};
use domain::entry::NewEntry;
use domain::ports::StoreError;
use futures::FutureExt;

/// How often a transaction is tried that meets, or misses, an item of [`Write::Put`]. Each try
/// learns of it from the one before.
const TRIES: u32 = 3;

/// A write of a transaction.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// Inserts an item. An item with its key cancels the transaction.
    Insert { table: String, item: Item },
    /// Replaces an item of the control table if it is this version of it.
    Replace { item: Item, optional: &'static [&'static str], version: u64 },
    /// Puts an item of the control table, whether it is there or not.
    Put { item: Item, optional: &'static [&'static str], is_there: bool },
}

impl Write {
    /// The statement, for the control table of this name.
    fn statement(&self, control: &str) -> Result<Statement, StoreError> {
        match self.clone() {
            Self::Insert { table, item } => Ok(insert(&table, item)),
            Self::Replace { item, optional, version } => {
                replace(control, item, optional, Stored::Version(version))
            }
            Self::Put { item, is_there: false, .. } => Ok(insert(control, item)),
            Self::Put { item, optional, is_there: true } => {
                replace(control, item, optional, Stored::Any)
            }
        }
    }

    /// Learns that its statement did not hold. Says whether another one may.
    fn learn(&mut self) -> bool {
        match self {
            Self::Put { is_there, .. } => {
                *is_there = !*is_there;
                true
            }
            Self::Insert { .. } | Self::Replace { .. } => false,
        }
    }
}

/// What the reasons of a cancelled transaction mean for the caller.
#[derive(Debug, PartialEq, Eq)]
enum Cancelled {
    /// The statements at these places did not hold: somebody else was faster.
    Changed(Vec<usize>),
    /// The store is busy: the same transaction may pass later.
    Busy,
    /// The store will never do this.
    Refused,
}

impl Cancelled {
    /// Reads the codes of the reasons, one for each statement; those of statements without a fault
    /// are `None`. Source: `ExecuteTransaction` and `BatchStatementError`, DynamoDB API reference.
    fn of(reasons: &[CancellationReason]) -> Self {
        let has = |code| reasons.iter().any(|reason| reason.code() == Some(code));
        let is_taken = |reason: &CancellationReason| {
            matches!(reason.code(), Some("ConditionalCheckFailed" | "DuplicateItem"))
        };
        let taken: Vec<_> = reasons
            .iter()
            .enumerate()
            .filter_map(|(place, reason)| is_taken(reason).then_some(place))
            .collect();
        if !taken.is_empty() {
            Self::Changed(taken)
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

/// A call that the SDK tries twice: 4 s, and a pause between. It carries a token, so that it takes
/// effect once.
fn two_attempts() -> aws_sdk_dynamodb::config::Builder {
    let retries = RetryConfig::standard().with_max_attempts(2);
    aws_sdk_dynamodb::config::Builder::new().retry_config(retries)
}

impl DynamoStore {
    /// The insertion of an item of the entries table.
    pub(super) fn entries_insert(&self, item: Item) -> Write {
        Write::Insert { table: self.tables.entries.clone(), item }
    }

    /// The insertion of an item of the control table.
    pub(super) fn control_insert(&self, item: Item) -> Write {
        Write::Insert { table: self.tables.control.clone(), item }
    }

    /// The write of an item with a version, on the condition that the stored version is the one
    /// before: an optimistic lock. Version 1 is inserted.
    pub(super) fn control_version(
        &self,
        item: Item,
        optional: &'static [&'static str],
        version: u64,
    ) -> Write {
        match version {
            0 | 1 => self.control_insert(item),
            version => Write::Replace { item, optional, version: version - 1 },
        }
    }

    /// The insertions of an entry: its values, if they lie apart, its rows under further targets,
    /// and the entry.
    pub(super) fn entry_inserts(&self, entry: &NewEntry) -> Result<Vec<Write>, StoreError> {
        Ok(items_of_entry(entry)?.into_iter().map(|item| self.entries_insert(item)).collect())
    }

    /// The insertions of the rows of an entry under further targets, and last that of the entry.
    pub(super) fn inserts_with_rows(&self, items: &Items) -> Result<Vec<Write>, StoreError> {
        let insert = |item| to_item(item).map(|item| self.entries_insert(item));
        items.rows.iter().chain([&items.entry]).map(insert).collect()
    }

    /// Writes all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when a condition does not hold: somebody else was faster.
    pub(super) async fn transact(&self, mut writes: Vec<Write>) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let Some(taken) = self.try_transact(&writes).await? else { return Ok(()) };
            let mut learn = |place| writes.get_mut(place).is_some_and(Write::learn);
            if !taken.into_iter().all(&mut learn) {
                break;
            }
        }
        Err(StoreError::Changed)
    }

    /// Puts items of the control table that have a version, all or nothing, each on the condition
    /// that the stored one has the version that was seen, or that none is stored. Answers whether
    /// it did.
    pub(super) async fn put_versions(
        &self,
        puts: Vec<(Item, Option<u64>)>,
    ) -> Result<bool, StoreError> {
        let mut call = self
            .client
            .transact_write_items()
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (item, seen) in puts {
            let put = Put::builder().table_name(&self.tables.control).set_item(Some(item));
            let put = match seen {
                // Holds when nobody has stored the item.
                None => put.condition_expression("attribute_not_exists(pk)"),
                // Holds when nobody has stored it since it was read.
                Some(seen) => put
                    .condition_expression("version = :seen")
                    .expression_attribute_values(":seen", number(seen)),
            };
            let put = put.build().map_err(|error| StoreError::Refused(error.into()))?;
            call = call.transact_items(TransactWriteItem::builder().put(put).build());
        }
        let error = match call.customize().interceptor(self.attempts()).send().boxed().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                return Ok(true);
            }
            Err(error) => error,
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(classify(error));
        };
        match Cancelled::of(cancelled.cancellation_reasons()) {
            Cancelled::Changed(_) => {
                // DynamoDB does not say what it consumed: it counts as a call only.
                self.count_write([]);
                Ok(false)
            }
            Cancelled::Busy => Err(StoreError::Throttled(error.into())),
            Cancelled::Refused => Err(StoreError::Refused(error.into())),
        }
    }

    /// Tries once to write all or nothing. `None` means that it is done; else nothing is written,
    /// because the conditions of the writes at these places do not hold.
    pub(super) async fn try_transact(
        &self,
        writes: &[Write],
    ) -> Result<Option<Vec<usize>>, StoreError> {
        let mut call = self
            .client
            .execute_transaction()
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for write in writes {
            let Statement { text, parameters } = write.statement(&self.tables.control)?;
            let statement =
                ParameterizedStatement::builder().statement(text).set_parameters(Some(parameters));
            let statement = statement.build().map_err(|error| StoreError::Refused(error.into()))?;
            call = call.transact_statements(statement);
        }
        // A2: an entry in it lands soon after its `recorded_at`.
        let call = call.customize().config_override(two_attempts()).interceptor(self.attempts());
        let error = match call.send().boxed().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                return Ok(None);
            }
            Err(error) => error,
        };
        let Some(ExecuteTransactionError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(classify(error));
        };
        match Cancelled::of(cancelled.cancellation_reasons()) {
            Cancelled::Changed(taken) => Ok(Some(taken)),
            Cancelled::Busy => Err(StoreError::Throttled(error.into())),
            Cancelled::Refused => Err(StoreError::Refused(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::unconnected;
    use super::super::item::text;
    use super::*;

    #[test]
    fn the_reasons_of_a_cancelled_transaction_say_what_to_do() {
        let of = |codes: &[&str]| {
            let reason = |code: &&str| CancellationReason::builder().code(*code).build();
            Cancelled::of(&codes.iter().map(reason).collect::<Vec<_>>())
        };
        assert_eq!(of(&["None", "ConditionalCheckFailed"]), Cancelled::Changed(vec![1]));
        assert_eq!(
            of(&["DuplicateItem", "ThrottlingError", "DuplicateItem"]),
            Cancelled::Changed(vec![0, 2])
        );
        for code in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
            assert_eq!(of(&["None", code]), Cancelled::Busy, "{code}");
        }
        assert_eq!(of(&["None", "ValidationError"]), Cancelled::Refused);
        assert_eq!(of(&[]), Cancelled::Refused);
    }

    #[test]
    fn an_item_replaces_only_the_version_it_was_made_from() {
        let store = unconnected();
        let item = Item::from(["pk", "sk"].map(|name| (name.to_owned(), text(name))));
        let write = |version| {
            let write = store.control_version(item.clone(), &["x"], version);
            write.statement("control").unwrap()
        };
        assert!(write(1).text.starts_with("INSERT INTO \"control\""));
        let next = write(8);
        assert!(next.text.ends_with("AND \"version\" = ?"), "{}", next.text);
        assert_eq!(next.parameters.last(), Some(&number(7)));
    }

    #[test]
    fn only_a_put_may_hold_after_it_did_not() {
        let mut put = Write::Put { item: Item::new(), optional: &[], is_there: false };
        assert!(put.learn() && matches!(put, Write::Put { is_there: true, .. }));
        assert!(!Write::Insert { table: String::new(), item: Item::new() }.learn());
    }
}
