//! Owns the span: a range of entry ids, which is a range of time.

use crate::filter::Filter;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

/// A span of ids, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The least id.
    pub low: EntryId,
    /// The greatest id.
    pub high: EntryId,
}

impl Span {
    /// All ids there can be.
    #[must_use]
    pub fn everything() -> Self {
        Self { low: EntryId::first_of(Timestamp::MIN), high: EntryId::LAST }
    }

    /// What this span and another have in common, if anything.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        let common = Self { low: self.low.max(other.low), high: self.high.min(other.high) };
        (common.low <= common.high).then_some(common)
    }

    /// The ids that a list may hold, whichever its page: within the filter's time, still visible at
    /// `now`, not above `as_of`. None when there can be no such id.
    #[must_use]
    pub fn of(
        filter: &Filter,
        as_of: Option<EntryId>,
        workspace: &Workspace,
        now: Timestamp,
    ) -> Option<Self> {
        let low = filter.from.max(workspace.visible_from(now)).unwrap_or(Timestamp::MIN);
        let mut span = Self { low: EntryId::first_of(low), high: EntryId::LAST };
        if let Some(to) = filter.to {
            span.high = EntryId::first_of(to).before()?;
        }
        if let Some(as_of) = as_of {
            span.high = span.high.min(as_of);
        }
        (span.low <= span.high).then_some(span)
    }

    /// What of it is older than an id.
    #[must_use]
    pub fn older_than(self, id: EntryId) -> Option<Self> {
        Self { high: id.before()?, ..self }.within(self)
    }

    /// What of it is newer than an id.
    #[must_use]
    pub fn newer_than(self, id: EntryId) -> Option<Self> {
        Self { low: id.after()?, ..self }.within(self)
    }
}
