//! Does one chunk of the rewriting after a change of plan: two passes over the log from the oldest
//! entry on, and then a recount.
//!
//! For the tally, rewriting an entry is the same as recording it late: the counts of its time are
//! no longer true. So its time is reopened first, and the rewriting is over 20 s later
//! (`docs/table.md`).

mod rule;

use crate::error::StepError;
use crate::{JobStore, Worker};
use domain::counting::{Budget, count, reopen};
use domain::job::{Job, Phase, RetentionWork, StepResult, Work};
use domain::ports::{Life, NewLife, StoreError};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use futures::{StreamExt, TryStreamExt};
use rule::Rule;
use std::time::{Duration, Instant};
use web::service::Service;

/// How long the rewriting of a batch may take from reopening on. A batch that takes longer is
/// abandoned after 18 s, and a call that is under way then ends within 2 s: 20 s in all.
const WRITING_TIME: Duration = Duration::from_secs(18);
/// The number of entries rewritten at the same time.
const CONCURRENT_WRITES: usize = 16;
/// The read capacity units that counting may use per chunk: 20,000 RCU · 4 KiB / 450 bytes =
/// 180,000 entries of 450 bytes.
const MAX_READ_UNITS: f64 = 20_000.0;

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
    if work.phase == Phase::Recounting {
        return recount(worker, service, &workspace, work).await;
    }
    let until = Instant::now() + worker.limits.chunk_time;
    let mut pass = Pass {
        worker,
        service,
        rule: Rule { workspace: &workspace, requested_at: job.requested_at },
        work: work.clone(),
    };
    loop {
        if pass.batch().await? {
            let (work, not_before) =
                rule::after_pass(&pass.work, job.requested_at, service.clock.now());
            return Ok(StepResult::More(Work::Retention(work), Some(not_before)));
        }
        if Instant::now() >= until {
            return Ok(StepResult::More(Work::Retention(pass.work), None));
        }
    }
}

/// Counts what the passes dropped from the tally, so that lists do not have to.
async fn recount<S: JobStore, Q, F>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    workspace: &Workspace,
    work: &RetentionWork,
) -> Result<StepResult, StepError> {
    let budget = Budget::new(MAX_READ_UNITS, worker.limits.counting_time);
    let counts =
        count(&service.store, &workspace.id, Span::everything(), service.clock.now(), &budget)
            .await?;
    let work = Work::Retention(work.clone());
    Ok(if counts.is_finished { StepResult::Done(work) } else { StepResult::More(work, None) })
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
        let rewriting = Box::pin(self.rewrite(&wrong, now));
        let rewritten = tokio::time::timeout(WRITING_TIME, rewriting)
            .await
            .unwrap_or_else(|_elapsed| Err(StepError::TimedOut))?;
        self.work.rewritten += rewritten;
        self.work.position =
            lives.entries.last().map(|life| life.id).or(lives.stopped_at).or(self.work.position);
        let is_urgent = wrong.iter().any(|(life, new)| rule::is_urgent(life, new));
        let units = store.spent().write_units - units;
        let pause = self.worker.limits.pace.pause(is_urgent, units, started.elapsed());
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok(lives.stopped_at.is_none())
    }

    /// Reopens the time of the visible entries that get another expiry, then rewrites all of them.
    /// Returns how many got another expiry.
    async fn rewrite(&self, wrong: &[(Life, NewLife)], now: Timestamp) -> Result<u64, StepError> {
        let (store, workspace) = (&self.service.store, self.rule.workspace);
        let times = wrong
            .iter()
            .filter(|(life, new)| life.expires_at != new.expires_at && self.rule.is_seen(life))
            .map(|(life, _)| life.id.occurred_at());
        if let Some((_, error)) = reopen(store, workspace, times, now).await.into_iter().next() {
            return Err(error.into());
        }
        let writes = wrong.iter().copied().map(|(life, new)| async move {
            let is_written = store.rewrite(&workspace.id, &life, new).await?;
            Ok::<_, StoreError>(u64::from(is_written && life.expires_at != new.expires_at))
        });
        Ok(futures::stream::iter(writes)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_fold(0, |sum, one| async move { Ok(sum + one) })
            .await?)
    }
}

/// The span that the pass has not reached yet. `None` means that the pass is over.
fn rest(work: &RetentionWork) -> Option<Span> {
    match work.position {
        Some(position) => Span::everything().newer_than(position),
        None => Some(Span::everything()),
    }
}
