//! Owns the embedded store, on threads of its own.

use crate::Fault;
use crate::workload::Log;
use domain::clock::Clock;
use local::embedded::{self, Embedded};
use local::setup;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// The name of the store's threads, by which their CPU time is found.
pub(super) const THREADS: &str = "store";
/// A thread that ends takes its CPU time with it, so idle ones are kept.
const KEPT: Duration = Duration::from_hours(1);

/// A store that runs.
pub(super) struct Store {
    /// Where it listens.
    pub(super) endpoint: String,
    /// A key that may do everything.
    pub(super) token: String,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), Fault>>,
}

impl Store {
    /// Starts a store in memory, and imports the log into it.
    pub(super) async fn start(log: &Log) -> Result<Self, Fault> {
        let (started, starting) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        // The import is of the caller's thread, because the log is.
        let database = embedded::open(None)?;
        let of_thread = database.clone();
        let thread = std::thread::Builder::new().name(THREADS.to_owned());
        let thread = thread.spawn(move || {
            runtime()?.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let embedded = Embedded::start(of_thread, listener)?;
                let _ = started.send(embedded.endpoint.clone());
                let _ = stopped.await;
                embedded.stop().await;
                Ok(())
            })
        })?;
        let endpoint = starting.await?;
        setup::import(&database, &embedded::tables().control, log.control_items()?)?;
        log.import(&database, 0..log.len())?;
        let token = setup::create_demo_key(&database, Clock::System.now())?.text();
        Ok(Self { endpoint, token, stop, thread })
    }

    /// Stops it after it has answered every request under way.
    pub(super) fn stop(self) -> Result<(), Fault> {
        let _ = self.stop.send(());
        self.thread.join().map_err(|_panic| "the store panicked")?
    }
}

fn runtime() -> Result<Runtime, Fault> {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().thread_name(THREADS).thread_keep_alive(KEPT);
    Ok(builder.build()?)
}
