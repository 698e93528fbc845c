//! Owns the ports: the traits through which the use cases reach a store, in the domain's words.
//! The crate `aws` implements them over DynamoDB, S3 and SQS; [`crate::memory`] implements them in
//! memory for tests.
//!
//! A port covers one access pattern. Its doc comment names the DynamoDB actions behind it, so the
//! permissions of a function follow from the ports that it uses.

mod catalog;
mod checks;
mod consistency;
mod control;
mod directory;
mod entries;
mod error;
mod files;
mod jobs;
mod journal;
mod lives;
mod meter;
mod probe;
mod rows;
mod salts;
mod tally;

pub use catalog::{ReadCatalog, WriteCatalog};
pub use checks::{EnterJournal, FollowPlans, PlanChecks};
pub use consistency::Consistency;
pub use control::{ListWorkspaces, OperateCredentials, ReadControl, WriteControl};
pub use directory::{
    ClearDirectory, Ends, FindAddresses, Found, KeepFollowed, KeepProfiles, KeepTerms, Kept,
    ReadFollowed, ReadProfiles, ReadUnusual, Replacing,
};
pub use entries::{
    AppendEntry, Appended, Direction, GetEntry, ListEntries, Matches, ReadSpan, Slice, Stretch,
};
pub use error::{Cause, StoreError, chain};
pub use files::{FileHead, ShareFile, WriteFile};
pub use jobs::{DelayMessage, EnqueueJob, ReadJobs, WriteJobs};
pub use journal::{MarkEntries, ReadHeads, ReadJournal, Stopped, WriteJournal};
pub use lives::{Life, Lives, NewLife, RewriteLife};
pub use meter::{Metered, Spent};
pub use probe::ProbeTables;
pub use rows::{FindRows, ReadRows, Row, Rows};
pub use salts::{ActorSalts, OperateSalts, ReadSalts, actor_salt, stored_salt};
pub use tally::{KeepTally, ReadTally, RememberLogs, Tally};
