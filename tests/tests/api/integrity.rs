//! Evidence that was altered in the store, past the service. It is never shown as if it were good,
//! and an entry that is recorded again is never taken for a duplicate of it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use domain::credential::Scope;
use domain::ports::OperateSalts;
use serde_json::{Value, json};
use tests::Api;
use tests::jobs::export;
use tests::recording::{ENTRIES, Log, noon, outcomes};

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Changes an attribute of a stored item, as somebody with AWS credentials could.
async fn alter(log: &Log, partition: &str, id: &str, attribute: &str, value: AttributeValue) {
    let update = log
        .service
        .dynamodb
        .update_item()
        .table_name("entries")
        .key("workspace_id", text(partition))
        .key("id", text(id))
        .condition_expression("attribute_exists(id)")
        .update_expression("SET #attribute = :value")
        .expression_attribute_names("#attribute", attribute)
        .expression_attribute_values(":value", value);
    update.send().await.unwrap();
}

/// Records an entry and gives its id.
async fn recorded(log: &Log, entry: &Value) -> String {
    let answer = log.record(entry).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text_at("/id").to_owned()
}

/// An instance that has not met any actor.
async fn another(log: &Log) -> Api {
    log.service.another_instance(&log.service.key(&Scope::ALL, None).await).await
}

async fn integrity(api: &Api, id: &str) -> String {
    let got = api.get(&format!("{ENTRIES}/{id}")).await;
    assert_eq!(got.status, 200, "{got:?}");
    got.text_at("/integrity").to_owned()
}

/// The `integrity` of an entry in a CSV file and in an NDJSON file; empty if the file has none.
async fn exported(log: &Log, id: &str) -> (String, String) {
    let csv = export(&log.service, &log.api, "ws_log", &json!({ "format": "csv" })).await;
    let mut rows = csv::Reader::from_reader(csv.bytes.as_slice());
    let column = rows.headers().unwrap().iter().position(|name| name == "integrity").unwrap();
    let row = rows.records().map(Result::unwrap).find(|row| &row[0] == id).unwrap();
    let lines = export(&log.service, &log.api, "ws_log", &json!({ "format": "ndjson" })).await;
    let lines = String::from_utf8(lines.bytes).unwrap();
    let line = lines.lines().find(|line| line.contains(id)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    (row[column].to_owned(), line["integrity"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_entry_that_is_as_it_was_recorded_is_verified() {
    let log = Log::start().await;
    let small = recorded(&log, &log.entry("small")).await;
    let large = recorded(&log, &log.entry_with_values("large", 5_000)).await;
    for id in [&small, &large] {
        assert_eq!(integrity(&log.api, id).await, "verified");
        assert_eq!(integrity(&another(&log).await, id).await, "verified");
        assert_eq!(exported(&log, id).await, ("verified".into(), String::new()));
    }
}

#[tokio::test]
async fn an_altered_entry_is_shown_as_such_wherever_it_is_whole() {
    let log = Log::start().await;
    let altered = [
        ("entry", "ws_log", "outcome", text("success")),
        ("inline value", "ws_log", "new_value", text("{}")),
        ("values apart", "ws_log#values", "new_value", text("\"y\"")),
    ];
    for (name, partition, attribute, value) in altered {
        let entry = match name {
            "values apart" => log.entry_with_values(name, 5_000),
            _ => log.entry(name),
        };
        let id = recorded(&log, &entry).await;
        alter(&log, partition, &id, attribute, value).await;
        assert_eq!(integrity(&log.api, &id).await, "failed", "{name}");
        assert_eq!(integrity(&another(&log).await, &id).await, "failed", "{name}");
        assert_eq!(exported(&log, &id).await, ("failed".into(), "failed".into()), "{name}");
    }
    let id = recorded(&log, &log.entry_with_values("removed", 5_000)).await;
    let delete = log
        .service
        .dynamodb
        .delete_item()
        .table_name("entries")
        .key("workspace_id", text("ws_log#values"))
        .key("id", text(&id));
    delete.send().await.unwrap();
    assert_eq!(integrity(&log.api, &id).await, "failed", "its values were removed");
    assert_eq!(exported(&log, &id).await, ("failed".into(), "failed".into()));
    let list = log.api.get(ENTRIES).await;
    assert!(list.json["entries"][0].get("integrity").is_none(), "a row cannot be compared");
}

#[tokio::test]
async fn what_the_service_adds_is_not_what_the_id_covers() {
    let log = Log::start().await;
    let id = recorded(&log, &log.entry("1")).await;
    alter(&log, "ws_log", &id, "request_id", text("another")).await;
    alter(&log, "ws_log", &id, "expires_at", AttributeValue::N("99999999999".into())).await;
    assert_eq!(integrity(&log.api, &id).await, "verified");
}

#[tokio::test]
async fn without_the_salt_nothing_is_proved_and_nothing_is_called_forged() {
    let log = Log::start().await;
    let id = recorded(&log, &log.entry("1")).await;
    let delete = log
        .service
        .dynamodb
        .delete_item()
        .table_name("control")
        .key("pk", text("salt#ws_log#user#usr_ada"))
        .key("sk", text("salt"));
    delete.send().await.unwrap();
    assert_eq!(integrity(&another(&log).await, &id).await, "unverifiable");
    let unverifiable = "unverifiable".to_owned();
    assert_eq!(exported(&log, &id).await, (unverifiable.clone(), unverifiable));
}

#[tokio::test]
async fn an_entry_whose_salt_was_destroyed_is_never_called_altered() {
    let log = Log::start().await;
    let entry = log.entry("1");
    let first = recorded(&log, &entry).await;
    let altered = recorded(&log, &log.entry("2")).await;
    alter(&log, "ws_log", &altered, "outcome", text("success")).await;
    let actor = tests::actor("usr_ada").key();
    let destroyed = log.service.store.destroy_salt(&log.workspace.id, &actor, noon()).await;
    assert_eq!(destroyed.unwrap().unwrap().at, noon());
    // An instance that remembers the salt still compares for up to a minute. All others cannot.
    assert_eq!(integrity(&log.api, &first).await, "verified");
    assert_eq!(log.record(&entry).await.status, 200, "and finds the entry again");
    assert_eq!(integrity(&another(&log).await, &first).await, "unverifiable");

    log.service.clock.set(noon().plus_ms(60_000));
    assert_eq!(integrity(&log.api, &first).await, "unverifiable");
    let again = recorded(&log, &entry).await;
    assert_ne!(again, first, "a new salt makes another id");
    let unverifiable = ("unverifiable".to_owned(), "unverifiable".to_owned());
    for (id, expected) in
        [(&first, "unverifiable"), (&altered, "unverifiable"), (&again, "verified")]
    {
        assert_eq!(integrity(&another(&log).await, id).await, expected, "{id}");
    }
    for id in [&first, &altered] {
        assert_eq!(exported(&log, id).await, unverifiable);
    }
    assert_eq!(exported(&log, &again).await, ("verified".into(), String::new()));
    alter(&log, "ws_log", &again, "outcome", text("success")).await;
    assert_eq!(integrity(&log.api, &again).await, "failed", "a living salt still tells");
}

#[tokio::test]
async fn an_altered_entry_is_no_duplicate_of_what_is_recorded_again() {
    let log = Log::start().await;
    let mut with_targets = log.entry_with_values("targets", 5_000);
    with_targets["targets"] = json!([{ "type": "project", "id": "p" }]);
    let entries = [
        (log.entry("small"), "ws_log", "outcome"),
        (log.entry("value"), "ws_log", "new_value"),
        (log.entry_with_values("item", 5_000), "ws_log", "action"),
        (log.entry_with_values("values", 5_000), "ws_log#values", "old_value"),
        (with_targets.clone(), "ws_log#values", "new_value"),
    ];
    let mut ids = Vec::new();
    for (entry, partition, attribute) in &entries {
        let id = recorded(&log, entry).await;
        let value = if attribute.ends_with("value") { "null" } else { "denied" };
        alter(&log, partition, &id, attribute, text(value)).await;
        ids.push((*partition, id));
    }
    let good = log.entry("good");
    recorded(&log, &good).await;
    let before = log.stored().await;
    for (entry, ..) in &entries {
        let again = log.record(entry).await;
        assert_eq!((again.status, again.problem()), (409, "entry-altered"), "{again:?}");
        assert!(!again.text.contains("usr_ada"), "no echo of what is stored or sent");
    }
    let alone = log.record_batch(&[entries[0].0.clone()]).await;
    assert_eq!(
        (alone.status, outcomes(&alone)),
        (200, vec!["entry-altered"]),
        "of the entry alone"
    );
    let mut all: Vec<_> = entries.iter().map(|(entry, ..)| entry.clone()).collect();
    all.push(good);
    all.push(log.entry("new"));
    let batch = log.record_batch(&all).await;
    let mut expected = vec!["entry-altered"; entries.len()];
    expected.extend(["duplicate", "recorded"]);
    assert_eq!(outcomes(&batch), expected);
    assert_eq!(log.stored().await, (before.0 + 1, before.1), "nothing but the new one is stored");
    for ((partition, id), (.., attribute)) in ids.iter().zip(&entries) {
        let item = log.item(partition, id).await.unwrap();
        let kept = item[*attribute].as_s().unwrap();
        assert!(matches!(kept.as_str(), "null" | "denied"), "the altered item is evidence, too");
    }
}

/// The alarm counts the lines that the code writes.
#[test]
fn the_metric_filters_count_the_line_of_a_failure() {
    let line = include_str!("../../../shared/web/src/integrity.rs");
    assert!(line.contains("\"integrity failed\""));
    let template = include_str!("../../../template.yaml");
    let filter = "FilterPattern: '{ $.fields.message = \"integrity failed\" }'";
    assert_eq!(template.matches(filter).count(), 3, "record, get and job");
}
