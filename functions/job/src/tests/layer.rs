//! The store as one worker sees it: the store in memory, with a rule broken on demand. A test that
//! is worth something notices each broken rule.

use domain::credential::{Credential, KeyId};
use domain::directory::{Day, Followed};
use domain::entry::{Entry, NewEntry, SaltKey, StoredSalt};
use domain::identity::EntryId;
use domain::job::{Job, JobKey, OpenExports};
use domain::journal::{Folded, Marker, MarkerPlace, Numbered, Segment};
use domain::memory::MemoryStore;
use domain::ports::{
    Consistency, Direction, EnterJournal, FindRows, FollowPlans, Found, KeepFollowed, Kept, Life,
    Lives, MarkEntries, Metered, NewLife, ReadControl, ReadFollowed, ReadHeads, ReadJobs,
    ReadJournal, ReadRows, ReadSalts, ReadUnusual, RewriteLife, Row, Rows, Spent, Stopped,
    StoreError, Stretch, WriteJobs, WriteJournal,
};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::unusual::UnusualDay;
use domain::workspace::{Workspace, WorkspaceId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The message is acknowledged before the chunk is stored.
    AcknowledgedBeforeStoring,
    /// The chunk is stored after its message is acknowledged, if the worker lives that long.
    StoredAfterAcknowledging,
    /// An attempt takes no number, so an earlier attempt can still store its result.
    AttemptNotCounted,
    /// A life is written whatever is stored.
    RewrittenUnconditionally,
}

/// What a worker still has to store if it stores after acknowledging.
pub(super) type Unstored = Arc<Mutex<Option<(Job, Job)>>>;

#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) inner: MemoryStore,
    /// The same data through a handle without a script.
    pub(super) plain: MemoryStore,
    pub(super) broken: Option<Broken>,
    pub(super) unstored: Unstored,
    /// The log as it was before the job.
    pub(super) log: Arc<Vec<Entry>>,
}

/// Implements ports by the same calls of the store in memory.
macro_rules! forward {
    ($($port:ident { $(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)* })*) => {
        $(impl $port for Layer {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.inner.$name($($argument),*).await
            })*
        })*
    };
}

forward! {
    ReadControl {
        fn credential(id: &KeyId) -> Option<Credential>;
        fn workspace(id: &WorkspaceId) -> Option<Workspace>;
    }
    ReadJobs {
        fn job(key: &JobKey) -> Option<Job>;
        fn exports(id: &WorkspaceId, limit: usize) -> Vec<Job>;
        fn open_exports(id: &WorkspaceId) -> OpenExports;
        fn open_jobs() -> Vec<JobKey>;
    }
    ReadRows {
        fn rows(stretch: Stretch<'_>) -> Rows;
        fn fill(id: &WorkspaceId, rows: &mut [Row]) -> ();
    }
    ReadJournal {
        fn segments(
            id: &WorkspaceId, from: Timestamp, limit: usize, consistency: Consistency
        ) -> Stopped<Segment, Timestamp>;
        fn segments_before(
            id: &WorkspaceId, before: Timestamp, limit: usize, consistency: Consistency
        ) -> Vec<Segment>;
        fn folded(id: &WorkspaceId, consistency: Consistency) -> Option<Folded>;
    }
    WriteJournal {
        fn put_segment(id: &WorkspaceId, segment: &Segment) -> bool;
        fn put_folded(id: &WorkspaceId, before: Option<&Folded>, after: &Folded) -> bool;
    }
    ReadHeads {
        fn markers(
            id: &WorkspaceId, after: MarkerPlace, through: Timestamp, consistency: Consistency
        ) -> Stopped<Marker, MarkerPlace>;
        fn heads(
            id: &WorkspaceId, span: Span, limit: usize, consistency: Consistency
        ) -> Stopped<Numbered, EntryId>;
        fn heads_of(
            id: &WorkspaceId, ids: &[EntryId], consistency: Consistency
        ) -> Vec<Numbered>;
    }
    FindRows {
        fn rows_within(
            id: &WorkspaceId, span: Span, limit: usize, consistency: Consistency
        ) -> Stopped<Row, EntryId>;
        fn rows_of(id: &WorkspaceId, ids: &[EntryId], consistency: Consistency) -> Vec<Row>;
    }
    MarkEntries {
        fn mark(id: &WorkspaceId, marker: &Marker) -> ();
        fn confirm(id: &WorkspaceId, marker: &Marker) -> ();
    }
    EnterJournal {
        fn enter_journal(entry: &Entry, at: Timestamp) -> bool;
    }
    ReadFollowed {
        fn followed(id: &WorkspaceId) -> Option<Followed>;
    }
    KeepFollowed {
        fn put_followed(
            id: &WorkspaceId, before: Option<Followed>, after: Followed
        ) -> bool;
    }
    ReadUnusual {
        fn unusual_on(
            id: &WorkspaceId, days: &[Day], consistency: Consistency
        ) -> BTreeMap<Day, Kept<UnusualDay>>;
        fn unusual_between(
            id: &WorkspaceId, first: Day, last: Day, direction: Direction
        ) -> Found<(Day, UnusualDay)>;
    }
    FollowPlans {
        fn planned_checks(day: Timestamp, limit: usize) -> Vec<WorkspaceId>;
        fn end_plan(id: &WorkspaceId, day: Timestamp) -> ();
    }
    ReadSalts {
        fn stored_salts(
            id: &WorkspaceId, keys: &[SaltKey], now: Timestamp
        ) -> Vec<Option<StoredSalt>>;
    }
}

impl Metered for Layer {
    fn metered(&self) -> Self {
        Self { inner: self.inner.metered(), ..self.clone() }
    }

    fn spent(&self) -> Spent {
        self.inner.spent()
    }
}

impl WriteJobs for Layer {
    async fn start_export(
        &self,
        job: &Job,
        open: &OpenExports,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        self.inner.start_export(job, open, entry).await
    }

    async fn replace_job(&self, before: &Job, after: &Job) -> Result<(), StoreError> {
        let is_done = after.step > before.step;
        let (mut before, mut after) = (before.clone(), after.clone());
        match self.broken {
            Some(Broken::StoredAfterAcknowledging) if is_done => {
                *self.unstored.lock().unwrap() = Some((before, after));
                return Ok(());
            }
            Some(Broken::AttemptNotCounted) if !is_done => return Ok(()),
            Some(Broken::AttemptNotCounted) => (before.attempt, after.attempt) = (0, 0),
            _ => {}
        }
        self.inner.replace_job(&before, &after).await
    }

    async fn insert_job(&self, job: &Job) -> Result<(), StoreError> {
        self.inner.insert_job(job).await
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        self.inner.open_job(job).await
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        self.inner.take_off(job, now).await
    }
}

impl RewriteLife for Layer {
    async fn lives(&self, id: &WorkspaceId, span: Span, limit: usize) -> Result<Lives, StoreError> {
        self.inner.lives(id, span, limit).await
    }

    async fn rewrite(
        &self,
        id: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        if self.broken == Some(Broken::RewrittenUnconditionally)
            && let Some(entry) = self.log.iter().find(|entry| entry.id == life.id)
        {
            self.inner.rewrite(id, life, new).await?;
            let (entry, delete_at) = (entry.clone(), new.delete_at);
            self.plain.load_new(&[NewEntry { entry, delete_at }]);
            return Ok(true);
        }
        self.inner.rewrite(id, life, new).await
    }
}
