//! Changes of stored items behind the service's back raise the alarm of the operators, and the
//! service's own changes do not. The path is tested from the stream of the embedded DynamoDB,
//! through the filters of the template and the `tally` function, to the line that the template
//! counts.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::Content;
use domain::memory::fixtures::entry_with;
use local::embedded::tables;
use local::filter::Filter;
use local::gateway::FUNCTION;
use local::stream::EntriesStream;
use local::template::Template;
use serde_json::{Value, json};
use tally::{Planned, StreamEvent};
use tests::lines::Lines;
use tests::recording::Log;
use tests::{actor, at, content, target};
use web::service::Service;

/// When an entry was recorded that is stored after its time was numbered.
const STRAGGLED: &str = "2026-11-22T12:00:00.500Z";

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Hands a batch to the `tally` function, and gives the lines that the alarm counts.
async fn told_of(log: &Log, event: StreamEvent) -> Vec<Value> {
    let lines = Lines::default();
    let tally = Service::new(log.service.bound_store(), log.service.clock.clone());
    let planned = Planned::default();
    let handled = Box::pin(lines.during(tally::handle(&tally, &planned, event)));
    assert_eq!(FUNCTION.scope("tally".to_owned(), handled).await.failures(), 0);
    let counted = lines.counted_by("TallyAlterations");
    let batch = lines.with_message("batch");
    assert_eq!(batch[0]["fields"]["alterations"], counted.len(), "{batch:?}");
    counted
}

/// What of the lines tells one item from another.
fn told<'a>(lines: &'a [Value]) -> Vec<[&'a str; 5]> {
    let names = ["workspace_id", "entry_id", "part", "change"];
    let text = |value: &'a Value| value.as_str().unwrap();
    let of = |line: &'a Value| {
        let [workspace, entry, part, change] = names.map(|name| text(&line["fields"][name]));
        [text(&line["level"]), workspace, entry, part, change]
    };
    lines.iter().map(of).collect()
}

/// Every kind of record that a batch may have, of `events/streams/`.
fn batches() -> [Value; 2] {
    [
        include_str!("../../../events/streams/tally-hint.json"),
        include_str!("../../../events/streams/tally-alterations.json"),
    ]
    .map(|text| serde_json::from_str(text).unwrap())
}

#[tokio::test]
async fn each_record_of_the_events_is_told_of_or_not() {
    let log = Log::start().await;
    let [hint, altered] = batches();
    assert_eq!(told_of(&log, serde_json::from_value(hint).unwrap()).await, [Value::Null; 0]);
    let lines = told_of(&log, serde_json::from_value(altered.clone()).unwrap()).await;
    let id = |n: usize| altered["Records"][n]["dynamodb"]["Keys"]["id"]["S"].as_str().unwrap();
    let expected = [
        ["ERROR", "ws_acme", id(5), "entry", "modified: actor"],
        ["ERROR", "ws_acme", id(6), "entry", "modified: delete_at"],
        ["ERROR", "ws_acme", id(7), "values", "modified: new_value"],
        ["ERROR", "ws_acme", id(8), "entry", "removed"],
        ["ERROR", "ws_acme", id(9), "row", "removed"],
    ];
    assert_eq!(told(&lines), expected);
}

#[test]
fn what_expired_costs_no_invocation_and_nothing_altered_is_filtered_out() {
    let filters = Template::load().unwrap().stream_filters;
    let passed = |batch: &Value| {
        let passes = |record: &&Value| filters.iter().any(|filter: &Filter| filter.passes(record));
        let records = batch["Records"].as_array().unwrap();
        records.iter().map(|record| passes(&record)).collect::<Vec<_>>()
    };
    let [hint, altered] = batches().map(|batch| passed(&batch));
    assert_eq!(hint, [true, false, true, true, true, true, false], "no values, nothing expired");
    assert_eq!(altered, [true, true, true, true, false, true, true, true, true, true]);
}

struct Behind<'a> {
    log: &'a Log,
    stream: EntriesStream,
}

impl<'a> Behind<'a> {
    fn of(log: &'a Log) -> Self {
        Self { log, stream: EntriesStream::open(log.service.embedded.database.clone()).unwrap() }
    }

    /// The lines about all that has happened since the last time.
    async fn told(&mut self) -> Vec<Value> {
        let mut lines = Vec::new();
        while let Some(event) = self.stream.batch().unwrap() {
            lines.extend(told_of(self.log, event).await);
        }
        lines
    }

    async fn update(&self, partition: &str, id: &str, expression: &str) {
        let update = self
            .log
            .service
            .dynamodb
            .update_item()
            .table_name(tables().entries)
            .key("workspace_id", text(partition))
            .key("id", text(id))
            .update_expression(expression);
        let values = [(":text", text("forged")), (":soon", AttributeValue::N("1".to_owned()))];
        let used = values.into_iter().filter(|(name, _)| expression.contains(name));
        let update = used
            .fold(update, |update, (name, value)| update.expression_attribute_values(name, value));
        update.send().await.unwrap();
    }

    async fn delete(&self, partition: &str, id: &str) {
        let delete = self
            .log
            .service
            .dynamodb
            .delete_item()
            .table_name(tables().entries)
            .key("workspace_id", text(partition))
            .key("id", text(id));
        delete.send().await.unwrap();
    }

    async fn recorded(&self, name: &str) -> String {
        let mut entry = self.log.entry_with_values(name, 2_000);
        entry["targets"] = json!([{ "type": "project", "id": "prj_1" }]);
        let answer = self.log.record(&entry).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text_at("/id").to_owned()
    }
}

#[tokio::test]
async fn what_is_done_behind_the_services_back_is_told() {
    let log = Log::start().await;
    let mut behind = Behind::of(&log);
    let id = behind.recorded("evt_1").await;
    assert_eq!(behind.told().await, [Value::Null; 0]);
    let cases = [
        ("ws_log", "SET reason = :text", "entry", "modified: reason"),
        ("ws_log", "REMOVE seal, user_agent", "entry", "modified: seal user_agent"),
        ("ws_log", "SET delete_at = :soon", "entry", "modified: delete_at"),
        ("ws_log#values", "SET new_value = :text", "values", "modified: new_value"),
        ("ws_log#target1", "SET actor.#id = :text", "row", "modified: actor"),
    ];
    for (partition, expression, part, change) in cases {
        behind.update(partition, &id, &expression.replace("#id", "email")).await;
        let lines = behind.told().await;
        assert_eq!(told(&lines), [["ERROR", "ws_log", &id, part, change]], "{expression}");
        let line = lines[0].to_string();
        assert!(!line.contains("forged") && !line.contains("Ada"), "nothing of it: {line}");
    }
    for (partition, part) in
        [("ws_log#values", "values"), ("ws_log#target1", "row"), ("ws_log", "entry")]
    {
        behind.delete(partition, &id).await;
        assert_eq!(told(&behind.told().await), [["ERROR", "ws_log", &id, part, "removed"]]);
    }
}

#[tokio::test]
async fn an_item_that_is_put_in_the_place_of_another_is_told() {
    let log = Log::start().await;
    let mut behind = Behind::of(&log);
    let id = behind.recorded("evt_1").await;
    behind.told().await;
    let mut item = log.item("ws_log", &id).await.unwrap();
    item.insert("action".to_owned(), text("member.remove"));
    let put = log.service.dynamodb.put_item().table_name(tables().entries);
    put.set_item(Some(item.clone())).send().await.unwrap();
    let expected = ["ERROR", "ws_log", &id, "entry", "modified: action"];
    assert_eq!(told(&behind.told().await), [expected]);
    // Or in two steps.
    behind.delete("ws_log", &id).await;
    let put = log.service.dynamodb.put_item().table_name(tables().entries);
    put.set_item(Some(item)).send().await.unwrap();
    assert_eq!(told(&behind.told().await), [["ERROR", "ws_log", &id, "entry", "removed"]]);
}

/// What the tick of the minute does, and the work that follows from it.
async fn minute(log: &Log, moment: &str) {
    log.service.clock.set(at(moment));
    let worker = log.service.worker();
    FUNCTION.scope("job".to_owned(), worker.look_after()).await.unwrap();
    log.service.work().await;
}

#[tokio::test]
async fn what_the_service_does_itself_is_not_told() {
    let log = Log::start().await;
    let mut behind = Behind::of(&log);
    let id = behind.recorded("evt_1").await;
    log.service.clock.set(at("2026-11-22T12:00:15Z"));
    assert_eq!(behind.told().await, [Value::Null; 0]);

    // A check enters a straggler into the journal, and its row.
    let content = content(at(STRAGGLED), actor("usr_f"), "member.invite", target("m", "1"), 0);
    let straggler = entry_with(
        &log.workspace,
        Content { targets: vec![target("project", "prj_f")], ..content },
    );
    log.service.load(std::slice::from_ref(&straggler));
    minute(&log, "2026-11-23T00:10:00Z").await;
    for partition in ["ws_log", "ws_log#target1"] {
        let item = log.item(partition, &straggler.id.to_string()).await.unwrap();
        assert!(item.contains_key("journaled_at"), "{item:?}");
    }
    assert_eq!(behind.told().await, [Value::Null; 0]);

    // Plans move the end of entries, of their values and of their rows, back and forth.
    for plan in ["free", "enterprise", "basic"] {
        let answer = log.api.put("/v1/workspaces/ws_log", &json!({ "plan": plan })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        log.service.work_to_the_end().await;
        assert_eq!(behind.told().await, [Value::Null; 0]);
    }
    for partition in ["ws_log", "ws_log#values", "ws_log#target1"] {
        let item = log.item(partition, &id).await.unwrap();
        assert!(item.contains_key("retention_version"), "it was rewritten: {item:?}");
    }
}

/// By the machine's own clock, which the embedded database deletes by.
#[tokio::test]
async fn what_expired_is_not_told() {
    let log = Log::start().await;
    let mut behind = Behind::of(&log);
    let id = behind.recorded("evt_1").await;
    behind.update("ws_log", &id, "SET delete_at = :soon").await;
    assert_eq!(behind.told().await.len(), 1);
    assert_eq!(log.service.embedded.database.sweep_ttl().unwrap(), 1);
    assert_eq!(log.item("ws_log", &id).await, None);
    assert_eq!(behind.told().await, [Value::Null; 0]);
}
