//! The ports in memory, for tests: the same answers as the adapters over DynamoDB, S3 and SQS, in
//! microseconds, with faults on demand.
//!
//! [`MemoryStore`] keeps what the two tables keep. A call of a port makes the same calls of the
//! store, in the same order, as the adapter over DynamoDB does, and a [`Script`] decides on each of
//! them: let it pass, fail it before or after it took effect, answer from an older copy, or end a
//! page early. `tests/tests/ports` runs the same operations against both and compares the answers.
//!
//! It is compiled always, and not behind a feature: with one, commands would resolve different
//! features and compile dependencies twice.

mod append;
mod catalog;
mod checks;
mod control;
mod directory;
mod files;
pub mod fixtures;
mod get;
mod jobs;
mod journal;
mod list;
mod lives;
mod probe;
mod query;
mod queue;
mod rows;
mod run;
mod salts;
mod script;
mod size;
mod state;
mod table;
mod tally;

pub use files::MemoryFiles;
pub use queue::MemoryQueue;
pub use run::{finish, interleave};
pub use script::{Asked, Call, Failure, Fate, Script};

use crate::entry::{Entry, NewEntry, SaltKey, StoredSalt};
use crate::ports::{Metered, RememberLogs, Spent, StoreError};
use crate::remembered::LogMemory;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use script::Scripted;
use state::State;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Version;

/// The store in memory. Clones share what is stored.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    script: Scripted,
    is_stepping: bool,
    spent: Arc<Mutex<Spent>>,
    remembered: Arc<LogMemory>,
}

/// What a call reads: the store as of a version.
pub(crate) struct View<'a> {
    state: &'a State,
    at: Version,
    /// A page ends after so many items.
    page: usize,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same data through a handle whose calls this script decides on. Other handles, the one
    /// that a script has captured among them, are not affected.
    #[must_use]
    pub fn scripted(&self, script: impl Script + 'static) -> Self {
        Self { script: Scripted::new(script), ..self.metered() }
    }

    /// The same data through a handle of another process, which remembers nothing yet.
    #[must_use]
    pub fn of_new_process(&self) -> Self {
        Self { remembered: Arc::default(), ..self.metered() }
    }

    /// The same data through a handle each of whose calls waits once before it takes effect, so
    /// that [`interleave`] can run another task in between.
    #[must_use]
    pub fn stepping(&self) -> Self {
        Self { is_stepping: true, ..self.metered() }
    }

    /// How many writes were made so far. A script that answers a read as of a version names one of
    /// these numbers.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// Stores a workspace as it is, without the entry that tells of it.
    pub fn put_plain_workspace(&self, workspace: &Workspace) {
        let mut state = self.lock();
        let at = state.next();
        state.workspaces.put(at, workspace.id.clone(), Some(workspace.clone()));
    }

    /// Stores entries as they are, at once, with the salts from which their ids follow, and never
    /// deletes them.
    pub fn load(&self, entries: &[Entry]) {
        let new = |entry: &Entry| NewEntry { entry: entry.clone(), delete_at: None };
        self.load_new(&entries.iter().map(new).collect::<Vec<_>>());
    }

    /// Stores entries at once, each as if it was recorded when it happened by this workspace's
    /// plan.
    pub fn load_by(&self, workspace: &Workspace, entries: &[Entry]) {
        let new = |entry: &Entry| fixtures::new_entry(workspace, entry);
        self.load_new(&entries.iter().map(new).collect::<Vec<_>>());
    }

    /// Stores entries as they are, at once.
    pub fn load_new(&self, entries: &[NewEntry]) {
        let mut state = self.lock();
        let at = state.next();
        for new in entries {
            let (workspace, actor) = (&new.entry.workspace_id, new.entry.content.actor.key());
            let key = SaltKey { actor, generation: new.entry.salt_generation };
            let salt = StoredSalt::Living(fixtures::salt_of_generation(workspace, &key));
            state.salts.put(at, (workspace.clone(), key), Some(salt));
            state.put_whole_entry(at, new);
        }
    }

    /// Deletes an entry before it expires, which the service never does.
    pub fn destroy(&self, entry: &Entry) {
        let mut state = self.lock();
        let at = state.next();
        let key = (entry.workspace_id.clone(), entry.id);
        state.entries.put(at, key.clone(), None);
        state.values.put(at, key, None);
    }

    /// Deletes what may be deleted at `now`, as DynamoDB does sooner or later, and says how many
    /// items of the entries table that were.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it deletes")]
    pub fn delete_expired(&self, now: Timestamp) -> usize {
        self.lock().delete_expired(now)
    }

    /// Every entry of a workspace as it is stored, the oldest first, with its values as far as they
    /// are there: what a test compares.
    #[must_use]
    pub fn stored(&self, workspace: &Workspace) -> Vec<Entry> {
        self.lives_of(workspace).into_iter().map(|new| new.entry).collect()
    }

    /// The same with the moment from which each may be deleted.
    #[must_use]
    pub fn lives_of(&self, workspace: &Workspace) -> Vec<NewEntry> {
        self.lock().stored(&workspace.id)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, call: Call, add: impl FnOnce(&mut Spent)) {
        add(&mut self.spent.lock().unwrap_or_else(PoisonError::into_inner));
        // The statements of a batch share one.
        if call != Call::InsertEntry {
            self.count_call();
        }
    }

    fn count_call(&self) {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).calls += 1;
    }

    /// One call that reads strongly consistently.
    async fn look_now<T>(
        &self,
        call: Call,
        read: impl FnOnce(&View<'_>) -> (T, f64),
    ) -> Result<T, StoreError> {
        self.look(call, true, read).await
    }

    /// One call that reads, and may be behind unless it is `strong`. `read` gives the answer, and
    /// what it costs as an eventually consistent read.
    async fn look<T>(
        &self,
        call: Call,
        strong: bool,
        read: impl FnOnce(&View<'_>) -> (T, f64),
    ) -> Result<T, StoreError> {
        let fate = self.fate(call).await;
        let state = self.lock();
        let (at, page) = match fate {
            Fate::FailBefore(failure) | Fate::FailAfter(failure) => return Err(failure.error()),
            Fate::Stale(version) if !strong => (version.min(state.version), usize::MAX),
            Fate::ShortPage(items) => (state.version, items.max(1)),
            Fate::Pass | Fate::Repeat | Fate::Stale(_) => (state.version, usize::MAX),
        };
        let (answer, units) = read(&View { state: &state, at, page });
        self.count(call, |spent| spent.read_units += if strong { 2.0 * units } else { units });
        Ok(answer)
    }

    /// One call that writes. `write` gives the answer and the write units; an error means that a
    /// condition does not hold and nothing is written.
    async fn change<T>(
        &self,
        call: Call,
        write: impl Fn(&mut State, Version) -> Result<(T, f64), StoreError>,
    ) -> Result<T, StoreError> {
        let fate = self.fate(call).await;
        if let Fate::FailBefore(failure) = fate {
            return Err(failure.error());
        }
        let mut state = self.lock();
        let attempt = |state: &mut State| {
            let at = state.next();
            match write(state, at) {
                Ok((answer, units)) => {
                    self.count(call, |spent| spent.write_units += units);
                    Ok(answer)
                }
                Err(condition) => {
                    // A transaction that is cancelled does not say what it cost.
                    if !call.is_transaction() {
                        self.count(call, |_| {});
                    }
                    Err(condition)
                }
            }
        };
        let first = attempt(&mut state);
        match fate {
            Fate::FailAfter(failure) => Err(failure.error()),
            // The token of a transaction makes the second attempt an echo of the first.
            Fate::Repeat if first.is_ok() && !call.is_transaction() => attempt(&mut state),
            _ => first,
        }
    }

    /// Waits for its turn, and asks the script.
    async fn fate(&self, call: Call) -> Fate {
        if self.is_stepping {
            run::yield_once().await;
        }
        self.script.decide(call, || self.version())
    }
}

impl Metered for MemoryStore {
    fn metered(&self) -> Self {
        Self { spent: Arc::default(), ..self.clone() }
    }

    fn spent(&self) -> Spent {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RememberLogs for MemoryStore {
    fn remembered(&self) -> &LogMemory {
        &self.remembered
    }
}

#[cfg(test)]
mod tests;
