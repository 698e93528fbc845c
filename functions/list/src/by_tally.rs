//! Finds a page of the whole log, or of an action or target type, by the tally: it tells how many
//! entries are newer than any id without reading them.

use crate::ListStore;
use crate::found::{FoundPage, Neighbours, Total, length};
use crate::listing::Listing;
use domain::counting::{Budget, Ledger};
use domain::identity::EntryId;
use domain::ports::{Direction, ListEntries, Slice, StoreError};
use web::list_query::{Edge, ListQuery, Position};

/// Entries read at most for a page that counting has not reached.
const MAX_READ_UNCOUNTED: usize = 4_000;

/// The ranks of a page's entries in their list: from `first` to before `end`. The newest entry has
/// rank 0.
#[derive(Debug, Clone, Copy)]
struct Ranks {
    first: u64,
    end: u64,
}

/// Finds a page by its ranks. A page that counting has not reached is read from its position, and
/// its number stays unknown.
pub(crate) async fn page<S: ListStore>(
    store: &S,
    listing: &Listing<'_>,
    budget: Budget,
) -> Result<FoundPage, StoreError> {
    let Listing { workspace, query, now, span } = *listing;
    let mut ledger = Ledger::open(store, workspace, &query.filter, span, now, budget).await?;
    match ranks(&mut ledger, query).await? {
        Some(ranks) => counted_page(&mut ledger, listing, ranks).await,
        None => uncounted_page(store, listing, ledger.total()).await,
    }
}

/// The ranks of the page that is asked for; `None` means that counting has not reached its
/// position.
async fn ranks<S: ListStore>(
    ledger: &mut Ledger<'_, S>,
    query: &ListQuery,
) -> Result<Option<Ranks>, StoreError> {
    let size = u64::from(query.page_size);
    let from = |first: u64| Ranks { first, end: first + size };
    let to = |end: u64| Ranks { first: end.saturating_sub(size), end };
    match query.position {
        Position::Number(number) => Ok(Some(from(u64::from(number.saturating_sub(1)) * size))),
        Position::Beside(Edge::NewerThan(id)) => Ok(ledger.newer_than(id).await?.map(to)),
        Position::Beside(Edge::OlderThan(id)) => match id.before() {
            Some(below) => Ok(ledger.newer_than(below).await?.map(from)),
            None => Ok(Some(from(ledger.total()))),
        },
    }
}

/// The page of these ranks.
async fn counted_page<S: ListStore>(
    ledger: &mut Ledger<'_, S>,
    listing: &Listing<'_>,
    ranks: Ranks,
) -> Result<FoundPage, StoreError> {
    let entries = ledger.rows(ranks.first, ranks.end).await?;
    let total = Total { entries: ledger.total(), is_exact: ledger.is_exact() };
    let end = ranks.first + length(&entries);
    let mut neighbours = Neighbours::of(&entries, listing, ranks.first > 0, end < total.entries);
    if !total.is_exact && (ranks.first..=end).contains(&total.entries) {
        // Counting stopped on this page. The older page starts where it stopped, which may be below
        // the page's last entry, or below none.
        neighbours.older_than = Some(ledger.reached().unwrap_or(EntryId::LAST));
    }
    let newest = if total.is_exact {
        ledger.newest().filter(|_| total.entries > 0)
    } else {
        // If no entry is found yet, the browse may still begin at any id.
        ledger.newest().or(Some(listing.span.high))
    };
    Ok(FoundPage {
        entries,
        number: Some(ranks.first / listing.page_size() + 1),
        total,
        as_of: listing.query.as_of.or(newest),
        neighbours,
    })
}

/// The page at a position that counting has not reached. Its entries are right, but its number is
/// not known. A page beside it may turn out to be empty.
async fn uncounted_page<S: ListEntries>(
    store: &S,
    listing: &Listing<'_>,
    counted: u64,
) -> Result<FoundPage, StoreError> {
    let (part, direction) = match listing.query.position {
        Position::Beside(Edge::NewerThan(id)) => {
            (listing.span.newer_than(id), Direction::OldestFirst)
        }
        Position::Beside(Edge::OlderThan(id)) => {
            (listing.span.older_than(id), Direction::NewestFirst)
        }
        // Not reached: a page number gives the ranks without counting.
        Position::Number(_) => (None, Direction::NewestFirst),
    };
    let mut slice = match part {
        Some(part) => {
            let wanted = usize::from(listing.query.page_size);
            store.slice(listing.stretch(part), direction, wanted, MAX_READ_UNCOUNTED).await?
        }
        None => Slice::default(),
    };
    if direction == Direction::OldestFirst {
        slice.entries.reverse();
    }
    let mut neighbours = Neighbours::of(&slice.entries, listing, true, true);
    if direction == Direction::NewestFirst {
        // With a filter, reading may stop below the last entry that it found. It is `None` only at
        // the end of the list.
        neighbours.older_than = slice.stopped_at;
    }
    Ok(FoundPage {
        entries: slice.entries,
        number: None,
        total: Total { entries: counted, is_exact: false },
        as_of: listing.query.as_of,
        neighbours,
    })
}
