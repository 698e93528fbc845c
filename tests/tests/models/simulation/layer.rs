//! The layer between the handlers and the store: it holds every call at the gate, lets it fail,
//! answers from an old copy, writes down what landed, and breaks the rule of a mutant.

use crate::simulation::gate::{Fate, Gate, Passage, Purpose};
use crate::simulation::history::History;
use crate::simulation::mutant::{Mutant, keep_unconditionally, set_marker};
use aws::dynamodb::DynamoStore;
use aws_sdk_dynamodb::Client;
use domain::catalog::Catalog;
use domain::credential::{Credential, KeyId};
use domain::entry::{ActorKey, Entry};
use domain::identity::Salt;
use domain::job::{Job, JobKey};
use domain::memory::fixtures::salt_of;
use domain::ports::{
    ActorSalts, AppendEntry, Appended, Consistency, Direction, KeepTally, Life, ListEntries, Lives,
    Matches, Metered, NewLife, ReadCatalog, ReadControl, ReadJobs, ReadRows, ReadSpan, ReadTally,
    ReopenTally, RewriteLife, Row, Rows, Slice, Spent, StoreError, Stretch, WriteCatalog,
    WriteControl, WriteJobs,
};
use domain::span::Span;
use domain::tally::{Level, Node, Period};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use std::sync::{Arc, Mutex, MutexGuard};

/// Entries of one call of a batch, as the store sends them.
const BATCH_ENTRIES: usize = 25;

/// The store as one worker sees it.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) inner: DynamoStore,
    pub(crate) client: Client,
    pub(crate) gate: Gate,
    pub(crate) history: Arc<Mutex<History>>,
    pub(crate) mutant: Option<Mutant>,
    /// Whose calls these are; those of nobody are let through at once.
    pub(crate) worker: Option<usize>,
    /// Whether entries and nodes are read from what landed instead of from the store, which has the
    /// same and takes much longer.
    pub(crate) reads_from_memory: bool,
    /// How many times as much reading seems to cost, so that a few hundred entries spend a budget.
    pub(crate) price: f64,
}

fn lost() -> StoreError {
    StoreError::Unavailable("lost by the simulation".into())
}

/// What came of a call, unless its answer is lost.
fn answered<T>(passage: &Passage, answer: T) -> Result<T, StoreError> {
    if passage.verdict.fate == Fate::AnswerLost { Err(lost()) } else { Ok(answer) }
}

impl Layer {
    /// The same store for another worker.
    pub(crate) fn of(&self, worker: Option<usize>, price: f64) -> Self {
        Self { worker, price, reads_from_memory: false, ..self.clone() }
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap()
    }

    async fn pass(
        &self,
        purpose: Purpose,
        text: impl FnOnce() -> String,
    ) -> Result<Passage, StoreError> {
        let Some(worker) = self.worker else { return Ok(Passage::free()) };
        let passage = self.gate.pass(worker, purpose, text()).await;
        if passage.verdict.fate == Fate::FailsBefore { Err(lost()) } else { Ok(passage) }
    }

    /// Whether a read sees every write: strongly consistent reads do, unless the mutant is at work.
    fn is_current(&self, consistency: Consistency, mutant: Mutant) -> bool {
        consistency == Consistency::Strong && self.mutant != Some(mutant)
    }

    fn landed(&self, entry: &Entry, outcome: &Result<Appended, StoreError>) {
        if matches!(outcome, Ok(Appended::Recorded)) {
            self.history().record(entry);
        }
    }
}

/// Which old copy answers, if one does.
fn as_of(passage: &Passage, is_current: bool) -> Option<u64> {
    passage.verdict.as_of.filter(|_| !is_current)
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

impl ReadControl for Layer {
    async fn credential(&self, key_id: &KeyId) -> Result<Option<Credential>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read the credential".to_owned()).await?;
        answered(&passage, self.inner.credential(key_id).await?)
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read the workspace".to_owned()).await?;
        answered(&passage, self.inner.workspace(id).await?)
    }
}

impl WriteControl for Layer {
    async fn put_workspace(
        &self,
        workspace: &Workspace,
        job: Option<&Job>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let passage = self
            .pass(Purpose::Append, || format!("put the workspace: {:?}", workspace.plan))
            .await?;
        self.inner.put_workspace(workspace, job, entry).await?;
        self.history().workspace = workspace.clone();
        self.history().record(entry);
        answered(&passage, ())
    }

    async fn put_credential(
        &self,
        credential: &Credential,
        entry: Option<&Entry>,
    ) -> Result<(), StoreError> {
        self.inner.put_credential(credential, entry).await
    }
}

impl ActorSalts for Layer {
    async fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> Vec<Result<Salt, StoreError>> {
        // The same in every run, and at once: a salt never changes, so no count depends on the
        // moment at which it is read.
        actors.iter().map(|actor| Ok(salt_of(workspace, actor))).collect()
    }

    async fn stored_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
    ) -> Result<Option<Salt>, StoreError> {
        Ok(Some(salt_of(workspace, actor)))
    }
}

impl ReadCatalog for Layer {
    async fn catalog(&self) -> Result<Option<Arc<Catalog>>, StoreError> {
        Ok(None)
    }

    async fn catalog_version(&self, version: u64) -> Result<Option<Catalog>, StoreError> {
        self.inner.catalog_version(version).await
    }
}

impl WriteCatalog for Layer {
    async fn put_catalog(&self, catalog: &Catalog) -> Result<(), StoreError> {
        self.inner.put_catalog(catalog).await
    }
}

impl AppendEntry for Layer {
    async fn append(&self, entry: &Entry) -> Result<Appended, StoreError> {
        let passage = self.pass(Purpose::Append, || format!("append {}", entry.id)).await?;
        let outcome = self.inner.append(entry).await;
        self.landed(entry, &outcome);
        answered(&passage, outcome?)
    }

    async fn append_all(&self, entries: &[Entry]) -> Vec<Result<Appended, StoreError>> {
        let mut outcomes = Vec::with_capacity(entries.len());
        for some in entries.chunks(BATCH_ENTRIES) {
            let text = || {
                format!(
                    "append {} from {}",
                    some.len(),
                    some.first().map_or(String::new(), |entry| entry.id.to_string())
                )
            };
            match self.pass(Purpose::Append, text).await {
                Err(_) => outcomes.extend(some.iter().map(|_| Err(lost()))),
                Ok(passage) => {
                    let appended = self.inner.append_all(some).await;
                    some.iter()
                        .zip(&appended)
                        .for_each(|(entry, outcome)| self.landed(entry, outcome));
                    outcomes
                        .extend(appended.into_iter().map(|outcome| answered(&passage, outcome?)));
                }
            }
        }
        outcomes
    }
}

impl ListEntries for Layer {
    async fn slice(
        &self,
        stretch: Stretch<'_>,
        direction: Direction,
        wanted: usize,
        most_read: usize,
    ) -> Result<Slice, StoreError> {
        let passage =
            self.pass(Purpose::Read, || format!("list {wanted} entries {direction:?}")).await?;
        answered(&passage, self.inner.slice(stretch, direction, wanted, most_read).await?)
    }

    async fn count(
        &self,
        stretch: Stretch<'_>,
        most: u64,
        most_read: usize,
    ) -> Result<Matches, StoreError> {
        let passage = self.pass(Purpose::Read, || format!("count up to {most} entries")).await?;
        answered(&passage, self.inner.count(stretch, most, most_read).await?)
    }
}

impl ReadSpan for Layer {
    async fn read(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
        consistency: Consistency,
    ) -> Result<Slice, StoreError> {
        let of_span =
            || format!("{} to {}", span.low.occurred_at().key(), span.high.occurred_at().key());
        let passage = self
            .pass(Purpose::Read, || format!("read {}, at most {limit}, {consistency:?}", of_span()))
            .await?;
        let slice = match as_of(&passage, self.is_current(consistency, Mutant::OldEntries)) {
            Some(as_of) => self.history().old_read(span, limit, as_of),
            None if self.reads_from_memory => self.history().old_read(span, limit, u64::MAX),
            None => self.inner.read(workspace, span, limit, consistency).await?,
        };
        answered(&passage, slice)
    }
}

impl ReadTally for Layer {
    async fn nodes(
        &self,
        workspace: &WorkspaceId,
        level: Level,
        first: Timestamp,
        last: Timestamp,
        consistency: Consistency,
    ) -> Result<Vec<Node>, StoreError> {
        let of =
            || format!("{} to {}", Period::holding(level, first), Period::holding(level, last));
        let passage = self
            .pass(Purpose::Read, || format!("read the nodes {}, {consistency:?}", of()))
            .await?;
        let nodes = match as_of(&passage, self.is_current(consistency, Mutant::OldNodes)) {
            Some(as_of) => self.history().old_nodes(level, first, last, as_of),
            None if self.reads_from_memory => {
                self.history().old_nodes(level, first, last, u64::MAX)
            }
            None => self.inner.nodes(workspace, level, first, last, consistency).await?,
        };
        answered(
            &passage,
            nodes
                .into_iter()
                .map(|node| self.mutant.map_or(node.clone(), |mutant| mutant.seen(node)))
                .collect(),
        )
    }
}

impl KeepTally for Layer {
    async fn keep(&self, workspace: &Workspace, node: &Node) -> Result<bool, StoreError> {
        let node = self.mutant.map_or(node.clone(), |mutant| mutant.stored(node.clone()));
        let counted = node.counted.clone().unwrap();
        let of = || {
            format!(
                "{} with {} entries through {}, marker {:?}",
                node.period,
                counted.total(),
                counted.through.key(),
                node.reopened_at
            )
        };
        let passage = self.pass(Purpose::Keep, || format!("keep {}", of())).await?;
        let is_kept = if self.mutant == Some(Mutant::StoredUnconditionally) {
            keep_unconditionally(&self.inner, &self.client, workspace, &node).await?
        } else {
            self.inner.keep(workspace, &node).await?
        };
        if is_kept {
            self.history().set_node(node.period, Some(node.clone()));
            if self.mutant == Some(Mutant::MarkerRemoved) && node.reopened_at.is_some() {
                set_marker(&self.client, workspace, node.period, None).await;
                self.history()
                    .set_node(node.period, Some(Node { reopened_at: None, ..node.clone() }));
            }
        }
        answered(&passage, is_kept)
    }
}

impl ReopenTally for Layer {
    async fn reopen(
        &self,
        workspace: &Workspace,
        period: Period,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let passage =
            self.pass(Purpose::Reopen, || format!("reopen {period} at {}", now.key())).await?;
        if self.mutant != Some(Mutant::NoMarker) {
            self.inner.reopen(workspace, period, now).await?;
            self.history().reopen(period, now);
        }
        answered(&passage, ())
    }
}

impl ReadJobs for Layer {
    async fn job(&self, key: &JobKey) -> Result<Option<Job>, StoreError> {
        let passage = self.pass(Purpose::Control, || format!("read the job {key}")).await?;
        answered(&passage, self.inner.job(key).await?)
    }

    async fn exports(&self, workspace: &WorkspaceId, limit: usize) -> Result<Vec<Job>, StoreError> {
        self.inner.exports(workspace, limit).await
    }

    async fn open_jobs(&self) -> Result<Vec<JobKey>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read the open jobs".to_owned()).await?;
        answered(&passage, self.inner.open_jobs().await?)
    }
}

impl WriteJobs for Layer {
    async fn start_job(&self, job: &Job, entry: &Entry) -> Result<(), StoreError> {
        self.inner.start_job(job, entry).await
    }

    async fn replace_job(&self, before: &Job, after: &Job) -> Result<(), StoreError> {
        let passage = self
            .pass(Purpose::Control, || {
                format!(
                    "store the job: run {} step {} attempt {}",
                    after.run, after.step, after.attempt
                )
            })
            .await?;
        answered(&passage, self.inner.replace_job(before, after).await?)
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        self.inner.open_job(job).await
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        let passage =
            self.pass(Purpose::Control, || format!("take {} off the list", job.key)).await?;
        answered(&passage, self.inner.take_off(job, now).await?)
    }
}

impl ReadRows for Layer {
    async fn rows(&self, stretch: Stretch<'_>) -> Result<Rows, StoreError> {
        self.inner.rows(stretch).await
    }

    async fn fill(&self, workspace: &WorkspaceId, rows: &mut [Row]) -> Result<(), StoreError> {
        self.inner.fill(workspace, rows).await
    }
}

impl RewriteLife for Layer {
    async fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> Result<Lives, StoreError> {
        let passage =
            self.pass(Purpose::Control, || format!("read {limit} lives from {}", span.low)).await?;
        answered(&passage, self.inner.lives(workspace, span, limit).await?)
    }

    async fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> Result<bool, StoreError> {
        let of = || {
            format!(
                "{} to expire {:?} by version {}",
                life.id,
                new.expires_at.map(Timestamp::key),
                new.version
            )
        };
        let passage = self.pass(Purpose::Append, || format!("rewrite {}", of())).await?;
        let is_rewritten = self.inner.rewrite(workspace, life, new).await?;
        if is_rewritten {
            self.history().rewrite(life.id, new.expires_at);
        }
        answered(&passage, is_rewritten)
    }
}
