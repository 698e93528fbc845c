//! Rewriting after a change of plan: its queue, which may hand out a message again, out of order or
//! late, and its workers.

use crate::simulation::check::Checked;
use crate::simulation::history::everything;
use crate::simulation::layer::Layer;
use crate::simulation::workers::Task;
use crate::simulation::world::{Role, World};
use domain::job::{JobMessage, PartNumbers, expiry};
use domain::ports::{EnqueueJob, FileHead, ReadJobs, StoreError, WriteFile};
use job::{Limits, Pace, Worker};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use web::http::Request;
use web::service::Service;

/// How often jobs are looked after until they must be done.
const MAX_LOOKS: usize = 200;

/// The messages that are out. One stays until its chunk is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue(Arc<Mutex<Vec<JobMessage>>>);

impl EnqueueJob for Queue {
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }
}

/// Exports are no part of this simulation.
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
    /// A worker over this queue. It does one batch for each message.
    pub(crate) fn worker(&self, service: Service<Layer>) -> Worker<Layer, Self, NoFiles> {
        let limits = Limits {
            chunk_time: Duration::ZERO,
            rewritten_together: 30,
            pace: Pace::UNLIMITED,
            ..Limits::default()
        };
        Worker { service, queue: self.clone(), files: NoFiles, limits }
    }

    /// The messages that are out.
    fn messages(&self) -> Vec<JobMessage> {
        self.0.lock().unwrap().clone()
    }

    /// Acknowledges a message.
    pub(crate) fn acknowledge(&self, message: &JobMessage) {
        let mut messages = self.0.lock().unwrap();
        if let Some(place) = messages.iter().position(|one| one == message) {
            messages.remove(place);
        }
    }
}

impl World {
    /// The plan is changed, and then some chunks of what follows are done, with other things in
    /// between.
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
                self.count().await;
            }
            let ms = i64::from(self.random.pick(&[0, 0, 1_000, 30_000, 65_000, 130_000]));
            self.advance(ms).await;
        }
    }

    /// Much is counted, the plan is changed, and nobody does what follows until what was counted
    /// expires by the old plan.
    async fn leave_alone(&mut self) {
        self.burst().await;
        let ms = self.ms(130_000..=240_000);
        self.advance(ms).await;
        self.count().await;
        self.steps(60).await;
        self.change_plan().await;
        self.end_writers().await;
        let days = i64::from(28 + self.random.below(6));
        self.advance(days * 86_400_000).await;
    }

    /// Somebody does what a message asks for, whoever else may be doing it; or open jobs are looked
    /// after.
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

    /// Lets jobs come to their end, and holds every stored entry to the expiry that its workspace
    /// gives it.
    pub(crate) async fn end_jobs(&mut self) -> Checked {
        for _ in 0..MAX_LOOKS {
            let worker = self.queue.worker(self.plain_service(false));
            for message in self.queue.messages() {
                if worker.work_on(&message).await.is_ok() {
                    self.queue.acknowledge(&message);
                }
            }
            let open = worker.service.store.open_jobs().await.unwrap();
            if open.is_empty() {
                self.tell("no job is open");
                return self.check_lives();
            }
            if self.queue.messages().is_empty() {
                self.set_time(self.now.plus_ms(61_000));
                self.queue.worker(self.plain_service(false)).look_after().await.unwrap();
            }
        }
        Err("a job does not come to its end".to_owned())
    }

    fn check_lives(&self) -> Checked {
        let workspace = self.workspace();
        let history = self.layer.history();
        for landed in history.stored(everything()) {
            let entry = &landed.entry;
            let end = expiry(&workspace, entry.content.occurred_at, entry.expires_at, self.now);
            // What had expired before the rewriting came to it stays as it was.
            let has_expired = entry.expires_at.is_some_and(|end| end <= self.now);
            if entry.expires_at != end && !has_expired {
                return Err(format!(
                    "{} expires {:?}, but it should {end:?}",
                    entry.id, entry.expires_at
                ));
            }
        }
        Ok(())
    }
}
