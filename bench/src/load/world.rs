//! Owns what is measured: the log, its store, the service in a process of its own, and the CPU time
//! of both.

use super::store::{self, Store};
use crate::cases::PAGE;
use crate::process::{Process, threads_ms};
use crate::stream;
use crate::workload::{Log, WORKSPACE};
use crate::{Fault, progress};
use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use domain::clock::Clock;
use domain::counting::Budget;
use domain::identity::EntryId;
use domain::sequencing::seal;
use local::jobs::{Backend, LocalQueue};
use local::{embedded, gateway, objects};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use tally::Planned;
use tokio::net::TcpListener;
use web::rates::Rates;
use web::service::Service;

/// How long before now the log ends, so that all of it is settled.
const SETTLED_MS: i64 = 60_000;
/// Nobody listens there: no request here is about a file.
const NO_FILES: &str = "http://127.0.0.1:9";

/// The service over a log, and a client of it.
pub(crate) struct World {
    pub(super) log: Log,
    /// How many pages the log has.
    pub(super) pages: usize,
    http: Client,
    authorization: String,
    entries: String,
    service: Process,
    store: Store,
}

/// CPU time so far, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Cpu {
    /// Of the service.
    pub(crate) service: f64,
    /// Of its store.
    pub(crate) store: f64,
}

impl Cpu {
    /// What was used since then.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { service: self.service - before.service, store: self.store - before.store }
    }
}

impl World {
    /// Imports a log that ends now, has it numbered and counted, and starts the service.
    pub(super) async fn start(entries: usize) -> Result<Self, Fault> {
        let log = Log::ending(entries, Clock::System.now().plus_ms(-SETTLED_MS))?;
        let store = Store::start(&log).await?;
        count(&log, &store.endpoint).await?;
        progress(&format!("{entries} entries are imported and counted"));
        let (service, address) = start(&store.endpoint)?;
        let mut world = Self {
            log,
            pages: 0,
            http: Client::new(),
            authorization: format!("Bearer {}", store.token),
            entries: format!("{address}/v1/workspaces/{WORKSPACE}/entries"),
            service,
            store,
        };
        let page = world.request(Method::GET, &format!("?page_size={PAGE}"));
        let page: Value = serde_json::from_str(&world.expect(page, 200).await?)?;
        let total = page.pointer("/page/total_entries").and_then(Value::as_u64);
        world.pages = usize::try_from(total.ok_or("a page without a total")?)?.div_ceil(PAGE);
        if world.pages < 3 {
            return Err("a log without a middle page".into());
        }
        Ok(world)
    }

    /// A request about the log's entries. `rest` comes after their path.
    pub(super) fn request(&self, method: Method, rest: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{rest}", self.entries));
        request.header("authorization", &self.authorization)
    }

    /// Sends a request, and returns the body of the answer.
    ///
    /// # Errors
    /// When the answer has another status, or an entry of a batch was rejected.
    pub(super) async fn expect(
        &self,
        request: RequestBuilder,
        status: u16,
    ) -> Result<String, Fault> {
        let answer = request.send().await?;
        let (answered, body) = (answer.status().as_u16(), answer.bytes().await?);
        let body = String::from_utf8(body.into())?;
        if answered != status || body.contains(r#""status":"rejected""#) {
            return Err(format!("the answer is {answered} {body}").into());
        }
        Ok(body)
    }

    /// The CPU time of both so far.
    pub(super) fn cpu(&self) -> Result<Cpu, Fault> {
        Ok(Cpu { service: self.service.cpu_ms()?, store: threads_ms("self", store::THREADS)? })
    }

    /// Ends the service and the store.
    pub(super) fn stop(self) -> Result<(), Fault> {
        drop(self.service);
        self.store.stop()
    }
}

/// Numbers and counts the log, as the `tally` function does.
async fn count(log: &Log, endpoint: &str) -> Result<(), Fault> {
    let store = DynamoStore::new(embedded::client(endpoint), embedded::tables());
    let service = Service::new(store, Clock::System);
    let budget = Budget::new(f64::INFINITY, Duration::from_hours(1));
    seal(&service.store, &log.workspace.id, Clock::System.now(), &budget).await?;
    // The id is only a hint: no entry needs to have it.
    let hint = EntryId::first_of(Clock::System.now());
    stream::tally(&service, &Planned::default(), &[hint]).await
}

/// Starts the process of the service, and returns its address, too.
fn start(endpoint: &str) -> Result<(Process, String), Fault> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--serve", endpoint]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = Process(command.spawn()?);
    let stdout = process.0.stdout.take().ok_or("a process without an output")?;
    let mut address = String::new();
    BufReader::new(stdout).read_line(&mut address)?;
    Ok((process, address.trim().to_owned()))
}

/// Serves the service over the store at `endpoint`, and prints its address first. Ends when its
/// input does: with the process that has started it.
pub(crate) async fn serve(endpoint: &str) -> Result<(), Fault> {
    let store = DynamoStore::new(embedded::client(endpoint), embedded::tables());
    let service = Service::new(store, Clock::System).with_rates(Rates::UNLIMITED);
    let files = S3Files::new(objects::client(NO_FILES), objects::BUCKET.to_owned());
    let backend = Backend { queue: LocalQueue::default(), files };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let input = tokio::task::spawn_blocking(|| std::io::stdin().lines().count());
    Ok(gateway::serve(listener, service, backend, async move { drop(input.await) }).await?)
}
