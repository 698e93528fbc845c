//! What is unusual, over HTTP: rows, the filter, facets, an opened entry and an export agree, and a
//! late entry corrects all of them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::jobs::export;
use tests::recording::{ENTRIES, Log, noon, usual_entry};

const FACETS: &str = "/v1/workspaces/ws_log/facets";

/// What Ada did so many days ago from an address.
fn entry(days: i64, address: &str) -> Value {
    let mut entry = usual_entry(noon().plus_days(-days), &format!("{days} days ago"));
    entry["ip_address"] = json!(address);
    entry
}

async fn recorded(log: &Log, entry: &Value) -> String {
    let answer = log.record(entry).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text_at("/id").to_owned()
}

/// Lets everything that was recorded settle, and the directory follow.
async fn judged(log: &Log) {
    let now: Timestamp = log.service.clock.now();
    log.service.clock.set(now.plus_ms(6 * 60_000));
    log.service.count(&log.workspace).await;
    assert_eq!(log.api.get(FACETS).await.status, 200);
}

/// The unusual entries, the newest first, each with its reasons.
async fn unusual(log: &Log, query: &str) -> Vec<(String, Value)> {
    let page = log.api.get(&format!("{ENTRIES}?unusual=true{query}")).await;
    assert_eq!(page.status, 200, "{page:?}");
    let rows = page.json["entries"].as_array().unwrap();
    assert_eq!(page.json["page"]["total_entries"], rows.len());
    assert_eq!(page.json["page"]["total_is_exact"], true);
    let of = |row: &Value| (row["id"].as_str().unwrap().to_owned(), row["unusual"].clone());
    rows.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_facets_entries_and_exports_agree_on_what_is_unusual() {
    let log = Log::warm().await;
    let first = recorded(&log, &entry(40, "198.51.100.7")).await;
    recorded(&log, &entry(20, "198.51.100.8")).await;
    let strange = recorded(&log, &entry(10, "203.0.113.9")).await;
    let fresh = log.api.get(ENTRIES).await;
    assert_eq!(fresh.json["entries"][0].get("unusual"), None, "not judged yet: {fresh:?}");
    let opened = log.get(&strange).await;
    assert_eq!(opened.json.get("unusual"), None, "not judged yet: {opened:?}");
    judged(&log).await;

    // The first entry is that of a new actor and late as well, but the log was young.
    let late = json!(["recorded_late"]);
    let both = json!(["new_address", "recorded_late"]);
    let found = unusual(&log, "").await;
    assert_eq!((found.len(), &found[0]), (2, &(strange.clone(), both.clone())), "{found:?}");
    assert_eq!(found[1].1, late);
    assert_eq!(unusual(&log, "&actor_id=usr_ada&action=member.invite").await, found);
    assert_eq!(unusual(&log, "&action=member.remove").await, []);
    assert_eq!(unusual(&log, "&actor_id=usr_b").await, []);
    let page = log.api.get(ENTRIES).await;
    let rows = page.json["entries"].as_array().unwrap();
    let reasons: Vec<_> = rows.iter().map(|row| row["unusual"].clone()).collect();
    assert_eq!(reasons, [both.clone(), late.clone(), json!([])]);

    let facets = log.api.get(FACETS).await;
    let counts = json!([
        { "name": "new_address", "count": 1 },
        { "name": "recorded_late", "count": 2 }
    ]);
    assert_eq!(facets.json["unusual"], counts);
    assert_eq!(facets.json["unusual_entries"], 2, "one has two reasons");
    assert_eq!(facets.json["unusual_is_complete"], true);
    let of_unusual = log.api.get(&format!("{FACETS}?unusual=true")).await;
    assert_eq!(of_unusual.json["unusual"], counts);
    assert_eq!(of_unusual.json["total_entries"], 2);
    let of_actor = log.api.get(&format!("{FACETS}?actor_id=usr_ada")).await;
    assert_eq!(of_actor.json["unusual"], counts);
    let of_action = log.api.get(&format!("{FACETS}?action=-member.invite")).await;
    assert_eq!(
        (&of_action.json["unusual_entries"], &of_action.json["unusual"]),
        (&json!(0), &json!([]))
    );

    let opened = log.get(&strange).await;
    assert_eq!(opened.text_at("/unusual/0/network"), "203.0.113.0/24");
    assert_eq!(
        opened.text_at("/unusual/0/detail"),
        format!(
            "First entry by Ada Lovelace from 203.0.113.0/24. Earlier ones, since {}, came from \
             198.51.100.0/24.",
            noon().plus_days(-40).rfc3339().split('T').next().unwrap()
        )
    );
    assert_eq!(opened.text_at("/unusual/1/detail"), "Recorded 10 days after it happened.");
    assert_eq!(log.get(&first).await.json["unusual"], json!([]));

    let body = json!({ "format": "ndjson", "unusual": true });
    let exported = export(&log.service, &log.service.operator().await, "ws_log", &body).await;
    let lines = String::from_utf8(exported.bytes).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let exported: Vec<_> = lines.iter().map(|line| line["unusual"].clone()).collect();
    assert_eq!(exported, [both, late]);
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_say_whether_every_entry_is_judged() {
    let log = Log::warm().await;
    recorded(&log, &entry(40, "198.51.100.7")).await;
    judged(&log).await;
    recorded(&log, &entry(1, "203.0.113.9")).await;
    log.service.clock.set(log.service.clock.now().plus_ms(60_000));
    log.service.count(&log.workspace).await;
    for query in ["", "?action=member.invite", "?actor_id=usr_ada", "?request_id=none"] {
        let facets = log.api.get(&format!("{FACETS}{query}")).await;
        assert_eq!(facets.json["unusual_is_complete"], false, "{query}: {facets:?}");
    }
    judged(&log).await;
    let facets = log.api.get(&format!("{FACETS}?actor_id=usr_ada")).await;
    assert_eq!(facets.json["unusual_is_complete"], true, "{facets:?}");
    assert_eq!(facets.json["unusual_entries"], 1, "with two reasons: {facets:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_entry_moves_the_mark_to_the_one_that_is_first_now() {
    let log = Log::warm().await;
    recorded(&log, &entry(40, "198.51.100.7")).await;
    let seemed_first = recorded(&log, &entry(10, "203.0.113.9")).await;
    judged(&log).await;
    let is_new = |found: &[(String, Value)]| {
        let new = found.iter().filter(|(_, reasons)| reasons[0] == "new_address");
        new.map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(is_new(&unusual(&log, "").await), [seemed_first]);
    let was_first = recorded(&log, &entry(12, "203.0.113.200")).await;
    judged(&log).await;
    assert_eq!(is_new(&unusual(&log, "").await), [was_first]);
}
