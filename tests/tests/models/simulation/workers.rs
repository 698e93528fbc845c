//! Workers, which are requests in progress. The scheduler decides whose next call goes through, how
//! long a worker sleeps, and which one is killed.

mod time;

use crate::simulation::gate::{Fate, Purpose, Verdict};
use crate::simulation::layer::Layer;
use crate::simulation::world::{Role, World};
use domain::counting::{Budget, Fold, fold, recount};
use domain::job::JobMessage;
use domain::timestamp::Timestamp;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tally::Planned;
use tests::Ask;
use web::http::{Answer, Request};
use web::service::Service;

/// A request that records, a change of plan or a chunk of a job ends at most this long after it
/// began, done or not: 18 s for the request, and 2 s for its last attempt.
const RECORDING_MS: i64 = 20_000;

/// A list or a poll of the feed ends at most this long after it began: the timeout of the gateway.
const LISTING_MS: i64 = 30_000;

/// What a worker is doing.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Records what a client sent: entries with these actions, in their order.
    Record { actions: Vec<String>, begun_at: Timestamp },
    /// Lists entries.
    List(Box<Asked>),
    /// Requests the feed from this number on.
    Poll(u64),
    /// Numbers and folds, as the `tally` function does on a hint.
    Follow,
    /// Folds everything, or begins a new generation of nodes.
    Operate { is_recount: bool },
    /// Changes the plan.
    Plan,
    /// Does a chunk of the job that the message names. Without a message, looks after open jobs.
    Job(Option<JobMessage>),
}

/// A request for a list, and the state of the history when it began.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    pub(crate) size: usize,
    /// The number of the page, from 1.
    pub(crate) page: usize,
    /// The time on its instance's clock when it began.
    pub(crate) clock: Timestamp,
    /// How many writes had landed when it began.
    pub(crate) writes_before: u64,
    /// How many entries had landed, or had been entered into the journal, when it began.
    pub(crate) landed_before: u64,
}

/// How a worker ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With an answer to a request.
    Answer(Answer),
    /// With this many hints of the stream handed back as failed.
    Counted(usize),
    /// With a chunk of a job or a command of an operator: whether it succeeded.
    Worked(bool),
}

type Work = Pin<Box<dyn Future<Output = Ending>>>;

/// A request in progress.
pub(crate) struct Worker {
    pub(crate) id: usize,
    pub(crate) task: Task,
    future: Work,
    wake: Arc<Woken>,
    /// By when it must end. `None` means that it may take any time.
    deadline: Option<Timestamp>,
    /// It makes no call before this moment.
    asleep_until: Timestamp,
}

/// Remembers whether a future has asked to be polled again.
#[derive(Default)]
struct Woken {
    is_woken: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
        if let Some(outer) = self.outer.lock().unwrap().as_ref() {
            outer.wake_by_ref();
        }
    }
}

impl World {
    /// Starts a request on a random instance with this role, and runs it up to its first call.
    pub(crate) async fn start(&mut self, role: Role, task: Task, price: f64, request: Request) {
        let instances: Vec<_> =
            (0..self.instances.len()).filter(|place| self.instances[*place].role == role).collect();
        let instance = &self.instances[self.random.pick(&instances)];
        let id = self.workers_made;
        self.workers_made += 1;
        let mut service = instance.service.clone();
        let segments_per_call = self.random.pick(&[usize::MAX, usize::MAX, usize::MAX, 7, 2]);
        let layer = self.layer.of(Some(id), Some(role), price);
        // Reads from memory consume no capacity, so a raised price needs the embedded store.
        let reads_from_memory = price <= 1.0 && self.random.below(4) > 0;
        let logs = Arc::clone(&instance.service.store.logs);
        service.store = Layer { reads_from_memory, logs, segments_per_call, ..layer };
        let clock = service.clock.now();
        let text = format!(
            "worker {id}: {role:?} {} {}, its clock is {}",
            request.path,
            request.query,
            clock.key()
        );
        let task = match task {
            Task::List(asked) => Task::List(Box::new(Asked { clock, ..*asked })),
            task => task,
        };
        let most_ms = match task {
            Task::Record { .. } | Task::Plan | Task::Job(_) => Some(RECORDING_MS),
            Task::List(_) | Task::Poll(_) => Some(LISTING_MS),
            Task::Follow | Task::Operate { .. } => None,
        };
        let deadline = most_ms.map(|ms| self.now.plus_ms(ms));
        let future = self.work_of(role, &task, service, request);
        self.tell(&text);
        self.workers.push(Worker {
            id,
            task,
            future,
            wake: Arc::default(),
            deadline,
            asleep_until: self.now,
        });
        self.drive(self.workers.len() - 1).await;
    }

    /// The future that does the worker's task.
    fn work_of(&self, role: Role, task: &Task, service: Service<Layer>, request: Request) -> Work {
        match role {
            Role::Record => {
                Box::pin(async move { Ending::Answer(record::answer(&service, request).await) })
            }
            Role::List => {
                Box::pin(async move { Ending::Answer(list::answer(&service, request).await) })
            }
            Role::Workspace => {
                let queue = self.queue.clone();
                Box::pin(async move {
                    Ending::Answer(workspace::answer(&service, &queue, request).await)
                })
            }
            Role::Job => {
                let (worker, task) = (self.queue.worker(service), task.clone());
                Box::pin(async move {
                    Ending::Worked(match task {
                        Task::Job(Some(message)) => worker.work_on(&message).await.is_ok(),
                        _ => worker.look_after().await.is_ok(),
                    })
                })
            }
            Role::Tally => {
                let event = serde_json::from_slice(&request.body).unwrap();
                Box::pin(async move {
                    let planned = Planned::default();
                    Ending::Counted(tally::handle(&service, &planned, event).await.failures())
                })
            }
            Role::Operator => {
                let is_recount = matches!(task, Task::Operate { is_recount: true });
                let (store, id) = (service.store, self.workspace().id);
                Box::pin(async move {
                    let budget = Budget::new(f64::MAX, Duration::from_mins(1));
                    Ending::Worked(if is_recount {
                        recount(&store, &id, &budget).await.is_ok()
                    } else {
                        fold(&store, &id, Fold::Now, &budget).await.is_ok()
                    })
                })
            }
        }
    }

    /// Runs a worker until it waits at the gate or ends. Returns whether it has ended.
    async fn drive(&mut self, place: usize) -> bool {
        let (gate, worker) = (self.layer.gate.clone(), &mut self.workers[place]);
        let outcome = poll_fn(|context| {
            worker.wake.outer.lock().unwrap().replace(context.waker().clone());
            worker.wake.is_woken.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&worker.wake));
            match worker.future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending
                    if gate.is_quiet() && !worker.wake.is_woken.load(Ordering::SeqCst) =>
                {
                    Poll::Ready(None)
                }
                Poll::Pending => Poll::Pending,
            }
        });
        let Some(outcome) = outcome.await else { return false };
        let worker = self.workers.remove(place);
        self.over(worker.id, worker.task, &outcome);
        true
    }

    /// Lets one of a worker's waiting calls through. Returns whether the worker has ended.
    async fn let_through(&mut self, place: usize) -> bool {
        let waiting = self.layer.gate.waiting(self.workers[place].id);
        let (number, purpose) = self.random.pick(&waiting);
        self.let_call_through(place, number, purpose).await
    }

    async fn let_call_through(&mut self, place: usize, number: u64, purpose: Purpose) -> bool {
        let id = self.workers[place].id;
        let verdict = self.verdict(purpose);
        let text = self.layer.gate.let_through(number, verdict);
        let fate = if verdict.fate == Fate::Answered {
            String::new()
        } else {
            format!(" [{:?}]", verdict.fate)
        };
        let copy =
            verdict.as_of.map(|as_of| format!(" [or as of write {as_of}]")).unwrap_or_default();
        self.tell(&format!("worker {id}: {text}{fate}{copy}"));
        let is_over = self.drive(place).await;
        if !is_over && verdict.fate == Fate::Freezes {
            self.kill(place);
            return true;
        }
        is_over
    }

    fn verdict(&mut self, purpose: Purpose) -> Verdict {
        let fate = match self.random.below(self.calls_per_fault) {
            0 => Fate::FailsBefore,
            1 => Fate::AnswerLost,
            2 if purpose == Purpose::Append => Fate::LandsLater,
            _ if purpose == Purpose::Append && self.freezes() => Fate::Freezes,
            _ => Fate::Answered,
        };
        let is_old = self.has_old_copies && purpose == Purpose::Read && self.random.below(2) == 0;
        let (writes, ms) = (
            u64::from(self.random.below(6)),
            i64::from(self.random.pick(&[0, 0, 1_000, 60_000, 300_000])),
        );
        let as_of = is_old.then(|| self.layer.history().as_of(writes, ms));
        let lands_after_ms = self.lands_after_ms(fate);
        Verdict { fate, as_of, lands_after_ms }
    }

    /// Lets one call of a random worker that is awake through. `None` means that no worker is
    /// awake.
    pub(crate) async fn step(&mut self) -> Option<()> {
        let awake: Vec<_> = (0..self.workers.len())
            .filter(|place| self.workers[*place].asleep_until <= self.now)
            .collect();
        let place = if awake.is_empty() { return None } else { self.random.pick(&awake) };
        let is_over = self.let_through(place).await;
        if !is_over {
            self.disturb(place);
        }
        let ms = match self.random.below(12) {
            0 => self.ms(200..=4_000),
            _ => self.ms(0..=20),
        };
        self.advance(ms).await;
        Some(())
    }
}
