//! Batches: their sizes, and bad entries among good ones.

use crate::hostile::{Arena, BATCH, ENTRIES, MARKER};
use serde_json::{Value, json};
use tests::Response;

fn statuses(answer: &Response) -> Vec<&str> {
    let results = answer.json.get("results").and_then(Value::as_array).unwrap();
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

fn counts(answer: &Response) -> [u64; 3] {
    ["recorded", "duplicate", "rejected"].map(|name| answer.json[name].as_u64().unwrap())
}

#[tokio::test]
async fn a_batch_holds_one_to_a_hundred_entries() {
    let arena = Arena::start().await;
    let of = |count: usize| {
        json!({ "entries": (0..count).map(|n| arena.numbered(n)).collect::<Vec<_>>() }).to_string()
    };
    for count in [0, 101, 150] {
        arena
            .invalid(&format!("{count} entries"), &arena.post(BATCH, of(count)), &["/entries"])
            .await;
    }
    let many = json!({ "entries": vec![json!({}); 100_000] }).to_string();
    arena.invalid("100,000 empty entries", &arena.post(BATCH, many), &["/entries"]).await;
    let answer = arena.accepts("100 entries", &arena.post(BATCH, of(100)), 200).await;
    assert_eq!(counts(&answer), [100, 0, 0]);
    assert_eq!(arena.scene.service.stored_items("ws_a").await, 100);
    let again = arena.accepts("100 entries again", &arena.post(BATCH, of(100)), 200).await;
    assert_eq!(counts(&again), [0, 100, 0]);
    assert_eq!(arena.scene.service.stored_items("ws_a").await, 100);
}

#[tokio::test]
async fn a_batch_of_another_shape_is_refused_by_name() {
    let arena = Arena::start().await;
    let entry = arena.scene.entry();
    for (what, body, pointers) in [
        ("no entries", json!({}), vec!["/entries"]),
        ("null", json!({ "entries": null }), vec!["/entries"]),
        ("one entry, not in a list", json!({ "entries": entry }), vec!["/entries"]),
        ("a text", json!({ "entries": MARKER }), vec!["/entries"]),
        ("a bare list", json!([entry]), vec![""]),
        (
            "an entry itself",
            entry.clone(),
            vec!["/entries", "/action", "/actor", "/occurred_at", "/target"],
        ),
        (
            "another field",
            json!({ "entries": [entry], "workspace_id": "ws_b" }),
            vec!["/workspace_id"],
        ),
        ("another name", json!({ "Entries": [entry] }), vec!["/entries", "/Entries"]),
    ] {
        arena.invalid(what, &arena.post(BATCH, body.to_string()), &pointers).await;
    }
    for text in ["null", "1", "\"ZqMarkerJx\"", "[]"] {
        arena.invalid(text, &arena.post(BATCH, text), &[""]).await;
    }
}

#[tokio::test]
async fn a_bad_entry_is_rejected_by_itself_and_stores_nothing() {
    let arena = Arena::start().await;
    let bad = [
        (json!(null), ""),
        (json!(MARKER), ""),
        (json!([]), ""),
        (arena.entry_with("/action", Some(json!(MARKER))), "/action"),
        (arena.entry_with("/actor/id", Some(json!(format!("{MARKER}\0")))), "/actor/id"),
        (arena.entry_with("/workspace_id", Some(json!("ws_b"))), "/workspace_id"),
        (arena.entry_with("/occurred_at", Some(json!("2026-11-22T12:20:00.001Z"))), "/occurred_at"),
        (arena.entry_with("/entries", Some(json!([arena.scene.entry()]))), "/entries"),
    ];
    let deep: Value = (0..33).fold(json!(MARKER), |inner, _| json!([inner]));
    let deep =
        (arena.entry_with("/new_value", Some(deep)), &*format!("/new_value{}", "/0".repeat(32)));
    for (number, (entry, pointer)) in bad.into_iter().chain([deep]).enumerate() {
        let body = json!({ "entries": [arena.numbered(2 * number), entry,
            arena.numbered(2 * number + 1)] })
        .to_string();
        let answer = arena.accepts(pointer, &arena.post(BATCH, body), 200).await;
        assert_eq!(statuses(&answer), ["recorded", "rejected", "recorded"], "{answer:?}");
        assert_eq!(answer.text_at("/results/1/problem/type"), "validation-failed", "{answer:?}");
        assert_eq!(answer.text_at("/results/1/problem/errors/0/pointer"), pointer, "{answer:?}");
        assert!(!answer.text.contains(MARKER), "{answer:?}");
        assert_eq!(arena.scene.service.stored_items("ws_a").await, 2 * (number + 1));
    }
    assert_eq!(arena.scene.service.stored_items("ws_b").await, 0);
}

#[tokio::test]
async fn a_batch_of_bad_entries_only_is_answered_without_the_store() {
    let arena = Arena::start().await;
    let before = arena.scene.stored();
    let body = json!({ "entries": vec![json!({ "action": MARKER }); 100] }).to_string();
    let answer = arena.accepts("all bad", &arena.post(BATCH, body), 200).await;
    assert_eq!(counts(&answer), [0, 0, 100]);
    assert!(!answer.text.contains(MARKER));
    assert_eq!(arena.scene.stored(), before);
}

#[tokio::test]
async fn an_entry_of_a_batch_has_the_limit_of_an_entry() {
    let arena = Arena::start().await;
    let frame = arena.entry_with_text("\"\"").len();
    let with_length =
        |length: usize| arena.entry_with_text(&format!("\"{}\"", "x".repeat(length - frame)));
    let limit = 256 * 1_024;
    let body = format!(
        "{{\"entries\":[{},{},{}]}}",
        arena.numbered(1),
        with_length(limit + 1),
        with_length(limit)
    );
    let answer = arena.accepts("one too large", &arena.post(BATCH, body), 200).await;
    assert_eq!(statuses(&answer), ["recorded", "rejected", "recorded"], "{answer:?}");
    assert_eq!(answer.text_at("/results/1/problem/type"), "payload-too-large", "{answer:?}");
    assert_eq!(arena.scene.service.stored_items("ws_a").await, 2);
}

#[tokio::test]
async fn equal_entries_of_a_batch_are_stored_once_and_different_ones_never_meet() {
    let arena = Arena::start().await;
    let (entry, other) =
        (arena.numbered(1), arena.entry_with("/external_id", Some(json!("evt_2"))));
    let answer = arena
        .accepts(
            "equal",
            &arena.post(BATCH, json!({ "entries": [entry, other, entry] }).to_string()),
            200,
        )
        .await;
    assert_eq!(statuses(&answer), ["recorded", "recorded", "duplicate"], "{answer:?}");
    assert_eq!(answer.text_at("/results/0/id"), answer.text_at("/results/2/id"));
    let alone = arena.accepts("alone", &arena.record(entry.to_string()), 200).await;
    assert_eq!(alone.text_at("/id"), answer.text_at("/results/0/id"));
    assert_eq!(arena.scene.service.stored_items("ws_a").await, 2);
    // Two entries that differ are two, also if they share an external id.
    let mut renamed = entry.clone();
    renamed["action"] = json!("member.remove");
    let answer = arena
        .accepts(
            "the same external id",
            &arena.post(BATCH, json!({ "entries": [renamed] }).to_string()),
            200,
        )
        .await;
    assert_eq!(statuses(&answer), ["recorded"], "{answer:?}");
    let list = arena.accepts("the list", &arena.request("GET", ENTRIES), 200).await;
    assert_eq!(list.json["entries"].as_array().unwrap().len(), 3);
}
