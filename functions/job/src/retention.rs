//! Rewrites when entries expire, after a change of plan: in two passes over the log, the oldest
//! entries first, and then counts them anew.
//!
//! An entry that is rewritten is as good as one that is recorded late: what was counted of its time
//! is not true any more. So its time is reopened first, and the writing is over 20 s later
//! (`docs/table.md`).

use crate::step::Outcome;
use crate::{JobStore, Worker};
use domain::counting::{Budget, SETTLED_AFTER_REOPENING_MS, count, reopen};
use domain::job::{
    CLOCKS_DIFFER_MS, Job, Phase, RetentionWork, SETTLED_AFTER_CHANGE_MS, Work, expiry,
};
use domain::ports::{Life, NewLife, StoreError};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use futures::{StreamExt, TryStreamExt};
use std::time::{Duration, Instant};
use web::service::Service;

/// From reopening to the last write: 18 s until what is under way is dropped, and 2 s for an
/// attempt of a call that is.
const WRITING_TIME: Duration = Duration::from_secs(18);
/// Entries rewritten at the same time.
const CONCURRENT_WRITES: usize = 16;
/// What counting may cost a chunk: as many read capacity units as counting 180,000 entries of 450
/// bytes.
const MAX_READ_UNITS: f64 = 20_000.0;

/// One chunk of a rewriting.
pub(crate) async fn chunk<S: JobStore, Q, F>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    job: &Job,
    work: &RetentionWork,
) -> Result<Outcome, StoreError> {
    let workspace = service.store.workspace(&job.key.workspace_id).await?;
    let workspace =
        workspace.ok_or_else(|| StoreError::Malformed("a job without its workspace".into()))?;
    if work.phase == Phase::Recounting {
        return recount(worker, service, &workspace, work).await;
    }
    if workspace.version != job.run {
        // The plan has changed again, and with it came another run of this job, which is not read
        // yet: this one has nothing more to say.
        return Err(StoreError::Changed);
    }
    let mut work = work.clone();
    let until = Instant::now() + worker.limits.chunk_time;
    let mut pass = Pass { worker, service, workspace: &workspace, job, work: &mut work };
    loop {
        if pass.batch().await? {
            return Ok(pass_is_over(&work, job, service.clock.now()));
        }
        if Instant::now() >= until {
            return Ok(Outcome::More(Work::Retention(work), None));
        }
    }
}

/// What follows a pass: the next phase, and when it may begin.
fn pass_is_over(work: &RetentionWork, job: &Job, now: Timestamp) -> Outcome {
    let (phase, not_before) = match work.phase {
        Phase::FirstPass => (Phase::SecondPass, job.requested_at.plus_ms(SETTLED_AFTER_CHANGE_MS)),
        Phase::SecondPass | Phase::Recounting => {
            (Phase::Recounting, now.plus_ms(SETTLED_AFTER_REOPENING_MS))
        }
    };
    Outcome::More(
        Work::Retention(RetentionWork { phase, position: None, ..work.clone() }),
        Some(not_before),
    )
}

/// Counts what was dropped, so that lists need not.
async fn recount<S: JobStore, Q, F>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    workspace: &Workspace,
    work: &RetentionWork,
) -> Result<Outcome, StoreError> {
    let budget = Budget::new(MAX_READ_UNITS, worker.limits.counting_time);
    let counts =
        count(&service.store, &workspace.id, Span::everything(), service.clock.now(), &budget)
            .await?;
    let work = Work::Retention(work.clone());
    Ok(if counts.is_finished { Outcome::Done(work) } else { Outcome::More(work, None) })
}

/// A pass over the log.
struct Pass<'a, S, Q, F> {
    worker: &'a Worker<S, Q, F>,
    service: &'a Service<S>,
    workspace: &'a Workspace,
    job: &'a Job,
    work: &'a mut RetentionWork,
}

impl<S: JobStore, Q, F> Pass<'_, S, Q, F> {
    /// Rewrites the next entries; says whether there are no more.
    async fn batch(&mut self) -> Result<bool, StoreError> {
        let (started, units) = (Instant::now(), self.service.store.spent().write_units);
        let span = match self.work.position {
            Some(position) => Span::everything().newer_than(position),
            None => Some(Span::everything()),
        };
        let Some(span) = span else { return Ok(true) };
        let lives = self
            .service
            .store
            .lives(&self.workspace.id, span, self.worker.limits.rewritten_together)
            .await?;
        let now = self.service.clock.now();
        let wrong: Vec<_> = lives
            .entries
            .iter()
            .filter_map(|life| Some((*life, self.new_life(life, now)?)))
            .collect();
        let rewriting = tokio::time::timeout(WRITING_TIME, Box::pin(self.rewrite(&wrong, now)));
        let rewritten = rewriting.await.unwrap_or_else(|_elapsed| {
            Err(StoreError::Unavailable("rewriting took too long".into()))
        })?;
        self.work.rewritten += rewritten;
        self.work.position =
            lives.entries.last().map(|life| life.id).or(lives.stopped_at).or(self.work.position);
        let is_urgent = wrong.iter().any(|(life, new)| is_urgent(life, new));
        let pause = self.worker.limits.pace.pause(
            is_urgent,
            self.service.store.spent().write_units - units,
            started.elapsed(),
        );
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok(lives.stopped_at.is_none())
    }

    /// What becomes of a life; none if it stays as it is.
    ///
    /// One that is right already is written once more by the version that says so, unless it was
    /// recorded after the change: a worker of an earlier change may still be under way with another
    /// expiry for it, and then finds that it is too late.
    fn new_life(&self, life: &Life, now: Timestamp) -> Option<NewLife> {
        let end =
            expiry(self.workspace, life.id.occurred_at(), life.expires_at, self.job.requested_at);
        let new = NewLife { expires_at: end, version: self.workspace.version, now };
        let is_decided = life.version.is_some_and(|version| version >= self.workspace.version);
        let is_newer = life.recorded_at > self.job.requested_at.plus_ms(CLOCKS_DIFFER_MS);
        let is_right = life.expires_at == end;
        let has_expired = life.expires_at.is_some_and(|stored| stored <= now);
        let stays = is_decided
            || (is_right && is_newer)
            || (has_expired && (is_right || new.lengthens(life)));
        (!stays).then_some(new)
    }

    /// Reopens the time of the entries that can be seen and get another expiry, then rewrites all;
    /// says how many got another expiry.
    async fn rewrite(&self, wrong: &[(Life, NewLife)], now: Timestamp) -> Result<u64, StoreError> {
        let (store, workspace) = (&self.service.store, self.workspace);
        let changes = |life: &Life, new: &NewLife| life.expires_at != new.expires_at;
        let is_seen = |life: &Life| {
            workspace
                .hidden_before
                .is_none_or(|hidden_before| life.id.occurred_at() >= hidden_before)
        };
        let times = wrong
            .iter()
            .filter(|(life, new)| changes(life, new) && is_seen(life))
            .map(|(life, _)| life.id.occurred_at());
        if let Some((_, error)) = reopen(store, workspace, times, now).await.into_iter().next() {
            return Err(error);
        }
        let writes = wrong.iter().copied().map(|(life, new)| async move {
            let is_written = store.rewrite(&workspace.id, &life, new).await?;
            Ok::<_, StoreError>(u64::from(is_written && changes(&life, &new)))
        });
        futures::stream::iter(writes)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_fold(0, |sum, one| async move { Ok(sum + one) })
            .await
    }
}

/// Whether an entry that is to stay would go within a day.
fn is_urgent(life: &Life, new: &NewLife) -> bool {
    new.lengthens(life) && life.expires_at.is_some_and(|end| end <= new.now.plus_days(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::identity::EntryId;

    #[test]
    fn what_is_to_stay_and_would_go_within_a_day_is_urgent() {
        let now = Timestamp::parse("2026-11-25T23:00:00Z").unwrap();
        let day = |days| Some(now.start_of_day().plus_days(days));
        let is_urgent = |old, new| {
            let life = Life {
                id: EntryId::first_of(now.plus_days(-30)),
                recorded_at: now,
                values_apart: false,
                expires_at: old,
                version: None,
            };
            is_urgent(&life, &NewLife { expires_at: new, version: 2, now })
        };
        assert!(is_urgent(day(1), day(60)) && is_urgent(day(1), None));
        assert!(!is_urgent(day(2), day(60)) && !is_urgent(None, day(60)), "there is time");
        assert!(!is_urgent(day(1), day(1)) && !is_urgent(day(1), day(0)), "it goes all the same");
    }
}
