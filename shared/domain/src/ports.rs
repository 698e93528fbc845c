//! Owns the ports: what the use cases ask of a store, in the domain's words. Adapters implement
//! them: DynamoDB, S3 and SQS in the crate `aws`, memory in [`crate::memory`] for tests.
//!
//! A port names one access pattern, and its doc comment names the one DynamoDB action behind it, so
//! that a function's permissions can be read off its ports.

mod control;
mod entries;
mod error;
mod files;
mod jobs;
mod lives;
mod meter;
mod rows;
mod tally;

pub use control::{OperateCredentials, ReadControl, WriteControl};
pub use entries::{
    AppendEntry, Appended, Direction, GetEntry, ListEntries, Matches, ReadSpan, Slice, Stretch,
};
pub use error::{Cause, StoreError, chain};
pub use files::{FileHead, ShareFile, WriteFile};
pub use jobs::{EnqueueJob, ReadJobs, WriteJobs};
pub use lives::{Life, Lives, NewLife, RewriteLife};
pub use meter::{Metered, Spent};
pub use rows::{ReadRows, Row, Rows};
pub use tally::{KeepTally, ReadTally, ReopenTally};
