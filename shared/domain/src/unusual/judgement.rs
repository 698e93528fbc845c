//! Owns the judgement: up to which entry a log is judged.

use super::{Reasons, Thresholds};
use crate::directory::Followed;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;

/// Up to which entry a log is judged, and from when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The sequence number up to which entries are judged, exclusive.
    pub next: u64,
    /// The moment through which the segments are judged.
    pub(crate) through: Timestamp,
    /// Until when only some reasons hold, because nothing was usual yet.
    learning_until: Timestamp,
}

impl Judgement {
    /// No entry is judged.
    pub const NOTHING: Self =
        Self { next: 0, through: Followed::NOTHING.through, learning_until: Timestamp::MIN };

    /// The judgement of a log whose directory has followed so far.
    #[must_use]
    pub fn of(followed: Option<Followed>, limits: &Thresholds) -> Self {
        let Followed { next, through, first, .. } = followed.unwrap_or(Followed::NOTHING);
        let days = limits.learning_days;
        let learning_until = first.map_or(Timestamp::MIN, |first| first.plus_days(days.into()));
        Self { next, through, learning_until }
    }

    /// Whether an entry with this sequence number is judged.
    #[must_use]
    pub fn covers(&self, number: Option<u64>) -> bool {
        number.is_some_and(|number| number < self.next)
    }

    /// Whether the log was so young at a moment that only some reasons hold.
    #[must_use]
    pub fn is_learning(&self, at: Timestamp) -> bool {
        at < self.learning_until
    }

    /// The reasons that hold of those that are in the index.
    pub(crate) fn holding(&self, id: EntryId, reasons: Reasons) -> Reasons {
        if self.is_learning(id.occurred_at()) { reasons.while_learning() } else { reasons }
    }
}
