//! The layer between the handlers and the store. It holds every call at the gate, lets calls fail
//! or answers them from a stale copy, adds what landed to the history, and applies the mutant.

mod control;
mod directory;
mod entries;
mod journal;
mod lives;

use crate::simulation::gate::{Fate, Gate, Passage, Purpose};
use crate::simulation::history::{CURRENT, History};
use crate::simulation::mutant::{Broken, Mutant};
use crate::simulation::world::Role;
use aws::dynamodb::DynamoStore;
use aws_sdk_dynamodb::Client;
use domain::ports::{Consistency, Metered, RememberLogs, Spent, StoreError};
use domain::remembered::LogMemory;
use std::sync::{Arc, Mutex, MutexGuard};

/// A2: a put lands at most this long after its `recorded_at`.
pub(crate) const LANDS_WITHIN_MS: i64 = 6_000;

/// The store as one worker sees it.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) inner: DynamoStore,
    pub(crate) client: Client,
    pub(crate) gate: Gate,
    pub(crate) history: Arc<Mutex<History>>,
    pub(crate) mutant: Option<Mutant>,
    /// What the mutant remembers of this worker.
    pub(crate) broken: Arc<Mutex<Broken>>,
    /// The worker that makes the calls. With `None`, calls pass the gate at once.
    pub(crate) worker: Option<usize>,
    /// The role of the worker.
    pub(crate) role: Option<Role>,
    /// Whether entries, journal and nodes are read from the history instead of the embedded store,
    /// which holds the same and is much slower.
    pub(crate) reads_from_memory: bool,
    /// The factor by which reads seem more expensive, so that a few hundred entries exhaust a
    /// budget.
    pub(crate) price: f64,
    /// What the worker's process remembers of the log.
    pub(crate) logs: Arc<LogMemory>,
    /// The most segments that one call returns.
    pub(crate) segments_per_call: usize,
}

fn lost() -> StoreError {
    StoreError::Unavailable("lost by the simulation".into())
}

/// The result of a call, or an error if its answer is lost.
fn answered<T>(passage: &Passage, answer: T) -> Result<T, StoreError> {
    if passage.verdict.fate == Fate::AnswerLost { Err(lost()) } else { Ok(answer) }
}

impl Layer {
    /// The same store for another worker, in a process of its own.
    pub(crate) fn of(&self, worker: Option<usize>, role: Option<Role>, price: f64) -> Self {
        let (broken, logs) = (Arc::default(), Arc::default());
        Self { worker, role, price, broken, logs, reads_from_memory: false, ..self.clone() }
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap()
    }

    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    async fn pass(
        &self,
        purpose: Purpose,
        text: impl FnOnce() -> String,
    ) -> Result<Passage, StoreError> {
        let Some(worker) = self.worker else { return Ok(Passage::free()) };
        let due = purpose.is_recording().then(|| self.history().now.plus_ms(LANDS_WITHIN_MS));
        let passage = self.gate.pass(worker, purpose, due, text()).await;
        if passage.verdict.fate == Fate::FailsBefore { Err(lost()) } else { Ok(passage) }
    }

    /// The last write seen by the copy that answers a read. `None` means that the store itself
    /// answers.
    fn copy(&self, passage: &Passage, consistency: Consistency) -> Option<u64> {
        let is_current = consistency == Consistency::Strong && !self.is(Mutant::OldCopies);
        let in_memory = self.reads_from_memory.then_some(CURRENT);
        passage.verdict.as_of.filter(|_| !is_current).or(in_memory)
    }
}

impl Metered for Layer {
    fn metered(&self) -> Self {
        Self { inner: self.inner.metered(), ..self.clone() }
    }

    fn spent(&self) -> Spent {
        let spent = self.inner.spent();
        Spent { read_units: spent.read_units * self.price, ..spent }
    }
}

impl RememberLogs for Layer {
    fn remembered(&self) -> &LogMemory {
        &self.logs
    }
}
