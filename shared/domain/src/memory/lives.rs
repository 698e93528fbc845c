//! Reads from when on stored entries may be deleted, and changes it.

use super::MemoryStore;
use super::query::Query;
use super::script::Call;
use super::size::{index_bytes, write_units};
use super::state::{StoredEntry, StoredValues, whole_seconds};
use crate::ports::{Direction, Life, Lives, NewLife, RewriteLife, StoreError};
use crate::span::Span;
use crate::workspace::WorkspaceId;

impl RewriteLife for MemoryStore {
    async fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> Result<Lives, StoreError> {
        let query = Query::of_span(workspace, span, Direction::OldestFirst);
        self.look_now(Call::Lives, |view| {
            let page = query.page(view, limit, None);
            let entries = page.items.into_iter().map(life).collect();
            (Lives { entries, stopped_at: page.last }, page.units)
        })
        .await
    }

    async fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let key = (workspace.clone(), life.id);
        let end = new.delete_at.map(whole_seconds);
        if life.values_apart {
            let is_rewritten = self
                .change(Call::RewriteValues, |state, at| {
                    let stored = state.values.get(at, &key);
                    let Some(stored) = stored.filter(|stored| is_rewritable(stored.version, new))
                    else {
                        return Ok((false, 0.0));
                    };
                    let units = write_units(stored.bytes());
                    let item = StoredValues {
                        delete_at: end,
                        version: Some(new.version),
                        ..stored.clone()
                    };
                    state.values.put(at, key.clone(), Some(item));
                    Ok((true, units))
                })
                .await?;
            if !is_rewritten {
                return Ok(false);
            }
        }
        // The rows under further targets are not kept apart here: each is as its entry is.
        for _ in 0..life.further_targets {
            let is_rewritten = self
                .change(Call::RewriteRow, |state, at| {
                    let stored = state.entries.get(at, &key);
                    let stored = stored.filter(|stored| is_rewritable(stored.version, new));
                    let Some(stored) = stored else { return Ok((false, 0.0)) };
                    Ok((true, write_units(index_bytes(&stored.entry))))
                })
                .await?;
            if !is_rewritten {
                return Ok(false);
            }
        }
        self.change(Call::RewriteEntry, |state, at| {
            let stored = state.entries.get(at, &key);
            let Some(stored) = stored.filter(|stored| is_rewritable(stored.version, new)) else {
                return Ok((false, 0.0));
            };
            // No index carries what is written.
            let units = stored.table_units();
            let item = StoredEntry { delete_at: end, version: Some(new.version), ..stored.clone() };
            state.entries.put(at, key.clone(), Some(item));
            Ok((true, units))
        })
        .await
    }
}

fn life(item: &StoredEntry) -> Life {
    Life {
        id: item.entry.id,
        recorded_at: item.entry.recorded_at,
        values_apart: item.values_apart,
        further_targets: item.entry.content.targets.len(),
        delete_at: item.delete_at,
        version: item.version,
    }
}

/// Whether an item that is there may get another life: no later version has decided on it.
fn is_rewritable(version: Option<u64>, new: NewLife) -> bool {
    version.is_none_or(|version| version <= new.version)
}
