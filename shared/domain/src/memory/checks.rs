//! The plans of checks, and entries that a check enters into the journal.

use super::MemoryStore;
use super::script::Call;
use super::size::{PLAN_BYTES, index_bytes, read_units, write_units};
use super::state::StoredEntry;
use crate::entry::Entry;
use crate::ports::{EnterJournal, FollowPlans, PlanChecks, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

impl PlanChecks for MemoryStore {
    async fn plan_check(&self, workspace: &WorkspaceId, day: Timestamp) -> Result<(), StoreError> {
        self.change(Call::PlanCheck, |state, at| {
            state.plans.put(at, (day, workspace.clone()), Some(()));
            Ok(((), write_units(PLAN_BYTES)))
        })
        .await
    }
}

impl FollowPlans for MemoryStore {
    async fn planned_checks(
        &self,
        day: Timestamp,
        limit: usize,
    ) -> Result<Vec<WorkspaceId>, StoreError> {
        self.look_now(Call::PlannedChecks, |view| {
            let plans = view.state.plans.iter(view.at).filter(|((of, _), ())| *of == day);
            let planned: Vec<_> =
                plans.map(|((_, workspace), ())| workspace.clone()).take(limit).collect();
            let units = read_units(planned.len() * PLAN_BYTES);
            (planned, units)
        })
        .await
    }

    async fn end_plan(&self, workspace: &WorkspaceId, day: Timestamp) -> Result<(), StoreError> {
        self.change(Call::EndPlan, |state, at| {
            state.plans.put(at, (day, workspace.clone()), None);
            Ok(((), write_units(PLAN_BYTES)))
        })
        .await
    }
}

impl EnterJournal for MemoryStore {
    async fn enter_journal(&self, entry: &Entry, moment: Timestamp) -> Result<bool, StoreError> {
        let key = (entry.workspace_id.clone(), entry.id);
        // The rows under further targets are not kept apart here: each is as its entry is.
        for _ in &entry.content.targets {
            self.change(Call::EnterRow, |state, at| {
                // The row and its place in the index by target.
                let bytes = state.entries.get(at, &key).map(|stored| index_bytes(&stored.entry));
                Ok(((), bytes.map_or(0.0, |bytes| 2.0 * write_units(bytes))))
            })
            .await?;
        }
        self.change(Call::EnterJournal, |state, at| {
            let stored = state.entries.get(at, &key).cloned();
            let is_same = |stored: &StoredEntry| stored.entry.journaled_at == entry.journaled_at;
            let Some(stored) = stored.filter(is_same) else { return Ok((false, 0.0)) };
            let entry = Entry { journaled_at: Some(moment), ..stored.entry };
            let stored = StoredEntry { entry, ..stored };
            let units = stored.table_units() + stored.index_units();
            state.entries.put(at, key.clone(), Some(stored));
            Ok((true, units))
        })
        .await
    }
}
