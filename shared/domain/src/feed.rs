//! The feed: the entries of a workspace in the order of their sequence numbers, each once, whatever
//! is recorded late.
//!
//! It reads the segments of the journal from a number on, and the entries that they name. It seals
//! what is settled when it comes to the end of the journal, and stores nothing else. A reader who
//! passes the number of the last entry that it has gets what follows, so no state of readers is
//! kept here.

mod chain;
mod draft;
mod fetch;
#[cfg(test)]
mod tests;
mod view;

use crate::entry::Entry;
use crate::filter::Filter;
use crate::ports::{FindRows, ReadControl, ReadRows, StoreError};
use crate::sequencing::SealStore;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use chain::Chain;
use draft::Draft;

pub(crate) use fetch::rows as rows_of_numbered;
pub use view::FeedItemView;

/// The most entries of one answer.
pub const MAX_FEED_ENTRIES: usize = 1_000;
/// The most bytes of entries in one answer, as JSON; the entry that passes the limit is included. A
/// function answers with at most 6 MB, in which each quote of the body counts twice: 2 · (2.5 MiB +
/// 0.3 MiB) = 5.9 MB. Source: "Lambda quotas", Lambda developer guide.
const MAX_BYTES: usize = 5 * 1024 * 1024 / 2;
/// Numbers that one request goes through at most to find matching entries: 20,000 of 21 bytes are
/// 420 KB or 53 RCU.
const MAX_SCANNED: usize = 20_000;
/// Entries that one request reads at most if only the entries tell whether they match: 4,000 of 500
/// bytes are 2 MB or 250 RCU.
const MAX_READ: usize = 4_000;
/// Entries that are read together if only they tell whether they match.
const READ_TOGETHER: usize = 500;

/// What the store must do for the feed.
pub trait FeedStore: SealStore + ReadControl + ReadRows + FindRows {}
impl<S: SealStore + ReadControl + ReadRows + FindRows> FeedStore for S {}

/// Asks for a part of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedQuery {
    /// The sequence number after which it begins. `None` means at the first entry.
    pub after: Option<u64>,
    /// The most entries: 1 to [`MAX_FEED_ENTRIES`].
    pub limit: usize,
    /// Which entries. Its times are not used: the feed is in the order of recording.
    pub filter: Filter,
    /// Whether the entries come with old and new value and metadata.
    pub with_values: bool,
}

/// A part of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPage {
    /// The entries, ascending by their numbers. Without a filter, there is no gap between them.
    pub items: Vec<FeedItem>,
    /// The number after which the next part begins. `None` means that nothing has a number yet.
    pub next: Option<u64>,
    /// The end of the last known segment. Every entry that was recorded by this moment has its
    /// number, unless it is a straggler. `None` means that the journal has no segment yet.
    pub closed_through: Option<Timestamp>,
    /// Whether entries after `next` have numbers.
    pub has_more: bool,
}

/// What the feed tells under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedItem {
    /// The sequence number.
    pub sequence: u64,
    /// What it tells.
    pub told: Told,
}

/// What the feed tells of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The entry.
    Entry(Box<Entry>),
    /// It has expired, or the plan hides it. Nothing else is told of it, and with a filter not even
    /// that.
    Expired,
    /// It should be there and is not.
    Missing,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// No entry has a number as great as the one to begin after. It is of another log, or this one
    /// was restored from a backup. Going on would miss the entries up to that number.
    #[error("the feed does not reach that number")]
    Beyond,
}

/// Reads a part of the feed.
///
/// 1. Find the segment with the number that follows `after`.
/// 2. Take the numbers of entries whose kind matches, segment by segment. At the end of the
///    journal, seal once what is settled at `now`, and read on.
/// 3. Read these entries, except the expired ones, and leave out those that do not match.
/// 4. End when enough are found, or when the limits of one request are reached. `next` is then the
///    last number that was gone through, so that the reader comes forward in any case.
///
/// # Errors
/// [`FeedError`].
pub async fn read_feed<S: FeedStore>(
    store: &S,
    workspace: &Workspace,
    query: &FeedQuery,
    now: Timestamp,
) -> Result<FeedPage, FeedError> {
    let first = query.after.map_or(0, |after| after.saturating_add(1));
    let mut chain = Chain::find(store, &workspace.id, first, now).await?;
    let mut draft = Draft::new(store, workspace, query, now);
    let needs_entry = query.filter.needs_entry();
    let (mut scanned, mut read, mut is_cut) = (0, 0, false);
    while !is_cut && draft.missing() > 0 && scanned < MAX_SCANNED && read < MAX_READ {
        let wanted = if needs_entry { READ_TOGETHER } else { draft.missing() };
        let before = chain.position();
        let kind = |cell: &crate::tally::Cell| {
            query.filter.may_match(&cell.action, &cell.target_type, cell.outcome)
        };
        let candidates = chain.take(wanted, MAX_SCANNED - scanned, kind).await?;
        scanned += usize::try_from(chain.position() - before).unwrap_or(usize::MAX);
        read += candidates.len();
        if scanned == 0 && chain.known() < first {
            return Err(FeedError::Beyond);
        }
        is_cut = draft.add(candidates, chain.position()).await?;
        if chain.position() == before {
            break;
        }
    }
    let has_more = draft.is_behind(chain.position()) || chain.has_more().await?;
    let Draft { items, next, .. } = draft;
    Ok(FeedPage { items, next, closed_through: chain.closed_through(), has_more })
}
