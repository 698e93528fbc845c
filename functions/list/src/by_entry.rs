//! Finds a page of entries by reading them: those of one actor or target by their index, those with
//! an id of the publisher in the log. No tally counts these entries, so each request counts them,
//! up to a limit.

use crate::found::{FoundPage, Neighbours, Total, length};
use crate::listing::Listing;
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::journal::AsOf;
use domain::ports::{Direction, ListEntries, Matches, Slice, StoreError, Stretch};
use domain::span::Span;
use std::collections::BTreeMap;
use web::list_query::{Edge, Position};

/// How far one request goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Matching entries counted at most. If there are more, the total says so.
    pub(crate) most_counted: u64,
    /// Entries read at most for the page and the total together, matching or not.
    pub(crate) most_read: usize,
}

/// The most matching entries that a request counts.
pub(crate) const MOST_COUNTED: u64 = 10_000;

impl Limits {
    /// The limits of a request that reads the part of an actor or a target of an index.
    pub(crate) const OF_AN_INDEX: Self = Self { most_counted: MOST_COUNTED, most_read: 40_000 };
    /// The limits of a request for unusual entries. If only the entries tell which of them match,
    /// 2,000 rows are got by their ids, at 0.5 RCU each.
    pub(crate) const OF_UNUSUAL: Self = Self { most_counted: MOST_COUNTED, most_read: 2_000 };
    const OF_THE_LOG: Self = Self { most_counted: MOST_COUNTED, most_read: 20_000 };

    /// The limits of a request to the service. 40,000 rows of 430 bytes in an index are 17 MB or
    /// 2,100 RCU. Entries in the log carry their values, too: 20,000 of 450 bytes are 9 MB or 1,100
    /// RCU, about what a request may spend on counting ([`domain::counting::Budget`]).
    pub(crate) fn of_request(filter: &Filter) -> Self {
        if filter.has_index() { Self::OF_AN_INDEX } else { Self::OF_THE_LOG }
    }
}

/// Finds a page, and counts the entries on both sides of it.
pub(crate) async fn page<S: ListEntries>(
    store: &S,
    listing: &Listing<'_>,
    limits: Limits,
) -> Result<FoundPage, StoreError> {
    // What is recorded from now on is no part of the browse that begins here.
    let as_of = listing.query.as_of.unwrap_or(AsOf { sealed: listing.now, recorded: listing.now });
    let mut reader = Reader { store, listing, as_of, limits, left: limits.most_read };
    let draft = match listing.query.position {
        Position::Number(number) => reader.at_number(u64::from(number)).await?,
        Position::Beside(Edge::OlderThan(id)) => reader.below(id).await?,
        Position::Beside(Edge::NewerThan(id)) => reader.above(id).await?,
    };
    reader.finish(draft).await
}

/// A page whose older side is not counted yet.
#[derive(Debug)]
struct Draft {
    /// The entries of the page, the newest first, and where reading them stopped.
    slice: Slice,
    /// The matching entries that are newer than the page.
    newer: Matches,
    /// The part of the list that is older than the page; `None` means that the page ends the list.
    older: Option<Span>,
    /// The page's number; `None` means that it is not known.
    number: Option<u64>,
}

/// Reads and counts the entries of a list within the limits of one request.
struct Reader<'a, S> {
    store: &'a S,
    listing: &'a Listing<'a>,
    /// The moment of the browse, for its first page, too: so all its pages are of one list.
    as_of: AsOf,
    limits: Limits,
    /// How many more entries may be read.
    left: usize,
}

impl<'a, S: ListEntries> Reader<'a, S> {
    /// Drafts the page of a number. All entries down to the end of the page are read. A page that
    /// starts beyond the limit of counting is empty.
    async fn at_number(&mut self, number: u64) -> Result<Draft, StoreError> {
        let most_counted = self.limits.most_counted;
        let first = number.saturating_sub(1) * self.listing.page_size();
        let is_countable = first < most_counted;
        let wanted = if is_countable { first + self.listing.page_size() } else { most_counted };
        let mut slice = self.read(Some(self.listing.span), Direction::NewestFirst, wanted).await?;
        let skipped = first.min(length(&slice.entries));
        slice.entries.drain(..usize::try_from(skipped).unwrap_or_default());
        let is_list_read = slice.stopped_at.is_none();
        let is_reached = skipped == first || is_list_read || !is_countable;
        Ok(Draft {
            older: slice.stopped_at.and_then(|id| self.listing.span.older_than(id)),
            slice,
            newer: Matches { count: skipped, is_whole: true, read: 0 },
            // If the budget was spent above the page, this is not the page of that number.
            number: is_reached.then_some(number),
        })
    }

    /// Drafts the page below an id. The page is read before the newer entries are counted, so that
    /// a walk goes on even if counting them takes the whole budget.
    async fn below(&mut self, id: EntryId) -> Result<Draft, StoreError> {
        let span = self.listing.span;
        let wanted = self.listing.page_size();
        let slice = self.read(span.older_than(id), Direction::NewestFirst, wanted).await?;
        let id_and_newer = id.before().and_then(|below| span.newer_than(below));
        let newer = self.newer(id_and_newer).await?;
        Ok(Draft {
            older: slice.stopped_at.and_then(|id| span.older_than(id)),
            slice,
            newer,
            number: self.number_after(newer),
        })
    }

    /// Drafts the page above an id, with the page read first as well. If all newer entries are
    /// counted, it begins where a numbered page does: past the end of a list, the last page need
    /// not be full.
    async fn above(&mut self, id: EntryId) -> Result<Draft, StoreError> {
        let span = self.listing.span;
        let wanted = self.listing.page_size();
        let mut slice = self.read(span.newer_than(id), Direction::OldestFirst, wanted).await?;
        slice.entries.reverse();
        let mut newer = self.newer(span.newer_than(id)).await?;
        let on_page = newer.count % wanted;
        if newer.is_whole && (1..length(&slice.entries)).contains(&on_page) {
            let before_page = length(&slice.entries) - on_page;
            slice.entries.drain(..usize::try_from(before_page).unwrap_or_default());
            slice.stopped_at = None;
        }
        newer.count = newer.count.saturating_sub(length(&slice.entries));
        Ok(Draft {
            slice,
            newer,
            older: id.after().and_then(|above| span.older_than(above)),
            number: self.number_after(newer),
        })
    }

    /// The number of the page that comes after these entries, if all of them are counted.
    fn number_after(&self, newer: Matches) -> Option<u64> {
        newer.is_whole.then(|| newer.count / self.listing.page_size() + 1)
    }

    /// Counts what is older than the page, and puts the page together.
    async fn finish(&mut self, draft: Draft) -> Result<FoundPage, StoreError> {
        let Draft { slice: Slice { entries, stopped_at, .. }, newer, older, number } = draft;
        let most_counted = self.limits.most_counted;
        let through_page = newer.count + length(&entries);
        // The edge of an empty page may lie far from what was read.
        let is_edge_read = !entries.is_empty() || stopped_at.is_none();
        let is_ranked = number.is_some() && is_edge_read;
        let older = match self.listing.counted() {
            Some(counted) => whole(counted.total.saturating_sub(through_page)),
            None => self.count(older, most_counted.saturating_sub(through_page)).await?,
        };
        let counted = through_page + older.count;
        let is_exact = newer.is_whole && older.is_whole && counted <= most_counted;
        let mut neighbours =
            Neighbours::of(&entries, self.listing, may_match(newer), may_match(older));
        if length(&entries) < self.listing.page_size() && stopped_at.is_some() {
            // The budget was spent before the page was full. The walk goes on where reading
            // stopped, which may be beyond the last entry found.
            match self.listing.query.position {
                Position::Beside(Edge::NewerThan(_)) => neighbours.newer_than = stopped_at,
                _ => neighbours.older_than = stopped_at,
            }
        }
        // A browse keeps its moment. If nothing is found, no browse begins.
        let begins = || (counted > 0 || !is_exact).then_some(self.as_of);
        let as_of = self.listing.query.as_of.or_else(begins);
        // A late entry may change what is unusual.
        let is_settled = !self.listing.query.filter.unusual;
        let settled = |as_of| self.listing.settled(as_of, newer.count, counted, u64::MAX);
        Ok(FoundPage {
            entries,
            sequences: BTreeMap::new(),
            number,
            total: Total { entries: counted.min(most_counted), is_exact },
            as_of,
            counted: as_of.and_then(settled).filter(|_| is_ranked && is_exact && is_settled),
            neighbours,
        })
    }

    fn stretch(&self, part: Span) -> Stretch<'a> {
        Stretch { recorded_by: Some(self.as_of.recorded), ..self.listing.stretch(part) }
    }

    /// Reads entries of a part of the list. A part that is `None` is empty.
    async fn read(
        &mut self,
        part: Option<Span>,
        direction: Direction,
        wanted: u64,
    ) -> Result<Slice, StoreError> {
        let Some(part) = part else { return Ok(Slice::default()) };
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let stretch = self.stretch(part);
        let slice = self.store.slice(stretch, direction, wanted, self.left.max(1)).await?;
        self.left = self.left.saturating_sub(slice.read);
        Ok(slice)
    }

    /// Counts the newer side of the page's edge, unless the page token tells.
    async fn newer(&mut self, part: Option<Span>) -> Result<Matches, StoreError> {
        match self.listing.counted() {
            Some(counted) => Ok(whole(counted.rank)),
            None => self.count(part, self.limits.most_counted).await,
        }
    }

    /// Counts a part of the list until more than `most` entries are found.
    async fn count(&mut self, part: Option<Span>, most: u64) -> Result<Matches, StoreError> {
        let Some(part) = part else { return Ok(Matches { is_whole: true, ..Matches::default() }) };
        let matches = self.store.count(self.stretch(part), most, self.left).await?;
        self.left = self.left.saturating_sub(matches.read);
        Ok(matches)
    }
}

/// A part of the list of which it is known that so many entries match.
fn whole(count: u64) -> Matches {
    Matches { count, is_whole: true, read: 0 }
}

/// Whether a part of the list holds an entry, as far as it was read.
fn may_match(part: Matches) -> bool {
    part.count > 0 || !part.is_whole
}
