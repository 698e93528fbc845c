//! Events of ten other systems, each as a customer would record it, in a catalogue written for
//! them: `tests/data`.

use domain::catalog::{Catalog, read_catalog};
use domain::entry::Section;
use domain::identity::EntryId;
use domain::ports::{GetEntry, WriteCatalog};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tests::encoded;
use tests::recording::{ENTRIES, Log, ids, noon, outcomes};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The events by the name of their system.
fn events() -> Vec<(String, Value)> {
    let mut events: Vec<_> = fs::read_dir(data().join("events"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        })
        .collect();
    events.sort_by(|(a, _): &(String, Value), (b, _)| a.cmp(b));
    assert_eq!(events.len(), 10);
    events
}

fn catalog() -> Catalog {
    let catalog = read_catalog(&fs::read(data().join("catalog.json")).unwrap()).unwrap();
    Catalog { version: 1, ..catalog }
}

async fn start() -> Log {
    let log = Log::start().await;
    log.service.store.put_catalog(&catalog()).await.unwrap();
    log
}

/// What the service made of each member of an entry that it could not keep as it was.
fn adjusted(event: &Value) -> Vec<Value> {
    let pairs = event["adjusted"].as_array().unwrap();
    pairs.iter().map(|pair| json!({ "pointer": pair[0], "reason": pair[1] })).collect()
}

#[tokio::test]
async fn an_event_of_another_system_is_recorded_as_a_customer_maps_it() {
    let log = start().await;
    for (system, event) in events() {
        let sent = &event["entry"];
        let recorded = log.record(sent).await;
        assert_eq!(recorded.status, 201, "{system}: {recorded:?}");
        let got = log.get(recorded.text_at("/id")).await;
        let expected = adjusted(&event);
        assert_eq!(got.json["adjusted"].as_array().cloned().unwrap_or_default(), expected);
        for (name, value) in sent.as_object().unwrap() {
            let is_kept = !expected.iter().any(|one| one["pointer"] == format!("/{name}"));
            match name.as_str() {
                "occurred_at" | "actor" => {}
                _ if is_kept => assert_eq!(&got.json[name], value, "{system}: {name}"),
                _ => assert!(
                    got.json["ip_address_text"] == *value || got.json["ip_address"].is_string(),
                    "{system}: {name}"
                ),
            }
        }
        assert_eq!(got.json["actor"]["type"], sent["actor"]["type"], "{system}");
    }
}

#[tokio::test]
async fn an_event_is_found_by_its_actor_and_by_each_of_its_targets() {
    let log = start().await;
    for (system, event) in events() {
        let sent = &event["entry"];
        let recorded = log.record(sent).await;
        let (id, actor) = (recorded.text_at("/id"), &recorded.json["actor"]);
        let text = |value: &Value| encoded(value.as_str().unwrap());
        let by_actor =
            format!("actor_type={}&actor_id={}", text(&actor["type"]), text(&actor["id"]));
        let targets = sent["targets"].as_array().cloned().unwrap_or_default();
        let by_target = [&sent["target"]].into_iter().chain(&targets).map(|target| {
            format!("target_type={}&target_id={}", text(&target["type"]), text(&target["id"]))
        });
        for query in [by_actor].into_iter().chain(by_target) {
            let found = log.api.get(&format!("{ENTRIES}?{query}")).await;
            assert_eq!(found.text_at("/entries/0/id"), id, "{system} {query}: {found:?}");
            let row = &found.json["entries"][0];
            for name in ["reason", "on_behalf_of", "targets", "adjusted", "location"] {
                assert_eq!(row.get(name), recorded.json.get(name), "{system}: {name}");
            }
            assert_eq!((row.get("metadata"), row.get("key_id")), (None, None));
        }
    }
}

#[tokio::test]
async fn the_same_events_in_one_batch_are_the_same_entries() {
    let log = start().await;
    let entries: Vec<_> = events().into_iter().map(|(_, event)| event["entry"].clone()).collect();
    let mut alone = Vec::new();
    for entry in &entries {
        alone.push(log.record(entry).await.text_at("/id").to_owned());
    }
    let batch = log.record_batch(&entries).await;
    assert_eq!(ids(&batch), alone);
    assert_eq!(outcomes(&batch), ["duplicate"; 10]);
    let facets = log.api.get("/v1/workspaces/ws_log/facets").await;
    assert_eq!(facets.json["total_entries"], 10, "{facets:?}");
    assert_eq!(facets.json["actions"].as_array().unwrap().len(), 10);
}

/// Whatever is removed of a stored entry, its commitment stays the same.
#[tokio::test]
async fn the_commitment_of_a_stored_event_holds_without_any_of_its_sections() {
    let log = start().await;
    for (system, event) in events() {
        let recorded = log.record(&event["entry"]).await;
        let id = EntryId::parse(recorded.text_at("/id")).unwrap();
        let stored = log.service.store.entry(&log.workspace, id, noon()).await.unwrap().unwrap();
        for section in Section::ALL {
            let without = stored.without(section);
            assert_eq!(without.commitment(), stored.commitment(), "{system} {section:?}");
        }
    }
}
