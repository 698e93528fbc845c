//! Why a chunk was not done.

use domain::ports::{Cause, StoreError};

/// Why a chunk was not done. The message must be delivered again, because the chunk may succeed
/// then, and [`domain::job::MAX_TRIES`] ends a job whose chunk never does.
///
/// [`StoreError::Changed`] is one of these errors. It usually means that another attempt has begun,
/// but also that the answer to this attempt's own write was lost, and then this message is the only
/// one that the job has.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The message does not name a job.
    #[error("the message names no job")]
    NoJob,
    /// The parts of a stored job contradict each other.
    #[error("the job is inconsistent: {0}")]
    Inconsistent(&'static str),
    /// Rows could not be written in the format of the file.
    #[error("the rows cannot be written")]
    Format(#[source] Cause),
    /// The file needs a part above [`domain::job::MAX_PART_NUMBER`].
    #[error("the file has more parts than S3 accepts")]
    TooManyParts,
    /// The chunk was abandoned at its deadline.
    #[error("the chunk took too long")]
    TimedOut,
    /// The store, the queue or the file store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
