//! The daily check of a log: it finds and shows what was changed behind the service's back, and it
//! numbers entries that landed too late.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::{Content, Entry};
use domain::memory::fixtures::{actor, entry_with, target, value_of};
use local::embedded::tables;
use local::gateway::FUNCTION;
use local::stream::EntriesStream;
use serde_json::{Value, json};
use tally::Planned;
use tests::at;
use tests::recording::{ENTRIES, Log, usual_entry};
use web::service::Service;

const WORKSPACE: &str = "/v1/workspaces/ws_log";

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Hands what the stream has to the `tally` function.
async fn follow(log: &Log, stream: &mut EntriesStream) {
    while let Some(event) = stream.batch().unwrap() {
        let tally = Service::new(log.service.bound_store(), log.service.clock.clone());
        let planned = Planned::default();
        let handled = Box::pin(tally::handle(&tally, &planned, event));
        assert_eq!(FUNCTION.scope("tally".to_owned(), handled).await.failures(), 0);
    }
}

/// Runs the schedule's tick and the chunks of jobs that follow from it.
async fn minute(log: &Log, moment: &str) {
    log.service.clock.set(at(moment));
    let worker = log.service.worker();
    FUNCTION.scope("job".to_owned(), worker.look_after()).await.unwrap();
    log.service.work().await;
}

async fn check(log: &Log) -> Value {
    let answer = log.api.get(WORKSPACE).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json["journal_check"].clone()
}

async fn recorded(log: &Log, name: &str) -> String {
    let answer = log.record(&log.entry(name)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text_at("/id").to_owned()
}

async fn delete(log: &Log, id: &str) {
    let delete = log
        .service
        .dynamodb
        .delete_item()
        .table_name(tables().entries)
        .key("workspace_id", text("ws_log"))
        .key("id", text(id));
    delete.send().await.unwrap();
}

async fn forge(log: &Log, id: &str) {
    let update = log
        .service
        .dynamodb
        .update_item()
        .table_name(tables().entries)
        .key("workspace_id", text("ws_log"))
        .key("id", text(id))
        .update_expression("SET reason = :reason")
        .expression_attribute_values(":reason", text("forged"));
    update.send().await.unwrap();
}

/// An entry that a frozen writer stores when its time is numbered already. It has a further target
/// and values that lie apart.
fn frozen(log: &Log, moment: &str) -> Entry {
    let content =
        Content::new(at(moment), actor("usr_f"), "member.invite", target("member", "mem_1"));
    entry_with(
        &log.workspace,
        Content {
            targets: vec![target("project", "prj_f")],
            old_value: Some(value_of(2_000)),
            ..content
        },
    )
}

#[tokio::test]
async fn a_day_is_checked_when_it_is_over() {
    let log = Log::start().await;
    let mut stream = EntriesStream::open(log.service.embedded.database.clone()).unwrap();
    assert_eq!(check(&log).await, Value::Null);
    for n in 0..5 {
        recorded(&log, &format!("evt_{n}")).await;
    }
    let late = usual_entry(log.service.clock.now().plus_days(-9), "late");
    assert_eq!(log.record(&late).await.status, 201);
    follow(&log, &mut stream).await;
    minute(&log, "2026-11-23T00:09:59Z").await;
    assert_eq!(check(&log).await, Value::Null, "not before everything has settled");
    minute(&log, "2026-11-23T00:10:00Z").await;
    let sound = json!({
        "state": "done",
        "checked_at": "2026-11-23T00:10:00.000Z",
        "checked_through": "2026-11-22T23:59:59.999Z",
        "entries": 6,
        "unnumbered": 0,
        "missing": 0,
        "altered": 0,
        "found": [],
    });
    assert_eq!(check(&log).await, sound);
    minute(&log, "2026-11-23T00:11:00Z").await;
    assert_eq!(check(&log).await, sound, "it is done once");
}

#[tokio::test]
async fn what_was_done_past_the_service_is_found_and_a_straggler_gets_a_number() {
    let log = Log::start().await;
    let mut stream = EntriesStream::open(log.service.embedded.database.clone()).unwrap();
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(recorded(&log, &format!("evt_{n}")).await);
    }
    log.service.clock.set(at("2026-11-22T12:00:15Z"));
    follow(&log, &mut stream).await;
    let straggler = frozen(&log, "2026-11-22T12:00:00.500Z");
    log.service.load(std::slice::from_ref(&straggler));
    delete(&log, &ids[1]).await;
    forge(&log, &ids[2]).await;
    let path = format!("{ENTRIES}/{}", straggler.id);
    assert_eq!(log.api.get(&path).await.json["sequence"], Value::Null);

    minute(&log, "2026-11-23T00:10:00Z").await;
    let found = check(&log).await;
    let figures = |found: &Value| {
        ["entries", "unnumbered", "missing", "altered"].map(|name| found[name].as_u64().unwrap())
    };
    assert_eq!(figures(&found), [3, 1, 1, 1], "{found}");
    assert_eq!(found["found"], json!([ids[1], ids[2]]));

    // The straggler is numbered like what is recorded then, and says when it was recorded.
    log.service.clock.set(at("2026-11-23T00:10:15Z"));
    log.service.count(&log.workspace).await;
    let entry = log.api.get(&path).await.json;
    assert_eq!((&entry["sequence"], &entry["integrity"]), (&json!(4), &json!("verified")));
    assert_eq!(entry["recorded_at"], "2026-11-22T12:00:00.500Z");
    let feed = log.api.get(&format!("{WORKSPACE}/feed?after=3")).await.json;
    assert_eq!(feed["entries"][0]["id"], straggler.id.to_string(), "{feed}");
    let page = log.api.get(ENTRIES).await.json;
    assert_eq!(page["entries"].as_array().unwrap().len(), 4, "{page}");
    assert_eq!(page["entries"][0]["sequence"], 4, "{page}");
    let by_target =
        log.api.get(&format!("{ENTRIES}?target_type=project&target_id=prj_f")).await.json;
    assert_eq!(by_target["entries"][0]["sequence"], 4, "{by_target}");

    // The next day goes on from there, and what was found stays known.
    recorded(&log, "evt_5").await;
    log.service.clock.set(at("2026-11-23T00:10:30Z"));
    follow(&log, &mut stream).await;
    minute(&log, "2026-11-24T00:10:00Z").await;
    let next = check(&log).await;
    assert_eq!(figures(&next), [5, 1, 1, 1], "the straggler is one of the two: {next}");
    assert_eq!(next["checked_through"], "2026-11-23T23:59:59.999Z");
}
