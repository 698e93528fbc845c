//! Reads the journal from its checkpoint on.

use super::super::fold::FoldStore;
use crate::journal::{AsOf, Folded, Segment};
use crate::ports::{Consistency, ReadJournal, RememberLogs, StoreError};
use crate::remembered::KnownLog;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::sync::Arc;

/// Segments of so many entries are read and not folded first: 20,000 entries of 21 bytes are 420 KB
/// or 53 RCU.
const MOST_READ: usize = 20_000;

/// The checkpoint and the segments from it on.
pub(super) struct Read {
    /// The log as it is known now: its checkpoint, its last segments, and nodes.
    pub(super) log: Arc<KnownLog>,
    /// The segments from the checkpoint on, or from the moment of the browse on if that is earlier.
    pub(super) segments: Vec<Arc<Segment>>,
    /// Whether these are all.
    pub(super) is_whole: bool,
}

impl Read {
    /// J4: reads the checkpoint, then the segments from there on, or from the moment of the browse
    /// on if that is earlier. What the process remembers is not read again.
    pub(super) async fn of<S: FoldStore + RememberLogs>(
        store: &S,
        workspace: &WorkspaceId,
        as_of: Option<AsOf>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let is_covered =
            |known: &KnownLog| as_of.is_some_and(|as_of| as_of.recorded <= known.through());
        let known = match store.remembered().of(workspace) {
            None => None,
            Some(known) if !known.is_current(now) => {
                refolded(store, workspace, &known, now).await?
            }
            // All that the browse holds is in segments that are known.
            Some(known) if is_covered(&known) => Some(known),
            Some(known) => extended(store, workspace, &known, Consistency::Eventual).await?,
        };
        let log = if let Some(log) = known {
            log
        } else {
            let (log, is_whole) = from_checkpoint(store, workspace, now).await?;
            if !is_whole {
                let segments = log.after(log.start()).cloned().collect();
                return Ok(Self { log, segments, is_whole });
            }
            log
        };
        store.remembered().keep(workspace, &log);
        Self::from(store, workspace, log, as_of).await
    }

    /// The segments of a known log from where a browse needs them.
    async fn from<S: FoldStore>(
        store: &S,
        workspace: &WorkspaceId,
        log: Arc<KnownLog>,
        as_of: Option<AsOf>,
    ) -> Result<Self, StoreError> {
        let folded = log.folded.through;
        let start = as_of.map_or(folded, |as_of| as_of.sealed.min(folded));
        if start >= log.start() {
            let segments = log.after(start).cloned().collect();
            return Ok(Self { log, segments, is_whole: true });
        }
        let mut chain = Chain::read(store, workspace, start, Consistency::Eventual).await?;
        if chain.is_whole && chain.through < log.start() {
            chain = Chain::read(store, workspace, start, Consistency::Strong).await?;
        }
        let is_whole = chain.through >= log.start();
        let earlier = chain.segments.into_iter().filter(|segment| segment.from < log.start());
        let known = log.after(log.start()).filter(|_| is_whole).cloned();
        let segments = earlier.map(Arc::new).chain(known).collect();
        Ok(Self { log, segments, is_whole })
    }

    /// The end of the last segment, inclusive.
    pub(super) fn sealed(&self) -> Timestamp {
        self.segments.last().map_or_else(|| self.log.through(), |segment| segment.through)
    }

    /// How many entries are sealed and not folded.
    pub(super) fn unfolded(&self) -> usize {
        let next = self.log.folded.next;
        let unfolded = self.segments.iter().filter(|segment| segment.first >= next);
        unfolded.map(|segment| segment.entries.len()).sum()
    }
}

/// A known log with the segments that follow; `None` if these are too many.
async fn extended<S: FoldStore>(
    store: &S,
    workspace: &WorkspaceId,
    known: &KnownLog,
    consistency: Consistency,
) -> Result<Option<Arc<KnownLog>>, StoreError> {
    let chain = Chain::read(store, workspace, known.through(), consistency).await?;
    Ok(chain.is_whole.then(|| Arc::new(known.extended(chain.segments))))
}

/// A known log under the newest checkpoint; `None` if what is known does not reach it. A replica
/// that knows less of the chain than the checkpoint does is not enough.
async fn refolded<S: FoldStore>(
    store: &S,
    workspace: &WorkspaceId,
    known: &KnownLog,
    now: Timestamp,
) -> Result<Option<Arc<KnownLog>>, StoreError> {
    let folded = store.folded(workspace, Consistency::Eventual).await?;
    let Some(folded) = folded.filter(|one| one.generation == known.folded.generation) else {
        return Ok(None);
    };
    let mut log = extended(store, workspace, known, Consistency::Eventual).await?;
    if log.as_ref().is_some_and(|log| log.through() < folded.through) {
        log = extended(store, workspace, known, Consistency::Strong).await?;
    }
    // A replica may know an older checkpoint than this process does.
    let is_older = folded.order() < known.folded.order();
    Ok(log.map(|log| if is_older { log } else { Arc::new(log.refolded(folded, now)) }))
}

/// The checkpoint and the segments from it on, and whether these are all.
async fn from_checkpoint<S: FoldStore>(
    store: &S,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<(Arc<KnownLog>, bool), StoreError> {
    let folded = store.folded(workspace, Consistency::Eventual).await?;
    let folded = folded.unwrap_or_else(|| Folded::nothing(1));
    let start = folded.through;
    let chain = Chain::read(store, workspace, start, Consistency::Eventual).await?;
    let is_whole = chain.is_whole;
    Ok((Arc::new(KnownLog::new(folded, now, start, chain.segments)), is_whole))
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
