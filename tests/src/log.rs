//! Logs that are written straight into the embedded database. Thousands of entries would take
//! thousands of requests over the API.

use crate::client::Api;
use crate::proxy::Proxy;
use crate::service::{Setup, TestService, hurried_client, serve, serve_over};
use aws::dynamodb::{Item, item_of_salt, items_of_entry, items_of_workspace};
use domain::counting;
use domain::counting::{Budget, Fold};
use domain::entry::{Actor, Content, Entry, NewEntry, Target};
use domain::identity::Salt;
use domain::memory::fixtures::{entry_with, salt_of};
use domain::plan::{GraceDays, Plan};
use domain::sequencing::seal;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use local::{embedded, setup};
use std::collections::BTreeSet;
use std::time::Duration;

/// Random numbers that are the same in every run.
#[derive(Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    /// The numbers of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        self.0.u32(..end)
    }

    /// One of these.
    ///
    /// # Panics
    /// When the list is empty.
    #[expect(clippy::unwrap_used, reason = "a test that picks from nothing fails")]
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        self.0.choice(of).copied().unwrap()
    }
}

/// The content of an entry. The number makes an `external_id`, which tells equal entries apart.
#[must_use]
pub fn content(
    at: Timestamp,
    actor: Actor,
    action: &str,
    target: Target,
    external_id: usize,
) -> Content {
    Content {
        external_id: Some(format!("evt_{external_id}")),
        ..Content::new(at, actor, action, target)
    }
}

/// The entries that these contents make, recorded as they happened.
#[must_use]
pub fn log_of(workspace: &Workspace, contents: impl IntoIterator<Item = Content>) -> Vec<Entry> {
    contents.into_iter().map(|content| entry_with(workspace, content)).collect()
}

impl TestService {
    /// A workspace made directly in the store a millisecond ago, with the same salt in every run,
    /// and so the same ids. A change of its plan now is the first one.
    ///
    /// # Panics
    /// When it cannot be stored.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test that cannot make its workspace fails")]
    pub fn fixed_workspace(&self, id: &str, plan: Plan) -> Workspace {
        let mut salt = [7; 32];
        salt.iter_mut().zip(id.bytes()).for_each(|(byte, of_id)| *byte = of_id);
        let workspace = Workspace::new(
            WorkspaceId::parse(id).unwrap(),
            plan,
            Salt::from_bytes(salt),
            self.clock.now().plus_ms(-1),
        );
        self.import(&embedded::tables().control, items_of_workspace(&workspace).unwrap());
        workspace
    }

    /// Stores the salts of the actors, and then all entries as they are, in one transaction. With
    /// the salts, an entry that is recorded again gets the same id. The entries never expire.
    ///
    /// # Panics
    /// When they cannot be stored.
    pub fn load(&self, entries: &[Entry]) {
        let new = |entry: &Entry| NewEntry { entry: entry.clone(), delete_at: None };
        self.load_new(&entries.iter().map(new).collect::<Vec<_>>());
    }

    /// Stores entries as if each was recorded when it happened by this workspace's plan.
    ///
    /// # Panics
    /// When they cannot be stored.
    pub fn load_by(&self, workspace: &Workspace, entries: &[Entry]) {
        let new = |entry: &Entry| {
            let moment = entry.content.occurred_at;
            NewEntry::new(workspace, entry.clone(), GraceDays::default(), moment)
        };
        self.load_new(&entries.iter().map(new).collect::<Vec<_>>());
    }

    #[expect(clippy::unwrap_used, reason = "a test that cannot store its log fails")]
    fn load_new(&self, entries: &[NewEntry]) {
        let actors: BTreeSet<_> = entries
            .iter()
            .map(|new| (new.entry.workspace_id.clone(), new.entry.content.actor.key()))
            .collect();
        let salts = actors.iter().map(|(workspace, actor)| {
            item_of_salt(workspace, actor, &salt_of(workspace, actor)).unwrap()
        });
        self.import(&embedded::tables().control, salts.collect());
        let items = entries.iter().flat_map(|new| items_of_entry(new).unwrap());
        self.import(&embedded::tables().entries, items.collect());
    }

    #[expect(clippy::unwrap_used, reason = "a test that cannot store its items fails")]
    fn import(&self, table: &str, items: Vec<Item>) {
        setup::import(&self.embedded.database, table, items).unwrap();
    }

    /// Numbers and counts all that is settled in a workspace, however long that takes. Lists have a
    /// time budget, which may end early on a slow machine.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test whose log is not counted fails")]
    pub async fn count(&self, workspace: &Workspace) {
        let budget = Budget::new(f64::MAX, Duration::from_hours(1));
        let (store, id) = (&self.store, &workspace.id);
        assert!(seal(store, id, self.clock.now(), &budget).await.unwrap().is_finished);
        assert!(counting::fold(store, id, Fold::Now, &budget).await.unwrap().is_finished);
    }

    /// Numbers all that is settled in a workspace, and returns how many entries it has numbered.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test whose log is not numbered fails")]
    pub async fn seal(&self, workspace: &Workspace) -> u64 {
        let budget = Budget::new(f64::MAX, Duration::from_hours(1));
        seal(&self.store, &workspace.id, self.clock.now(), &budget).await.unwrap().entries
    }

    /// A client of another instance, with the same store and clock and with caches of its own.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn another_instance(&self, token: &str) -> Api {
        Api::new(&self.another_address().await, Some(token))
    }

    /// Where another instance listens.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn another_address(&self) -> String {
        self.instance_behind(&self.proxy).await
    }

    /// Where another instance listens, whose calls pass through this proxy.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn instance_behind(&self, proxy: &Proxy) -> String {
        let setup = Setup { clock: self.clock.clone(), rates: self.rates };
        serve(proxy, &setup, &self.backend, &self.roles).await
    }

    /// The same, with an instance that waits for the store no longer than a function does.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn hurried_instance_behind(&self, proxy: &Proxy) -> String {
        let setup = Setup { clock: self.clock.clone(), rates: self.rates };
        let client = hurried_client(&proxy.endpoint, &self.roles);
        serve_over(client, &setup, &self.backend).await
    }
}
