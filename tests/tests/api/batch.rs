//! Recording up to 100 entries in one request.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod size;

use serde_json::{Value, json};
use tests::Response;
use tests::recording::{Log, ids, outcomes};

fn counts(batch: &Response) -> [u64; 3] {
    ["/recorded", "/duplicate", "/rejected"]
        .map(|pointer| batch.json.pointer(pointer).and_then(Value::as_u64).unwrap())
}

/// The pointers of the problem at this place.
fn pointers(batch: &Response, index: usize) -> Vec<&str> {
    let errors = batch.json["results"][index]["problem"]["errors"].as_array().unwrap();
    errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_entry_is_a_batch() {
    let log = Log::start().await;
    let batch = log.record_batch(&log.entries(1)).await;
    assert_eq!(batch.status, 200, "{batch:?}");
    let id = ids(&batch)[0];
    assert_eq!(
        batch.json,
        json!({ "results": [{ "status": "recorded", "id": id }], "recorded": 1, "duplicate": 0,
            "rejected": 0 })
    );
    assert_eq!(batch.header("content-type"), "application/json");
    assert_eq!(batch.header("cache-control"), "no-store");
    assert_eq!(log.get(id).await.text_at("/external_id"), "evt_0");
}

#[tokio::test]
async fn a_hundred_entries_have_results_in_order_and_the_ids_they_have_alone() {
    let log = Log::start().await;
    let entries = log.entries(100);
    let batch = log.record_batch(&entries).await;
    assert_eq!((batch.status, counts(&batch)), (200, [100, 0, 0]), "{batch:?}");
    for (entry, id) in entries.iter().zip(ids(&batch)) {
        let alone = log.record(entry).await;
        assert_eq!((alone.status, alone.text_at("/id")), (200, id));
        assert_eq!(alone.json["external_id"], entry["external_id"]);
    }
    assert_eq!(log.stored().await, (100, 0));
    assert_eq!(log.listed().await.len(), 100);
}

#[tokio::test]
async fn each_entry_has_its_own_outcome_and_a_bad_one_sinks_no_other() {
    let log = Log::start().await;
    let stored = log.record(&log.entry("stored")).await;
    let changed = |pointer: &str, value: Value| {
        let mut entry = log.entry("bad");
        *entry.pointer_mut(pointer).unwrap() = value;
        entry
    };
    let mut typo = log.entry("typo");
    typo["actoin"] = json!("member.invite");
    let batch = log
        .record_batch(&[
            changed("/action", json!("member.inwite")),
            log.entry("new"),
            changed("/actor/id", json!("no id\u{0}")),
            log.entry("stored"),
            typo,
            json!([]),
            changed("/new_value", json!([{ "k".repeat(513): 1 }])),
            log.entry("newer"),
            json!({}),
            changed("/occurred_at", json!("2025-11-21T23:59:59Z")),
        ])
        .await;
    assert_eq!((batch.status, counts(&batch)), (200, [2, 1, 7]), "{batch:?}");
    let bad = "validation-failed";
    assert_eq!(
        outcomes(&batch),
        [bad, "recorded", bad, "duplicate", bad, bad, bad, "recorded", bad, bad]
    );
    assert_eq!(ids(&batch)[3], stored.text_at("/id"));
    for (index, expected) in [
        (0, vec!["/action"]),
        (2, vec!["/actor/id"]),
        (4, vec!["/actoin"]),
        (5, vec![""]),
        (6, vec!["/new_value/0"]),
        (8, vec!["/occurred_at", "/actor", "/action", "/target"]),
        (9, vec!["/occurred_at"]),
    ] {
        assert_eq!(pointers(&batch, index), expected, "{index}");
        let problem = &batch.json["results"][index]["problem"];
        assert_eq!(
            (problem["status"].as_u64(), problem["request_id"].as_str()),
            (Some(422), Some(batch.header("x-request-id")))
        );
        assert!(batch.json["results"][index].get("id").is_none());
    }
    assert!(
        !batch.text.contains("inwite") && !batch.text.contains("no id"),
        "an error repeats no value"
    );
    assert_eq!(log.stored().await, (3, 0));
}

#[tokio::test]
async fn an_entry_that_stands_twice_in_a_batch_is_recorded_once() {
    let log = Log::start().await;
    let entry = log.entry("evt_1");
    let other_spelling: Value =
        entry.to_string().replace("12:00:00.000Z", "13:00:00+01:00").parse().unwrap();
    let large = log.entry_with_values("large", 3_000);
    let entries = [entry.clone(), log.entry("evt_2"), other_spelling, large.clone(), entry, large];
    let batch = log.record_batch(&entries).await;
    assert_eq!(
        outcomes(&batch),
        ["recorded", "recorded", "duplicate", "recorded", "duplicate", "duplicate"]
    );
    assert_eq!(counts(&batch), [3, 3, 0]);
    let found = ids(&batch);
    assert_eq!((found[2], found[4], found[5]), (found[0], found[0], found[3]));
    assert_eq!(log.stored().await, (3, 1));

    let again = log.record_batch(&entries).await;
    assert_eq!((outcomes(&again), ids(&again)), (vec!["duplicate"; 6], found));
    assert_eq!(log.stored().await, (3, 1));
}

#[tokio::test]
async fn a_duplicate_keeps_what_was_stored_first() {
    let log = Log::start().await;
    let first = log.record_batch(&log.entries(2)).await;
    let before = log.get(ids(&first)[0]).await;
    let entries = log.entries(3);
    log.service.clock.set(log.service.clock.now().plus_days(1));
    assert_eq!(outcomes(&log.record_batch(&entries).await), ["duplicate", "duplicate", "recorded"]);
    assert_eq!(log.get(ids(&first)[0]).await.text, before.text);
}

#[tokio::test]
async fn an_entry_over_256_kib_is_rejected_alone() {
    let log = Log::start().await;
    // The limit is on the entry as canonical JSON, which is how the client here writes it too.
    let overhead = log.entry_with_values("evt_1", 4).to_string().len();
    let of = |bytes: usize| log.entry_with_values("evt_1", 4 + bytes - overhead);
    let batch = log
        .record_batch(&[log.entry("before"), of(262_145), of(262_144), log.entry("after")])
        .await;
    assert_eq!(
        outcomes(&batch),
        ["recorded", "payload-too-large", "recorded", "recorded"],
        "{:?}",
        counts(&batch)
    );
    assert_eq!(batch.json["results"][1]["problem"]["status"], 413);
    assert_eq!(log.stored().await, (3, 1));
    let largest = log.get(ids(&batch)[2]).await;
    assert_eq!(largest.json["new_value"], of(262_144)["new_value"]);
}

#[tokio::test]
async fn large_values_lie_apart_in_a_batch_too() {
    let log = Log::start().await;
    let sizes = [10, 1_024, 1_025, 50_000, 4];
    let entries: Vec<_> =
        sizes.iter().map(|bytes| log.entry_with_values(&format!("evt_{bytes}"), *bytes)).collect();
    let batch = log.record_batch(&entries).await;
    assert_eq!(counts(&batch), [5, 0, 0], "{batch:?}");
    assert_eq!(log.stored().await, (5, 2));
    for ((bytes, entry), id) in sizes.iter().zip(&entries).zip(ids(&batch)) {
        assert_eq!(log.item("ws_log#values", id).await.is_some(), *bytes > 1_024, "{bytes}");
        let got = log.get(id).await;
        assert_eq!(
            (&got.json["old_value"], &got.json["new_value"]),
            (&entry["old_value"], &entry["new_value"]),
            "{bytes}"
        );
    }
}

#[tokio::test]
async fn a_batch_has_1_to_100_entries_and_nothing_else() {
    let log = Log::start().await;
    let many = log.entries(101);
    for (body, pointers) in [
        (json!({ "entries": [] }), vec!["/entries"]),
        (json!({ "entries": many }), vec!["/entries"]),
        (json!({ "entries": { "0": log.entry("evt_1") } }), vec!["/entries"]),
        (json!({ "entries": null }), vec!["/entries"]),
        (json!({}), vec!["/entries"]),
        (json!({ "entries": log.entries(1), "workspace": "ws_log" }), vec!["/workspace"]),
        (json!(log.entries(1)), vec![""]),
        (log.entry("evt_1"), vec!["/entries", "/action", "/actor", "/external_id"]),
    ] {
        let answer = log.record_batch_text(&body.to_string()).await;
        assert_eq!((answer.status, answer.problem()), (422, "validation-failed"), "{answer:?}");
        assert!(answer.pointers().starts_with(&pointers), "{:?}", answer.pointers());
    }
    assert_eq!(log.stored().await, (0, 0));
}

#[tokio::test]
async fn what_is_not_json_in_an_entry_sinks_that_entry() {
    let sample = Log::start().await;
    let mut entries = sample.entries(3);
    entries[2]["old_value"] = json!({ "role": "third" });
    let good = json!({ "entries": entries }).to_string();
    for (from, to, problem) in [
        (
            "\"external_id\":\"evt_2\"",
            "\"external_id\":\"evt_2\",\"external_id\":\"evt_2\"",
            "duplicate-key",
        ),
        ("{\"role\":\"third\"}", "{\"role\":\"third\",\"r\\u006fle\":\"third\"}", "duplicate-key"),
        ("\"evt_2\"", "\"evt_\u{0}2\"", "malformed-json"),
        ("\"evt_2\"", "\"evt_\\ud83d\"", "malformed-json"),
        ("\"evt_2\"", "NaN", "malformed-json"),
        ("\"evt_2\"", "01", "malformed-json"),
        ("\"evt_2\"", "", "malformed-json"),
    ] {
        assert!(good.contains(from));
        let log = Log::start().await;
        let answer = log.record_batch_text(&good.replacen(from, to, 1)).await;
        assert_eq!(outcomes(&answer).last(), Some(&problem), "{to:?}: {answer:?}");
        assert_eq!(counts(&answer), [2, 0, 1], "{to:?}");
        assert_eq!(log.stored().await, (2, 0));
    }
}

#[tokio::test]
async fn what_is_no_list_of_entries_sinks_the_batch() {
    let log = Log::start().await;
    let good = json!({ "entries": log.entries(3) }).to_string();
    for (from, to) in [("]}", "]"), ("]}", "}"), ("]}", "]},"), ("\"evt_2\"", "\"evt_2"), ("{", "")]
    {
        let answer = log.record_batch_text(&good.replacen(from, to, 1)).await;
        assert_eq!((answer.status, answer.problem()), (400, "malformed-json"), "{to:?}");
    }
    assert_eq!(log.stored().await, (0, 0));
}

#[tokio::test]
async fn a_batch_of_bad_entries_only_is_answered_entry_by_entry() {
    let log = Log::start().await;
    let batch = log.record_batch(&vec![json!({}); 100]).await;
    assert_eq!((batch.status, counts(&batch)), (200, [0, 0, 100]));
    assert_eq!(outcomes(&batch), ["validation-failed"; 100]);
}
