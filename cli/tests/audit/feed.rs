//! The feed as lines of JSON, and the file that remembers how far it came.

use crate::bench::{Bench, CONTROL, ENTRIES, Run, ended, entry_at, now};
use domain::entry::Entry;
use domain::identity::Salt;
use domain::memory::fixtures::new_entry;
use domain::plan::Plan;
use domain::ports::{AppendEntry, WriteControl};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn lines(run: &Run) -> Vec<Value> {
    assert_eq!((run.code, run.notes.as_str()), (0, ""), "{}", run.out);
    run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn numbers(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["sequence"].as_u64().unwrap()).collect()
}

/// The workspace `ws_1` with its first entry, which was recorded at `start`.
async fn workspace(bench: &Bench, start: Timestamp) -> Workspace {
    let id = WorkspaceId::parse("ws_1").unwrap();
    let workspace = Workspace::new(id, Plan::Pro, Salt::from_bytes([0xab; 32]), start);
    let first = Entry { recorded_at: start, ..entry_at(&workspace, "first", None, start) };
    bench.store.put_workspace(&workspace, None, &new_entry(&workspace, &first)).await.unwrap();
    workspace
}

/// An entry that was recorded when it happened, so that it is in order.
async fn recorded(bench: &Bench, workspace: &Workspace, name: &str, at: Timestamp) -> Entry {
    let entry = Entry { recorded_at: at, ..entry_at(workspace, name, Some("kept"), at) };
    bench.store.append(&new_entry(workspace, &entry)).await.unwrap();
    entry
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_is_written_line_by_line_and_goes_on_where_its_state_says() {
    let bench = Bench::start().await;
    let start = now().plus_ms(-600_000);
    let workspace = workspace(&bench, start).await;
    for n in 1..5 {
        recorded(&bench, &workspace, &format!("p_{n}"), start.plus_ms(n * 1_000)).await;
    }
    let all = lines(&bench.audit(&["feed", "ws_1"]));
    assert_eq!(numbers(&all), [0, 1, 2, 3, 4]);
    assert_eq!(all[3]["target"]["id"], "p_3");
    assert!(all.iter().all(|line| line.get("new_value").is_none()));
    let two = lines(&bench.audit(&["feed", "ws_1", "--after", "1", "--limit", "2", "--values"]));
    assert_eq!((numbers(&two), &two[0]["new_value"]), (vec![2, 3], &"kept".into()));

    let state = bench.home_file("ws_1.state", "");
    std::fs::remove_file(&state).unwrap();
    let line = ["feed", "ws_1", "--state", state.to_str().unwrap()];
    let first = lines(&bench.audit(&[&line[..], &["--limit", "3", "--after", "0"]].concat()));
    assert_eq!(numbers(&first), [1, 2, 3]);
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "3\n");
    assert_eq!(numbers(&lines(&bench.audit(&[&line[..], &["--after", "0"]].concat()))), [4]);
    assert_eq!(numbers(&lines(&bench.audit(&line))), [0_u64; 0]);
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "4\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_gets_what_is_there_and_waits_for_more() {
    let bench = Bench::start().await;
    workspace(&bench, now().plus_ms(-600_000)).await;
    let state = bench.home_file("ws_1.state", "");
    std::fs::remove_file(&state).unwrap();
    let line = ["feed", "ws_1", "--follow", "--state", state.to_str().unwrap()];
    let settings =
        ["--endpoint-url", &bench.endpoint, "--entries-table", ENTRIES, "--control-table", CONTROL];
    let mut child = bench.command(&line).args(settings).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["sequence"], 0);
    while !state.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it goes on");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "0\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_followed_is_told_in_one_line() {
    let bench = Bench::start().await;
    workspace(&bench, now().plus_ms(-600_000)).await;
    let state = bench.home_file("ws_1.state", "soon\n");
    let run = bench.audit(&["feed", "ws_1", "--state", state.to_str().unwrap()]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.notes.contains("must hold one number"), "{}", run.notes);
    let run = bench.audit(&["feed", "ws_1", "--after", "99"]);
    assert!(run.code == 1 && run.notes.contains("does not reach"), "{}", run.notes);
    let run = bench.audit(&["feed", "ws_none"]);
    assert!(run.code == 1 && run.notes.contains("there is no workspace"), "{}", run.notes);
    for wrong in [&["feed", "ws_1", "--limit", "0"][..], &["feed", "ws_1", "--after", "-1"]] {
        assert_eq!(ended(bench.command(wrong).output().unwrap()).code, 2, "{wrong:?}");
    }
}
