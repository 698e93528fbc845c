//! Owns the span: a range of entry ids. Because ids sort by time, it is also a range of time.

use crate::filter::Filter;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

/// A range of ids, both ends included. Its methods return `None` instead of an empty span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The smallest id.
    pub low: EntryId,
    /// The greatest id.
    pub high: EntryId,
}

impl Span {
    /// The span of all possible ids.
    #[must_use]
    pub fn everything() -> Self {
        Self { low: EntryId::first_of(Timestamp::MIN), high: EntryId::LAST }
    }

    /// The intersection with another span. `None` means that they have no id in common.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        let common = Self { low: self.low.max(other.low), high: self.high.min(other.high) };
        (common.low <= common.high).then_some(common)
    }

    /// Whether an id lies in it.
    #[must_use]
    pub fn contains(self, id: EntryId) -> bool {
        (self.low..=self.high).contains(&id)
    }

    /// The ids that a list may have: within the time of the filter, and visible at `now`. `None`
    /// means that there are no such ids.
    #[must_use]
    pub fn of(filter: &Filter, workspace: &Workspace, now: Timestamp) -> Option<Self> {
        let low = filter.from.max(workspace.visible_from(now)).unwrap_or(Timestamp::MIN);
        let mut span = Self { low: EntryId::first_of(low), high: EntryId::LAST };
        if let Some(to) = filter.to {
            span.high = EntryId::first_of(to).before()?;
        }
        (span.low <= span.high).then_some(span)
    }

    /// The part that is older than an id. `None` means that no id of the span is older.
    #[must_use]
    pub fn older_than(self, id: EntryId) -> Option<Self> {
        Self { high: id.before()?, ..self }.within(self)
    }

    /// The part that is newer than an id. `None` means that no id of the span is newer.
    #[must_use]
    pub fn newer_than(self, id: EntryId) -> Option<Self> {
        Self { low: id.after()?, ..self }.within(self)
    }
}
