//! Reads the heads of entries: what a segment holds of them, and no more.

use super::call::limit;
use super::item::{Item, id_of, malformed, text, time_of};
use super::{DynamoStore, keys};
use domain::identity::EntryId;
use domain::journal::{Marker, MarkerPlace, Numbered};
use domain::ports::{Consistency, ReadHeads, Stopped, StoreError};
use domain::span::Span;
use domain::tally::Cell;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;

/// Entries of one call at most: a little more than fit into the 1 MB that a query reads. The
/// embedded store for tests reads the rest of the partition unless there is a limit.
const HEADS_PER_CALL: usize = 2_500;
/// Out-of-order entries whose ids are so near each other that reading all between them is cheaper
/// than getting each: a get costs as much as 8 entries of 500 bytes.
const ENTRIES_WORTH_A_GET: usize = 8;

impl ReadHeads for DynamoStore {
    async fn markers(
        &self,
        workspace: &WorkspaceId,
        after: MarkerPlace,
        through: Timestamp,
        consistency: Consistency,
    ) -> Result<Stopped<Marker, MarkerPlace>, StoreError> {
        self.markers_page(workspace, after, through, consistency).await
    }

    async fn heads(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        most: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Numbered, EntryId>, StoreError> {
        let query = self
            .entries_query("workspace_id", keys::entries(workspace), span)
            .consistent_read(consistency == Consistency::Strong)
            .projection_expression("id, recorded_at, journaled_at, #action, #target.#type, outcome")
            .expression_attribute_names("#action", "action")
            .expression_attribute_names("#target", "target")
            .expression_attribute_names("#type", "type")
            .limit(limit(most.min(HEADS_PER_CALL)));
        let page = self.page(query).await?;
        let stopped_at = page.stopped_at()?;
        let items = page.items.iter().map(head_of).collect::<Result<_, _>>()?;
        Ok(Stopped { items, stopped_at })
    }

    async fn heads_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Numbered>, StoreError> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let mut heads = Vec::with_capacity(ids.len());
        while let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            // Entries of one batch are often neighbours. If not, each is got by itself.
            let span = Span { low: *first, high: *last };
            let most = ids.len().saturating_add(ENTRIES_WORTH_A_GET);
            let near = self.heads(workspace, span, most, consistency).await?;
            let found = near.items.iter().filter(|head| ids.binary_search(&head.id).is_ok());
            let before = heads.len();
            heads.extend(found.cloned());
            let Some(stopped_at) = near.stopped_at else { break };
            let is_worth_it = (heads.len() - before) * ENTRIES_WORTH_A_GET >= near.items.len();
            ids.retain(|id| *id > stopped_at);
            if !is_worth_it {
                heads.extend(self.heads_by_id(workspace, &ids, consistency).await?);
                break;
            }
        }
        Ok(heads)
    }
}

impl DynamoStore {
    async fn heads_by_id(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Numbered>, StoreError> {
        let partition = keys::entries(workspace);
        let key = |id: &EntryId| {
            Item::from([
                ("workspace_id".to_owned(), text(&partition)),
                ("id".to_owned(), text(id.to_string())),
            ])
        };
        let keys = ids.iter().map(key).collect();
        let items = self.get_all(&self.tables.entries, keys, consistency).await?;
        items.iter().map(head_of).collect()
    }
}

/// What a segment holds of an entry. The item is read by hand: there may be hundreds of them on the
/// way to one page.
fn head_of(item: &Item) -> Result<Numbered, StoreError> {
    let missing = || malformed("an entry");
    let text = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let kind = || item.get("target")?.as_m().ok()?.get("type")?.as_s().ok();
    let recorded_at = text("journaled_at").or_else(|| text("recorded_at")).ok_or_else(missing)?;
    Ok(Numbered {
        recorded_at: time_of(recorded_at)?,
        id: id_of(item)?,
        kind: Cell {
            action: text("action").ok_or_else(missing)?.into(),
            target_type: kind().ok_or_else(missing)?.as_str().into(),
            outcome: text("outcome").and_then(|name| name.parse().ok()).ok_or_else(missing)?,
        },
    })
}
