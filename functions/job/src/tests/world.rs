//! A service in memory with a log, and the delivery of messages to its workers.

use super::fuse::Fuse;
use super::layer::{Broken, Layer};
use super::noon;
use crate::{Limits, Pace, StepError, Worker};
use domain::clock::Clock;
use domain::entry::Entry;
use domain::job::{Job, JobMessage};
use domain::memory::{MemoryFiles, MemoryQueue, MemoryStore, finish, interleave};
use domain::ports::{EnqueueJob, ReadJobs, WriteJobs};
use domain::workspace::Workspace;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use web::service::Service;

/// A job that needs more deliveries than this is stuck.
const MAX_DELIVERIES: u32 = 500;

/// What is wrong with a run.
pub(super) type Wrong = String;

pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) files: MemoryFiles,
    pub(super) queue: MemoryQueue,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) broken: Option<Broken>,
    pub(super) log: Arc<Vec<Entry>>,
    deliveries: Cell<u32>,
    /// Messages of workers that failed. The queue delivers them again after a while.
    failed: RefCell<Vec<JobMessage>>,
}

/// Runs a test where time-outs can be set.
pub(super) fn timed<T>(test: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _guard = runtime.enter();
    test()
}

impl World {
    /// A service whose workspace has this log.
    pub(super) fn new(workspace: &Workspace, log: Vec<Entry>, broken: Option<Broken>) -> Self {
        let store = MemoryStore::new();
        store.put_plain_workspace(workspace);
        store.load_by(workspace, &log);
        let limits = Limits {
            part_bytes: 2_500,
            chunk_time: Duration::ZERO,
            rewritten_together: 3,
            pace: Pace::UNLIMITED,
            ..Limits::default()
        };
        Self {
            store,
            files: MemoryFiles::default(),
            queue: MemoryQueue::default(),
            clock: Clock::manual(noon()),
            limits,
            broken,
            log: Arc::new(log),
            deliveries: Cell::default(),
            failed: RefCell::default(),
        }
    }

    pub(super) fn worker(&self, fuse: &Fuse) -> Worker<Layer, MemoryQueue, MemoryFiles> {
        self.worker_over(&self.store, fuse)
    }

    fn worker_over(
        &self,
        store: &MemoryStore,
        fuse: &Fuse,
    ) -> Worker<Layer, MemoryQueue, MemoryFiles> {
        let layer = Layer {
            inner: store.scripted(fuse.script()),
            plain: self.store.clone(),
            broken: self.broken,
            unstored: Arc::default(),
            log: Arc::clone(&self.log),
        };
        Worker {
            service: Service::new(layer, self.clock.clone()),
            queue: self.queue.scripted(fuse.script()),
            files: self.files.scripted(fuse.script()),
            limits: self.limits,
        }
    }

    /// Puts the message for a job's next chunk into the queue.
    pub(super) fn announce(&self, job: &Job) {
        finish(self.queue.enqueue(&job.message())).unwrap();
    }

    /// Delivers a message to a worker. If the worker fails, the message is delivered again later.
    pub(super) fn deliver(&self, message: &JobMessage, fuse: &Fuse) -> Result<(), StepError> {
        finish(self.deliver_over(&self.store, message, fuse))
    }

    async fn deliver_over(
        &self,
        store: &MemoryStore,
        message: &JobMessage,
        fuse: &Fuse,
    ) -> Result<(), StepError> {
        let worker = self.worker_over(store, fuse);
        let outcome = worker.work_on(message).await;
        if outcome.is_err() && self.broken != Some(Broken::AcknowledgedBeforeStoring) {
            self.failed.borrow_mut().push(message.clone());
        }
        self.deliveries.set(self.deliveries.get() + 1);
        let unstored = worker.service.store.unstored.lock().unwrap().take();
        // Every third worker dies after it has acknowledged its message.
        if let Some((before, after)) = unstored.filter(|_| !self.deliveries.get().is_multiple_of(3))
        {
            let _ = self.store.replace_job(&before, &after).await;
        }
        outcome
    }

    /// Delivers messages until the queue is empty, those that failed workers return included. After
    /// a worker that is killed comes one to which nothing happens.
    pub(super) fn drain(&self, fuse: &Fuse) -> Result<(), Wrong> {
        let mut fuse = fuse.clone();
        for _ in 0..MAX_DELIVERIES {
            let again = || self.failed.borrow_mut().pop();
            let Some(message) = self.queue.take().or_else(again) else { return Ok(()) };
            let _ = self.deliver(&message, &fuse);
            if fuse.is_dead() {
                fuse = Fuse::safe();
            }
        }
        Err("it does not come to an end".to_owned())
    }

    /// Delivers messages to one of several workers until the queue is empty. Each call of the store
    /// waits for its turn in the interleaving.
    pub(super) async fn share(&self, fuse: &Fuse) {
        let store = self.store.stepping();
        while let Some(message) = self.queue.take() {
            let _ = self.deliver_over(&store, &message, fuse).await;
        }
    }

    /// Works until no job is open. Where a job waits, the clock moves to that time.
    pub(super) fn work_to_the_end(&self, fuse: &Fuse) -> Result<(), Wrong> {
        for _ in 0..MAX_DELIVERIES {
            self.drain(fuse)?;
            let open = finish(self.store.open_jobs()).unwrap();
            let jobs = open.iter().map(|key| finish(self.store.job(key)).unwrap().unwrap());
            let waits: Vec<_> = jobs.map(|job| job.not_before).collect();
            let Some(due) = waits.iter().copied().flatten().min() else {
                return if waits.is_empty() {
                    Ok(())
                } else {
                    Err("a job is open, does not wait, and has no message".to_owned())
                };
            };
            self.clock.set(due.max(self.clock.now()));
            finish(self.worker(&Fuse::safe()).look_after()).unwrap();
        }
        Err("it does not come to an end".to_owned())
    }

    /// Holds up a worker after `calls` of its calls of the store. Then `meanwhile` happens, other
    /// workers do everything that is left, and the first one continues.
    pub(super) fn hold_up(
        &self,
        message: &JobMessage,
        calls: usize,
        meanwhile: impl FnOnce(),
    ) -> Result<(), Wrong> {
        let (store, fuse) = (self.store.stepping(), Fuse::safe());
        let first = async {
            let _ = self.deliver_over(&store, message, &fuse).await;
            Ok(())
        };
        let others = async {
            // Nobody has acknowledged the message, so the queue delivers it again.
            self.queue.enqueue(message).await.unwrap();
            meanwhile();
            self.work_to_the_end(&Fuse::safe())
        };
        let tasks: [Pin<Box<dyn Future<Output = _> + '_>>; 2] = [Box::pin(first), Box::pin(others)];
        let schedule = std::iter::repeat_n(0, calls).chain([1]);
        interleave(tasks, schedule).into_iter().collect()
    }
}
