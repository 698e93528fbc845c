//! The scheduler of a run. It delivers each message at least once and in any order, and kills or
//! pauses workers at random calls.

use crate::jobs::files::{Files, Kept};
use crate::jobs::fuse::Fuse;
use crate::jobs::layer::Layer;
use domain::job::{Job, JobMessage};
use domain::ports::{EnqueueJob, ReadJobs, StoreError, WriteJobs};
use job::{Limits, Pace, StepError, Worker};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::{Random, TestService};
use web::service::Service;

/// A run that delivers more messages than this is stuck.
const MAX_DELIVERIES: u32 = 3_000;

/// A deliberate bug, which the checks must detect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The message is acknowledged before the chunk is done, so a failed chunk is not retried.
    AcknowledgedBeforeStoring,
    /// The result of a chunk is stored only after its message is acknowledged, and is lost if the
    /// worker dies in between.
    StoredAfterAcknowledging,
    /// An attempt does not raise the fencing token, so an earlier attempt can still store its
    /// result and upload the same part.
    AttemptNotCounted,
    /// Expiries are written without a condition.
    RewrittenUnconditionally,
}

/// The queue as one worker sees it.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    messages: Arc<Mutex<VecDeque<JobMessage>>>,
    fuse: Fuse,
}

impl EnqueueJob for Queue {
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        let send = async {
            self.messages.lock().unwrap().push_back(message.clone());
            Ok(())
        };
        self.fuse.call("send the next message", send).await
    }
}

/// The job before and after a chunk whose result `StoredAfterAcknowledging` holds back.
pub(crate) type Unstored = Option<(Job, Job)>;
type Work = Pin<Box<dyn Future<Output = (JobMessage, Result<(), StepError>, Unstored)>>>;

/// A worker that is in the middle of a chunk, perhaps paused there.
struct Stopped {
    fuse: Fuse,
    work: Work,
}

/// How many lines of a trace's end are shown.
const SHOWN_LINES: usize = 40;

/// Plays one run with a service of its own. A failure comes with the end of the run's trace.
pub(crate) fn play_run(
    runtime: &tokio::runtime::Runtime,
    seed: u64,
    mutant: Option<Mutant>,
    run: impl AsyncFnOnce(&mut Driver<'_>) -> Result<(), String>,
) -> Result<(), String> {
    runtime.block_on(async {
        let service = TestService::at_noon().await;
        let mut driver = Driver::new(&service, seed, mutant);
        let outcome = run(&mut driver).await;
        let end = driver
            .trace
            .get(driver.trace.len().saturating_sub(SHOWN_LINES)..)
            .unwrap_or_default()
            .join("\n");
        outcome.map_err(|wrong| format!("{wrong}\n{end}"))
    })
}

/// One run: its service, its queue, its paused workers and its trace.
pub(crate) struct Driver<'a> {
    pub(crate) service: &'a TestService,
    pub(crate) random: Random,
    pub(crate) kept: Arc<Mutex<Kept>>,
    pub(crate) limits: Limits,
    mutant: Option<Mutant>,
    messages: Arc<Mutex<VecDeque<JobMessage>>>,
    stopped: Vec<Stopped>,
    pub(crate) trace: Vec<String>,
}

impl<'a> Driver<'a> {
    pub(crate) fn new(service: &'a TestService, seed: u64, mutant: Option<Mutant>) -> Self {
        let mut random = Random::new(seed);
        let limits = Limits {
            part_bytes: 400 * usize::try_from(1 + random.below(20)).unwrap(),
            chunk_time: if random.below(3) == 0 { Duration::from_secs(30) } else { Duration::ZERO },
            rewritten_together: 4 + usize::try_from(random.below(12)).unwrap(),
            pace: Pace::UNLIMITED,
            ..Limits::default()
        };
        let (kept, messages, stopped, trace) =
            (Arc::default(), Arc::default(), Vec::new(), Vec::new());
        Self { service, random, kept, limits, mutant, messages, stopped, trace }
    }

    fn worker(&self, fuse: &Fuse) -> (Worker<Layer, Queue, Files>, Arc<Mutex<Unstored>>) {
        let unstored = Arc::default();
        let layer = Layer {
            inner: self.service.store.clone(),
            client: self.service.dynamodb.clone(),
            fuse: fuse.clone(),
            mutant: self.mutant,
            unstored: Arc::clone(&unstored),
        };
        let service = Service::new(layer, self.service.clock.clone());
        let queue = Queue { messages: Arc::clone(&self.messages), fuse: fuse.clone() };
        let files = Files { kept: Arc::clone(&self.kept), fuse: fuse.clone() };
        (Worker { service, queue, files, limits: self.limits }, unstored)
    }

    /// Moves the messages that the service has sent into the queue of this run.
    pub(crate) fn announced(&self) {
        let mut messages = self.messages.lock().unwrap();
        messages.extend(std::iter::from_fn(|| self.service.backend.queue.take()));
    }

    /// Delivers messages until the queue is empty and no worker is paused.
    ///
    /// A message whose worker failed is delivered again. An acknowledged message is gone, unless an
    /// earlier delivery left a copy of it in the queue.
    pub(crate) async fn run(&mut self) -> Result<(), String> {
        for _ in 0..MAX_DELIVERIES {
            if !self.stopped.is_empty()
                && (self.random.below(4) == 0 || self.messages.lock().unwrap().is_empty())
            {
                self.go_on().await;
            }
            let Some(message) = self.receive() else {
                if self.stopped.is_empty() {
                    return Ok(());
                }
                continue;
            };
            self.deliver(message).await;
        }
        Err(format!("it does not come to an end: {:?}", self.messages.lock().unwrap()))
    }

    /// Delivers up to four messages.
    pub(crate) async fn deliver_some(&mut self) {
        for _ in 0..self.random.below(5) {
            if let Some(message) = self.receive() {
                self.deliver(message).await;
            }
        }
    }

    fn receive(&mut self) -> Option<JobMessage> {
        let mut messages = self.messages.lock().unwrap();
        let count = u32::try_from(messages.len()).unwrap();
        let place = if count == 0 { return None } else { self.random.below(count.min(4)) };
        let message = messages.remove(usize::try_from(place).unwrap());
        // Delivery is at least once: sometimes a copy stays in the queue.
        if self.random.below(8) == 0 {
            messages.extend(message.clone());
        }
        message
    }

    async fn deliver(&mut self, message: JobMessage) {
        let fuse = Fuse::random(&mut self.random);
        let (worker, unstored) = self.worker(&fuse);
        let of = message.clone();
        let work = async move {
            let outcome = worker.work_on(&message).await;
            (message, outcome, unstored.lock().unwrap().take())
        };
        let mut stopped = Stopped { fuse: fuse.clone(), work: Box::pin(work) };
        let done = tokio::select! {
            biased;
            done = &mut stopped.work => Some(done),
            () = fuse.stopped() => None,
        };
        self.trace.push(format!(
            "{of:?}: {} -> {:?}",
            fuse.trace(),
            done.as_ref().map(|(_, outcome, _)| outcome.is_ok())
        ));
        match done {
            Some((message, outcome, unstored)) => self.over(message, outcome, unstored).await,
            None => self.stopped.push(stopped),
        }
    }

    /// Lets a paused worker continue. Others may have done its work meanwhile.
    async fn go_on(&mut self) {
        let count = u32::try_from(self.stopped.len()).unwrap();
        let place = usize::try_from(self.random.below(count)).unwrap();
        let stopped = self.stopped.swap_remove(place);
        stopped.fuse.release();
        let (message, outcome, unstored) = stopped.work.await;
        self.trace.push(format!(
            "{message:?} went on: {} -> {:?}",
            stopped.fuse.trace(),
            outcome.is_ok()
        ));
        self.over(message, outcome, unstored).await;
    }

    async fn over(
        &mut self,
        message: JobMessage,
        outcome: Result<(), StepError>,
        unstored: Unstored,
    ) {
        let is_acknowledged =
            outcome.is_ok() || self.mutant == Some(Mutant::AcknowledgedBeforeStoring);
        if !is_acknowledged {
            self.messages.lock().unwrap().push_back(message);
        }
        if let Some((before, after)) =
            unstored.filter(|_| outcome.is_ok() && self.random.below(4) > 0)
        {
            let _ = self.service.store.replace_job(&before, &after).await;
        }
    }

    /// Looks after open jobs, as the schedule does once a minute.
    pub(crate) async fn look_after(&self) {
        self.worker(&Fuse::safe()).0.look_after().await.unwrap();
    }

    /// The earliest moment until which an open job waits, if one does.
    pub(crate) async fn due(&self) -> Option<domain::timestamp::Timestamp> {
        let mut due = Vec::new();
        for key in self.service.store.open_jobs().await.unwrap() {
            due.extend(self.service.store.job(&key).await.unwrap().unwrap().not_before);
        }
        due.into_iter().min()
    }
}
