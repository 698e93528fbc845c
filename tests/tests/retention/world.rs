//! The service's rules over the store in memory: changes of plan, the job after them and lists,
//! without HTTP.

use domain::clock::Clock;
use domain::counting::{Browse, Budget, Ledger};
use domain::filter::Filter;
use domain::identity::EntryId;
use domain::job::IDLE_AFTER_MS;
use domain::memory::fixtures::requester;
use domain::memory::{MemoryFiles, MemoryQueue, MemoryStore};
use domain::plan::{GraceDays, Plan};
use domain::plan_change::change_plan;
use domain::ports::{Direction, EnqueueJob, ListEntries, Metered, ReadControl, ReadJobs, Stretch};
use domain::span::Span;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use job::{Limits, Pace, Worker};
use std::time::Duration;
use tests::{NOON, actor, at};
use web::service::Service;

/// A store in memory, and whoever works over it.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) clock: Clock,
    queue: MemoryQueue,
}

impl World {
    pub(crate) fn at_noon() -> Self {
        let (store, queue) = (MemoryStore::new(), MemoryQueue::default());
        Self { store, clock: Clock::manual(at(NOON)), queue }
    }

    fn worker(&self) -> Worker<MemoryStore, MemoryQueue, MemoryFiles> {
        let limits = Limits { pace: Pace::UNLIMITED, ..Limits::default() };
        let service = Service::new(self.store.clone(), self.clock.clone());
        Worker { service, queue: self.queue.clone(), files: MemoryFiles::default(), limits }
    }

    /// Changes a plan, and announces the job that follows.
    pub(crate) async fn change(&self, id: &WorkspaceId, plan: Plan) {
        let (store, clock) = (self.store.metered(), &self.clock);
        let (asks, grace) = (requester("u_admin"), GraceDays::default());
        let change = change_plan(&store, id, plan, &asks, false, grace, clock).await.unwrap();
        if let Some(job) = change.job {
            self.queue.enqueue(&job.message()).await.unwrap();
        }
    }

    /// Works on jobs until the queue is empty.
    pub(crate) async fn work(&self) {
        let worker = self.worker();
        while let Some(message) = self.queue.take() {
            worker.work_on(&message).await.unwrap();
        }
    }

    /// Works on jobs until all are closed, moving the clock to where they wait for.
    pub(crate) async fn work_to_the_end(&self) {
        for _ in 0..1_000 {
            self.work().await;
            let mut due: Option<Timestamp> = None;
            for key in self.store.open_jobs().await.unwrap() {
                let job = self.store.job(&key).await.unwrap().unwrap();
                let moment = job.not_before.unwrap_or(job.updated_at.plus_ms(IDLE_AFTER_MS));
                due = Some(due.map_or(moment, |due| due.min(moment)));
            }
            let Some(due) = due else { return };
            self.clock.set(due.max(self.clock.now()));
            self.worker().look_after().await.unwrap();
        }
        panic!("a job does not come to an end");
    }

    /// What a list shows of `project.update`, which is the log without the changes of plan: by the
    /// index of the one actor who does it, and by the counts. Both must agree.
    pub(crate) async fn shown(&self, id: &WorkspaceId) -> Vec<EntryId> {
        let (now, store) = (self.clock.now(), self.store.metered());
        let workspace = store.workspace(id).await.unwrap().unwrap();
        let by_actor = Filter { actor: Some(actor("u_1").key()), ..Filter::default() };
        let by_action = Filter { action: Some("project.update".into()), ..Filter::default() };
        let Some(span) = Span::of(&by_action, &workspace, now) else { return Vec::new() };
        let filter = &by_actor;
        let stretch = Stretch { workspace: &workspace, filter, span, recorded_by: None, now };
        let by_index = store.slice(stretch, Direction::NewestFirst, 100, 1_000).await.unwrap();
        let by_index: Vec<_> = by_index.entries.iter().map(|entry| entry.id).collect();
        let counted = counted(&store, &workspace, &by_action, span, now).await;
        assert_eq!(by_index, counted, "index and table differ");
        counted
    }
}

async fn counted(
    store: &MemoryStore,
    workspace: &Workspace,
    filter: &Filter,
    span: Span,
    now: Timestamp,
) -> Vec<EntryId> {
    let budget = Budget::new(f64::MAX, Duration::from_mins(1));
    let opened = Ledger::open(store, workspace, filter, span, Browse::COUNTED, now, budget);
    let mut ledger = opened.await.unwrap();
    let rows = ledger.rows(0, 100).await.unwrap();
    assert!(ledger.is_exact());
    assert_eq!(ledger.total(), u64::try_from(rows.len()).unwrap());
    rows.iter().map(|entry| entry.id).collect()
}
