//! Measures what the worst bodies cost a function: the CPU time from the event to the response,
//! with the calls of the store in between, but without the store.
//!
//! The functions run on a thread of their own, whose CPU time the kernel counts; the embedded store
//! runs on others. A figure is the mean of some runs, because the kernel counts in steps of some
//! milliseconds.

mod bodies;

use crate::{Fault, progress};
use aws::dynamodb::DynamoStore;
use bodies::Body;
use domain::clock::Clock;
use local::embedded::{self, Embedded};
use local::setup;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use web::http::{Answer, HttpEvent, Request};
use web::rates::Rates;
use web::service::Service;

/// How often each request is made.
const RUNS: u32 = 10;
/// What a body of 256 KiB may cost.
const MOST_MS: f64 = 50.0;
const WORKSPACE: &str = "/v1/workspaces/ws_a";

/// What one body costs, in milliseconds of CPU.
struct Cost {
    name: &'static str,
    kib: usize,
    status: u16,
    record: f64,
    get: Option<f64>,
    list: Option<f64>,
}

/// Measures every body, and prints the table.
pub(crate) async fn measure() -> Result<(), Fault> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let embedded = Embedded::start(embedded::open(None)?, listener)?;
    let token = setup::create_demo_key(&embedded.database, Clock::System.now())?.text();
    let endpoint = embedded.endpoint.clone();
    let functions = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(measure_over(&endpoint, &token))
    });
    let costs = tokio::task::spawn_blocking(|| functions.join()).await?;
    let costs = costs.map_err(|_panic| "the functions panicked")??;
    embedded.stop().await;
    std::io::Write::write_all(&mut std::io::stdout(), table(&costs)?.as_bytes())?;
    Ok(())
}

fn table(costs: &[Cost]) -> Result<String, Fault> {
    let mut table = "| body | KiB | answer | record, ms of CPU | get | a row of a list |\n\
                     |---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let shown = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.1}"));
    for cost in costs {
        let Cost { name, kib, status, record, get, list } = cost;
        let (record, get, list) = (shown(Some(*record)), shown(*get), shown(*list));
        writeln!(table, "| {name} | {kib} | {status} | {record} | {get} | {list} |")?;
    }
    let of_one = costs.iter().filter(|cost| cost.kib <= 256);
    let most = of_one.flat_map(|cost| [Some(cost.record), cost.get, cost.list]).flatten();
    let most = most.fold(0.0, f64::max);
    writeln!(table, "\nThe most for a body of 256 KiB: {most:.1} ms; it may be {MOST_MS:.0} ms.")?;
    Ok(table)
}

async fn measure_over(endpoint: &str, token: &str) -> Result<Vec<Cost>, Fault> {
    let store = DynamoStore::new(embedded::client(endpoint), embedded::tables());
    let service = Service::new(store, Clock::System).with_rates(Rates::UNLIMITED);
    let functions = Functions { service, token: token.to_owned() };
    let plan = functions.send("PUT", WORKSPACE, r#"{"plan":"enterprise"}"#).await?;
    let catalog = functions.send("PUT", "/v1/catalog", &bodies::catalog()).await?;
    if (plan.status, catalog.status) != (201, 200) {
        return Err(format!("{} and {}: {}", plan.status, catalog.status, catalog.body).into());
    }
    let mut costs = Vec::new();
    for body in bodies::all() {
        let cost = functions.cost_of(&body).await?;
        progress(&format!("{}: {}, {:.1} ms", cost.name, cost.status, cost.record));
        costs.push(cost);
    }
    Ok(costs)
}

struct Functions {
    service: Service<DynamoStore>,
    token: String,
}

/// An answer, and what it cost.
struct Answered {
    status: u16,
    body: Value,
    ms: f64,
}

impl Functions {
    /// The cost of recording a body, of getting the entry, and of listing it.
    async fn cost_of(&self, body: &Body) -> Result<Cost, Fault> {
        let path = format!("{WORKSPACE}/{}", body.path);
        let (mut record, mut status, mut id) = (0.0, 0, String::new());
        for run in 0..RUNS {
            let recorded = self.send("POST", &path, &body.text(run, Clock::System.now())).await?;
            record += recorded.ms / f64::from(RUNS);
            status = recorded.status;
            let stored = recorded.body.pointer("/id").and_then(Value::as_str);
            stored.unwrap_or_default().clone_into(&mut id);
        }
        let (mut get, mut list) = (None, None);
        if status == 201 {
            get = Some(self.mean("GET", &format!("{WORKSPACE}/entries/{id}")).await?);
            list = Some(self.mean("GET", &format!("{WORKSPACE}/entries?page_size=1")).await?);
        }
        let kib = body.text(0, Clock::System.now()).len().div_ceil(1_024);
        Ok(Cost { name: body.name, kib, status, record, get, list })
    }

    async fn mean(&self, method: &str, target: &str) -> Result<f64, Fault> {
        let mut mean = 0.0;
        for _ in 0..RUNS {
            let answered = self.send(method, target, "").await?;
            if answered.status != 200 {
                return Err(format!("{target}: {} {}", answered.status, answered.body).into());
            }
            mean += answered.ms / f64::from(RUNS);
        }
        Ok(mean)
    }

    /// Hands an event to its function, and returns the response. Both are texts.
    async fn send(&self, method: &str, target: &str, body: &str) -> Result<Answered, Fault> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let event = json!({
            "rawPath": path,
            "rawQueryString": query,
            "headers": {
                "authorization": format!("Bearer {}", self.token),
                "content-type": "application/json",
            },
            "body": body,
            "requestContext": { "requestId": "r-1", "http": { "method": method } },
        });
        let event = event.to_string();
        let before = cpu_ms()?;
        let request = Request::from(serde_json::from_str::<HttpEvent>(&event)?);
        let answer = self.answer(request).await;
        let status = answer.status.as_u16();
        let response = serde_json::to_vec(&answer.into_response())?;
        let ms = cpu_ms()? - before;
        let response: Value = serde_json::from_slice(&response)?;
        let body = response.pointer("/body").and_then(Value::as_str).unwrap_or_default();
        Ok(Answered { status, body: serde_json::from_str(body)?, ms })
    }

    async fn answer(&self, request: Request) -> Answer {
        let queue = local::jobs::LocalQueue::default();
        match (request.method.as_str(), request.path.rsplit('/').next()) {
            ("PUT", _) => workspace::answer(&self.service, &queue, request).await,
            ("POST", _) => record::answer(&self.service, request).await,
            (_, Some("entries")) => list::answer(&self.service, request).await,
            _ => get::answer(&self.service, request).await,
        }
    }
}

/// The CPU time of this thread so far. Source: "Scheduler statistics", documentation of Linux: the
/// first figure is the nanoseconds on a CPU.
fn cpu_ms() -> Result<f64, Fault> {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = statistics.split(' ').next().unwrap_or_default().parse::<f64>()?;
    Ok(nanoseconds / 1e6)
}
