//! Copies what the entries table lacks from a restored table. Operators do it with their own AWS
//! permissions; the Lambda functions never use this module.

use super::call::limit;
use super::item::{Item, expiry, id_of, number};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::entry::MAX_FURTHER_TARGETS;
use domain::identity::EntryId;
use domain::job::delete_at;
use domain::plan::GraceDays;
use domain::ports::StoreError;
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use std::collections::HashSet;

/// Items read by one query: 1 MB of entries. DynamoDB stops at 1 MB by itself.
const ITEMS_PER_CALL: usize = 2_000;

/// Where to copy from, and for which workspace.
#[derive(Debug, Clone, Copy)]
pub struct Restore<'a> {
    /// The restored table.
    pub from: &'a str,
    /// The workspace as it is now: its plan decides how long what is copied is kept.
    pub workspace: &'a Workspace,
    /// For how many days entries are kept after they expire.
    pub grace: GraceDays,
    /// The current time: what may be deleted by now is not copied.
    pub now: Timestamp,
    /// Whether nothing is written, and only counted.
    pub is_dry_run: bool,
}

/// What was copied, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    /// Entries.
    pub entries: u64,
    /// Values that are stored apart from their entries.
    pub values: u64,
    /// Rows under further targets.
    pub rows: u64,
}

impl DynamoStore {
    /// Copies the items of a workspace that the restored table has and the entries table lacks.
    ///
    /// 1. Values and rows come first, then entries: whoever finds an entry finds its values and its
    ///    rows. If the copying stops in between, the next one goes on.
    /// 2. An item is written only if no item has its key. The content of an entry never changes, so
    ///    the item that is there is as good as the restored one.
    /// 3. How long it is kept is decided anew, as a change of plan does: the restored item may have
    ///    been written under another plan.
    ///
    /// # Errors
    /// When one of the tables fails or is missing.
    pub async fn restore(&self, restore: &Restore<'_>) -> Result<Restored, StoreError> {
        let workspace = &restore.workspace.id;
        let values = self.restore_partition(restore, keys::values(workspace)).await?;
        let mut rows = 0;
        for index in 0..MAX_FURTHER_TARGETS {
            let partition = keys::further_target(workspace, index);
            rows += self.restore_partition(restore, partition).await?;
        }
        let entries = self.restore_partition(restore, keys::entries(workspace)).await?;
        Ok(Restored { entries, values, rows })
    }

    /// Copies the missing items of a partition, page by page, and says how many.
    async fn restore_partition(
        &self,
        restore: &Restore<'_>,
        partition: String,
    ) -> Result<u64, StoreError> {
        let (mut copied, mut rest) = (0, Some(Span::everything()));
        while let Some(span) = rest {
            let stored = self.ascending(restore.from, &partition, span);
            let page = self.page(stored.limit(limit(ITEMS_PER_CALL))).await?;
            rest = page.stopped_at()?.and_then(|stopped_at| span.newer_than(stopped_at));
            let high = page.stopped_at()?.unwrap_or(span.high);
            let there = self.there(&partition, Span { high, ..span }).await?;
            for item in page.items {
                let id = id_of(&item)?;
                if there.contains(&id) {
                    continue;
                }
                let Some(item) = revived(item, id, restore) else { continue };
                copied += u64::from(restore.is_dry_run || self.put_if_absent(item).await?);
            }
        }
        Ok(copied)
    }

    /// The ids of a span that the entries table has in a partition.
    async fn there(&self, partition: &str, span: Span) -> Result<HashSet<EntryId>, StoreError> {
        let ids = self.ascending(&self.tables.entries, partition, span).projection_expression("id");
        self.query_all(ids).await?.iter().map(id_of).collect()
    }

    /// A strongly consistent query of the ids of a span, the oldest first.
    fn ascending(&self, table: &str, partition: &str, span: Span) -> QueryFluentBuilder {
        self.entries_query("workspace_id", partition.to_owned(), span)
            .table_name(table)
            .consistent_read(true)
            .scan_index_forward(true)
    }

    /// Puts an item unless one with its key is there. Says whether it was put.
    async fn put_if_absent(&self, item: Item) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.entries)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(id)");
        Ok(self.put(put).await?.is_done())
    }
}

/// The item with the life that the workspace gives it now. `None` means that it may be deleted by
/// now.
fn revived(mut item: Item, id: EntryId, restore: &Restore<'_>) -> Option<Item> {
    let Restore { workspace, grace, now, .. } = *restore;
    let stored = item.get("delete_at").and_then(|end| end.as_n().ok());
    let stored = stored.and_then(|end| end.parse().ok()).map(expiry);
    let end = delete_at(workspace, id.occurred_at(), stored, grace, now);
    if end.is_some_and(|end| end <= now) {
        return None;
    }
    match end {
        Some(end) => item.insert("delete_at".to_owned(), number(end.epoch_seconds())),
        None => item.remove("delete_at"),
    };
    item.insert("retention_version".to_owned(), number(workspace.version));
    Some(item)
}
