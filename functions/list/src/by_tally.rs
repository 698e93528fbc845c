//! Finds a page of the whole log, or of an action or target type, by the tally: it tells how many
//! entries are newer than any id without reading them.

use crate::ListStore;
use crate::found::{FoundPage, Neighbours, Total, length};
use crate::listing::Listing;
use domain::counting::{Browse, Budget, Ledger};
use domain::journal::AsOf;
use domain::ports::{Direction, ListEntries, Slice, StoreError};
use domain::timestamp::Timestamp;
use web::list_query::{Edge, ListQuery, Position};

/// Entries read at most for a page of a log whose counts are far behind.
const MAX_READ_UNCOUNTED: usize = 4_000;

/// Finds a page by its ranks. If the counts tell no rank, because they are far behind the journal
/// or do not tell the kinds apart that the filter asks for, the page is read from its position, and
/// its number stays unknown.
pub(crate) async fn page<S: ListStore>(
    store: &S,
    listing: &Listing<'_>,
    budget: Budget,
) -> Result<FoundPage, StoreError> {
    let Listing { workspace, query, now, span } = *listing;
    let filter = &query.filter;
    let browse = browse(query);
    let mut ledger = Ledger::open(store, workspace, filter, span, browse, now, budget).await?;
    if !ledger.is_exact() {
        return uncounted_page(store, listing, &ledger).await;
    }
    let ranks = ranks(&mut ledger, listing).await?;
    let page = counted_page(&mut ledger, listing, ranks).await?;
    // Only finer counts may have shown that they do not tell the kinds apart.
    if ledger.is_exact() { Ok(page) } else { uncounted_page(store, listing, &ledger).await }
}

/// The ranks of a page's entries in their list: from `first` to before `end`. The newest entry has
/// rank 0.
#[derive(Debug, Clone, Copy)]
struct Ranks {
    first: u64,
    end: u64,
}

/// The browse that a page begins or goes on with. A first page is one of the newest entries.
fn browse(query: &ListQuery) -> Browse {
    match (query.as_of, query.position) {
        (Some(as_of), _) => Browse::GoesOn(as_of),
        (None, Position::FIRST) => Browse::Begins { newest: usize::from(query.page_size) },
        (None, _) => Browse::COUNTED,
    }
}

/// The ranks of the page that is asked for.
async fn ranks<S: ListStore>(
    ledger: &mut Ledger<'_, S>,
    listing: &Listing<'_>,
) -> Result<Ranks, StoreError> {
    let size = listing.page_size();
    let from = |first: u64| Ranks { first, end: first + size };
    let known = listing.counted().map(|counted| counted.rank);
    Ok(match listing.query.position {
        Position::Number(number) => from(u64::from(number.saturating_sub(1)) * size),
        // It begins where a numbered page does: past the end of a list, the last page need not be
        // full.
        Position::Beside(Edge::NewerThan(id)) => {
            let end = match known {
                Some(rank) => rank,
                None => ledger.newer_than(id).await?,
            };
            Ranks { first: end.saturating_sub(1) / size * size, end }
        }
        Position::Beside(Edge::OlderThan(id)) => match (known, id.before()) {
            (Some(rank), _) => from(rank),
            (None, Some(below)) => from(ledger.newer_than(below).await?),
            (None, None) => from(ledger.total()),
        },
    })
}

/// The page of these ranks.
async fn counted_page<S: ListStore>(
    ledger: &mut Ledger<'_, S>,
    listing: &Listing<'_>,
    ranks: Ranks,
) -> Result<FoundPage, StoreError> {
    let entries = ledger.rows(ranks.first, ranks.end).await?;
    let (total, as_of) = (ledger.total(), as_of(ledger));
    let end = ranks.first + length(&entries);
    let reach = ledger.reach_of(listing.page_size()).unwrap_or(u64::MAX);
    Ok(FoundPage {
        number: Some(ranks.first / listing.page_size() + 1),
        neighbours: Neighbours::of(&entries, listing, ranks.first > 0, end < total),
        sequences: ledger.numbers(&entries),
        entries,
        total: Total { entries: total, is_exact: true },
        as_of,
        counted: as_of.and_then(|as_of| listing.settled(as_of, ranks.first, total, reach)),
    })
}

/// The moment of the browse. A log in which nothing was ever recorded has none.
fn as_of<S: ListStore>(ledger: &Ledger<'_, S>) -> Option<AsOf> {
    Some(ledger.as_of()).filter(|as_of| as_of.recorded > Timestamp::MIN)
}

/// The page at a position of a log whose counts tell no rank. Its entries are right, but its
/// number is not known, and the total is a lower bound. A page beside it may turn out to be empty.
async fn uncounted_page<S: ListStore>(
    store: &S,
    listing: &Listing<'_>,
    ledger: &Ledger<'_, S>,
) -> Result<FoundPage, StoreError> {
    let mut slice = uncounted_rows(store, listing).await?;
    let is_from_below = matches!(listing.query.position, Position::Beside(Edge::NewerThan(_)));
    if is_from_below {
        slice.entries.reverse();
    }
    let is_first = listing.query.position == Position::FIRST;
    let mut neighbours = Neighbours::of(&slice.entries, listing, !is_first, true);
    if !is_from_below {
        // With a filter, reading may stop below the last entry that it found. It is `None` only at
        // the end of the list.
        neighbours.older_than = slice.stopped_at;
    }
    let counted = ledger.total().max(length(&slice.entries));
    Ok(FoundPage {
        number: is_first.then_some(1),
        sequences: ledger.numbers(&slice.entries),
        entries: slice.entries,
        total: Total { entries: counted, is_exact: false },
        as_of: as_of(ledger),
        counted: None,
        neighbours,
    })
}

/// Reads the rows of a page without counts. A page far from the newest entry, asked for by its
/// number, is empty.
async fn uncounted_rows<S: ListEntries>(
    store: &S,
    listing: &Listing<'_>,
) -> Result<Slice, StoreError> {
    let size = usize::from(listing.query.page_size);
    let read = |span, direction, wanted| {
        store.slice(listing.stretch(span), direction, wanted, MAX_READ_UNCOUNTED)
    };
    let span = listing.span;
    match listing.query.position {
        Position::Beside(Edge::NewerThan(id)) => match span.newer_than(id) {
            Some(part) => read(part, Direction::OldestFirst, size).await,
            None => Ok(Slice::default()),
        },
        Position::Beside(Edge::OlderThan(id)) => match span.older_than(id) {
            Some(part) => read(part, Direction::NewestFirst, size).await,
            None => Ok(Slice::default()),
        },
        Position::Number(number) => {
            let first = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            let first = first.saturating_mul(size);
            let mut slice = read(span, Direction::NewestFirst, first.saturating_add(size)).await?;
            slice.entries.drain(..first.min(slice.entries.len()));
            Ok(slice)
        }
    }
}
