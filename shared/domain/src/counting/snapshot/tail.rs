//! Reads the tail of a journal: what was recorded after its last segment.

use crate::entry::Entry;
use crate::identity::EntryId;
use crate::journal::{Announced, MARKED_BEFORE_MS, MarkerPlace, Numbered, settled_until};
use crate::ports::{Consistency, ReadHeads, ReadJournal, ReadSpan, StoreError};
use crate::sequencing::{ids_around, sealed_lately};
use crate::span::Span;
use crate::tally::Cell;
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
    /// The newest entries that were read on the way, if any were asked for.
    pub(super) newest: Option<Newest>,
}

/// The newest entries of a span, whenever they were recorded.
#[derive(Debug, Clone)]
pub(in super::super) struct Newest {
    /// The part of the span that was read.
    pub(in super::super) span: Span,
    /// Its entries, the newest first.
    pub(in super::super) entries: Vec<Entry>,
}

impl Tail {
    pub(super) fn empty() -> Self {
        Self {
            entries: Vec::new(),
            settled: 0,
            looked_for: 0,
            oldest: None,
            is_whole: true,
            newest: None,
        }
    }

    /// Reads what was recorded after `sealed` and may lie in a span: the newest ids of the table,
    /// and the markers (J2). If so many of the newest entries of the span are asked for, the ids
    /// are taken from them as far as they go.
    pub(super) async fn read<S: ReadHeads + ReadJournal + ReadSpan + Sync>(
        store: &S,
        workspace: &WorkspaceId,
        sealed: Timestamp,
        span: Span,
        newest: usize,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (in_order, announced) = futures::future::try_join(
            in_order(store, workspace, sealed, span, newest),
            announced(store, workspace, sealed),
        )
        .await?;
        let (InOrder { heads: Some(mut found), newest }, Some(announced)) = (in_order, announced)
        else {
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
        Ok(Self { entries, settled, looked_for, oldest, is_whole: true, newest })
    }
}

/// What was read of the newest ids of a log.
struct InOrder {
    /// The entries in order that were recorded after a moment, and some that were recorded before.
    /// `None` means that there are too many.
    heads: Option<BTreeMap<EntryId, Numbered>>,
    newest: Option<Newest>,
}

/// Reads the entries of a span that were recorded in order after a moment (J2): their ids are above
/// that moment, too.
async fn in_order<S: ReadHeads + ReadSpan + Sync>(
    store: &S,
    workspace: &WorkspaceId,
    sealed: Timestamp,
    span: Span,
    newest: usize,
) -> Result<InOrder, StoreError> {
    let newest = match newest {
        0 => None,
        most => Some(Newest::read(store, workspace, span, most).await?),
    };
    let heads = newest.iter().flat_map(|newest| &newest.entries).map(head_of);
    let mut read: BTreeMap<_, _> = heads.map(|head| (head.id, head)).collect();
    let mut rest = Span { low: ids_around(sealed, sealed).low, high: EntryId::LAST }.within(span);
    if let Some(newest) = &newest {
        rest = rest.and_then(|rest| rest.older_than(newest.span.low));
    }
    while let Some(span) = rest {
        let left = MOST_READ.saturating_sub(read.len());
        if left == 0 {
            return Ok(InOrder { heads: None, newest });
        }
        let page = store.heads(workspace, span, left, Consistency::Eventual).await?;
        read.extend(page.items.into_iter().map(|head| (head.id, head)));
        rest = page.stopped_at.and_then(|stopped_at| span.newer_than(stopped_at));
    }
    Ok(InOrder { heads: Some(read), newest })
}

impl Newest {
    async fn read<S: ReadSpan>(
        store: &S,
        workspace: &WorkspaceId,
        span: Span,
        most: usize,
    ) -> Result<Self, StoreError> {
        let page = store.read(workspace, span, most, Consistency::Eventual).await?;
        let low = page.stopped_at.unwrap_or(span.low);
        Ok(Self { span: Span { low, ..span }, entries: page.entries })
    }
}

/// What the journal says of an entry.
fn head_of(entry: &Entry) -> Numbered {
    Numbered { recorded_at: entry.journal_time(), id: entry.id, kind: Cell::of(entry) }
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
