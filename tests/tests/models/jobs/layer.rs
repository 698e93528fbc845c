//! The store as one worker sees it. The worker's fuse decides the fate of each call. Pages are
//! small, so that a short log fills many.

use crate::jobs::driver::{Mutant, Unstored};
use crate::jobs::fuse::Fuse;
use aws::dynamodb::DynamoStore;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::credential::{Credential, KeyId};
use domain::directory::{Day, Followed};
use domain::entry::{Entry, NewEntry, SaltKey, StoredSalt};
use domain::identity::EntryId;
use domain::job::{Job, JobKey, OpenExports};
use domain::journal::{Folded, Marker, MarkerPlace, Numbered, Segment};
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

/// The most rows of a page.
const PAGE_ROWS: usize = 9;

/// The store of a worker.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) inner: DynamoStore,
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) fuse: Fuse,
    pub(crate) mutant: Option<Mutant>,
    /// The result that `StoredAfterAcknowledging` holds back.
    pub(crate) unstored: Arc<Mutex<Unstored>>,
}

impl Metered for Layer {
    fn metered(&self) -> Self {
        Self { inner: self.inner.metered(), ..self.clone() }
    }

    fn spent(&self) -> Spent {
        self.inner.spent()
    }
}

impl ReadControl for Layer {
    async fn credential(&self, key_id: &KeyId) -> Result<Option<Credential>, StoreError> {
        self.inner.credential(key_id).await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        self.fuse.call("read the workspace", self.inner.workspace(id)).await
    }
}

impl ReadFollowed for Layer {
    async fn followed(&self, workspace: &WorkspaceId) -> Result<Option<Followed>, StoreError> {
        self.inner.followed(workspace).await
    }
}

impl ReadUnusual for Layer {
    async fn unusual_on(
        &self,
        workspace: &WorkspaceId,
        days: &[Day],
        consistency: Consistency,
    ) -> Result<BTreeMap<Day, Kept<UnusualDay>>, StoreError> {
        self.inner.unusual_on(workspace, days, consistency).await
    }

    async fn unusual_between(
        &self,
        workspace: &WorkspaceId,
        first: Day,
        last: Day,
        direction: Direction,
    ) -> Result<Found<(Day, UnusualDay)>, StoreError> {
        self.inner.unusual_between(workspace, first, last, direction).await
    }
}

impl KeepFollowed for Layer {
    async fn put_followed(
        &self,
        workspace: &WorkspaceId,
        before: Option<Followed>,
        after: Followed,
    ) -> Result<bool, StoreError> {
        let put = self.inner.put_followed(workspace, before, after);
        self.fuse.call("restart the directory", put).await
    }
}

impl ReadJobs for Layer {
    async fn job(&self, key: &JobKey) -> Result<Option<Job>, StoreError> {
        self.fuse.call("read the job", self.inner.job(key)).await
    }

    async fn exports(&self, workspace: &WorkspaceId, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.inner.exports(workspace, limit).await
    }

    async fn open_exports(&self, workspace: &WorkspaceId) -> Result<OpenExports, StoreError> {
        self.inner.open_exports(workspace).await
    }

    async fn open_jobs(&self) -> Result<Vec<JobKey>, StoreError> {
        self.inner.open_jobs().await
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
        let is_chunk_done = after.step > before.step;
        if self.mutant == Some(Mutant::StoredAfterAcknowledging) && is_chunk_done {
            *self.unstored.lock().unwrap() = Some((before.clone(), after.clone()));
            return Ok(());
        }
        // The new attempt is not stored, so the fencing token stays as it was.
        if self.mutant == Some(Mutant::AttemptNotCounted) && !is_chunk_done {
            return self.fuse.call("begin", async { Ok(()) }).await;
        }
        let (mut before, mut after) = (before.clone(), after.clone());
        if self.mutant == Some(Mutant::AttemptNotCounted) {
            (before.attempt, after.attempt) = (0, 0);
        }
        let what = if is_chunk_done {
            format!("store step {}", after.step)
        } else {
            format!("begin attempt {}", after.attempt)
        };
        self.fuse.call(&what, self.inner.replace_job(&before, &after)).await
    }

    async fn insert_job(&self, job: &Job) -> Result<(), StoreError> {
        self.fuse.call("store the first run", self.inner.insert_job(job)).await
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        self.inner.open_job(job).await
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        self.fuse.call("take the job off the list", self.inner.take_off(job, now)).await
    }
}

impl ReadRows for Layer {
    async fn rows(&self, stretch: Stretch<'_>) -> Result<Rows, StoreError> {
        let mut rows = self.fuse.call("read rows", self.inner.rows(stretch)).await?;
        if rows.rows.len() > PAGE_ROWS {
            rows.rows.truncate(PAGE_ROWS);
            rows.stopped_at = rows.rows.last().map(|row| row.entry.id);
        }
        Ok(rows)
    }

    async fn fill(&self, workspace: &WorkspaceId, rows: &mut [Row]) -> Result<(), StoreError> {
        self.fuse.call("read values", self.inner.fill(workspace, rows)).await
    }
}

impl ReadSalts for Layer {
    async fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        keys: &[SaltKey],
        now: Timestamp,
    ) -> Result<Vec<Option<StoredSalt>>, StoreError> {
        self.fuse.call("read salts", self.inner.stored_salts(workspace, keys, now)).await
    }
}

impl ReadJournal for Layer {
    async fn segments(
        &self,
        workspace: &WorkspaceId,
        from: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Segment, Timestamp>, StoreError> {
        let segments = self.inner.segments(workspace, from, limit, consistency);
        self.fuse.call("read segments", segments).await
    }

    async fn segments_before(
        &self,
        workspace: &WorkspaceId,
        before: Timestamp,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Vec<Segment>, StoreError> {
        let segments = self.inner.segments_before(workspace, before, limit, consistency);
        self.fuse.call("read segments", segments).await
    }

    async fn folded(
        &self,
        workspace: &WorkspaceId,
        consistency: Consistency,
    ) -> Result<Option<Folded>, StoreError> {
        self.fuse.call("read the checkpoint", self.inner.folded(workspace, consistency)).await
    }
}

/// Implements ports by forwarding each call to the store through the worker's fuse.
macro_rules! fused {
    ($($port:ident { $(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)* })*) => {
        $(impl $port for Layer {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.fuse.call(stringify!($name), self.inner.$name($($argument),*)).await
            })*
        })*
    };
}

fused! {
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
    FollowPlans {
        fn planned_checks(day: Timestamp, limit: usize) -> Vec<WorkspaceId>;
        fn end_plan(id: &WorkspaceId, day: Timestamp) -> ();
    }
}

impl RewriteLife for Layer {
    async fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> Result<Lives, StoreError> {
        self.fuse.call("read lives", self.inner.lives(workspace, span, limit)).await
    }

    async fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        if self.mutant == Some(Mutant::RewrittenUnconditionally) {
            return self
                .fuse
                .call("rewrite", self.rewrite_whatever_is_there(workspace, life, new))
                .await;
        }
        self.fuse.call("rewrite", self.inner.rewrite(workspace, life, new)).await
    }
}

impl Layer {
    async fn rewrite_whatever_is_there(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let values = life.values_apart.then(|| format!("{workspace}#values"));
        for partition in values.into_iter().chain([workspace.to_string()]) {
            let update = self
                .client
                .update_item()
                .table_name("entries")
                .key("workspace_id", AttributeValue::S(partition));
            let update = update.key("id", AttributeValue::S(life.id.to_string()));
            let update = match new.delete_at {
                Some(end) => {
                    update.update_expression("SET delete_at = :end").expression_attribute_values(
                        ":end",
                        AttributeValue::N(end.epoch_seconds().to_string()),
                    )
                }
                None => update.update_expression("REMOVE delete_at"),
            };
            update.send().await.unwrap();
        }
        Ok(true)
    }
}
