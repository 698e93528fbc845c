//! `audit verify`: a whole log, and what was done to it.

use crate::bench::{Bench, entry_at, now};
use domain::entry::Entry;
use domain::memory::fixtures::new_entry;
use domain::ports::AppendEntry;
use domain::workspace::Workspace;
use serde_json::{Value, json};

/// Stores an entry that was recorded so many minutes ago.
async fn recorded(bench: &Bench, workspace: &Workspace, target_id: &str, minutes: i64) -> String {
    let at = now().plus_ms(-minutes * 60_000);
    let entry = Entry { recorded_at: at, ..entry_at(workspace, target_id, None, at) };
    bench.store.append(&new_entry(workspace, &entry)).await.unwrap();
    entry.id.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_verified_and_what_was_done_to_it_is_named() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(recorded(&bench, &workspace, &format!("p_{n}"), 60 - n).await);
    }
    let sound = bench.audit(&["verify", "ws_1"]);
    assert_eq!(sound.code, 0, "{} {}", sound.out, sound.notes);
    assert!(sound.out.contains("all entries are present, numbered"), "{}", sound.out);
    let figures = |json: &Value| {
        ["is_sound", "entries", "unnumbered", "missing", "altered", "wrong_counts"]
            .map(|name| json[name].clone())
    };
    let json = bench.audit(&["verify", "ws_1", "--output", "json"]).json();
    assert_eq!(figures(&json), [json!(true), json!(4), json!([]), json!([]), json!([]), json!([])]);

    bench.count(&workspace).await;
    bench.tamper("ws_1", &ids[1], "reason", "forged").await;
    bench.delete("ws_1", &ids[2]).await;
    let straggler = recorded(&bench, &workspace, "p_late", 30).await;
    let found = bench.audit(&["verify", "ws_1"]);
    assert_eq!(found.code, 1, "{} {}", found.out, found.notes);
    for text in ["NOT SOUND", &ids[1], &ids[2], &straggler] {
        assert!(found.out.contains(text), "{text} is not in: {}", found.out);
    }
    // The straggler was entered into the journal, and waits for its number.
    let json = bench.audit(&["verify", "ws_1", "--output", "json"]).json();
    let of = |id: &str| json!([id]);
    assert_eq!(
        figures(&json),
        [json!(false), json!(3), json!([]), of(&ids[2]), of(&ids[1]), json!([])]
    );
}
