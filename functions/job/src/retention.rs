//! Does one chunk of the rewriting after a change of plan. Each pass goes over the log from the
//! oldest entry on, and moves the moment from which entries may be deleted.
//!
//! The rewriting changes no answer, because no reader of an entry uses that moment. A raised plan
//! gives it the days of grace to reach the oldest entries before they are deleted.

mod rule;

use crate::error::StepError;
use crate::{JobStore, Worker};
use domain::following::begin_again;
use domain::job::{Job, RetentionWork, StepResult, Work};
use domain::ports::{Life, NewLife, StoreError};
use domain::span::Span;
use futures::{StreamExt, TryStreamExt};
use rule::{Next, Rule};
use std::time::Instant;
use web::service::Service;

/// The number of entries rewritten at the same time.
const CONCURRENT_WRITES: usize = 16;

/// Does one chunk of a rewriting.
pub(crate) async fn chunk<S: JobStore, Q, F>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    job: &Job,
    work: &RetentionWork,
) -> Result<StepResult, StepError> {
    let workspace = service
        .store
        .workspace(&job.key.workspace_id)
        .await?
        .ok_or(StepError::Inconsistent("its workspace does not exist"))?;
    if workspace.version != job.run {
        // The plan has changed again since the job was read. The same transaction has started the
        // next run of the job.
        return Ok(StepResult::Superseded);
    }
    if work.position.is_none() {
        // Profiles live as long as the last entries that they know of. So they follow the journal
        // again, and nobody takes them for whole until they have.
        begin_again(&service.store, &workspace.id).await?;
    }
    let until = Instant::now() + worker.limits.chunk_time;
    let rule = Rule { workspace: &workspace, requested_at: job.requested_at, grace: service.grace };
    let mut pass = Pass { worker, service, rule, work: work.clone() };
    loop {
        if pass.batch().await? {
            return Ok(match rule.after_pass(&pass.work) {
                Next::Pass(work, moment) => StepResult::More(Work::Retention(work), Some(moment)),
                Next::Nothing => StepResult::Done(Work::Retention(pass.work)),
            });
        }
        if Instant::now() >= until {
            return Ok(StepResult::More(Work::Retention(pass.work), None));
        }
    }
}

/// One pass over the log.
struct Pass<'a, S, Q, F> {
    worker: &'a Worker<S, Q, F>,
    service: &'a Service<S>,
    rule: Rule<'a>,
    work: RetentionWork,
}

impl<S: JobStore, Q, F> Pass<'_, S, Q, F> {
    /// Rewrites the next batch of entries. Returns whether no entry is left.
    async fn batch(&mut self) -> Result<bool, StepError> {
        let store = &self.service.store;
        let (started, units) = (Instant::now(), store.spent().write_units);
        let Some(span) = rest(&self.work) else { return Ok(true) };
        let limit = self.worker.limits.rewritten_together;
        let lives = store.lives(&self.rule.workspace.id, span, limit).await?;
        let now = self.service.clock.now();
        let wrong: Vec<_> = lives
            .entries
            .iter()
            .filter_map(|life| Some((*life, self.rule.new_life(life, now)?)))
            .collect();
        self.work.rewritten += self.rewrite(&wrong).await?;
        self.work.position =
            lives.entries.last().map(|life| life.id).or(lives.stopped_at).or(self.work.position);
        let is_urgent = wrong.iter().any(|(life, new)| rule::is_urgent(life, new, now));
        let units = store.spent().write_units - units;
        let pause = self.worker.limits.pace.pause(is_urgent, units, started.elapsed());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok(lives.stopped_at.is_none())
    }

    /// Rewrites entries. Returns how many got another life.
    async fn rewrite(&self, wrong: &[(Life, NewLife)]) -> Result<u64, StoreError> {
        let (store, workspace) = (&self.service.store, self.rule.workspace);
        let writes = wrong.iter().copied().map(|(life, new)| async move {
            let is_written = store.rewrite(&workspace.id, &life, new).await?;
            Ok::<_, StoreError>(u64::from(is_written && life.delete_at != new.delete_at))
        });
        futures::stream::iter(writes)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_fold(0, |sum, one| async move { Ok(sum + one) })
            .await
    }
}

/// The span that the pass has not reached yet. `None` means that the pass is over.
fn rest(work: &RetentionWork) -> Option<Span> {
    match work.position {
        Some(position) => Span::everything().newer_than(position),
        None => Some(Span::everything()),
    }
}
