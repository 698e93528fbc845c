//! `audit restore`, and the rehearsal of a restore: what was lost is there again, and the log is
//! sound.

use crate::bench::{Bench, ENTRIES, entry_at, now};
use aws::dynamodb::Item;
use domain::entry::{Entry, Target};
use domain::memory::fixtures::{entry_with, new_entry};
use domain::plan::{GraceDays, Plan};
use domain::ports::{AppendEntry, ReadControl, WriteControl};
use domain::workspace::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const RESTORED: &str = "test-restored";

/// An entry with values apart and rows under two further targets, which was recorded so many
/// minutes ago.
fn large(workspace: &Workspace, name: &str, minutes: i64) -> Entry {
    let at = now().plus_ms(-minutes * 60_000);
    let mut entry = entry_at(workspace, name, Some(&"v".repeat(20_000)), at);
    entry.content.targets = vec![Target::new("project", "p_a"), Target::new("project", "p_b")];
    let content = entry.content;
    Entry { recorded_at: at, ..entry_with(workspace, content) }
}

async fn record(bench: &Bench, workspace: &Workspace, entry: Entry) -> String {
    bench.store.append(&new_entry(workspace, &entry)).await.unwrap();
    entry.id.to_string()
}

/// The items of the entries table by their keys, without what says how long they are kept.
async fn stored(bench: &Bench) -> BTreeMap<(String, String), Item> {
    let mut items = BTreeMap::new();
    for mut item in bench.items(ENTRIES).await {
        item.remove("delete_at");
        item.remove("retention_version");
        let key = |name: &str| item.get(name).unwrap().as_s().unwrap().clone();
        items.insert((key("workspace_id"), key("id")), item.clone());
    }
    items
}

fn figures(json: &Value) -> [Value; 3] {
    ["entries", "values", "rows"].map(|name| json[name].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_is_copied_back_and_the_log_is_sound() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(record(&bench, &workspace, large(&workspace, &format!("p_{n}"), 60 - n)).await);
    }
    assert_eq!(bench.audit(&["verify", "ws_1"]).code, 0);
    bench.count(&workspace).await;
    let before = stored(&bench).await;
    bench.restored(ENTRIES, RESTORED).await;
    // An entry with all that belongs to it, one alone, the values of another, and a row.
    let lost = [
        ("ws_1", 1),
        ("ws_1#values", 1),
        ("ws_1#target1", 1),
        ("ws_1#target2", 1),
        ("ws_1", 2),
        ("ws_1#values", 3),
        ("ws_1#target2", 4),
    ];
    for (partition, place) in lost {
        bench.delete(partition, &ids[place]).await;
    }
    // What was recorded meanwhile stays.
    let new = record(&bench, &workspace, large(&workspace, "p_new", 1)).await;
    assert_eq!(bench.audit(&["verify", "ws_1"]).code, 1);

    let line = ["restore", "ws_1", "--from-table", RESTORED, "--output", "json"];
    let dry = bench.audit(&[&line[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, figures(&dry.json())), (0, [json!(2), json!(2), json!(3)]));
    assert_eq!(dry.json()["is_dry_run"], json!(true));
    let missing =
        |stored: &BTreeMap<_, _>| before.keys().filter(|key| !stored.contains_key(*key)).count();
    assert_eq!(missing(&stored(&bench).await), lost.len(), "a dry run writes nothing");

    let run = bench.audit(&["restore", "ws_1", "--from-table", RESTORED]);
    assert_eq!(run.code, 0, "{} {}", run.out, run.notes);
    assert!(run.out.contains("2 copied") && run.notes.contains("audit verify ws_1"), "{}", run.out);
    let mut after = stored(&bench).await;
    assert!(after.remove(&("ws_1".to_owned(), new.clone())).is_some());
    after.retain(|(_, id), _| *id != new);
    assert_eq!(after, before);
    let sound = bench.audit(&["verify", "ws_1"]);
    assert_eq!(sound.code, 0, "{} {}", sound.out, sound.notes);
    assert_eq!(bench.audit(&["entry", "verify", "ws_1", &ids[3]]).code, 0);
    let again = bench.audit(&line);
    assert_eq!((again.code, figures(&again.json())), (0, [json!(0), json!(0), json!(0)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_copied_lives_as_long_as_the_present_plan_says() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    // By the plan pro for a year. By the plan free, these are over, and gone a week later.
    let days = |days: i64| now().plus_days(-days);
    let of = |name: &str, at| {
        let entry = entry_at(&workspace, name, None, at);
        Entry { recorded_at: at, ..entry }
    };
    let old = record(&bench, &workspace, of("p_old", days(50))).await;
    let young = record(&bench, &workspace, of("p_young", days(10))).await;
    bench.restored(ENTRIES, RESTORED).await;
    for id in [&old, &young] {
        bench.delete("ws_1", id).await;
    }
    // Without days of grace, so that nothing is kept beyond the new plan.
    let free = workspace.with_plan(Plan::Free, now(), GraceDays::new(0).unwrap());
    let entry = new_entry(&free, &entry_at(&free, "the plan", None, now()));
    bench.store.put_workspace(&free, None, &entry).await.unwrap();
    let line = ["restore", "ws_1", "--from-table", RESTORED, "--output", "json"];
    let run = bench.audit(&[&line[..], &["--grace-days", "0"]].concat());
    assert_eq!((run.code, figures(&run.json())), (0, [json!(1), json!(0), json!(0)]));
    let items = bench.items(ENTRIES).await;
    let of = |id: &str| items.iter().find(|item| item["id"].as_s().unwrap() == id);
    assert!(of(&old).is_none(), "it would be deleted at once");
    let item = of(&young).unwrap();
    let version = bench.store.workspace(&free.id).await.unwrap().unwrap().version;
    assert_eq!(item["retention_version"].as_n().unwrap(), &version.to_string());
    let end: i64 = item["delete_at"].as_n().unwrap().parse().unwrap();
    let expected = free.delete_at(days(10), GraceDays::new(0).unwrap(), now());
    assert!((end - expected.unwrap().epoch_seconds()).abs() <= 24 * 60 * 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_not_there_or_the_same_is_named() {
    let bench = Bench::start().await;
    bench.workspace().await;
    for (line, code, text) in [
        (["restore", "ws_1", "--from-table", "nothing"], 1, "there is no table nothing"),
        (["restore", "ws_1", "--from-table", ENTRIES], 2, "is the entries table itself"),
        (["restore", "ws_none", "--from-table", ENTRIES], 2, "is the entries table itself"),
        (["restore", "ws_none", "--from-table", "nothing"], 1, "there is no workspace ws_none"),
    ] {
        let run = bench.audit(&line);
        assert_eq!(run.code, code, "{line:?}: {}", run.notes);
        assert!(run.notes.contains(text) && run.notes.lines().count() == 1, "{}", run.notes);
        assert_eq!(run.out, "");
    }
}
