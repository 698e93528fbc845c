//! Owns where each workspace lies, and decides on each call of the store.

use super::partition::Partition;
use super::{Scenario, WORKSPACES};
use domain::memory::{Call, Failure, Fate};

/// A usual entry: 1 KB at most, so 1 write unit in the table's partition.
const ENTRY_UNITS: f64 = 1.0;
/// Every so many writes, the store's answer is lost after it took effect.
const LOST_EVERY: u64 = 997;

/// The partitions, and in which each workspace lies.
#[derive(Debug)]
pub(super) struct Throttle {
    /// The simulated time.
    pub(super) now_ms: i64,
    partitions: Vec<Partition>,
    of_workspace: Vec<usize>,
    writes: u64,
}

impl Throttle {
    /// Every workspace in a partition of its own, but for those beside the hot one.
    pub(super) fn new(scenario: Scenario) -> Self {
        let place = |workspace| if workspace <= scenario.beside { 0 } else { workspace };
        Self {
            now_ms: 0,
            partitions: vec![Partition::new(scenario.burst_seconds); WORKSPACES + 1],
            of_workspace: (0..WORKSPACES).map(place).collect(),
            writes: 0,
        }
    }

    /// The partition of a workspace.
    pub(super) fn partition(&mut self, workspace: usize) -> Option<&mut Partition> {
        let place = *self.of_workspace.get(workspace)?;
        self.partitions.get_mut(place)
    }

    /// Moves a workspace to a partition of its own, which was idle.
    pub(super) fn isolate(&mut self, workspace: usize) {
        if let Some(place) = self.of_workspace.get_mut(workspace) {
            *place = WORKSPACES;
        }
    }

    /// What becomes of a call.
    pub(super) fn fate(&mut self, workspace: usize, call: Call) -> Fate {
        let now_ms = self.now_ms;
        let Some(partition) = self.partition(workspace) else { return Fate::Pass };
        let is_admitted = match call {
            Call::PutEntry | Call::InsertEntry => {
                let is_admitted = partition.write(now_ms, ENTRY_UNITS);
                self.writes += u64::from(is_admitted);
                if is_admitted && self.writes.is_multiple_of(LOST_EVERY) {
                    return Fate::FailAfter(Failure::Unavailable);
                }
                is_admitted
            }
            Call::Slice | Call::ReadSpan | Call::Rows | Call::Look | Call::GetEntry => {
                partition.may_read(now_ms)
            }
            _ => true,
        };
        if is_admitted { Fate::Pass } else { Fate::FailBefore(Failure::Throttled) }
    }
}
