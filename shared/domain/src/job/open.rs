//! How many exports of a workspace may be open, and which are.

use super::EXPORT_KEPT_DAYS;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;

/// The most exports of a workspace that may be open at the same time. Workers do up to 20 chunks at
/// once (`MaximumConcurrency` in `template.yaml`), and a workspace has at most this many of them
/// and one for its rewriting.
pub const MAX_OPEN_EXPORTS: usize = 3;

/// The exports of a workspace that may be open, as they were when one was last started. An export
/// that has ended since is still among them: the start of the next one looks at each. So an export
/// gives its place back by ending, without another call that could fail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenExports {
    /// Counts the starts: an optimistic lock. 0 means that nothing is stored yet.
    pub version: u64,
    /// The exports, the oldest first.
    pub exports: Vec<EntryId>,
}

impl OpenExports {
    /// The next version: with `new` started, after those of them that are `still_open`.
    #[must_use]
    pub fn with(&self, still_open: impl IntoIterator<Item = EntryId>, new: EntryId) -> Self {
        Self { version: self.version + 1, exports: still_open.into_iter().chain([new]).collect() }
    }
}

/// Whether an export that was asked for at this time, and has not ended, can still end. After a
/// week the parts of its file are deleted, and it takes no place any more.
#[must_use]
pub fn can_end(export: EntryId, now: Timestamp) -> bool {
    export.occurred_at().plus_days(EXPORT_KEPT_DAYS) > now
}
