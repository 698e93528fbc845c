//! Deletes what has expired, as DynamoDB's TTL does.

use crate::simulation::history::everything;
use crate::simulation::world::{WORKSPACE, World};
use domain::journal::{MARKED_BEFORE_MS, MARKER_DAYS, Marker, MarkerPlace};
use domain::timestamp::Timestamp;
use local::embedded;
use std::collections::BTreeSet;

impl World {
    /// Deletes expired entries and markers: all of them, or a random half.
    pub(crate) fn expire(&mut self) {
        let is_thorough = self.random.below(2) == 0;
        let (mut entries, mut markers) = (self.expired_entries(), self.expired_markers());
        entries.retain(|_| is_thorough || self.random.below(2) == 0);
        markers.retain(|_| is_thorough || self.random.below(2) == 0);
        let of_entries: Vec<_> = entries
            .iter()
            .map(|id| ("workspace_id", WORKSPACE.to_owned(), "id", id.to_string()))
            .collect();
        self.delete(&embedded::tables().entries, &of_entries);
        let key = |place: &MarkerPlace| format!("late#{}#{:032x}", place.at.key(), place.name);
        let of_markers: Vec<_> = markers
            .iter()
            .map(|place| ("pk", format!("journal#{WORKSPACE}"), "sk", key(place)))
            .collect();
        self.delete(&embedded::tables().control, &of_markers);
        let mut history = self.layer.history();
        for id in &entries {
            history.delete(*id);
        }
        for place in &markers {
            history.delete_marker(*place);
        }
        drop(history);
        let counts = format!("{} entries and {} markers", entries.len(), markers.len());
        self.tell(&format!("{counts} were deleted because their time was over"));
    }

    fn expired_entries(&self) -> Vec<domain::identity::EntryId> {
        let history = self.layer.history();
        let expired = history
            .stored(everything())
            .filter(|landed| landed.delete_at.is_some_and(|end| end <= self.now));
        expired.map(|landed| landed.entry.id).collect()
    }

    /// Expired markers that no sequencer and no check needs any more. Neither falls behind by days
    /// here.
    fn expired_markers(&self) -> Vec<MarkerPlace> {
        let history = self.layer.history();
        let is_used = |at: Timestamp| at.plus_ms(MARKED_BEFORE_MS) < history.sealed();
        let is_over = |at: Timestamp| at.plus_days(MARKER_DAYS) <= self.now;
        let unfound: BTreeSet<_> = history.stragglers().map(|landed| landed.entry.id).collect();
        let markers = history.markers().filter(|marker| is_used(marker.at) && is_over(marker.at));
        let markers = markers.filter(|marker| marker.ids.iter().all(|id| !unfound.contains(id)));
        markers.map(Marker::place).collect()
    }
}
