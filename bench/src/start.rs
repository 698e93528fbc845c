//! Measures how a function starts: from its execution to its first poll for an event, its first
//! answers, its CPU time and its memory, beside the least that a function can be, and beside the
//! same work in other languages.
//!
//! The functions run as processes of their own against the Runtime API of this one. The platform's
//! own part of a cold start is not in it: fetching the code, starting the environment, TLS.

mod function;
mod runtime;

use crate::Fault;
use crate::process::Process;
use domain::clock::Clock;
use domain::timestamp::Timestamp;
use function::Function;
use local::embedded::{self, Embedded};
use local::setup;
use runtime::Runtime;
use serde_json::json;
use std::fmt::Write;
use std::process::{Child, Stdio};
use std::time::Instant;
use tokio::net::TcpListener;
use web::rates::Rates;
use web::service::Service;

/// How often each program is started.
const RUNS: usize = 40;
const PATH: &str = "/v1/workspaces/ws_start/entries";

/// One start of a program, in milliseconds and MiB.
#[derive(Debug, Clone, Copy)]
struct Start {
    poll: f64,
    poll_cpu: f64,
    first: f64,
    first_cpu: f64,
    second: f64,
    memory: f64,
}

/// Starts all functions in turn, so that all see the same load of the machine, and prints a table.
pub(crate) async fn measure(functions: &[String]) -> Result<(), Fault> {
    let functions: Vec<_> = functions.iter().map(|text| Function::parse(text)).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let embedded = Embedded::start(embedded::open(None)?, listener)?;
    let token = setup::create_demo_key(&embedded.database, Clock::System.now())?.text();
    workspace(&embedded.endpoint, &token).await?;
    let mut starts = vec![Vec::new(); functions.len()];
    for run in 0..RUNS {
        for (function, starts) in functions.iter().zip(&mut starts) {
            starts.push(start(function, &embedded.endpoint, &token, run).await?);
        }
    }
    embedded.stop().await;
    let mut table = "| program | MB | exec to first poll, ms p50 / p95 | CPU until then, ms \
                     | first answer, ms p50 / p95 | CPU of it, ms | second answer, ms \
                     | peak memory, MiB |\n|---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for (function, starts) in functions.iter().zip(&starts) {
        row(&mut table, function, starts)?;
    }
    Ok(std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?)
}

fn row(table: &mut String, function: &Function, starts: &[Start]) -> Result<(), Fault> {
    let of = |figure: fn(&Start) -> f64, percent: usize| {
        let mut figures: Vec<_> = starts.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get((figures.len() * percent / 100).min(figures.len() - 1)).copied()
    };
    let p = |figure, percent| of(figure, percent).unwrap_or_default();
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a figure for people")]
    let megabytes = function.bytes()? as f64 / 1e6;
    let name = function.name();
    writeln!(
        table,
        "| `{name}` | {megabytes:.1} | {:.1} / {:.1} | {:.1} | {:.1} / {:.1} | {:.1} | {:.1} | \
         {:.1} |",
        p(|start| start.poll, 50),
        p(|start| start.poll, 95),
        p(|start| start.poll_cpu, 50),
        p(|start| start.first, 50),
        p(|start| start.first, 95),
        p(|start| start.first_cpu, 50),
        p(|start| start.second, 50),
        p(|start| start.memory, 50),
    )?;
    Ok(())
}

/// Starts a function, sends it two entries, and ends it.
async fn start(
    function: &Function,
    endpoint: &str,
    token: &str,
    run: usize,
) -> Result<Start, Fault> {
    let mut runtime = Runtime::start().await?;
    let started = Instant::now();
    let process = Process(spawn(function, &runtime.address, endpoint)?);
    let poll = (runtime.polled().await? - started).as_secs_f64() * 1e3;
    let poll_cpu = process.cpu_ms()?;
    let mut took = Vec::new();
    let mut first_cpu = 0.0;
    for number in 0..2 {
        let name = format!("{}-{run}-{number}", function.name());
        let (seconds, answer) = runtime.invoke(event(token, &name, Clock::System.now())).await?;
        if !(answer.contains(r#""statusCode":201"#) || answer.contains("hello")) {
            return Err(format!("{}: {answer}", function.name()).into());
        }
        took.push(seconds * 1e3);
        runtime.polled().await?;
        if number == 0 {
            first_cpu = process.cpu_ms()? - poll_cpu;
        }
    }
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a figure for people")]
    let memory = process.peak_kib()? as f64 / 1024.0;
    let [first, second] = took[..] else { return Err("two answers are needed".into()) };
    Ok(Start { poll, poll_cpu, first, first_cpu, second, memory })
}

/// Makes the workspace, through the same code.
async fn workspace(endpoint: &str, token: &str) -> Result<(), Fault> {
    let store = aws::dynamodb::DynamoStore::new(embedded::client(endpoint), embedded::tables());
    let service = Service::new(store, Clock::System).with_rates(Rates::UNLIMITED);
    let headers = [
        ("authorization".to_owned(), format!("Bearer {token}")),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let request = web::http::Request {
        method: "PUT".to_owned(),
        path: "/v1/workspaces/ws_start".to_owned(),
        headers: headers.into(),
        body: br#"{"plan":"pro"}"#.to_vec(),
        ..web::http::Request::default()
    };
    let queue = local::jobs::LocalQueue::default();
    let answer = workspace::answer(&service, &queue, request).await;
    if answer.status.as_u16() == 201 {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&answer.body).into_owned().into())
    }
}

/// The event of a request that records an entry of an actor that is new to the instance.
fn event(token: &str, name: &str, now: Timestamp) -> String {
    let entry = json!({
        "occurred_at": now.rfc3339(),
        "actor": { "type": "user", "id": "usr_start" },
        "action": "member.invite",
        "target": { "type": "member", "id": "mem_start" },
        "external_id": name,
    });
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": PATH,
        "rawQueryString": "",
        "headers": { "authorization": format!("Bearer {token}"), "host": "bench.example",
            "content-type": "application/json" },
        "requestContext": {
            "accountId": "123456789012", "apiId": "bench", "domainName": "bench.example",
            "domainPrefix": "bench", "requestId": "bench", "routeKey": "$default",
            "stage": "$default", "time": "22/Nov/2026:14:05:09 +0000", "timeEpoch": 0,
            "http": { "method": "POST", "path": PATH, "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.24", "userAgent": "bench" },
        },
        "body": entry.to_string(),
        "isBase64Encoded": false,
    })
    .to_string()
}

fn spawn(function: &Function, runtime: &str, endpoint: &str) -> Result<Child, Fault> {
    let tables = embedded::tables();
    let mut command = function.command();
    command.env_clear().stdout(Stdio::null()).stderr(Stdio::inherit());
    command.envs([
        ("AWS_LAMBDA_RUNTIME_API", runtime),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        // Otherwise, each start writes a warning where Node is older than the SDK will need.
        ("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("ENTRIES_TABLE", &tables.entries),
        ("CONTROL_TABLE", &tables.control),
    ]);
    Ok(command.spawn()?)
}
