//! Plans the check of each log that gets entries, once a day.

use domain::ports::{PlanChecks, StoreError};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The most workspaces that are remembered. A full memory is emptied.
const MAX_REMEMBERED: usize = 10_000;

/// The logs whose check this instance has planned for the newest day.
#[derive(Debug, Default)]
pub struct Planned(Mutex<Day>);

#[derive(Debug, Default)]
struct Day {
    begins: Option<Timestamp>,
    planned: HashSet<WorkspaceId>,
}

impl Planned {
    /// Plans the check of a log for the day that begins at `day`, unless this instance has done so.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn plan(
        &self,
        store: &impl PlanChecks,
        workspace: &WorkspaceId,
        day: Timestamp,
    ) -> Result<(), StoreError> {
        if self.knows(workspace, day) {
            return Ok(());
        }
        store.plan_check(workspace, day).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).planned.insert(workspace.clone());
        Ok(())
    }

    fn knows(&self, workspace: &WorkspaceId, day: Timestamp) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.begins != Some(day) || known.planned.len() >= MAX_REMEMBERED {
            *known = Day { begins: Some(day), planned: HashSet::new() };
        }
        known.planned.contains(workspace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::memory::{MemoryStore, finish};
    use domain::ports::{FollowPlans, Metered};

    #[test]
    fn a_check_is_planned_once_a_day() {
        let (store, planned) = (MemoryStore::new(), Planned::default());
        let day = |n| Timestamp::clamped(0).plus_days(n);
        let [a, b] = ["a", "b"].map(|id| WorkspaceId::parse(id).unwrap());
        let plan = |workspace, n| finish(planned.plan(&store, workspace, day(n))).unwrap();
        let mut calls = Vec::new();
        for (workspace, n) in [(&a, 1), (&b, 1), (&a, 1), (&a, 2), (&a, 2), (&b, 2)] {
            plan(workspace, n);
            calls.push(store.spent().calls);
        }
        assert_eq!(calls, [1, 2, 2, 3, 3, 4]);
        let of = |n| finish(store.planned_checks(day(n), 10)).unwrap();
        assert_eq!((of(1), of(2), of(3)), (vec![a.clone(), b.clone()], vec![a, b], vec![]));
    }
}
