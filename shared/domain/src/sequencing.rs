//! Numbers entries: puts what was recorded into segments, in the order in which it was recorded.
//!
//! `docs/table.md`, "The journal", proves that every stored entry gets one number. Comments name
//! its rules at the lines that keep them.

mod window;

pub(crate) use window::{Window, ids_around, sealed_lately};

#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::journal::{Numbered, SEGMENT_ENTRIES, Segment, settled_until};
use crate::ports::{Consistency, Metered, ReadHeads, ReadJournal, StoreError, WriteJournal};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

/// What the store must do to number entries.
pub trait SealStore: Metered + ReadJournal + ReadHeads + WriteJournal + Sync {}
impl<S: Metered + ReadJournal + ReadHeads + WriteJournal + Sync> SealStore for S {}

/// What was numbered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    /// How many entries got a number.
    pub entries: u64,
    /// In how many segments.
    pub segments: u64,
    /// Whether all settled time is numbered. Otherwise the budget was spent before.
    pub is_finished: bool,
    /// The number that the next entry gets, as far as the sequencer knows.
    pub next: u64,
}

/// Numbers what was recorded in settled time and has no number yet.
///
/// The order of the steps makes the numbers right. `now` is the caller's clock, read before all of
/// them.
///
/// 1. Read the last segment, strongly consistent. It is closed through `T`.
/// 2. Choose `T'`, at most the end of settled time (J3: nothing recorded by then is on its way).
/// 3. Read the entries that were recorded after `T` and by `T'`, strongly consistent (A3): those in
///    order from the ids around that time, the others by their markers (J2).
/// 4. Sort them by (`recorded_at`, `id`) and put them as segments, the first one under `T`, each
///    only if no segment is stored there (J3).
///
/// Nothing is lost if it stops: each segment that is stored is complete by itself, and the next
/// sequencer goes on from it. Of two sequencers, one finds its segment taken and reads again.
///
/// # Errors
/// When the store fails. Segments that were stored before stay.
pub async fn seal<S: SealStore>(
    store: &S,
    workspace: &WorkspaceId,
    now: Timestamp,
    budget: &Budget,
) -> Result<Sealed, StoreError> {
    let mut sealed = Sealed::default();
    let until = settled_until(now);
    loop {
        let last = last_segment(store, workspace, Consistency::Strong).await?;
        let (from, first) = last.map_or((Timestamp::MIN, 0), |last| (last.through, last.next()));
        sealed.next = first;
        if until <= from {
            return Ok(Sealed { is_finished: true, ..sealed });
        }
        let window = Window::read(store, workspace, from, until).await?;
        let is_last = window.through == until;
        for segment in segments(from, window.through, first, window.entries, is_last) {
            if !store.put_segment(workspace, &segment).await? {
                // Another sequencer continued the same segment (J3).
                return Ok(sealed);
            }
            sealed.segments += 1;
            sealed.entries += segment.next() - segment.first;
            sealed.next = segment.next();
        }
        if is_last {
            return Ok(Sealed { is_finished: true, ..sealed });
        }
        if budget.is_spent(store) {
            return Ok(sealed);
        }
    }
}

/// The last segment. `None` means that nothing is numbered yet.
///
/// # Errors
/// When the store fails.
pub async fn last_segment<S: ReadJournal + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    consistency: Consistency,
) -> Result<Option<Segment>, StoreError> {
    let last = store.segments_before(workspace, Timestamp::MAX, 1, consistency).await?;
    Ok(last.into_iter().next())
}

/// Divides entries, in order, into segments from `from` through `through`. A segment ends with all
/// entries of one millisecond, because its end says what it holds.
///
/// Nothing recorded makes no segment if the window ends with settled time: an idle workspace costs
/// nothing. Otherwise it makes an empty one, so that the next sequencer goes on behind the many ids
/// that were read.
fn segments(
    from: Timestamp,
    through: Timestamp,
    first: u64,
    entries: Vec<Numbered>,
    is_last: bool,
) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut open = Segment { from, through, first, entries: Vec::new() };
    for entry in entries {
        let newest = open.entries.last().map(|newest| newest.recorded_at);
        if let Some(newest) = newest
            && open.entries.len() >= SEGMENT_ENTRIES
            && newest < entry.recorded_at
        {
            let next = Segment { from: newest, through, first: open.next(), entries: Vec::new() };
            segments.push(Segment { through: newest, ..std::mem::replace(&mut open, next) });
        }
        open.entries.push(entry);
    }
    if !open.entries.is_empty() || (segments.is_empty() && !is_last) {
        segments.push(open);
    }
    segments
}
