//! Owns the page as it was found, before it becomes an answer: its entries, what is known of the
//! whole list, and where the pages beside it continue.

use crate::listing::Listing;
use domain::entry::Entry;
use domain::identity::EntryId;
use domain::journal::AsOf;
use domain::numbering::numbers_of;
use domain::ports::{ReadJournal, StoreError};
use domain::workspace::WorkspaceId;
use std::collections::BTreeMap;
use web::list_query::{Counted, Edge, ListQuery, Position};

/// A page as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundPage {
    /// The entries, the newest first.
    pub(crate) entries: Vec<Entry>,
    /// The sequence numbers that finding the page has told; `None` for entries that have none yet.
    pub(crate) sequences: BTreeMap<EntryId, Option<u64>>,
    /// The page's number, counted from 1; `None` means that it is not known.
    pub(crate) number: Option<u64>,
    pub(crate) total: Total,
    /// The moment of this browse: no page of it shows an entry that was recorded later. `None`
    /// means that nothing was ever recorded.
    pub(crate) as_of: Option<AsOf>,
    /// What is counted, with the rank of its first entry; `None` means that it is not known, or may
    /// still change.
    pub(crate) counted: Option<Counted>,
    pub(crate) neighbours: Neighbours,
}

/// How many entries the whole list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) entries: u64,
    /// Whether the list holds exactly so many, and not more.
    pub(crate) is_exact: bool,
}

/// Where the pages beside a page continue; `None` means that there is no page on that side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Neighbours {
    /// The page of newer entries ends above this id.
    pub(crate) newer_than: Option<EntryId>,
    /// The page of older entries starts below this id.
    pub(crate) older_than: Option<EntryId>,
}

impl FoundPage {
    /// The page of a list that cannot hold an entry.
    pub(crate) fn of_empty_list(query: &ListQuery) -> Self {
        let number = match query.position {
            Position::Number(number) => u64::from(number),
            Position::Beside(_) => 1,
        };
        Self {
            entries: Vec::new(),
            sequences: BTreeMap::new(),
            number: Some(number),
            total: Total { entries: 0, is_exact: true },
            as_of: query.as_of,
            counted: None,
            neighbours: Neighbours::default(),
        }
    }
}

impl FoundPage {
    /// The same page with the sequence numbers of all its entries that have one.
    pub(crate) async fn numbered<S: ReadJournal + Sync>(
        mut self,
        store: &S,
        workspace: &WorkspaceId,
    ) -> Result<Self, StoreError> {
        let unknown = self.entries.iter().filter(|entry| !self.sequences.contains_key(&entry.id));
        let unknown: Vec<_> = unknown.map(|entry| (entry.id, entry.journal_time())).collect();
        let found = numbers_of(store, workspace, unknown).await?;
        self.sequences.extend(found.into_iter().map(|(id, number)| (id, Some(number))));
        Ok(self)
    }

    /// What the token of the page of newer entries tells.
    pub(crate) fn counted_before(&self) -> Option<Counted> {
        self.counted
    }

    /// What the token of the page of older entries tells.
    pub(crate) fn counted_through(&self) -> Option<Counted> {
        let page = length(&self.entries);
        self.counted.map(|counted| Counted { rank: counted.rank + page, ..counted })
    }

    /// The sequence number of one of its entries, if it has one.
    pub(crate) fn sequence_of(&self, entry: &Entry) -> Option<u64> {
        self.sequences.get(&entry.id).copied().flatten()
    }
}

impl Neighbours {
    /// The pages beside `entries`, if the list goes on there.
    ///
    /// A page with entries ends at the first and the last of them. An empty page ends at the id
    /// that it was asked for by. An empty page that was asked for by its number lies past the end
    /// of the list, so that the page of newer entries is the list's oldest.
    pub(crate) fn of(
        entries: &[Entry],
        listing: &Listing<'_>,
        has_newer: bool,
        has_older: bool,
    ) -> Self {
        let ends_of_empty_page = match listing.query.position {
            Position::Beside(Edge::OlderThan(id)) => {
                Self { newer_than: id.before(), older_than: None }
            }
            Position::Beside(Edge::NewerThan(id)) => {
                Self { newer_than: None, older_than: id.after() }
            }
            Position::Number(_) => {
                let lowest = listing.span.low;
                Self { newer_than: lowest.before().or(Some(lowest)), older_than: None }
            }
        };
        let newest = entries.first().map(|entry| entry.id).or(ends_of_empty_page.newer_than);
        let oldest = entries.last().map(|entry| entry.id).or(ends_of_empty_page.older_than);
        Self { newer_than: newest.filter(|_| has_newer), older_than: oldest.filter(|_| has_older) }
    }
}

/// How many entries these are.
pub(crate) fn length(entries: &[Entry]) -> u64 {
    u64::try_from(entries.len()).unwrap_or(u64::MAX)
}
