//! Reads the journal from its checkpoint on.

use super::super::fold::FoldStore;
use crate::journal::{AsOf, Folded, Segment};
use crate::ports::{Consistency, ReadJournal, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

/// Segments of so many entries are read and not folded first: 20,000 entries of 21 bytes are 420 KB
/// or 53 RCU.
const MOST_READ: usize = 20_000;

/// The checkpoint and the segments from it on.
pub(super) struct Read {
    pub(super) folded: Folded,
    pub(super) segments: Vec<Segment>,
    /// The end of the last segment, inclusive.
    pub(super) sealed: Timestamp,
    /// Whether these are all.
    pub(super) is_whole: bool,
}

impl Read {
    /// J4: reads the checkpoint, then the segments from there on, or from the moment of the browse
    /// on if that is earlier. A replica that knows less of the chain than the checkpoint does is
    /// not enough.
    pub(super) async fn of<S: FoldStore>(
        store: &S,
        workspace: &WorkspaceId,
        as_of: Option<AsOf>,
    ) -> Result<Self, StoreError> {
        let folded = store.folded(workspace, Consistency::Eventual).await?;
        let folded = folded.unwrap_or_else(|| Folded::nothing(1));
        let start = as_of.map_or(folded.through, |as_of| as_of.sealed.min(folded.through));
        let mut chain = Chain::read(store, workspace, start, Consistency::Eventual).await?;
        if chain.is_whole && chain.through < folded.through {
            chain = Chain::read(store, workspace, start, Consistency::Strong).await?;
        }
        let Chain { segments, through, is_whole } = chain;
        Ok(Self { folded, segments, sealed: through, is_whole })
    }

    /// How many entries are sealed and not folded.
    pub(super) fn unfolded(&self) -> usize {
        let unfolded = self.segments.iter().filter(|segment| segment.first >= self.folded.next);
        unfolded.map(|segment| segment.entries.len()).sum()
    }
}

/// Segments that follow each other.
pub(super) struct Chain {
    pub(super) segments: Vec<Segment>,
    /// The end of the last of them, inclusive.
    pub(super) through: Timestamp,
    /// Whether the last one is the last of the journal.
    is_whole: bool,
}

impl Chain {
    /// Reads the segments from the end of one on.
    pub(super) async fn read<S: ReadJournal>(
        store: &S,
        workspace: &WorkspaceId,
        start: Timestamp,
        consistency: Consistency,
    ) -> Result<Self, StoreError> {
        let (mut chain, mut entries) =
            (Self { segments: Vec::new(), through: start, is_whole: true }, 0);
        loop {
            let page = store.segments(workspace, chain.through, usize::MAX, consistency).await?;
            let stopped = page.stopped_at.is_some();
            for segment in page.items {
                // Segments are a chain, so a gap is the end of what a replica knows.
                if segment.from != chain.through {
                    return Ok(chain);
                }
                chain.through = segment.through;
                entries += segment.entries.len();
                chain.segments.push(segment);
            }
            if !stopped {
                return Ok(chain);
            }
            if entries > MOST_READ {
                return Ok(Self { is_whole: false, ..chain });
            }
        }
    }
}
