//! Workers: requests under way. The scheduler decides whose next call goes through, who sleeps for
//! how long, and who is killed.

use crate::simulation::gate::{Fate, Purpose, Verdict};
use crate::simulation::world::{Role, World};
use domain::job::JobMessage;
use domain::timestamp::Timestamp;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use tests::Ask;
use web::http::{Answer, Request};

/// A recording request is over this long after it read its clock, done or not: 18 s of the request
/// and 2 s of its last attempt.
pub(crate) const RECORDING_MS: i64 = 20_000;

/// What a worker is doing.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Records what a client sent.
    Record,
    /// Lists with these filters, at the time that its clock showed when so many writes had landed.
    List { ask: Ask, clock: Timestamp, writes_before: u64 },
    /// Counts, or answers something else that is not looked at.
    Other,
    /// Changes the plan.
    Plan,
    /// Does a chunk of a job, or looks after open ones.
    Job(Option<JobMessage>),
}

/// How a worker ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With an answer to a request.
    Answer(Answer),
    /// With the hints handed back.
    Counted(usize),
    /// With a chunk of a job, done or not.
    Worked(bool),
}

/// A request under way.
pub(crate) struct Worker {
    pub(crate) id: usize,
    pub(crate) task: Task,
    future: Pin<Box<dyn Future<Output = Ending>>>,
    wake: Arc<Woken>,
    /// When it must be over, if it must.
    deadline: Option<Timestamp>,
    /// It makes no call before.
    asleep_until: Timestamp,
}

/// Whether a future has asked to be polled since.
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
    /// Starts a request on an instance of that role; it runs up to its first call.
    pub(crate) async fn start(&mut self, role: Role, task: Task, price: f64, request: Request) {
        let instances: Vec<_> =
            (0..self.instances.len()).filter(|place| self.instances[*place].role == role).collect();
        let instance = &self.instances[self.random.pick(&instances)];
        let id = self.workers_made;
        self.workers_made += 1;
        let mut service = instance.service.clone();
        service.store = self.layer.of(Some(id), price);
        let clock = service.clock.now();
        let text = format!(
            "worker {id}: {role:?} {} {}, its clock is {}",
            request.path,
            request.query,
            clock.key()
        );
        let task = match task {
            Task::List { ask, writes_before, .. } => Task::List { ask, clock, writes_before },
            task => task,
        };
        let deadline = matches!(task, Task::Record | Task::Plan | Task::Job(_))
            .then(|| self.now.plus_ms(RECORDING_MS));
        let future: Pin<Box<dyn Future<Output = Ending>>> = match role {
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
                Box::pin(
                    async move { Ending::Counted(tally::handle(&service, event).await.failures()) },
                )
            }
        };
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

    /// Runs a worker until it waits at the gate or is over; says whether it is over.
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

    /// Lets one of a worker's waiting calls through; says whether the worker is over.
    async fn let_through(&mut self, place: usize, is_kind: bool) -> bool {
        let id = self.workers[place].id;
        let waiting = self.layer.gate.waiting(id);
        let (number, purpose) = self.random.pick(&waiting);
        let verdict = if is_kind {
            Verdict { fate: Fate::Answered, as_of: None }
        } else {
            self.verdict(purpose)
        };
        let text = self.layer.gate.let_through(number, verdict);
        let fate = if verdict.fate == Fate::Answered {
            String::new()
        } else {
            format!(" [{:?}]", verdict.fate)
        };
        let copy =
            verdict.as_of.map(|as_of| format!(" [or as of write {as_of}]")).unwrap_or_default();
        self.tell(&format!("worker {id}: {text}{fate}{copy}"));
        self.drive(place).await
    }

    fn verdict(&mut self, purpose: Purpose) -> Verdict {
        let fate = match self.random.below(self.calls_per_fault) {
            0 => Fate::FailsBefore,
            1 => Fate::AnswerLost,
            _ => Fate::Answered,
        };
        let is_old = self.has_old_copies && purpose == Purpose::Read && self.random.below(2) == 0;
        let (writes, ms) = (
            u64::from(self.random.below(6)),
            i64::from(self.random.pick(&[0, 0, 1_000, 60_000, 300_000])),
        );
        Verdict { fate, as_of: is_old.then(|| self.layer.history().as_of(writes, ms)) }
    }

    /// One call of one worker that is awake; none if there is none.
    pub(crate) async fn step(&mut self) -> Option<()> {
        let awake: Vec<_> = (0..self.workers.len())
            .filter(|place| self.workers[*place].asleep_until <= self.now)
            .collect();
        let place = if awake.is_empty() { return None } else { self.random.pick(&awake) };
        let is_over = self.let_through(place, false).await;
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

    /// Now and then, kills a worker or lets it sleep.
    fn disturb(&mut self, place: usize) {
        let id = self.workers[place].id;
        let is_about_to_keep =
            self.layer.gate.waiting(id).iter().any(|(_, purpose)| *purpose == Purpose::Keep);
        let may_sleep = match (self.workers[place].deadline, is_about_to_keep) {
            (Some(_), _) => self.random.below(6) == 0,
            (None, true) => self.random.below(2) == 0,
            (None, false) => self.random.below(12) == 0,
        };
        if self.random.below(80) == 0 {
            self.kill(place);
        } else if may_sleep {
            let ms = match self.workers[place].deadline {
                // Until just before it must be over.
                Some(deadline) if self.random.below(3) == 0 => {
                    (deadline.ms() - self.now.ms() - self.ms(0..=400)).max(0)
                }
                Some(_) => self.ms(100..=15_000),
                None if self.random.below(8) == 0 => self.ms(600_000..=7_200_000),
                None => self.ms(2_000..=200_000),
            };
            self.workers[place].asleep_until = self.now.plus_ms(ms);
            self.tell(&format!("worker {id} sleeps for {ms} ms"));
        }
    }

    /// Whoever waits to store a count waits so long; says whether there is somebody.
    pub(crate) fn hold_up_who_is_about_to_keep(&mut self, ms: i64) -> bool {
        let waits =
            |id| self.layer.gate.waiting(id).iter().any(|(_, purpose)| *purpose == Purpose::Keep);
        let places: Vec<_> =
            (0..self.workers.len()).filter(|place| waits(self.workers[*place].id)).collect();
        for place in &places {
            self.workers[*place].asleep_until = self.now.plus_ms(ms);
            self.tell(&format!("worker {} is held up for {ms} ms", self.workers[*place].id));
        }
        !places.is_empty()
    }

    /// Most of those who record do nothing until just before they must be over.
    pub(crate) fn slow_down(&mut self) {
        for place in 0..self.workers.len() {
            let Some(deadline) = self.workers[place].deadline.filter(|_| self.random.below(5) > 0)
            else {
                continue;
            };
            self.workers[place].asleep_until = deadline.plus_ms(-self.ms(0..=400));
            let text = format!(
                "worker {} sleeps until {}",
                self.workers[place].id,
                self.workers[place].asleep_until.key()
            );
            self.tell(&text);
        }
    }

    fn kill(&mut self, place: usize) {
        let worker = self.workers.remove(place);
        self.tell(&format!("worker {} is killed", worker.id));
    }

    /// Lets time pass. Who records and would take too long is over before, one way or the other.
    pub(crate) async fn advance(&mut self, ms: i64) {
        let then = self.now.plus_ms(ms);
        self.end_before(|deadline| deadline.is_some_and(|deadline| deadline < then)).await;
        self.set_time(then);
    }

    /// Ends workers by their deadlines: some finish at once, some are killed.
    async fn end_before(&mut self, is_due: impl Fn(Option<Timestamp>) -> bool) {
        while let Some(place) = self.workers.iter().position(|worker| is_due(worker.deadline)) {
            if self.random.below(3) == 0 {
                self.kill(place);
            } else {
                while !self.let_through(place, false).await {}
            }
        }
    }

    /// Ends all who record or change the plan.
    pub(crate) async fn end_writers(&mut self) {
        self.end_before(|deadline| deadline.is_some()).await;
    }

    /// Ends everybody.
    pub(crate) async fn end_all(&mut self) {
        self.end_before(|_| true).await;
    }
}
