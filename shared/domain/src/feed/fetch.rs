//! Reads entries that the journal names, with few calls: neighbours by a query of the span between
//! them, others by their keys.

use crate::identity::EntryId;
use crate::journal::{Numbered, is_out_of_order};
use crate::ports::{Consistency, FindRows, Row, StoreError};
use crate::span::Span;
use crate::workspace::WorkspaceId;
use futures::future::{try_join_all, try_join3};
use std::collections::BTreeMap;

/// Getting one entry by its key costs as much as reading 8 entries of 500 bytes by a query.
const ENTRIES_WORTH_A_GET: usize = 8;
/// Entries out of order are neighbours if they happened at most this long after each other, such as
/// those of one batch.
const NEIGHBOURS_WITHIN_MS: i64 = 60_000;

/// The rows of these entries that are stored, by their ids; eventually consistent.
///
/// Entries in order that have successive numbers lie side by side in the table, with few others
/// between them. Entries out of order lie anywhere.
pub(crate) async fn rows<S: FindRows + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    wanted: &[&Numbered],
) -> Result<BTreeMap<EntryId, Row>, StoreError> {
    let (late, in_order): (Vec<&Numbered>, Vec<&Numbered>) = wanted
        .iter()
        .copied()
        .partition(|entry| is_out_of_order(entry.id.occurred_at(), entry.recorded_at));
    let (clusters, lone) = clusters(ids(&late));
    let (in_order, clusters, lone) = try_join3(
        neighbours(store, workspace, ids(&in_order)),
        try_join_all(clusters.into_iter().map(|ids| neighbours(store, workspace, ids))),
        by_keys(store, workspace, &lone),
    )
    .await?;
    let all = in_order.into_iter().chain(clusters.into_iter().flatten()).chain(lone);
    Ok(all.map(|row| (row.entry.id, row)).collect())
}

fn ids(entries: &[&Numbered]) -> Vec<EntryId> {
    let mut ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    ids
}

/// Divides ids, in order, into clusters that are worth a query, and lone ones.
fn clusters(ids: Vec<EntryId>) -> (Vec<Vec<EntryId>>, Vec<EntryId>) {
    let mut clusters: Vec<Vec<EntryId>> = Vec::new();
    for id in ids {
        let since = |last: &EntryId| id.occurred_at().ms() - last.occurred_at().ms();
        match clusters.last_mut() {
            Some(cluster)
                if cluster.last().is_some_and(|last| since(last) <= NEIGHBOURS_WITHIN_MS) =>
            {
                cluster.push(id);
            }
            _ => clusters.push(vec![id]),
        }
    }
    let (large, small): (Vec<_>, Vec<_>) =
        clusters.into_iter().partition(|cluster| cluster.len() >= ENTRIES_WORTH_A_GET);
    (large, small.into_iter().flatten().collect())
}

/// Reads the span from the first id to the last, as long as that is cheaper than getting each.
async fn neighbours<S: FindRows + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    mut ids: Vec<EntryId>,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    while let (Some(low), Some(high)) = (ids.first().copied(), ids.last().copied()) {
        let most = ids.len().saturating_add(ENTRIES_WORTH_A_GET);
        let span = Span { low, high };
        let near = store.rows_within(workspace, span, most, Consistency::Eventual).await?;
        let read = near.items.len();
        let found = near.items.into_iter().filter(|row| ids.binary_search(&row.entry.id).is_ok());
        let before = rows.len();
        rows.extend(found);
        let Some(stopped_at) = near.stopped_at else { break };
        let is_worth_it = (rows.len() - before) * ENTRIES_WORTH_A_GET >= read;
        ids.retain(|id| *id > stopped_at);
        if !is_worth_it {
            rows.extend(by_keys(store, workspace, &ids).await?);
            break;
        }
    }
    Ok(rows)
}

async fn by_keys<S: FindRows + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    ids: &[EntryId],
) -> Result<Vec<Row>, StoreError> {
    store.rows_of(workspace, ids, Consistency::Eventual).await
}
