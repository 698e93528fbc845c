//! The journal and its counts as they landed, and as a stale copy answers for them.

use super::{CURRENT, History, Landed, everything};
use domain::identity::EntryId;
use domain::journal::{Folded, Marker, MarkerPlace, Numbered, Segment};
use domain::ports::Stopped;
use domain::span::Span;
use domain::tally::{Cell, Level, Node, Period};
use domain::timestamp::Timestamp;

impl History {
    pub(crate) fn put_segment(&mut self, segment: &Segment) {
        let write = self.next_write();
        self.segments.put(write, segment.from, Some(segment.clone()));
    }

    /// Stores the checkpoint of folding.
    pub(crate) fn put_folded(&mut self, folded: &Folded) {
        let write = self.next_write();
        self.folded.put(write, (), Some(folded.clone()));
    }

    pub(crate) fn put_marker(&mut self, marker: &Marker) {
        let write = self.next_write();
        self.markers.put(write, marker.place(), Some(marker.clone()));
    }

    pub(crate) fn delete_marker(&mut self, place: MarkerPlace) {
        let write = self.next_write();
        self.markers.put(write, place, None);
    }

    pub(crate) fn put_node(&mut self, generation: u32, node: &Node) {
        let write = self.next_write();
        self.nodes.put(write, (generation, node.period), Some(node.clone()));
    }

    /// All segments, in order.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.range(.., CURRENT).map(|(_, segment)| segment)
    }

    /// All markers, in order.
    pub(crate) fn markers(&self) -> impl Iterator<Item = &Marker> {
        self.markers.range(.., CURRENT).map(|(_, marker)| marker)
    }

    /// The stragglers: entries that landed too late to get a number, and that no check has found
    /// yet.
    pub(crate) fn stragglers(&self) -> impl Iterator<Item = &Landed> {
        let sealed = self.sealed();
        let is_unfound = move |landed: &&Landed| {
            landed.is_frozen && landed.entered.is_none() && landed.entry.recorded_at <= sealed
        };
        self.stored(everything()).filter(is_unfound).filter(|landed| !self.is_numbered(landed))
    }

    fn is_numbered(&self, landed: &Landed) -> bool {
        let mut before = self.segments.range(..landed.entry.recorded_at, CURRENT);
        before.next_back().is_some_and(|(_, last)| last.number_of(landed.entry.id).is_some())
    }

    /// The end of the last segment, inclusive.
    pub(crate) fn sealed(&self) -> Timestamp {
        self.segments().last().map_or(Timestamp::MIN, |segment| segment.through)
    }

    /// The segments that begin at `from` or later, in a copy as of a write.
    pub(crate) fn old_segments(
        &self,
        from: Timestamp,
        limit: usize,
        as_of: u64,
    ) -> Stopped<Segment, Timestamp> {
        let segments = self.segments.range(from.., as_of).map(|(_, segment)| segment.clone());
        let items: Vec<_> = segments.take(limit).collect();
        let last = items.last().map(|segment| segment.from);
        Stopped { stopped_at: last.filter(|_| items.len() == limit), items }
    }

    /// The segments that begin before a moment, the newest first, in such a copy.
    pub(crate) fn old_segments_before(
        &self,
        before: Timestamp,
        limit: usize,
        as_of: u64,
    ) -> Vec<Segment> {
        let segments = self.segments.range(..before, as_of).rev();
        segments.take(limit).map(|(_, segment)| segment.clone()).collect()
    }

    /// The checkpoint of folding in such a copy.
    pub(crate) fn old_folded(&self, as_of: u64) -> Option<Folded> {
        self.folded.get((), as_of).cloned()
    }

    /// The markers after a place and through a moment, in such a copy.
    pub(crate) fn old_markers(
        &self,
        after: MarkerPlace,
        through: Timestamp,
        as_of: u64,
    ) -> Stopped<Marker, MarkerPlace> {
        let markers = self.markers.range(after.., as_of);
        let markers = markers.filter(|(place, _)| **place > after && place.at <= through);
        Stopped { items: markers.map(|(_, marker)| marker.clone()).collect(), stopped_at: None }
    }

    /// The heads of the entries of a span, in such a copy.
    pub(crate) fn old_heads(
        &self,
        span: Span,
        limit: usize,
        as_of: u64,
    ) -> Stopped<Numbered, EntryId> {
        let seen = self.seen(span, as_of).take(limit);
        let items: Vec<_> = seen.map(|landed| head(landed, as_of)).collect();
        let last = items.last().map(|head| head.id);
        Stopped { stopped_at: last.filter(|_| items.len() == limit), items }
    }

    /// The heads of these entries, in such a copy.
    pub(crate) fn old_heads_of(&self, ids: &[EntryId], as_of: u64) -> Vec<Numbered> {
        let seen = ids.iter().flat_map(|id| self.seen(Span { low: *id, high: *id }, as_of));
        seen.map(|landed| head(landed, as_of)).collect()
    }

    /// The nodes of a generation in such a copy.
    pub(crate) fn old_nodes(
        &self,
        generation: u32,
        level: Level,
        [first, last]: [Timestamp; 2],
        as_of: u64,
    ) -> Vec<Node> {
        let key = |at| (generation, Period::holding(level, at));
        self.nodes.range(key(first)..=key(last), as_of).map(|(_, node)| node.clone()).collect()
    }

    /// The nodes of the current generation.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let generation = self.old_folded(CURRENT).map_or(1, |folded| folded.generation);
        let ends = [Timestamp::MIN, Timestamp::MAX];
        Level::ALL
            .into_iter()
            .flat_map(|level| self.old_nodes(generation, level, ends, CURRENT))
            .collect()
    }
}

fn head(landed: &Landed, as_of: u64) -> Numbered {
    let entry = landed.as_seen(as_of);
    Numbered { recorded_at: entry.journal_time(), id: entry.id, kind: Cell::of(&entry) }
}
