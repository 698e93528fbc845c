//! Jobs, planned checks, entering stragglers into the journal, rows of exports, and lives.

use super::{Layer, answered};
use crate::simulation::gate::Purpose;
use crate::simulation::mutant::Mutant;
use domain::entry::{Entry, NewEntry};
use domain::job::{Job, JobKey, OpenExports};
use domain::ports::{
    EnterJournal, FollowPlans, Life, Lives, NewLife, PlanChecks, ReadJobs, ReadRows, RewriteLife,
    Row, Rows, StoreError, Stretch, WriteJobs,
};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;

impl ReadJobs for Layer {
    async fn job(&self, key: &JobKey) -> Result<Option<Job>, StoreError> {
        let passage = self.pass(Purpose::Control, || format!("read the job {key}")).await?;
        answered(&passage, self.inner.job(key).await?)
    }

    async fn exports(&self, workspace: &WorkspaceId, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.inner.exports(workspace, limit).await
    }

    async fn open_jobs(&self) -> Result<Vec<JobKey>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read the open jobs".to_owned()).await?;
        answered(&passage, self.inner.open_jobs().await?)
    }

    async fn open_exports(&self, workspace: &WorkspaceId) -> Result<OpenExports, StoreError> {
        self.inner.open_exports(workspace).await
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
        let passage = self
            .pass(Purpose::Control, || {
                format!(
                    "store the job: run {} step {} attempt {}",
                    after.run, after.step, after.attempt
                )
            })
            .await?;
        answered(&passage, self.inner.replace_job(before, after).await?)
    }

    async fn insert_job(&self, job: &Job) -> Result<(), StoreError> {
        let passage = self.pass(Purpose::Control, || format!("store the job {}", job.key)).await?;
        answered(&passage, self.inner.insert_job(job).await?)
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        let passage = self.pass(Purpose::Control, || format!("list {} as open", job.key)).await?;
        answered(&passage, self.inner.open_job(job).await?)
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        let passage =
            self.pass(Purpose::Control, || format!("take {} off the list", job.key)).await?;
        answered(&passage, self.inner.take_off(job, now).await?)
    }
}

impl ReadRows for Layer {
    async fn rows(&self, stretch: Stretch<'_>) -> Result<Rows, StoreError> {
        self.inner.rows(stretch).await
    }

    async fn fill(&self, workspace: &WorkspaceId, rows: &mut [Row]) -> Result<(), StoreError> {
        self.inner.fill(workspace, rows).await
    }
}

impl PlanChecks for Layer {
    async fn plan_check(&self, workspace: &WorkspaceId, day: Timestamp) -> Result<(), StoreError> {
        let passage = self.pass(Purpose::Control, || "plan a check".to_owned()).await?;
        answered(&passage, self.inner.plan_check(workspace, day).await?)
    }
}

impl FollowPlans for Layer {
    async fn planned_checks(
        &self,
        day: Timestamp,
        limit: usize,
    ) -> Result<Vec<WorkspaceId>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read planned checks".to_owned()).await?;
        answered(&passage, self.inner.planned_checks(day, limit).await?)
    }

    async fn end_plan(&self, workspace: &WorkspaceId, day: Timestamp) -> Result<(), StoreError> {
        let passage = self.pass(Purpose::Control, || "end the plan of a check".to_owned()).await?;
        answered(&passage, self.inner.end_plan(workspace, day).await?)
    }
}

impl EnterJournal for Layer {
    /// Panics if the entry is not a straggler, because a check must enter nothing else.
    async fn enter_journal(&self, entry: &Entry, at: Timestamp) -> Result<bool, StoreError> {
        let text = || format!("enter {} as of {}", entry.id, at.key());
        let passage = self.pass(Purpose::Enter, text).await?;
        let is_straggler = self.history().stragglers().any(|landed| landed.entry.id == entry.id);
        if self.is(Mutant::StragglersIgnored) {
            return answered(&passage, true);
        }
        let is_entered = self.inner.enter_journal(entry, at).await?;
        if is_entered {
            assert!(is_straggler, "{} is taken for a straggler", entry.id);
            self.history().enter(entry.id, at);
        }
        answered(&passage, is_entered)
    }
}

impl RewriteLife for Layer {
    async fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> Result<Lives, StoreError> {
        let passage =
            self.pass(Purpose::Control, || format!("read {limit} lives from {}", span.low)).await?;
        answered(&passage, self.inner.lives(workspace, span, limit).await?)
    }

    async fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let of = || {
            format!(
                "{} to go {:?} by version {}",
                life.id,
                new.delete_at.map(Timestamp::key),
                new.version
            )
        };
        let passage = self.pass(Purpose::Write, || format!("rewrite {}", of())).await?;
        let is_rewritten = self.inner.rewrite(workspace, life, new).await?;
        if is_rewritten {
            self.history().rewrite(life.id, new.delete_at);
        }
        answered(&passage, is_rewritten)
    }
}
