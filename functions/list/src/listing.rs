//! Owns the listing: the list that one request pages through, which is the same for all its pages.

use domain::ports::Stretch;
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use web::list_query::ListQuery;

/// The list that a request pages through, and the page of it that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    /// Whose log.
    pub(crate) workspace: &'a Workspace,
    /// Which entries, and which page of them.
    pub(crate) query: &'a ListQuery,
    /// The clock, read once for the whole request.
    pub(crate) now: Timestamp,
    /// The ids that the list's entries can have, whichever the page.
    pub(crate) span: Span,
}

impl<'a> Listing<'a> {
    /// Finds the list that a query is about; `None` means that no entry can be in it.
    pub(crate) fn of(
        query: &'a ListQuery,
        workspace: &'a Workspace,
        now: Timestamp,
    ) -> Option<Self> {
        let span = Span::of(&query.filter, workspace, now)?;
        Some(Self { workspace, query, now, span })
    }

    /// How many entries a full page holds.
    pub(crate) fn page_size(&self) -> u64 {
        u64::from(self.query.page_size)
    }

    /// The entries of the list within a span, as the store is asked for them.
    pub(crate) fn stretch(&self, span: Span) -> Stretch<'a> {
        let recorded_by = self.query.as_of.map(|as_of| as_of.recorded);
        let filter = &self.query.filter;
        Stretch { workspace: self.workspace, filter, span, recorded_by, now: self.now }
    }
}
