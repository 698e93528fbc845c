//! Owns the listing: the list that one request pages through, which is the same for all its pages.

use domain::journal::{AsOf, settled_until};
use domain::ports::Stretch;
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use web::list_query::{Counted, ListQuery, Position};

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

    /// What the page token tells of the list and of the edge beside which the page lies, unless
    /// entries have expired since.
    pub(crate) fn counted(&self) -> Option<Counted> {
        let is_beside = matches!(self.query.position, Position::Beside(_));
        let counted = self.query.counted.filter(|_| is_beside)?;
        (counted.from == self.span.low.occurred_at()).then_some(counted)
    }

    /// What the tokens of a browse may tell: the counts, if what was recorded by its moment has
    /// landed (J3).
    pub(crate) fn settled(
        &self,
        as_of: AsOf,
        rank: u64,
        total: u64,
        reach: u64,
    ) -> Option<Counted> {
        let reach = u16::try_from(reach).unwrap_or(u16::MAX);
        let from = self.span.low.occurred_at();
        (as_of.recorded <= settled_until(self.now)).then_some(Counted {
            rank: rank.min(total),
            total,
            from,
            reach,
        })
    }

    /// The entries of the list within a span, as the store is asked for them.
    pub(crate) fn stretch(&self, span: Span) -> Stretch<'a> {
        let recorded_by = self.query.as_of.map(|as_of| as_of.recorded);
        let filter = &self.query.filter;
        Stretch { workspace: self.workspace, filter, span, recorded_by, now: self.now }
    }
}
