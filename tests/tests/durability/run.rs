//! One run: the store, the proxy in front of it, the instances and their clients.

use crate::client::{Client, Known};
use crate::faults::{self, Progress};
use crate::instances::Instances;
use crate::sent::WORKSPACE;
use aws::config::optional_setting;
use aws::dynamodb::{DynamoStore, items_of_workspace};
use domain::clock::Clock;
use domain::credential::{Credential, Scope, Token};
use domain::identity::Salt;
use domain::plan::Plan;
use domain::ports::WriteControl;
use domain::workspace::{Workspace, WorkspaceId};
use local::embedded::{self, Embedded};
use local::setup;
use local::stream::EntriesStream;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tests::Random;
use tests::wire::Wire;
use tokio::net::TcpListener;
use web::service::Service;

/// How large a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) seed: u64,
    pub(crate) entries: usize,
    pub(crate) faults: u64,
    pub(crate) kills: u64,
    pub(crate) clients: usize,
    /// Whether clients repeat entries that they sent before.
    pub(crate) sends_again: bool,
}

impl Size {
    /// The size in `cargo test`.
    pub(crate) const SMALL: Self =
        Self { seed: 1, entries: 1_000, faults: 150, kills: 3, clients: 8, sends_again: true };

    /// The size that the environment sets in `ENTRIES`, `FAULTS`, `KILLS` and `SEED`. What it
    /// leaves out is as in `SMALL`, with a random seed.
    pub(crate) fn from_settings() -> Self {
        let number = |name: &str| optional_setting(name).map(|text| text.parse::<u64>().unwrap());
        let entries = number("ENTRIES").map(|count| usize::try_from(count).unwrap());
        let seed = number("SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
        Self {
            seed,
            entries: entries.unwrap_or(Self::SMALL.entries),
            faults: number("FAULTS").unwrap_or(Self::SMALL.faults),
            kills: number("KILLS").unwrap_or(Self::SMALL.kills),
            // More entries need more clients, because a client spends most of its time waiting, for
            // retries and for its turn.
            clients: (entries.unwrap_or_default() / 100).clamp(Self::SMALL.clients, 256),
            ..Self::SMALL
        }
    }
}

/// A run, with all that it has started.
pub(crate) struct Run {
    pub(crate) size: Size,
    pub(crate) embedded: Embedded,
    /// The store, without the proxy.
    pub(crate) store: DynamoStore,
    pub(crate) wire: Wire,
    pub(crate) instances: Instances,
    pub(crate) workspace: Workspace,
    pub(crate) token: String,
    pub(crate) http: reqwest::Client,
    pub(crate) progress: Arc<Progress>,
    pub(crate) kills: AtomicU64,
    started: Instant,
    taken: AtomicUsize,
    known: Mutex<Vec<Known>>,
    wrong: Mutex<Vec<String>>,
}

impl Run {
    /// Starts everything. No call is torn yet.
    pub(crate) async fn start(size: Size) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // In memory, because the store itself is never killed, and a file is synchronised for each
        // write: 4 ms or more.
        let database = embedded::open(None).unwrap();
        let embedded = Embedded::start(database, listener).unwrap();
        let client = embedded::client(&embedded.endpoint);
        let store = DynamoStore::new(client, embedded::tables());
        let now = Clock::System.now();
        let id = WorkspaceId::parse(WORKSPACE).unwrap();
        let workspace = Workspace::new(id, Plan::Pro, Salt::random().unwrap(), now);
        let items = items_of_workspace(&workspace).unwrap();
        setup::import(&embedded.database, &embedded::tables().control, items).unwrap();
        let token = key(&store, &workspace).await;
        let wire = Wire::start(&embedded.endpoint).await;
        let instances = Instances::start(&wire.endpoint, 2).await;
        // A killed instance may never answer, so a request needs a timeout.
        let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build().unwrap();
        Self {
            size,
            embedded,
            store,
            wire,
            instances,
            workspace,
            token,
            http,
            progress: Arc::default(),
            kills: AtomicU64::new(0),
            started: Instant::now(),
            taken: AtomicUsize::new(0),
            known: Mutex::new(vec![Known::default(); size.entries]),
            wrong: Mutex::default(),
        }
    }

    /// Lets the clients send everything, while calls are torn and instances killed.
    pub(crate) async fn play(&self) {
        let Size { seed, entries, faults, .. } = self.size;
        let entries = u64::try_from(entries).unwrap();
        self.wire.tear(faults::at_random(seed, entries, faults, Arc::clone(&self.progress)));
        // Meanwhile, `tally` numbers what is recorded. Its calls are torn as well.
        let torn = DynamoStore::new(embedded::client(&self.wire.endpoint), embedded::tables());
        let stream = EntriesStream::open(self.embedded.database.clone()).unwrap();
        let numbering = tokio::spawn(stream.follow(Service::new(torn, Clock::System)));
        tokio::select! {
            () = self.send_all() => {}
            () = self.kill_now_and_then() => unreachable!("it goes on until the clients are done"),
            () = self.tell_progress() => unreachable!("it goes on until the clients are done"),
        }
        numbering.abort();
        self.wire.heal();
    }

    /// Lets the clients send everything.
    pub(crate) async fn send_all(&self) {
        let clients = (0..self.size.clients).map(|client| {
            let seed = self.size.seed.wrapping_add(u64::try_from(client).unwrap() << 32);
            Client { run: self, random: Random::new(seed) }.work()
        });
        futures::future::join_all(clients).await;
    }

    /// Kills instances one after another, spread evenly over the progress of the clients.
    async fn kill_now_and_then(&self) {
        let mut random = Random::new(self.size.seed ^ 0xdead);
        let step = u64::try_from(self.size.entries).unwrap() / (self.size.kills + 1);
        for kill in 1..=self.size.kills {
            while self.progress.acknowledged() < step * kill {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.instances.kill_one(&mut random).await;
            self.kills.fetch_add(1, Ordering::SeqCst);
        }
        std::future::pending::<()>().await;
    }

    /// Prints each minute how far the run is, because a large one takes more than an hour.
    #[expect(clippy::print_stdout, reason = "whoever runs it wants to know how far it is")]
    async fn tell_progress(&self) {
        loop {
            tokio::time::sleep(Duration::from_mins(1)).await;
            println!(
                "{} s: {} of {} acknowledged, {} faults, {} kills",
                self.seconds(),
                self.progress.acknowledged(),
                self.size.entries,
                self.progress.torn(),
                self.kills.load(Ordering::SeqCst),
            );
        }
    }

    /// Takes the next numbers that no client has taken. Returns an empty list when all are taken.
    pub(crate) fn take(&self, count: usize) -> Vec<usize> {
        let from = self.taken.fetch_add(count, Ordering::SeqCst).min(self.size.entries);
        (from..(from + count).min(self.size.entries)).collect()
    }

    /// Some random numbers that clients have taken before.
    pub(crate) fn some_taken(&self, random: &mut Random) -> Vec<usize> {
        let taken = self.taken.load(Ordering::SeqCst).min(self.size.entries);
        let taken = u32::try_from(taken).unwrap();
        let some = (0..=random.below(30)).map(|_| usize::try_from(random.below(taken)).unwrap());
        let mut some: Vec<_> = some.collect();
        some.sort_unstable();
        some.dedup();
        some
    }

    pub(crate) fn needs_more_faults(&self) -> bool {
        self.progress.torn() < self.size.faults
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes something that is wrong.
    pub(crate) fn note(&self, wrong: String) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(wrong);
    }

    /// What has been noted as wrong.
    pub(crate) fn noted(&self) -> Vec<String> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client of the store that does not pass through the proxy.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        embedded::client(&self.embedded.endpoint)
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}

/// Stores a key for the clients and the check, and returns its text.
async fn key(store: &DynamoStore, workspace: &Workspace) -> String {
    let token = Token::random().unwrap();
    let credential = Credential {
        workspace_id: Some(workspace.id.clone()),
        name: Some("durability".to_owned()),
        ..Credential::of(&token, Scope::ALL.to_vec(), Clock::System.now())
    };
    store.put_credential(&credential, None).await.unwrap();
    token.text()
}
