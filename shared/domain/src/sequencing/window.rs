//! Reads what was recorded in a stretch of settled time, from the ids around it and the markers.

use crate::identity::EntryId;
use crate::journal::{Announced, MARKED_BEFORE_MS, MarkerPlace, Numbered, OUT_OF_ORDER_AFTER_MS};
use crate::ports::{Consistency, ReadHeads, ReadJournal, StoreError};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::collections::{BTreeMap, BTreeSet};

/// The most entries that one step reads. So memory is bounded, however long the log was not sealed.
const STEP_ENTRIES: usize = 8_000;

/// Segments read by one query on the way back: 4 of 4 KB.
const SEGMENTS_TOGETHER: usize = 4;

/// What was recorded after a moment, through another.
#[derive(Debug)]
pub(crate) struct Window {
    /// The end, inclusive.
    pub(crate) through: Timestamp,
    /// The entries, by (`recorded_at`, `id`).
    pub(crate) entries: Vec<Numbered>,
}

impl Window {
    /// Reads what was recorded after `from` and at most through `until`: less if that is much. What
    /// markers confirm is taken from them (J2).
    pub(crate) async fn read<S: ReadHeads + ReadJournal + Sync>(
        store: &S,
        workspace: &WorkspaceId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self, StoreError> {
        let (read, through) = in_order(store, workspace, from, until).await?;
        let (announced, through) = announced(store, workspace, from, through).await?;
        Self::of(store, workspace, from, through, read, announced).await
    }

    /// The same from the table alone, without what markers confirm: the entries that are stored
    /// now.
    pub(crate) async fn stored<S: ReadHeads + ReadJournal + Sync>(
        store: &S,
        workspace: &WorkspaceId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self, StoreError> {
        let (read, through) = in_order(store, workspace, from, until).await?;
        let (announced, through) = announced(store, workspace, from, through).await?;
        Self::of(store, workspace, from, through, read, announced.unbelieved()).await
    }

    async fn of<S: ReadHeads + ReadJournal + Sync>(
        store: &S,
        workspace: &WorkspaceId,
        from: Timestamp,
        through: Timestamp,
        mut read: BTreeMap<EntryId, Numbered>,
        announced: Announced,
    ) -> Result<Self, StoreError> {
        let open = announced.open();
        let sealed = sealed_lately(store, workspace, from, &open, Consistency::Strong).await?;
        let is_missing = |id: &EntryId| !read.contains_key(id) && !sealed.contains(id);
        let missing: Vec<_> = open.into_iter().filter(is_missing).collect();
        let late = store.heads_of(workspace, &missing, Consistency::Strong).await?;
        for entry in announced.confirmed().chain(late) {
            read.entry(entry.id).or_insert(entry);
        }
        let mut entries: Vec<_> = read.into_values().collect();
        entries.retain(|entry| from < entry.recorded_at && entry.recorded_at <= through);
        entries.sort_by_key(|entry| (entry.recorded_at, entry.id));
        Ok(Self { through, entries })
    }
}

/// J2: an entry in order happened at most this long before or after it was recorded. So all of
/// those recorded in a stretch of time have ids within this span.
pub(crate) fn ids_around(from: Timestamp, through: Timestamp) -> Span {
    let end = through.plus_ms(OUT_OF_ORDER_AFTER_MS + 1);
    Span {
        low: EntryId::first_of(from.plus_ms(-OUT_OF_ORDER_AFTER_MS)),
        high: EntryId::first_of(end).before().unwrap_or(EntryId::LAST),
    }
}

/// The entries with ids around a stretch of time, and the moment through which they are all that
/// was recorded in order.
async fn in_order<S: ReadHeads + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    from: Timestamp,
    until: Timestamp,
) -> Result<(BTreeMap<EntryId, Numbered>, Timestamp), StoreError> {
    let mut read = BTreeMap::new();
    let mut rest = Some(ids_around(from, until));
    while let Some(span) = rest {
        let page = store.heads(workspace, span, STEP_ENTRIES, Consistency::Strong).await?;
        read.extend(page.items.into_iter().map(|head| (head.id, head)));
        let Some(stopped_at) = page.stopped_at else { break };
        // Not all ids of that millisecond may be read.
        let complete = stopped_at.occurred_at().plus_ms(-OUT_OF_ORDER_AFTER_MS - 1);
        if read.len() >= STEP_ENTRIES && complete > from {
            return Ok((read, complete.min(until)));
        }
        rest = span.newer_than(stopped_at);
    }
    Ok((read, until))
}

/// What markers announce for a stretch of time, and the moment through which that is all.
async fn announced<S: ReadHeads + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    from: Timestamp,
    until: Timestamp,
) -> Result<(Announced, Timestamp), StoreError> {
    let mut announced = Announced::default();
    let mut after = MarkerPlace { at: from.plus_ms(-MARKED_BEFORE_MS), name: 0 };
    loop {
        let page = store.markers(workspace, after, until, Consistency::Strong).await?;
        announced.add(page.items);
        let Some(stopped_at) = page.stopped_at else { return Ok((announced, until)) };
        // More markers of that millisecond may follow.
        let complete = stopped_at.at.plus_ms(-1);
        if announced.len() >= STEP_ENTRIES && complete > from {
            return Ok((announced, complete));
        }
        after = stopped_at;
    }
}

/// The ids that the segments name of what was recorded in the last moments before `sealed`. A
/// marker of that time may announce them, although they have their numbers; so they need not be
/// read again. Nothing is read if nothing is marked.
pub(crate) async fn sealed_lately<S: ReadJournal + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    sealed: Timestamp,
    marked: &BTreeSet<EntryId>,
    consistency: Consistency,
) -> Result<BTreeSet<EntryId>, StoreError> {
    let mut ids = BTreeSet::new();
    let mut before = sealed;
    while !marked.is_empty() && before > sealed.plus_ms(-MARKED_BEFORE_MS) {
        let segments = store.segments_before(workspace, before, SEGMENTS_TOGETHER, consistency);
        let segments = segments.await?;
        let Some(oldest) = segments.last() else { break };
        before = oldest.from;
        ids.extend(segments.iter().flat_map(|segment| &segment.entries).map(|entry| entry.id));
    }
    Ok(ids)
}
