//! Owns the script: what becomes of each call of the store.

use crate::ports::StoreError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// One call of the store. A call of a port makes one or more of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named after the call of a port that makes it")]
pub enum Call {
    // ReadControl, WriteControl and OperateCredentials.
    GetCredential,
    GetWorkspace,
    PutWorkspace,
    PutCredential,
    Revoke,
    ListCredentials,
    // ActorSalts, ReadSalts and OperateSalts: one for each salt.
    GetSalt,
    PutSalt,
    DestroySalt,
    // ReadCatalog and WriteCatalog.
    GetCatalog,
    PutCatalog,
    // AppendEntry. A batch makes one `InsertEntry` for each entry: each has its own outcome.
    PutValues,
    LengthenValues,
    PutEntry,
    PutWithRows,
    InsertEntry,
    // ProbeTables.
    Probe,
    // GetEntry.
    GetEntry,
    GetValues,
    GetDuplicates,
    // ListEntries, ReadSpan, ReadRows and FindRows: one for each page.
    Slice,
    Count,
    ReadSpan,
    Rows,
    Fill,
    RowsWithin,
    RowsOf,
    Look,
    // ReadTally and KeepTally.
    Nodes,
    Keep,
    // ReadJournal, WriteJournal, MarkEntries and ReadHeads.
    Segments,
    GetFolded,
    PutSegment,
    PutFolded,
    Mark,
    Confirm,
    Markers,
    Heads,
    HeadsOf,
    // KeepProfiles, ReadUnusual and KeepFollowed.
    Profiles,
    KeepProfile,
    KeepJudged,
    UnusualDays,
    PutTerm,
    FindTerms,
    FindAddresses,
    GetFollowed,
    PutFollowed,
    // ReadJobs and WriteJobs.
    GetJob,
    Exports,
    OpenExports,
    OpenJobs,
    StartExport,
    ReplaceJob,
    OpenJob,
    InsertJob,
    TakeOff,
    // PlanChecks, FollowPlans and EnterJournal.
    PlanCheck,
    PlannedChecks,
    EndPlan,
    EnterRow,
    EnterJournal,
    // RewriteLife.
    Lives,
    RewriteValues,
    RewriteRow,
    RewriteEntry,
    // WriteFile, ShareFile, EnqueueJob and DelayMessage.
    BeginFile,
    PutPart,
    CompleteFile,
    PutFile,
    GetFile,
    Link,
    Enqueue,
    Delay,
}

impl Call {
    /// Whether it writes.
    #[must_use]
    pub fn is_write(self) -> bool {
        !matches!(
            self,
            Self::GetCredential
                | Self::GetWorkspace
                | Self::GetSalt
                | Self::GetCatalog
                | Self::ListCredentials
                | Self::Probe
                | Self::GetEntry
                | Self::GetValues
                | Self::Slice
                | Self::Count
                | Self::ReadSpan
                | Self::Rows
                | Self::Fill
                | Self::RowsWithin
                | Self::RowsOf
                | Self::Look
                | Self::Nodes
                | Self::Segments
                | Self::GetFolded
                | Self::Profiles
                | Self::FindTerms
                | Self::FindAddresses
                | Self::GetFollowed
                | Self::Markers
                | Self::Heads
                | Self::HeadsOf
                | Self::GetJob
                | Self::PlannedChecks
                | Self::Exports
                | Self::OpenExports
                | Self::OpenJobs
                | Self::Lives
                | Self::GetFile
                | Self::Link
        )
    }

    /// Whether it is a transaction. DynamoDB takes a transaction once however often it is sent,
    /// because each carries a token (`ClientRequestToken`, "`ExecuteTransaction`", DynamoDB API
    /// reference).
    pub(super) fn is_transaction(self) -> bool {
        matches!(
            self,
            Self::PutWorkspace | Self::PutCredential | Self::StartExport | Self::PutWithRows
        )
    }
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The store asks to slow down.
    Throttled,
    /// The store does not answer.
    Unavailable,
    /// The store refuses for good.
    Refused,
}

impl Failure {
    pub(super) fn error(self) -> StoreError {
        let cause = "the script of a test says so".into();
        match self {
            Self::Throttled => StoreError::Throttled(cause),
            Self::Unavailable => StoreError::Unavailable(cause),
            Self::Refused => StoreError::Refused(cause),
        }
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does what it should.
    Pass,
    /// It fails, and nothing was done.
    FailBefore(Failure),
    /// It does what it should, but the answer is lost.
    FailAfter(Failure),
    /// The answer of a write is lost, and the client sends the call again: what it learns is the
    /// second answer. A read passes.
    Repeat,
    /// A read that need not be strongly consistent is answered as of this version of the store. Any
    /// other call passes.
    Stale(u64),
    /// A page of a read ends after at most so many items. Any other call passes.
    ShortPage(usize),
}

/// A call that a script is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: Call,
    /// How many calls of this handle came before it.
    pub number: u64,
    /// The version of the store now: how many writes it has seen.
    pub version: u64,
}

/// Decides on each call of a handle. The store is not locked meanwhile, so a script may first do
/// something to it through another handle: that is how a race is played.
pub trait Script: FnMut(Asked) -> Fate + Send {}

impl<F: FnMut(Asked) -> Fate + Send> Script for F {}

/// A script that is shared by the clones of a handle, if there is one.
#[derive(Clone, Default)]
pub(super) struct Scripted(Option<Arc<Mutex<Counted>>>);

/// A script, and how many calls it has decided on.
struct Counted {
    script: Box<dyn Script>,
    calls: u64,
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scripted").field(&self.0.is_some()).finish()
    }
}

impl Scripted {
    pub(super) fn new(script: impl Script + 'static) -> Self {
        Self(Some(Arc::new(Mutex::new(Counted { script: Box::new(script), calls: 0 }))))
    }

    pub(super) fn decide(&self, call: Call, version: impl FnOnce() -> u64) -> Fate {
        let Some(script) = &self.0 else { return Fate::Pass };
        let mut counted = script.lock().unwrap_or_else(PoisonError::into_inner);
        let number = counted.calls;
        counted.calls += 1;
        (counted.script)(Asked { call, number, version: version() })
    }
}
