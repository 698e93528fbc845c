//! Finds the numbers of many entries, such as those of an export, in bounded memory.

use crate::identity::EntryId;
use crate::journal::Segment;
use crate::ports::{Consistency, ReadJournal, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::collections::BTreeMap;

/// Segments in memory: 256 of at most 160 entries of 80 bytes are 3.3 MB.
const SEGMENTS_KEPT: usize = 256;
/// Segments of one query at most. Each of a quiet log holds one entry, in 150 bytes: 250 are 37 KB
/// or 5 RCU. Those of a busy log have 4 KB: 250 are 1 MB, which is what a query returns.
const SEGMENTS_TOGETHER: usize = 250;
/// How many times more segments each further query of a walk reads.
const GROWTH: usize = 4;

/// Finds the numbers of entries that are read in order of their ids, the newest first, as an export
/// reads them. The segments lie nearly in the same order, so each is read once.
///
/// An entry that was recorded so late that its segment is no longer in memory costs a query of its
/// own, 0.5 RCU.
#[derive(Debug)]
pub struct NumberWalk {
    /// By where they begin, each with when it was last used.
    segments: BTreeMap<Timestamp, (Kept, u64)>,
    uses: u64,
    /// The end of what the last query read, in the direction of the walk.
    reached: Option<Timestamp>,
    /// Segments that the next query reads if it goes on where the last one ended.
    together: usize,
}

/// A segment in memory.
#[derive(Debug)]
struct Kept {
    through: Timestamp,
    numbers: BTreeMap<EntryId, u64>,
}

impl Default for NumberWalk {
    fn default() -> Self {
        Self { segments: BTreeMap::new(), uses: 0, reached: None, together: 1 }
    }
}

impl NumberWalk {
    /// The number of an entry. `None` means that it has none yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn number_of<S: ReadJournal + Sync>(
        &mut self,
        store: &S,
        workspace: &WorkspaceId,
        id: EntryId,
        recorded_at: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        if recorded_at == Timestamp::MIN {
            return Ok(None);
        }
        if let Some(known) = self.look(id, recorded_at) {
            return Ok(known.number);
        }
        self.read(store, workspace, recorded_at).await?;
        Ok(self.look(id, recorded_at).and_then(|known| known.number))
    }

    /// Looks for an entry in the segments in memory. `None` means that no segment among them covers
    /// this moment.
    fn look(&mut self, id: EntryId, recorded_at: Timestamp) -> Option<Known> {
        let (_, (segment, used)) = self.segments.range_mut(..recorded_at).next_back()?;
        if segment.through < recorded_at {
            return None;
        }
        self.uses += 1;
        *used = self.uses;
        Some(Known { number: segment.numbers.get(&id).copied() })
    }

    /// Reads the segment that covers a moment. If the walk has just come to it, those before it are
    /// read, too.
    async fn read<S: ReadJournal + Sync>(
        &mut self,
        store: &S,
        workspace: &WorkspaceId,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        // An entry that was recorded after what the walk has reached is a late one.
        let is_late = self.reached.is_some_and(|reached| recorded_at > reached);
        let (most, consistency) = (if is_late { 1 } else { self.together }, Consistency::Eventual);
        let read = store.segments_before(workspace, recorded_at, most, consistency).await?;
        let Some(newest) = read.first() else { return Ok(()) };
        // Nothing that was recorded after the last segment has a number: remembered, so that each
        // of the newest entries does not ask again.
        let through = newest.through.max(recorded_at);
        if !is_late {
            let goes_on = self.reached.is_none_or(|reached| reached == newest.through);
            self.together = if goes_on { SEGMENTS_TOGETHER.min(GROWTH * self.together) } else { 1 };
            self.reached = read.last().map(|oldest| oldest.from);
        }
        for (place, segment) in read.into_iter().enumerate() {
            let through = if place == 0 { through } else { segment.through };
            self.keep(&segment, through);
        }
        Ok(())
    }

    /// Keeps a segment, in the place of the one that was not used for longest.
    fn keep(&mut self, segment: &Segment, through: Timestamp) {
        if self.segments.len() >= SEGMENTS_KEPT
            && !self.segments.contains_key(&segment.from)
            && let Some((&oldest, _)) = self.segments.iter().min_by_key(|(_, (_, used))| *used)
        {
            self.segments.remove(&oldest);
        }
        self.uses += 1;
        let numbers = segment.numbered().map(|(number, entry)| (entry.id, number)).collect();
        self.segments.insert(segment.from, (Kept { through, numbers }, self.uses));
    }
}

/// What a segment in memory tells of an entry that was recorded in the stretch that it covers.
struct Known {
    number: Option<u64>,
}
