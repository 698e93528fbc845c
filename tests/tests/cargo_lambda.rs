//! The functions as processes of their own under `cargo lambda watch`: over its HTTP router, and by
//! `cargo lambda invoke`.
//!
//! Needs cargo-lambda, which `make tools` installs and `make lambda-test` finds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use domain::clock::Clock;
use domain::credential::Scope;
use domain::ports::ReadJobs;
use reqwest::Method;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::events::{Event, Filling};
use tests::jobs::finished;
use tests::{Api, Response, TestService};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// More than anything here takes, unless another build holds the target folder; cargo-lambda would
/// wait for ever for a function that does not start.
const PATIENCE: Duration = Duration::from_mins(5);
/// Every function that answers here.
const FUNCTIONS: [&str; 7] = ["record", "list", "get", "workspace", "viewer", "export", "job"];
/// No queue is there. Messages about jobs get lost, which does no harm.
const NO_QUEUE: &str = "http://127.0.0.1:9";
/// What cargo sets for this test. To a build below it, ring's build script would look changed, and
/// then again to the next build.
const OF_THIS_TEST: [&str; 7] = [
    "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_LINKS", "CARGO_PKG_NAME", "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR", "CARGO_PKG_VERSION_PATCH", "CARGO_PKG_VERSION_PRE",
];

/// A running `cargo lambda watch`, ended when it is dropped; its output is shown when a test fails.
struct Watch {
    address: String,
    port: String,
    process: Child,
    folder: TempDir,
}

impl Watch {
    /// Builds the functions and serves them over this service's database and files.
    async fn start(service: &TestService) -> Self {
        build();
        let port =
            TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = cargo(&[
            "lambda", "watch", "--ignore-changes", "--invoke-address", "127.0.0.1",
            "--invoke-port", &port,
        ]);
        command.envs([
            ("ENTRIES_TABLE", "entries"),
            ("CONTROL_TABLE", "control"),
            ("AWS_ENDPOINT_URL", &service.embedded.endpoint),
        ]);
        command.envs([
            ("EXPORTS_BUCKET", "exports"),
            ("AWS_ENDPOINT_URL_S3", &service.objects.endpoint),
        ]);
        // Without an address of its own, SQS would be looked for where the database is.
        command.envs([
            ("JOBS_QUEUE_URL", &*format!("{NO_QUEUE}/jobs.fifo")),
            ("AWS_ENDPOINT_URL_SQS", NO_QUEUE),
        ]);
        command.envs([
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ]);
        let process = command.stderr(log.try_clone().unwrap()).stdout(log).spawn().unwrap();
        let mut watch = Self { address: format!("http://127.0.0.1:{port}"), port, process, folder };
        watch.wait().await;
        watch
    }

    /// Waits until the health check answers. It is asked for once: a function whose caller does not
    /// wait for its answer takes no other request.
    async fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address.trim_start_matches("http://")).is_err() {
            assert_eq!(
                self.process.try_wait().unwrap(),
                None,
                "cargo lambda watch has ended; is cargo-lambda on PATH (make tools)?"
            );
            assert!(Instant::now() < deadline, "cargo lambda watch does not listen");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let health = Api::new(&self.address, None);
        let health = tokio::time::timeout(PATIENCE, health.get("/v1/health"))
            .await
            .expect("the functions do not start");
        assert_eq!(health.status, 200, "{health:?}");
    }

    /// What a function answers to an event, by `cargo lambda invoke`.
    async fn invoke(&self, function: &str, event: &Value) -> Value {
        let file = self.folder.path().join("event.json");
        fs::write(&file, event.to_string()).unwrap();
        let command = cargo(&[
            "lambda", "invoke", function, "--invoke-address", "127.0.0.1", "--invoke-port",
            &self.port, "--data-file",
        ]);
        let output = tokio::process::Command::from(command).arg(&file).kill_on_drop(true).output();
        let output = tokio::time::timeout(PATIENCE, output).await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Asked to end, cargo-lambda ends its functions first. Cargo has become cargo-lambda, so
        // that this process is it.
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -s TERM {}", self.process.id())])
            .status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
        }
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(WORKSPACE).stdin(Stdio::null());
    for name in OF_THIS_TEST {
        command.env_remove(name);
    }
    command
}

/// As `cargo lambda watch` builds them, but with an end when it fails.
fn build() {
    let mut command = cargo(&["build", "--quiet"]);
    for function in FUNCTIONS {
        command.args(["--bin", function]);
    }
    let built = command.status().unwrap();
    assert!(built.success(), "the functions do not build");
}

/// What matters of an answer: status, media type, problem, allowed methods.
type Answered = (&'static str, u16, String, String, String);

/// Walks through the API; what has a name was answered as it should be.
struct Walk {
    api: Api,
    outcomes: Vec<Answered>,
}

impl Walk {
    fn see(&mut self, name: &'static str, status: u16, response: &Response) {
        assert_eq!(response.status, status, "{name}: {response:?}");
        assert!(!response.header("x-request-id").is_empty(), "{name}: {response:?}");
        assert_eq!(response.header("cache-control"), "no-store", "{name}");
        let [media_type, allow] =
            ["content-type", "allow"].map(|header| response.header(header).to_owned());
        self.outcomes.push((name, status, media_type, response.problem().to_owned(), allow));
    }

    async fn get(&mut self, name: &'static str, status: u16, path: &str) -> Response {
        let response = self.api.get(path).await;
        self.see(name, status, &response);
        response
    }

    async fn send(
        &mut self,
        name: &'static str,
        status: u16,
        method: Method,
        path: &str,
        body: &str,
    ) -> Response {
        let response = self
            .api
            .send(
                method,
                path,
                Some(body.as_bytes().to_vec()),
                &[("content-type", "application/json")],
            )
            .await;
        self.see(name, status, &response);
        response
    }
}

async fn walk(address: &str, token: &str, now: &str) -> Vec<Answered> {
    let mut walk = Walk { api: Api::new(address, Some(token)), outcomes: Vec::new() };
    let log = "/v1/workspaces/ws_acme/entries";
    let entry = json!({
        "occurred_at": now,
        "actor": { "type": "user", "id": "ü 1" },
        "action": "settings.update",
        "target": { "type": "settings", "id": "security" },
        "old_value": { "name": "Größe", "n": 1 },
        "new_value": { "name": "Größe €", "n": 1 },
    })
    .to_string();
    walk.get("no workspace yet", 404, "/v1/workspaces/ws_acme").await;
    walk.send(
        "create a workspace",
        201,
        Method::PUT,
        "/v1/workspaces/ws_acme",
        r#"{"plan":"free"}"#,
    )
    .await;
    walk.send("change its plan", 200, Method::PUT, "/v1/workspaces/ws_acme", r#"{"plan":"pro"}"#)
        .await;
    assert_eq!(walk.get("get it", 200, "/v1/workspaces/ws_acme").await.text_at("/plan"), "pro");

    let first = walk.send("record", 201, Method::POST, log, &entry).await;
    let again = walk.send("record again", 200, Method::POST, log, &entry).await;
    assert_eq!(again.text, first.text);
    let batch = walk
        .send(
            "record a batch",
            200,
            Method::POST,
            &format!("{log}/batch"),
            &format!(r#"{{"entries":[{entry},{{}}]}}"#),
        )
        .await;
    assert_eq!((&batch.json["duplicate"], &batch.json["rejected"]), (&json!(1), &json!(1)));
    let got = walk.get("get the entry", 200, first.header("location")).await;
    assert_eq!(
        got.json["changes"],
        json!([{ "change": "changed", "path": "/name", "old_value": "Größe",
            "new_value": "Größe €" }])
    );

    let filtered = format!(
        "{log}?action=settings.update&actor_id=%C3%BC+1&from=2026-01-01T00:00:00%2B01:00\
         &page_size=1"
    );
    let page = walk.get("list with filters", 200, &filtered).await;
    assert_eq!(page.json["entries"].as_array().map(Vec::len), Some(1));
    let page = walk.get("list", 200, &format!("{log}?page_size=1")).await;
    let next = page.text_at("/page/next_page_token").to_owned();
    walk.get("list the next page", 200, &format!("{log}?page_token={next}")).await;
    walk.get("unknown parameter", 400, &format!("{log}?pagesize=1")).await;
    walk.get("parameter twice", 400, &format!("{log}?page_size=1&page_size=1")).await;
    walk.get("wrong parameter", 422, &format!("{log}?page_size=0")).await;

    walk.send("malformed", 400, Method::POST, log, "{").await;
    walk.send("unacceptable", 422, Method::POST, log, "{}").await;
    let exports = "/v1/workspaces/ws_acme/exports";
    let started = walk
        .send(
            "start an export",
            202,
            Method::POST,
            exports,
            r#"{"format":"csv","action":"settings.update"}"#,
        )
        .await;
    let got = walk.get("get the export", 200, started.header("location")).await;
    assert_eq!((got.text_at("/state"), &got.json["rows_expected"]), ("queued", &json!(1)));
    walk.get("list exports", 200, exports).await;
    walk.send("an unacceptable export", 422, Method::POST, exports, r#"{"format":"xlsx"}"#).await;
    let made = walk
        .send(
            "viewer token",
            201,
            Method::POST,
            "/v1/workspaces/ws_acme/viewer-tokens",
            r#"{"admin":{"id":"a"}}"#,
        )
        .await;
    walk.get("catalogue", 200, "/v1/catalog").await;
    walk.get("health", 200, "/v1/health").await;
    walk.get("no file of the viewer", 404, "/v1/viewer/admin.js").await;
    walk.get("no route", 404, "/v1/audit-logs").await;
    walk.get("not even near", 404, "/favicon.ico").await;
    for path in [log, exports, "/v1/workspaces/ws_acme", first.header("location"), "/v1/health"] {
        walk.send("wrong method", 405, Method::DELETE, path, "").await;
    }
    walk.api = Api::new(address, Some(made.text_at("/token")));
    walk.get("an admin lists", 200, log).await;
    walk.send("an admin records", 403, Method::POST, log, &entry).await;
    walk.api = Api::new(address, None);
    walk.get("nobody lists", 401, log).await;
    walk.outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_answer_over_http_as_they_do_in_one_process() {
    let (service, local) = (TestService::start().await, TestService::start().await);
    let watch = Watch::start(&service).await;
    let now = Clock::System.now().rfc3339();
    let token = service.key(&Scope::ALL, None).await;
    let lambda = tokio::time::timeout(PATIENCE, walk(&watch.address, &token, &now)).await.unwrap();
    let local = walk(&local.address, &local.key(&Scope::ALL, None).await, &now).await;
    assert_eq!(lambda, local);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_gets_the_answer_that_is_expected_of_it_from_its_function() {
    let service = TestService::start().await;
    let api = service.workspace("ws_acme", "pro").await;
    let token = service.key(&Scope::ALL, None).await;
    let log = api.get("/v1/workspaces/ws_acme/entries").await;
    let watch = Watch::start(&service).await;
    for event in Event::all() {
        let now = Clock::System.now().rfc3339();
        let filled = event.filled(&Filling {
            token: &token,
            now: &now,
            entry_id: log.text_at("/entries/0/id"),
        });
        let response = watch.invoke(&event.function, &filled).await;
        assert_eq!(response["statusCode"], event.status, "{}: {response}", event.name);
        // The page and its files are no JSON, and no problem.
        let body: Value =
            serde_json::from_str(response["body"].as_str().unwrap()).unwrap_or_default();
        assert_eq!(
            body.get("type").and_then(Value::as_str).unwrap_or("-"),
            event.problem,
            "{}",
            event.name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_started_by_one_function_and_written_by_another() {
    let service = TestService::start().await;
    let token = service.key(&Scope::ALL, None).await;
    let watch = Watch::start(&service).await;
    service.workspace("ws_acme", "pro").await;
    let api = Api::new(&watch.address, Some(&token));
    let started = api
        .post(
            "/v1/workspaces/ws_acme/exports",
            &json!({ "format": "ndjson", "compression": "none" }),
        )
        .await;
    assert_eq!(started.status, 202, "{started:?}");
    let key = service.store.open_jobs().await.unwrap().remove(0);
    let mut event: Value =
        serde_json::from_str(include_str!("../../events/jobs/job-chunk.json")).unwrap();
    let (mut chunks, mut answer) = (0, Value::Null);
    while let Some(job) = service.store.job(&key).await.unwrap().filter(|job| !job.is_closed()) {
        assert!(chunks < 10, "the export does not come to an end: {answer}");
        // What the queue would hand over, if there was one.
        event["Records"][0]["body"] = serde_json::to_string(&job.message()).unwrap().into();
        answer = watch.invoke("job", &event).await;
        chunks += 1;
    }
    assert_eq!(
        answer,
        json!({ "batchItemFailures": [] }),
        "after the last chunk nothing is announced"
    );
    let export = finished(&api.get(started.header("location")).await).await;
    assert_eq!(
        export.number_at("/file/row_count"),
        u64::try_from(export.bytes.split(|byte| *byte == b'\n').count() - 1).unwrap()
    );
    assert_eq!(export.number_at("/file/row_count"), export.number_at("/rows_expected"));
}
