//! Finds the page after another by its position: its token tells how many entries the list has, and
//! how many of them are newer. Nothing is counted, and the journal is not read for it.

use crate::found::{FoundPage, Neighbours, Total, length};
use crate::listing::Listing;
use domain::entry::Entry;
use domain::identity::EntryId;
use domain::journal::AsOf;
use domain::ports::{Consistency, ReadSpan, RememberLogs, StoreError};
use std::collections::BTreeMap;
use web::list_query::{Counted, Edge, Position};

/// One of so many entries at least must match. Where matching ones are rarer, the tally tells which
/// parts of the log need not be read.
const RAREST: u64 = 10;
/// The page is looked for in so many times the entries in which it lies on average.
const MOST_TIMES: u64 = 2;

/// Finds the page of older entries that a token asks for, if it tells what is counted. `None` means
/// that it does not, or that the matching entries are too rare to be found by reading all.
pub(crate) async fn page<S: ReadSpan + RememberLogs + Sync>(
    store: &S,
    listing: &Listing<'_>,
) -> Result<Option<FoundPage>, StoreError> {
    let query = listing.query;
    let (Some(counted), Some(as_of)) = (listing.counted(), query.as_of) else { return Ok(None) };
    let Position::Beside(Edge::OlderThan(id)) = query.position else { return Ok(None) };
    let Some(entries) = rows(store, listing, id, counted, as_of).await? else { return Ok(None) };
    let end = counted.rank + length(&entries);
    let neighbours = Neighbours::of(&entries, listing, counted.rank > 0, end < counted.total);
    Ok(Some(FoundPage {
        number: Some(counted.rank / listing.page_size() + 1),
        sequences: numbers(store, listing, &entries),
        entries,
        total: Total { entries: counted.total, is_exact: true },
        as_of: Some(as_of),
        counted: Some(counted),
        neighbours,
    }))
}

/// The matching entries next below an id. The counts were settled, so the browse holds what was
/// recorded by its moment.
async fn rows<S: ReadSpan>(
    store: &S,
    listing: &Listing<'_>,
    id: EntryId,
    counted: Counted,
    as_of: AsOf,
) -> Result<Option<Vec<Entry>>, StoreError> {
    let (size, workspace) = (listing.page_size(), &listing.workspace.id);
    let filter = &listing.query.filter;
    let reach = u64::from(counted.reach);
    if reach > size * RAREST {
        return Ok(None);
    }
    let (mut rows, mut rest, mut read) = (Vec::new(), listing.span.older_than(id), 0);
    while let Some(span) = rest.filter(|_| length(&rows) < size) {
        let missing = size - length(&rows);
        let most = (missing * reach).div_ceil(size);
        read += most;
        if read > reach * MOST_TIMES {
            return Ok(None);
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let page = store.read(workspace, span, most, Consistency::Eventual).await?;
        rows.extend(
            page.entries.into_iter().filter(|entry| {
                entry.journal_time() <= as_of.recorded && filter.matches_kind(entry)
            }),
        );
        rest = page.stopped_at.and_then(|stopped_at| span.older_than(stopped_at));
    }
    rows.truncate(usize::from(listing.query.page_size));
    Ok(Some(rows))
}

/// The sequence numbers that the process remembers.
fn numbers<S: RememberLogs>(
    store: &S,
    listing: &Listing<'_>,
    entries: &[Entry],
) -> BTreeMap<EntryId, Option<u64>> {
    let Some(log) = store.remembered().of(&listing.workspace.id) else { return BTreeMap::new() };
    let number = |entry: &Entry| Some((entry.id, log.number_of(entry.id, entry.journal_time())?));
    entries.iter().filter_map(number).collect()
}
