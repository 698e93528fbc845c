//! Entries: recorded, announced, listed and read.

use super::{Layer, answered, lost};
use crate::simulation::gate::{Fate, Passage, Purpose};
use crate::simulation::history::Late;
use crate::simulation::mutant::Mutant;
use domain::entry::{Entry, NewEntry};
use domain::identity::EntryId;
use domain::journal::{Marker, MarkerPlace, Numbered};
use domain::ports::{
    AppendEntry, Appended, Consistency, Direction, FindRows, ListEntries, MarkEntries, Matches,
    ReadHeads, ReadSpan, Row, Slice, Stopped, StoreError, Stretch,
};
use domain::span::Span;
use domain::tally::Cell;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use futures::future::join_all;

/// How many entries of a batch the store writes in one call.
const BATCH_ENTRIES: usize = 25;

impl Layer {
    /// Appends entries to the store and to the history. `is_frozen` says that their writer's
    /// machine froze.
    pub(crate) async fn land(
        &self,
        entries: &[NewEntry],
        is_frozen: bool,
    ) -> Vec<Result<Appended, StoreError>> {
        let outcomes = match entries {
            [one] => vec![self.inner.append(one).await],
            all => self.inner.append_all(all).await,
        };
        for (entry, outcome) in entries.iter().zip(&outcomes) {
            if matches!(outcome, Ok(Appended::Recorded)) {
                self.history().record(entry, is_frozen);
            }
        }
        outcomes
    }

    /// Appends at once, or answers with an error and lets the entries land later.
    async fn append_through(
        &self,
        passage: &Passage,
        entries: &[NewEntry],
    ) -> Vec<Result<Appended, StoreError>> {
        let is_frozen = passage.verdict.fate == Fate::Freezes;
        if is_frozen || passage.verdict.fate == Fate::LandsLater {
            let mut history = self.history();
            let due = history.now.plus_ms(passage.verdict.lands_after_ms);
            let latest = passage.due.filter(|_| !is_frozen);
            let due = latest.map_or(due, |latest| latest.min(due));
            history.late.push(Late { due, entries: entries.to_vec(), is_frozen });
            return entries.iter().map(|_| Err(lost())).collect();
        }
        let outcomes = self.land(entries, false).await.into_iter();
        outcomes.map(|outcome| answered(passage, outcome?)).collect()
    }

    async fn append_some(&self, entries: &[NewEntry]) -> Vec<Result<Appended, StoreError>> {
        let first = || entries.first().map_or(String::new(), |new| new.entry.id.to_string());
        let text = || format!("append {} from {}", entries.len(), first());
        match self.pass(Purpose::Append, text).await {
            Err(_) => entries.iter().map(|_| Err(lost())).collect(),
            Ok(passage) => self.append_through(&passage, entries).await,
        }
    }
}

impl Layer {
    /// The marker that is stored. The mutant may let it confirm entries too soon.
    fn as_marked(&self, marker: &Marker) -> Marker {
        if !self.is(Mutant::ConfirmedTooSoon) {
            return marker.clone();
        }
        let broken = self.broken.lock().unwrap();
        let stored = broken.kinds.iter().map(|(id, kind)| {
            (*id, Numbered { recorded_at: marker.at, id: *id, kind: kind.clone() })
        });
        marker.clone().confirming(&stored.collect())
    }
}

impl AppendEntry for Layer {
    async fn append(&self, entry: &NewEntry) -> Result<Appended, StoreError> {
        self.append_some(std::slice::from_ref(entry)).await.remove(0)
    }

    async fn append_all(&self, entries: &[NewEntry]) -> Vec<Result<Appended, StoreError>> {
        let calls = entries.chunks(BATCH_ENTRIES).map(|some| self.append_some(some));
        join_all(calls).await.into_iter().flatten().collect()
    }

    async fn look(&self, entries: &[&Entry]) -> Vec<Result<Option<Appended>, StoreError>> {
        match self.pass(Purpose::Control, || format!("look for {}", entries.len())).await {
            Err(_) => entries.iter().map(|_| Err(lost())).collect(),
            Ok(passage) => {
                let known = entries.iter().map(|entry| (entry.id, Cell::of(entry)));
                self.broken.lock().unwrap().kinds.extend(known);
                let found = self.inner.look(entries).await.into_iter();
                found.map(|found| answered(&passage, found?)).collect()
            }
        }
    }
}

impl MarkEntries for Layer {
    async fn mark(&self, workspace: &WorkspaceId, marker: &Marker) -> Result<(), StoreError> {
        let of = || format!("mark {} at {}", marker.ids.len(), marker.at.key());
        let passage = self.pass(Purpose::Write, of).await?;
        if !self.is(Mutant::NoMarker) {
            let marker = self.as_marked(marker);
            self.inner.mark(workspace, &marker).await?;
            self.history().put_marker(&marker);
        }
        answered(&passage, ())
    }

    async fn confirm(&self, workspace: &WorkspaceId, marker: &Marker) -> Result<(), StoreError> {
        let counts = || format!("{} of {}", marker.confirmed.len(), marker.ids.len());
        let text = || format!("confirm {} at {}", counts(), marker.at.key());
        let passage = self.pass(Purpose::Write, text).await?;
        self.inner.confirm(workspace, marker).await?;
        self.history().put_marker(marker);
        answered(&passage, ())
    }
}

impl ListEntries for Layer {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let passage =
            self.pass(Purpose::Read, || format!("list {wanted} entries {direction:?}")).await?;
        answered(&passage, self.inner.slice(stretch, direction, wanted, most_read).await?)
    }

    async fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> Result<Matches, StoreError> {
        let passage = self.pass(Purpose::Read, || format!("count up to {most} entries")).await?;
        answered(&passage, self.inner.count(stretch, most, most_read).await?)
    }
}

fn of_span(span: Span) -> String {
    format!("{} to {}", span.low.occurred_at().key(), span.high.occurred_at().key())
}

impl ReadSpan for Layer {
    async fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Slice, StoreError> {
        let text = || format!("read {}, at most {limit}, {consistency:?}", of_span(span));
        let passage = self.pass(Purpose::Read, text).await?;
        let slice = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_read(span, limit, as_of),
            None => self.inner.read(workspace, span, limit, consistency).await?,
        };
        answered(&passage, slice)
    }
}

impl ReadHeads for Layer {
    async fn markers(
        &self,
        workspace: &WorkspaceId,
        after: MarkerPlace,
        through: Timestamp,
        consistency: Consistency,
    ) -> Result<Stopped<Marker, MarkerPlace>, StoreError> {
        let ends = || format!("{} through {}", after.at.key(), through.key());
        let text = || format!("read the markers after {}, {consistency:?}", ends());
        let passage = self.pass(Purpose::Read, text).await?;
        if consistency == Consistency::Eventual && self.is(Mutant::TailWithoutMarkers) {
            return answered(&passage, Stopped { items: Vec::new(), stopped_at: None });
        }
        let markers = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_markers(after, through, as_of),
            None => self.inner.markers(workspace, after, through, consistency).await?,
        };
        answered(&passage, markers)
    }

    async fn heads(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Numbered, EntryId>, StoreError> {
        let text = || format!("read the heads {}, {consistency:?}", of_span(span));
        let passage = self.pass(Purpose::Read, text).await?;
        let heads = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_heads(span, limit, as_of),
            None => self.inner.heads(workspace, span, limit, consistency).await?,
        };
        answered(&passage, heads)
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
        let text = || format!("read the heads of {}, {consistency:?}", ids.len());
        let passage = self.pass(Purpose::Read, text).await?;
        let heads = match self.copy(&passage, consistency) {
            Some(as_of) => self.history().old_heads_of(ids, as_of),
            None => self.inner.heads_of(workspace, ids, consistency).await?,
        };
        answered(&passage, heads)
    }
}

impl FindRows for Layer {
    async fn rows_within(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Row, EntryId>, StoreError> {
        let passage = self.pass(Purpose::Read, || format!("find at most {limit} rows")).await?;
        answered(&passage, self.inner.rows_within(workspace, span, limit, consistency).await?)
    }

    async fn rows_of(
        &self,
        workspace: &WorkspaceId,
        ids: &[EntryId],
        consistency: Consistency,
    ) -> Result<Vec<Row>, StoreError> {
        let passage = self.pass(Purpose::Read, || format!("find {} rows", ids.len())).await?;
        answered(&passage, self.inner.rows_of(workspace, ids, consistency).await?)
    }
}
