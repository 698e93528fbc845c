//! Owns [`StoreError`]: why a port failed, in terms of what the caller must do next.

use crate::entry::Entry;
use crate::identity::EntryId;
use crate::workspace::WorkspaceId;
use std::fmt::Write;

/// The cause of an error, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call of the store failed. It says what the caller must do, and knows nothing of HTTP.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What is stored under the id of an entry is not that entry, so it was altered after it was
    /// recorded: an id is made from the content. Do not retry; the operators must look.
    #[error("the stored entry does not fit its id")]
    Altered {
        /// The workspace of the entry.
        workspace_id: WorkspaceId,
        /// The id of the entry.
        id: EntryId,
    },
    /// The item has changed since it was read (optimistic lock). Read it again, then decide.
    #[error("the item has changed since it was read")]
    Changed,
    /// The store is throttling. Retry later.
    #[error("the store is throttling")]
    Throttled(#[source] Cause),
    /// The store did not answer, so the call may or may not have taken effect. A retry is safe.
    #[error("the store did not answer")]
    Unavailable(#[source] Cause),
    /// The store will never accept this call: a defect of this service or of its configuration.
    #[error("the store refused")]
    Refused(#[source] Cause),
    /// A stored item does not have the shape that this service writes.
    #[error("a stored item is malformed")]
    Malformed(#[source] Cause),
}

impl StoreError {
    /// The error for what is stored under the id of `entry` and is not that entry.
    #[must_use]
    pub fn altered(entry: &Entry) -> Self {
        Self::Altered { workspace_id: entry.workspace_id.clone(), id: entry.id }
    }

    /// The same error once more, for another of the things that one call was for. Its cause is the
    /// text of the cause.
    #[must_use]
    pub fn copy(&self) -> Self {
        let cause = || chain(self).into();
        match self {
            Self::Altered { workspace_id, id } => {
                Self::Altered { workspace_id: workspace_id.clone(), id: *id }
            }
            Self::Changed => Self::Changed,
            Self::Throttled(_) => Self::Throttled(cause()),
            Self::Unavailable(_) => Self::Unavailable(cause()),
            Self::Refused(_) => Self::Refused(cause()),
            Self::Malformed(_) => Self::Malformed(cause()),
        }
    }
}

/// An error and its causes on one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
