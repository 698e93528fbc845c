//! The journal: segments, markers, the checkpoint of folding, and the heads of entries.

use super::MemoryStore;
use super::query::Query;
use super::rows::items_of;
use super::script::Call;
use super::size::{read_units, write_units};
use super::state::StoredEntry;
use crate::identity::EntryId;
use crate::journal::{Folded, Marker, MarkerPlace, Numbered, Segment};
use crate::ports::{
    Consistency, Direction, MarkEntries, ReadHeads, ReadJournal, Stopped, StoreError, WriteJournal,
};
use crate::span::Span;
use crate::tally::Cell;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

/// What an item of the journal weighs besides its bytes.
const ITEM_BYTES: usize = 110;
/// Segments of one call: what fits into 1 MB.
const SEGMENTS_PER_CALL: usize = 250;
/// Markers of one call.
const MARKERS_PER_CALL: usize = 1_000;

fn is_strong(consistency: Consistency) -> bool {
    consistency == Consistency::Strong
}

impl ReadJournal for MemoryStore {
    async fn segments(
        &self,
        workspace: &WorkspaceId,
        from: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Segment, Timestamp>, StoreError> {
        let range = (workspace.clone(), from)..=(workspace.clone(), Timestamp::MAX);
        self.look(Call::Segments, is_strong(consistency), |view| {
            let limit = limit.min(SEGMENTS_PER_CALL).min(view.page);
            let found = view.state.segments.range(view.at, range).map(|(_, segment)| segment);
            let items: Vec<Segment> = found.take(limit).cloned().collect();
            let units = read_units(items.iter().map(segment_bytes).sum());
            let stopped_at =
                items.last().filter(|_| items.len() >= limit).map(|segment| segment.from);
            (Stopped { items, stopped_at }, units)
        })
        .await
    }

    async fn segments_before(
        &self,
        workspace: &WorkspaceId,
        before: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Vec<Segment>, StoreError> {
        // Nothing begins before the first moment of all.
        if before == Timestamp::MIN {
            return Ok(Vec::new());
        }
        let range = (workspace.clone(), Timestamp::MIN)..(workspace.clone(), before);
        self.look(Call::Segments, is_strong(consistency), |view| {
            let found = view.state.segments.range(view.at, range).rev();
            let limit = limit.min(SEGMENTS_PER_CALL).min(view.page);
            let segments: Vec<_> = found.take(limit).map(|(_, segment)| segment.clone()).collect();
            let units = read_units(segments.iter().map(segment_bytes).sum());
            (segments, units)
        })
        .await
    }

    async fn folded(
        &self,
        workspace: &WorkspaceId,
        consistency: Consistency,
    ) -> Result<Option<Folded>, StoreError> {
        self.look(Call::GetFolded, is_strong(consistency), |view| {
            (view.state.folded.get(view.at, workspace).cloned(), read_units(ITEM_BYTES))
        })
        .await
    }
}

impl WriteJournal for MemoryStore {
    async fn put_segment(
        &self,
        workspace: &WorkspaceId,
        segment: &Segment,
    ) -> Result<bool, StoreError> {
        let key = (workspace.clone(), segment.from);
        self.change(Call::PutSegment, |state, at| {
            if state.segments.get(at, &key).is_some() {
                return Ok((false, 0.0));
            }
            state.segments.put(at, key.clone(), Some(segment.clone()));
            Ok((true, write_units(segment_bytes(segment))))
        })
        .await
    }

    async fn put_folded(
        &self,
        workspace: &WorkspaceId,
        before: Option<&Folded>,
        after: &Folded,
    ) -> Result<bool, StoreError> {
        let place = |folded: &Folded| (folded.generation, folded.next);
        self.change(Call::PutFolded, |state, at| {
            if state.folded.get(at, workspace).map(place) != before.map(place) {
                return Ok((false, 0.0));
            }
            state.folded.put(at, workspace.clone(), Some(after.clone()));
            Ok((true, write_units(ITEM_BYTES)))
        })
        .await
    }
}

impl MarkEntries for MemoryStore {
    async fn mark(&self, workspace: &WorkspaceId, marker: &Marker) -> Result<(), StoreError> {
        self.put_marker(Call::Mark, workspace, marker).await
    }

    async fn confirm(&self, workspace: &WorkspaceId, marker: &Marker) -> Result<(), StoreError> {
        self.put_marker(Call::Confirm, workspace, marker).await
    }
}

impl MemoryStore {
    async fn put_marker(
        &self,
        call: Call,
        workspace: &WorkspaceId,
        marker: &Marker,
    ) -> Result<(), StoreError> {
        let key = (workspace.clone(), marker.place());
        self.change(call, |state, at| {
            state.markers.put(at, key.clone(), Some(marker.clone()));
            Ok(((), write_units(marker_bytes(marker))))
        })
        .await
    }
}

impl ReadHeads for MemoryStore {
    async fn markers(
        &self,
        workspace: &WorkspaceId,
        after: MarkerPlace,
        through: Timestamp,
        consistency: Consistency,
    ) -> Result<Stopped<Marker, MarkerPlace>, StoreError> {
        let last = MarkerPlace { at: through, name: u128::MAX };
        if after >= last {
            return Ok(Stopped { items: Vec::new(), stopped_at: None });
        }
        self.look(Call::Markers, is_strong(consistency), |view| {
            let limit = MARKERS_PER_CALL.min(view.page);
            let found = view
                .state
                .markers
                .range(view.at, (workspace.clone(), after)..=(workspace.clone(), last))
                .filter(|((_, place), _)| *place > after)
                .map(|(_, marker)| marker.clone());
            let items: Vec<Marker> = found.take(limit).collect();
            let units = read_units(items.iter().map(marker_bytes).sum());
            let stopped_at = items.last().filter(|_| items.len() >= limit).map(Marker::place);
            (Stopped { items, stopped_at }, units)
        })
        .await
    }

    async fn heads(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Numbered, EntryId>, StoreError> {
        let query = Query::of_span(workspace, span, Direction::OldestFirst);
        self.look(Call::Heads, is_strong(consistency), |view| {
            let page = query.page(view, limit, None);
            let items = page.items.into_iter().map(head).collect();
            (Stopped { items, stopped_at: page.last }, page.units)
        })
        .await
    }

    async fn heads_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Numbered>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.look(Call::HeadsOf, is_strong(consistency), |view| {
            let (items, units) = items_of(view, workspace, ids);
            (items.into_iter().map(head).collect(), units)
        })
        .await
    }
}

fn head(item: &StoredEntry) -> Numbered {
    let entry = &item.entry;
    Numbered { recorded_at: entry.journal_time(), id: entry.id, kind: Cell::of(entry) }
}

fn segment_bytes(segment: &Segment) -> usize {
    ITEM_BYTES + segment.to_bytes().map_or(0, |bytes| bytes.len())
}

fn marker_bytes(marker: &Marker) -> usize {
    let is_confirming = !marker.confirmed.is_empty();
    let confirmed = is_confirming.then(|| marker.confirmed_to_bytes().unwrap_or_default());
    let confirmed = confirmed.map_or(0, |bytes| "confirmed".len() + bytes.len());
    ITEM_BYTES + marker.to_bytes().map_or(0, |bytes| bytes.len()) + confirmed
}
