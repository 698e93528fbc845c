//! The `local` program as a developer runs it: what was acknowledged outlives its end, however it
//! ends.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly, and so may what it is made of")]

use domain::clock::Clock;
use domain::timestamp::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::Api;
use tests::recording::{entry_with_values, listed, usual_entry};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};

const WORKSPACE: &str = "/v1/workspaces/ws_acme";
const ENTRIES: &str = "/v1/workspaces/ws_acme/entries";

/// A running program; it is killed when this is dropped.
struct Local {
    process: Child,
    /// Kept open: a program that cannot print must not be what is tested.
    _stdout: BufReader<ChildStdout>,
    address: String,
    token: String,
}

impl Local {
    async fn start(data: &Path, more: &[&str]) -> Self {
        let ports = ["--port", "0", "--dynamodb-port", "0", "--s3-port", "0"];
        let mut process =
            command(data, &[&ports, more].concat()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        // export AUDIT=http://127.0.0.1:<port>/v1/workspaces/ws_acme TOKEN=cwa_…
        while !line.contains(" TOKEN=") {
            line.clear();
            assert_ne!(
                stdout.read_line(&mut line).await.unwrap(),
                0,
                "it ended before it was ready"
            );
        }
        let word = |name: &str| {
            line.split_whitespace().find_map(|word| word.strip_prefix(name)).unwrap().to_owned()
        };
        let (address, token) = (word("AUDIT=").replace(WORKSPACE, ""), word("TOKEN="));
        Self { process, _stdout: stdout, address, token }
    }

    fn api(&self) -> Api {
        Api::new(&self.address, Some(&self.token))
    }

    /// A client of the workspace, made here.
    async fn with_workspace(&self) -> Api {
        let api = self.api();
        assert_eq!(api.put(WORKSPACE, &serde_json::json!({ "plan": "pro" })).await.status, 201);
        api
    }

    /// Presses Ctrl-C, and gives the exit code.
    async fn interrupt(mut self) -> Option<i32> {
        let kill = format!("kill -INT {}", self.process.id().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
        self.process.wait().await.unwrap().code()
    }

    async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

pub(crate) fn command(data: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(["--empty", "--data"]).arg(data).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs a program that does not start, and gives what it says to people.
async fn fails(data: &Path, more: &[&str]) -> String {
    let output = command(data, more).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "it says nothing of being ready");
    said
}

fn now() -> Timestamp {
    Clock::System.now()
}

/// Whoever has read that it is ready may stop it at once.
#[tokio::test]
async fn ctrl_c_right_after_the_banner_ends_it_as_it_should() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        assert_eq!(Local::start(data.path(), &[]).await.interrupt().await, Some(0));
    }
}

#[tokio::test]
async fn everything_is_there_after_ctrl_c_and_a_new_start() {
    let data = tempfile::tempdir().unwrap();
    let first = Local::start(data.path(), &[]).await;
    let api = first.with_workspace().await;
    let large = api.post(ENTRIES, &entry_with_values(now(), "large", 100_000)).await;
    assert_eq!(large.status, 201, "{large:?}");
    let entry = usual_entry(now(), "evt_1");
    let recorded = api.post(ENTRIES, &entry).await;
    let before = listed(&api, ENTRIES).await;
    assert_eq!(before.len(), 3, "two of ours, and that the plan was set");
    let (workspace, token) = (api.get(WORKSPACE).await.text, first.token.clone());
    assert_eq!(first.interrupt().await, Some(0));

    let second = Local::start(data.path(), &[]).await;
    assert_eq!(second.token, token, "the demo key stays");
    let api = second.api();
    let after = listed(&api, ENTRIES).await;
    assert!(after.is_superset(&before), "{before:?}, {after:?}");
    let new = api.get(&format!("{ENTRIES}?action=audit_log.viewer_token.create")).await;
    assert_eq!(
        (after.len(), &new.json["page"]["total_entries"]),
        (before.len() + 1, &1.into()),
        "the start made a token for the link it prints"
    );
    assert_eq!(api.get(WORKSPACE).await.text, workspace);
    let got = api.get(large.header("location")).await;
    assert_eq!(got.json["new_value"], large.json["new_value"]);
    let again = api.post(ENTRIES, &entry).await;
    assert_eq!((again.status, again.text), (200, recorded.text));
    assert_eq!(second.interrupt().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &[]).await;
    let before = listed(&local.with_workspace().await, ENTRIES).await;
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            tokio::spawn(write(
                format!("{}{ENTRIES}", local.address),
                local.token.clone(),
                writer,
                Arc::clone(&acknowledged),
            ))
        })
        .collect();
    while acknowledged.lock().unwrap().len() < 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(writers.iter().any(|writer| !writer.is_finished()), "no writer goes on");
    }
    local.kill().await;
    for writer in writers {
        writer.await.unwrap();
    }

    let local = Local::start(data.path(), &[]).await;
    let (after, acknowledged) =
        (listed(&local.api(), ENTRIES).await, acknowledged.lock().unwrap().clone());
    let lost: Vec<_> = acknowledged.difference(&after).collect();
    assert!(lost.is_empty(), "{lost:?}");
    // What each writer had under way may have been stored without being acknowledged; the new start
    // made a token for the link it prints.
    let others = after.len() - acknowledged.len() - before.len() - 1;
    assert!(others <= 4, "{others}");
    for id in acknowledged {
        let entry = local.api().get(&format!("{ENTRIES}/{id}")).await;
        assert_eq!(entry.text_at("/new_value").len(), 2_000, "its values are there too: {entry:?}");
    }
}

/// Records entries one after the other until there is no answer.
async fn write(
    url: String,
    token: String,
    writer: usize,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
) {
    let http = reqwest::Client::new();
    for index in 0.. {
        let entry = entry_with_values(now(), &format!("evt_{writer}_{index}"), 2_004);
        let Ok(answer) = http.post(&url).bearer_auth(&token).json(&entry).send().await else {
            return;
        };
        // The program may be killed within an answer: without its end it acknowledges nothing.
        let (status, Ok(text)) = (answer.status(), answer.text().await) else { return };
        if status == 201 {
            let stored: serde_json::Value = serde_json::from_str(&text).unwrap();
            acknowledged
                .lock()
                .unwrap()
                .insert(stored.get("id").unwrap().as_str().unwrap().to_owned());
        }
    }
}

#[tokio::test]
async fn a_port_in_use_ends_it_with_a_message_and_touches_no_data() {
    let data = tempfile::tempdir().unwrap();
    let kept = data.path().join("kept");
    std::fs::write(&kept, "").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--port", "--dynamodb-port", "--s3-port"] {
        let ports = ["--port", "--dynamodb-port", "--s3-port"]
            .map(|other| [other, if other == option { &port } else { "0" }]);
        let said = fails(data.path(), &[ports.as_flattened(), &["--fresh"]].concat()).await;
        assert!(
            said.contains(&format!("port {port} is in use; choose another with {option}")),
            "{said}"
        );
        assert!(kept.exists());
    }
}

#[tokio::test]
async fn data_that_is_no_database_ends_it_with_a_message() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("dynamodb.sqlite"), "no database").unwrap();
    let said = fails(data.path(), &["--port", "0", "--dynamodb-port", "0", "--s3-port", "0"]).await;
    assert!(said.contains("the embedded DynamoDB refuses"), "{said}");
}

#[tokio::test]
async fn fresh_starts_over() {
    let data = tempfile::tempdir().unwrap();
    let first = Local::start(data.path(), &[]).await;
    assert_eq!(
        first.with_workspace().await.post(ENTRIES, &usual_entry(now(), "evt_1")).await.status,
        201
    );
    let token = first.token.clone();
    assert_eq!(first.interrupt().await, Some(0));

    let second = Local::start(data.path(), &["--fresh"]).await;
    assert_ne!(second.token, token);
    assert_eq!(Api::new(&second.address, Some(&token)).get(ENTRIES).await.status, 401);
    assert_eq!(second.api().get(ENTRIES).await.status, 404, "the workspace is gone");
    assert_eq!(listed(&second.with_workspace().await, ENTRIES).await.len(), 1);
}

const FREE_PORTS: [&str; 6] = ["--port", "0", "--dynamodb-port", "0", "--s3-port", "0"];

#[tokio::test]
async fn fresh_deletes_nothing_that_is_not_its_own() {
    let data = tempfile::tempdir().unwrap();
    let first = Local::start(data.path(), &[]).await;
    first.with_workspace().await;
    let token = first.token.clone();
    assert_eq!(first.interrupt().await, Some(0));
    for (name, is_directory) in [("thesis.tex", false), ("photos", true)] {
        let foreign = data.path().join(name);
        if is_directory {
            std::fs::create_dir(&foreign).unwrap();
        } else {
            std::fs::write(&foreign, "years of work").unwrap();
        }
        let said = fails(data.path(), &[&FREE_PORTS[..], &["--fresh"]].concat()).await;
        assert!(said.contains(name) && said.contains("--fresh deletes nothing there"), "{said}");
        assert!(foreign.exists());
        if is_directory {
            std::fs::remove_dir(&foreign).unwrap();
        } else {
            std::fs::remove_file(&foreign).unwrap();
        }
    }
    let second = Local::start(data.path(), &[]).await;
    assert_eq!(second.token, token, "the data is there");
}

#[tokio::test]
async fn a_directory_in_use_ends_the_second_program_with_a_message() {
    let data = tempfile::tempdir().unwrap();
    let first = Local::start(data.path(), &[]).await;
    let api = first.with_workspace().await;
    for more in [&[][..], &["--fresh"]] {
        let said = fails(data.path(), &[&FREE_PORTS[..], more].concat()).await;
        assert!(said.contains("another process uses"), "{said}");
    }
    let recorded = api.post(ENTRIES, &usual_entry(now(), "evt_1")).await;
    assert_eq!(recorded.status, 201);
    // However the first one ends, the directory is free.
    first.kill().await;
    let second = Local::start(data.path(), &[]).await;
    assert!(listed(&second.api(), ENTRIES).await.contains(recorded.text_at("/id")));
}
