//! Reads what a client searches the directory for.

use super::parameter::{read, whole_number};
use super::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
use crate::problem::ApiError;
use crate::query::Query;
use domain::validation::Errors;
use std::ops::Range;

const PARAMETERS: [&str; 3] = ["search", "page", "page_size"];
/// The most characters of a text that is searched for.
pub const MAX_SEARCH_CHARS: usize = 254;

/// Asks for one page of what a search finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// The text. An empty one, which is no text of a client, finds what was seen last.
    pub search: String,
    /// The number of the page, from 1.
    pub page: u16,
    /// How many a full page holds: 1 to [`MAX_PAGE_SIZE`].
    pub page_size: u8,
}

impl SearchQuery {
    /// The places of the page among all that is found.
    #[must_use]
    pub fn places(&self) -> Range<usize> {
        let size = usize::from(self.page_size);
        let first = usize::from(self.page.saturating_sub(1)) * size;
        first..first + size
    }
}

/// Reads the query string of a search.
///
/// # Errors
/// What [`Query::parse`] refuses; [`ApiError::ValidationFailed`] with every wrong parameter.
pub fn read_search_query(raw: &str) -> Result<SearchQuery, ApiError> {
    let mut query = Query::parse(raw, &PARAMETERS)?;
    let mut errors = Errors::default();
    let search = read(&mut query, "search", &mut errors, |text| {
        if (1..=MAX_SEARCH_CHARS).contains(&text.chars().count()) {
            Ok(text)
        } else {
            Err(format!("must have 1 to {MAX_SEARCH_CHARS} characters"))
        }
    });
    let page = read(&mut query, "page", &mut errors, |text| whole_number(&text, u16::MAX));
    let page_size =
        read(&mut query, "page_size", &mut errors, |text| whole_number(&text, MAX_PAGE_SIZE));
    let query = SearchQuery {
        search: search.unwrap_or_default(),
        page: page.unwrap_or(1),
        page_size: page_size.unwrap_or(DEFAULT_PAGE_SIZE),
    };
    errors.into_result(Some(query)).map_err(ApiError::ValidationFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_search_and_its_page() {
        let of =
            |search: &str, page, page_size| SearchQuery { search: search.into(), page, page_size };
        assert_eq!(read_search_query(""), Ok(of("", 1, 20)));
        assert_eq!(read_search_query("page=2"), Ok(of("", 2, 20)));
        let query = read_search_query("search=ada%20l&page=65535&page_size=100").unwrap();
        assert_eq!(query, of("ada l", 65_535, 100));
        assert_eq!(query.places(), 6_553_400..6_553_500);
        for text in ["", &"x".repeat(MAX_SEARCH_CHARS + 1)] {
            let refused = read_search_query(&format!("search={text}&page=0&page_size=101"));
            let Err(ApiError::ValidationFailed(errors)) = refused else { panic!("{refused:?}") };
            let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, ["/search", "/page", "/page_size"]);
        }
        assert!(matches!(read_search_query("q=x"), Err(ApiError::UnknownParameter(_))));
    }
}
