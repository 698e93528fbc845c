//! Owns the query of a list: which entries are asked for, where the page starts, and the token that
//! carries both.

mod page_token;
mod read;

pub use page_token::{Edge, MAX_TOKEN_CHARS, PageToken};
pub use read::{read_facets_query, read_filter_fields, read_query};

use domain::filter::Filter;
use domain::identity::EntryId;

/// The most entries of a page.
pub const MAX_PAGE_SIZE: u8 = 100;

/// A page that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Which entries.
    pub filter: Filter,
    /// At most so many: 1 to 100.
    pub page_size: u8,
    /// Where it starts; none is at the newest entry.
    pub position: Option<Position>,
    /// Only ids up to this one; none on the first page, which fixes it.
    pub as_of: Option<EntryId>,
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At the first entry of the page of this number, from 1.
    Page(u32),
    /// Below this id, towards older ones.
    OlderThan(EntryId),
    /// Above this id, towards newer ones.
    NewerThan(EntryId),
}
