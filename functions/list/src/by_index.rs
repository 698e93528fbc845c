//! Lists what one actor did, or what happened to one target: an index knows them, but no tally
//! counts them, so they are counted.

use crate::page::Page;
use domain::identity::EntryId;
use domain::ports::{Direction, ListEntries, Matches, Slice, StoreError, Stretch};
use domain::span::Span;
use web::list_query::Edge;
use web::list_query::{ListQuery, Position};
use web::service::Access;

/// Up to so many entries of one actor or target are counted; beyond, the total says that there are
/// more. 10,000 rows of 430 bytes are 4.3 MB or 525 RCU.
const MAX_COUNTED: u64 = 10_000;
/// Entries read at most for one page and its total, matching or not: 40,000 rows of 430 bytes are
/// 2,100 RCU.
const MAX_READ: usize = 40_000;

/// A page of what one actor did or what happened to one target.
pub(crate) async fn page<S: ListEntries>(
    store: &S,
    query: &ListQuery,
    access: &Access,
    span: Span,
) -> Result<Page, StoreError> {
    let mut reading = Reading { store, query, access, span, left: MAX_READ };
    let found = match query.position {
        None => reading.of_number(1).await?,
        Some(Position::Page(number)) => reading.of_number(u64::from(number)).await?,
        Some(Position::OlderThan(id)) => reading.older_than(id).await?,
        Some(Position::NewerThan(id)) => reading.newer_than(id).await?,
    };
    reading.page(found).await
}

/// The rows of a page, and what lies around them.
struct Found {
    /// What is newer than the page.
    newer: Matches,
    rows: Slice,
    /// Where counting goes on below the page, exclusive; none if nothing is there.
    below: Option<EntryId>,
    /// The page's number, if it was asked for.
    number: Option<u64>,
    as_of: Option<EntryId>,
}

/// How a page is found: what is read, and how much of it may still be.
struct Reading<'a, S> {
    store: &'a S,
    query: &'a ListQuery,
    access: &'a Access,
    span: Span,
    left: usize,
}

impl<S: ListEntries> Reading<'_, S> {
    /// The page of a number: everything down to it is read. A page that begins above what is
    /// counted stays empty.
    async fn of_number(&mut self, number: u64) -> Result<Found, StoreError> {
        let first = (number - 1) * self.size();
        let wanted = if first < MAX_COUNTED { first + self.size() } else { MAX_COUNTED };
        let mut rows = self.rows(Some(self.span), Direction::NewestFirst, wanted).await?;
        let as_of = rows.entries.first().map(|entry| entry.id);
        let skipped = first.min(length(&rows));
        rows.entries.drain(..usize::try_from(skipped).unwrap_or_default());
        let newer = Matches { count: skipped, is_whole: true, read: 0 };
        // Where reading stopped before it came to the page, what it found is no page of that
        // number.
        let number = (skipped == first || rows.stopped_at.is_none() || first >= MAX_COUNTED)
            .then_some(number);
        Ok(Found { newer, below: rows.stopped_at, rows, number, as_of })
    }

    /// The rows come before the count of what is newer: whatever counting costs, a walk goes on.
    async fn older_than(&mut self, id: EntryId) -> Result<Found, StoreError> {
        let rows = self.rows(self.span.older_than(id), Direction::NewestFirst, self.size()).await?;
        let newer = self
            .count(id.before().and_then(|below| self.span.newer_than(below)), MAX_COUNTED)
            .await?;
        Ok(Found { newer, below: rows.stopped_at, rows, number: None, as_of: None })
    }

    async fn newer_than(&mut self, id: EntryId) -> Result<Found, StoreError> {
        let mut rows =
            self.rows(self.span.newer_than(id), Direction::OldestFirst, self.size()).await?;
        let mut newer = self.count(self.span.newer_than(id), MAX_COUNTED).await?;
        rows.entries.reverse();
        newer.count = newer.count.saturating_sub(length(&rows));
        Ok(Found { newer, below: id.after(), rows, number: None, as_of: None })
    }

    /// Counts what is below the rows, and makes the page.
    async fn page(&mut self, found: Found) -> Result<Page, StoreError> {
        let Found { newer, rows, below, number, as_of } = found;
        let known = newer.count + length(&rows);
        let older = self
            .count(below.and_then(|id| self.span.older_than(id)), MAX_COUNTED.saturating_sub(known))
            .await?;
        let all = known + older.count;
        let is_short = length(&rows) < self.size();
        // Where a filter finds too little, the reading ended beyond the last row, or without any.
        let ended = rows.stopped_at.filter(|_| is_short);
        let is_at_an_edge =
            matches!(self.query.position, Some(Position::OlderThan(_) | Position::NewerThan(_)));
        let is_upwards = matches!(self.query.position, Some(Position::NewerThan(_)));
        let has_newer = newer.count > 0 || !newer.is_whole;
        let page = Page::of(
            rows.entries,
            self.query.position,
            has_newer,
            older.count > 0 || !older.is_whole,
            self.span,
        );
        let is_exact = newer.is_whole && older.is_whole && all <= MAX_COUNTED;
        Ok(Page {
            number: number.or(newer
                .is_whole
                .then(|| newer.count / self.size() + 1)
                .filter(|_| is_at_an_edge)),
            total: all.min(MAX_COUNTED),
            is_exact,
            // Where nothing is found yet, the browse may still begin anywhere.
            as_of: self.query.as_of.or(as_of).or((!is_exact).then_some(self.span.high)),
            older: ended.filter(|_| !is_upwards).map(Edge::OlderThan).or(page.older),
            newer: ended.filter(|_| is_upwards).map(Edge::NewerThan).or(page.newer),
            ..page
        })
    }

    async fn rows(
        &mut self,
        span: Option<Span>,
        direction: Direction,
        wanted: u64,
    ) -> Result<Slice, StoreError> {
        let Some(span) = span else { return Ok(Slice::default()) };
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let slice =
            self.store.slice(self.stretch(span), direction, wanted, self.left.max(1)).await?;
        self.left = self.left.saturating_sub(slice.read);
        Ok(slice)
    }

    async fn count(&mut self, span: Option<Span>, most: u64) -> Result<Matches, StoreError> {
        let Some(span) = span else { return Ok(Matches { is_whole: true, ..Matches::default() }) };
        let matches = self.store.count(self.stretch(span), most, self.left).await?;
        self.left = self.left.saturating_sub(matches.read);
        Ok(matches)
    }

    fn stretch(&self, span: Span) -> Stretch<'_> {
        Stretch {
            workspace: &self.access.workspace,
            filter: &self.query.filter,
            span,
            now: self.access.now,
        }
    }

    fn size(&self) -> u64 {
        u64::from(self.query.page_size)
    }
}

fn length(rows: &Slice) -> u64 {
    u64::try_from(rows.entries.len()).unwrap_or(u64::MAX)
}
