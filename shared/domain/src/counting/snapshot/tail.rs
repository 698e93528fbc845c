//! Reads the tail of a journal: what was recorded after its last segment.

use crate::identity::EntryId;
use crate::journal::{Announced, MARKED_BEFORE_MS, MarkerPlace, Numbered, settled_until};
use crate::ports::{Consistency, ReadHeads, ReadJournal, StoreError};
use crate::sequencing::{ids_around, sealed_lately};
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::collections::BTreeMap;

/// Entries of a tail that are read at most: 4,000 entries of 500 bytes are 2 MB or 250 RCU. A log
/// with more of them is busier than some 200 entries a second, or nobody has sealed it.
const MOST_READ: usize = 4_000;

/// What was recorded after a moment.
#[derive(Debug)]
pub(super) struct Tail {
    /// The entries, in no particular order.
    pub(super) entries: Vec<Numbered>,
    /// How many of them are settled, so that they could be sealed.
    pub(super) settled: usize,
    /// How many of these were read each by itself, because a marker only announces them.
    pub(super) looked_for: usize,
    /// When the first of them was recorded.
    pub(super) oldest: Option<Timestamp>,
    /// Whether these are all. Otherwise there are too many to be read.
    pub(super) is_whole: bool,
}

impl Tail {
    pub(super) fn empty() -> Self {
        Self { entries: Vec::new(), settled: 0, looked_for: 0, oldest: None, is_whole: true }
    }

    /// Reads what was recorded after `sealed`: the newest ids of the table, and the markers (J2).
    pub(super) async fn read<S: ReadHeads + ReadJournal + Sync>(
        store: &S,
        workspace: &WorkspaceId,
        sealed: Timestamp,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (newest, announced) = futures::future::try_join(
            newest(store, workspace, sealed),
            announced(store, workspace, sealed),
        )
        .await?;
        let (Some(mut found), Some(announced)) = (newest, announced) else {
            return Ok(Self { is_whole: false, ..Self::empty() });
        };
        let open = announced.open();
        let before = sealed_lately(store, workspace, sealed, &open, Consistency::Eventual).await?;
        let is_missing = |id: &EntryId| !found.contains_key(id) && !before.contains(id);
        let missing: Vec<_> = open.into_iter().filter(is_missing).collect();
        let late = store.heads_of(workspace, &missing, Consistency::Eventual).await?;
        let until = settled_until(now);
        let is_settled =
            |entry: &&Numbered| sealed < entry.recorded_at && entry.recorded_at <= until;
        let looked_for = late.iter().filter(is_settled).count();
        // J2: what a marker confirms is stored.
        for entry in announced.confirmed().chain(late) {
            found.entry(entry.id).or_insert(entry);
        }
        let mut entries: Vec<_> = found.into_values().collect();
        entries.retain(|entry| entry.recorded_at > sealed);
        let settled = entries.iter().filter(is_settled).count();
        let oldest = entries.iter().map(|entry| entry.recorded_at).min();
        Ok(Self { entries, settled, looked_for, oldest, is_whole: true })
    }
}

/// The entries in order that were recorded after a moment, and some that were recorded before.
/// `None` means that there are too many.
async fn newest<S: ReadHeads + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    sealed: Timestamp,
) -> Result<Option<BTreeMap<EntryId, Numbered>>, StoreError> {
    let span = Span { low: ids_around(sealed, sealed).low, high: EntryId::LAST };
    let (mut read, mut rest) = (BTreeMap::new(), Some(span));
    while let Some(span) = rest {
        let left = MOST_READ.saturating_sub(read.len());
        if left == 0 {
            return Ok(None);
        }
        let page = store.heads(workspace, span, left, Consistency::Eventual).await?;
        read.extend(page.items.into_iter().map(|head| (head.id, head)));
        rest = page.stopped_at.and_then(|stopped_at| span.newer_than(stopped_at));
    }
    Ok(Some(read))
}

/// What markers announce since a moment. `None` means that there are too many.
async fn announced<S: ReadHeads + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    sealed: Timestamp,
) -> Result<Option<Announced>, StoreError> {
    let mut announced = Announced::default();
    let mut after = MarkerPlace { at: sealed.plus_ms(-MARKED_BEFORE_MS), name: 0 };
    loop {
        let page = store.markers(workspace, after, Timestamp::MAX, Consistency::Eventual).await?;
        announced.add(page.items);
        match page.stopped_at {
            None => return Ok(Some(announced)),
            Some(_) if announced.len() > MOST_READ => return Ok(None),
            Some(stopped_at) => after = stopped_at,
        }
    }
}
