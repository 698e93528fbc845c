//! Owns [`StoreError`]: why a port failed, in terms of what the caller must do next.

use std::fmt::Write;

/// The cause of an error, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call of the store failed. It says what the caller must do, and knows nothing of HTTP.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another item is stored under this key. Do not retry.
    #[error("another item has this key")]
    AlreadyExists,
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
    /// The same error once more, for another of the things that one call was for. Its cause is the
    /// text of the cause.
    #[must_use]
    pub fn copy(&self) -> Self {
        let cause = || chain(self).into();
        match self {
            Self::AlreadyExists => Self::AlreadyExists,
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
