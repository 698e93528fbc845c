//! Why a port did not do what was asked: [`StoreError`] says what the caller must do.

use std::fmt::Write;

/// What lies behind an error, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else is stored under this key: do not try again.
    #[error("another item has this key")]
    AlreadyExists,
    /// It has changed since it was read: read it again, then decide.
    #[error("the item has changed since it was read")]
    Changed,
    /// The store asks to slow down: try again later.
    #[error("the store is throttling")]
    Throttled(#[source] Cause),
    /// No answer, so it may or may not be done: trying again is safe.
    #[error("the store did not answer")]
    Unavailable(#[source] Cause),
    /// The store will never do this: a fault of this service or its set-up.
    #[error("the store refused")]
    Refused(#[source] Cause),
    /// What is stored is not what this service stores.
    #[error("a stored item is malformed")]
    Malformed(#[source] Cause),
}

/// An error and all that is behind it, on one line.
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
