//! Background jobs: the retention job after a change of plan, and the check of each day. The queue
//! may deliver a message again, late, or out of order.

use crate::simulation::check::Checked;
use crate::simulation::history::everything;
use crate::simulation::layer::Layer;
use crate::simulation::workers::Task;
use crate::simulation::world::{Role, World};
use domain::job::{JobKey, JobMessage, PartNumbers, delete_at};
use domain::plan::GraceDays;
use domain::ports::{EnqueueJob, FileHead, ReadJobs, StoreError, WriteFile};
use domain::timestamp::Timestamp;
use job::{Limits, Pace, Worker};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tally::Planned;
use web::http::Request;
use web::service::Service;

/// A day is checked ten minutes after its end or later.
const CHECKED_AFTER_MS: i64 = 10 * 60_000;
/// How often planned checks are looked after. Once may not be enough: an earlier check of the log
/// may still be running.
const CHECKING_LOOKS: usize = 3;
/// How often jobs are looked after at most, until all must be done.
const MAX_LOOKS: usize = 1_000;

/// The queue. A message stays in it until it is acknowledged, so that several workers may get it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue(Arc<Mutex<Vec<JobMessage>>>);

impl EnqueueJob for Queue {
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }
}

/// Refuses every call: the simulation has no exports.
#[derive(Debug, Clone)]
pub(crate) struct NoFiles;

fn no_files() -> StoreError {
    StoreError::Refused("there are no files here".into())
}

impl WriteFile for NoFiles {
    async fn begin(&self, _: FileHead<'_>) -> Result<String, StoreError> {
        Err(no_files())
    }
    async fn put_part(&self, _: &str, _: &str, _: u16, _: Vec<u8>) -> Result<(), StoreError> {
        Err(no_files())
    }
    async fn complete(&self, _: &str, _: &str, _: &PartNumbers, _: u64) -> Result<(), StoreError> {
        Err(no_files())
    }
    async fn put(&self, _: FileHead<'_>, _: Vec<u8>) -> Result<(), StoreError> {
        Err(no_files())
    }
    async fn get(&self, _: &str) -> Result<Vec<u8>, StoreError> {
        Err(no_files())
    }
}

impl Queue {
    /// A worker for this queue. It does one batch for each message.
    pub(crate) fn worker(&self, service: Service<Layer>) -> Worker<Layer, Self, NoFiles> {
        let limits = Limits {
            chunk_time: Duration::ZERO,
            rewritten_together: 30,
            pace: Pace::UNLIMITED,
            ..Limits::default()
        };
        Worker { service, queue: self.clone(), files: NoFiles, limits }
    }

    /// The messages that are not acknowledged.
    fn messages(&self) -> Vec<JobMessage> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn acknowledge(&self, message: &JobMessage) {
        let mut messages = self.0.lock().unwrap();
        if let Some(place) = messages.iter().position(|one| one == message) {
            messages.remove(place);
        }
    }
}

impl World {
    /// Works on some chunks of jobs, perhaps between two changes of plan, while other workers are
    /// busy.
    pub(crate) async fn rewrite(&mut self) {
        if self.random.below(2) == 0 {
            return self.leave_alone().await;
        }
        if self.random.below(2) == 0 {
            self.change_plan().await;
        }
        for _ in 0..2 + self.random.below(6) {
            self.work().await;
            let calls = self.random.pick(&[5, 20, 60]);
            self.steps(calls).await;
            if self.random.below(3) == 0 {
                self.follow().await;
            }
            let ms = i64::from(self.random.pick(&[0, 0, 1_000, 30_000, 65_000, 130_000]));
            self.advance(ms).await;
        }
        if self.random.below(2) == 0 {
            self.expire();
            self.change_plan().await;
        }
    }

    /// Records and counts many entries, changes the plan, and leaps ahead 28 to 33 days: to about
    /// where the entries expire by the plan free.
    async fn leave_alone(&mut self) {
        self.burst().await;
        let ms = self.ms(11_000..=240_000);
        self.advance(ms).await;
        self.follow().await;
        self.steps(60).await;
        self.change_plan().await;
        self.end_writers().await;
        let days = i64::from(28 + self.random.below(6));
        self.advance(days * 86_400_000).await;
    }

    /// Starts a worker that does what a message asks for, although another worker may be doing the
    /// same, or a worker that looks after open jobs.
    pub(crate) async fn work(&mut self) {
        let messages = self.queue.messages();
        let message = (!messages.is_empty() && self.random.below(4) > 0)
            .then(|| self.random.pick(&messages.iter().collect::<Vec<_>>()).clone());
        let text = message
            .as_ref()
            .map_or("looks after jobs".to_owned(), |message| format!("{message:?}"));
        self.tell(&text);
        self.start(Role::Job, Task::Job(message), 1.0, Request::default()).await;
    }

    /// Lets the day end and be checked. Afterwards, every straggler must have been entered into the
    /// journal.
    pub(crate) async fn find_stragglers(&mut self) -> Checked {
        if !self.has_frozen {
            return Ok(());
        }
        let event = serde_json::from_value(self.hint()).unwrap();
        tally::handle(&self.plain_service(false), &Planned::default(), event).await;
        let morning = self.now.start_of_day().plus_days(1).plus_ms(CHECKED_AFTER_MS);
        self.advance(morning.ms() - self.now.ms() + 1).await;
        for _ in 0..CHECKING_LOOKS {
            let looked = self.queue.worker(self.plain_service(false)).look_after().await;
            looked.map_err(|error| format!("planned checks are not started: {error}"))?;
            // A change of plan waits for days, and plans of checks are looked for each minute.
            self.work_until(self.now.plus_days(1)).await;
            self.advance(61_000).await;
        }
        let unfound = self.layer.history().stragglers().next().map(|landed| landed.id.clone());
        self.tell(&format!("checked; a straggler is left: {unfound:?}"));
        match unfound {
            None => Ok(()),
            Some(id) => Err(format!("{id} landed too late, and no check has found it")),
        }
    }

    /// Lets jobs come to their end, and checks that every stored entry has the expiry that its
    /// workspace gives it.
    pub(crate) async fn end_jobs(&mut self) -> Checked {
        if self.work_until(Timestamp::MAX).await {
            self.tell("no job is open");
            return self.check_lives();
        }
        Err("a job does not come to its end".to_owned())
    }

    /// Does jobs before time leaps, because the retention job must be done within the days of
    /// grace.
    pub(crate) async fn keep_up(&mut self) {
        self.end_writers().await;
        self.work_until(self.now.plus_days(1)).await;
    }

    /// Works on jobs until all are closed, or wait for a moment after `until`. Returns whether it
    /// got there.
    async fn work_until(&mut self, until: Timestamp) -> bool {
        for _ in 0..MAX_LOOKS {
            let worker = self.queue.worker(self.plain_service(false));
            for message in self.queue.messages() {
                if worker.work_on(&message).await.is_ok() {
                    self.queue.acknowledge(&message);
                }
            }
            let open = worker.service.store.open_jobs().await.unwrap();
            if open.is_empty() {
                return true;
            }
            if self.queue.messages().is_empty() {
                let due = self.due(&worker, &open).await;
                if due.is_some_and(|due| due > until) {
                    return true;
                }
                self.advance_to(due.unwrap_or(self.now).max(self.now.plus_ms(61_000))).await;
                self.queue.worker(self.plain_service(false)).look_after().await.unwrap();
            }
        }
        false
    }

    /// The earliest moment until which an open job waits.
    async fn due(
        &self,
        worker: &Worker<Layer, Queue, NoFiles>,
        open: &[JobKey],
    ) -> Option<Timestamp> {
        let mut due = None;
        for key in open {
            let job = worker.service.store.job(key).await.unwrap().unwrap();
            due = [due, job.not_before].into_iter().flatten().min();
        }
        due
    }

    fn check_lives(&self) -> Checked {
        let workspace = self.workspace();
        let history = self.layer.history();
        for landed in history.stored(everything()) {
            let entry = &landed.entry;
            let (at, stored, grace) =
                (entry.content.occurred_at, landed.delete_at, GraceDays::default());
            let end = delete_at(&workspace, at, stored, grace, self.now);
            if stored != end {
                return Err(format!("{} goes {stored:?}, but it should {end:?}", entry.id));
            }
        }
        Ok(())
    }
}
