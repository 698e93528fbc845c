//! Owns the query of a list: which entries are asked for, which page of them, and the page token
//! that carries both.

mod feed;
mod filters;
mod page_token;
mod parameter;
mod read;
mod search;

pub use feed::{DEFAULT_FEED_ENTRIES, MAX_SEQUENCE, read_feed_query};
pub use filters::read_filter_fields;
pub use page_token::{Edge, MAX_TOKEN_CHARS, PageToken};
pub use read::{FacetsQuery, read_facets_query, read_query};
pub use search::{MAX_SEARCH_CHARS, SearchQuery, read_search_query};

use domain::filter::Filter;
use domain::journal::AsOf;
use domain::timestamp::Timestamp;

/// The most entries of a page.
pub const MAX_PAGE_SIZE: u8 = 100;

/// The entries of a page unless the client says otherwise.
const DEFAULT_PAGE_SIZE: u8 = 20;

/// Asks for one page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Which entries are in the list.
    pub filter: Filter,
    /// How many entries a full page holds: 1 to [`MAX_PAGE_SIZE`].
    pub page_size: u8,
    /// Which page.
    pub position: Position,
    /// The moment of the browse. `None` means that this page begins a browse and fixes it.
    pub as_of: Option<AsOf>,
    /// What the pages before have counted. `None` means that the page token does not tell.
    pub counted: Option<Counted>,
}

/// What is known of a list, and of the edge beside which a page of it lies. It does not change
/// while the browse goes on, unless entries expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many entries of the list lie on the newer side of the edge, the edge itself included.
    pub rank: u64,
    /// How many entries the list has.
    pub total: u64,
    /// The list has no entries that happened before.
    pub from: Timestamp,
    /// How many entries of the log lie, on average, where those of a full page lie.
    pub reach: u16,
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The page of this number. The page with the newest entries has the number 1.
    Number(u32),
    /// The page beside an id, as a page token asks for it.
    Beside(Edge),
}

impl Position {
    /// The page with the newest entries: where a list starts.
    pub const FIRST: Self = Self::Number(1);
}
