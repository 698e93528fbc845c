//! The feed over HTTP: each entry once, in the order in which entries were recorded, whatever goes
//! on meanwhile.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod gone;
mod refused;

use domain::entry::Entry;
use domain::ports::{Consistency, ReadSpan};
use domain::span::Span;
use futures::future::join_all;
use serde_json::{Value, json};
use tests::recording::{ENTRIES, Log};
use tests::{Api, Response};

const FEED: &str = "/v1/workspaces/ws_log/feed";
/// How long to wait until the next request numbers everything that was recorded.
const SETTLED_MS: i64 = 10_000;

/// A reader of the feed: what it has, and where it goes on.
struct Poller {
    api: Api,
    query: String,
    after: Value,
    entries: Vec<Value>,
}

impl Poller {
    fn new(api: Api, query: &str) -> Self {
        Self { api, query: query.to_owned(), after: Value::Null, entries: Vec::new() }
    }

    /// Asks once, and says whether there is more.
    async fn poll(&mut self) -> bool {
        let after = self.after.as_u64().map(|after| format!("&after={after}")).unwrap_or_default();
        let answer = self.api.get(&format!("{FEED}?{}{after}", self.query)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.entries.extend(entries(&answer));
        self.after = answer.json["next"].clone();
        answer.json["has_more"].as_bool().unwrap()
    }

    async fn drain(&mut self) {
        while self.poll().await {}
    }
}

fn entries(answer: &Response) -> Vec<Value> {
    answer.json["entries"].as_array().unwrap().clone()
}

/// Rows of a list as the feed has them: it gives entries before they are judged, and who reads it
/// asks for the values.
fn as_fed(mut entries: Vec<Value>) -> Vec<Value> {
    for entry in &mut entries {
        let entry = entry.as_object_mut().unwrap();
        entry.remove("unusual");
        entry.remove("changes");
    }
    entries
}

fn numbers(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect()
}

fn ids(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

/// What the table holds, in the order in which it was recorded.
async fn table(log: &Log) -> Vec<Entry> {
    let (id, all) = (&log.workspace.id, Span::everything());
    let slice = log.service.store.read(id, all, usize::MAX, Consistency::Strong).await.unwrap();
    let mut entries = slice.entries;
    entries.sort_by_key(|entry| (entry.recorded_at, entry.id));
    entries
}

/// An entry of now, or of an hour or of some days ago: a third of them comes late.
fn entry(log: &Log, n: i64) -> Value {
    let mut entry = log.entry(&format!("evt_{n}"));
    if n % 3 == 0 {
        let ago_ms = if n % 2 == 0 { 3_600_000 } else { 5 * 86_400_000 } + n * 1_000;
        entry["occurred_at"] = log.service.clock.now().plus_ms(-ago_ms).rfc3339().into();
    }
    entry
}

/// In each round, sixteen writers record at the same time while both pollers ask. Then the clock is
/// moved. The machine decides the order within a round, and its speed changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_pollers_get_each_entry_once_while_sixteen_writers_record() {
    let log = Log::start().await;
    let token = log.service.key(&[domain::credential::Scope::EntriesRead], Some("ws_log")).await;
    let other = log.service.another_instance(&token).await;
    let mut pollers =
        [Poller::new(log.api.clone(), "limit=37"), Poller::new(other, "limit=1000&include=values")];
    for round in 0..12 {
        let writers = (0..16).map(async |writer| {
            let first = (round * 16 + writer) * 5;
            let batch: Vec<_> = (first + 1..first + 5).map(|n| entry(&log, n)).collect();
            assert_eq!(log.record(&entry(&log, first)).await.status, 201);
            let answer = log.record_batch(&batch).await;
            assert_eq!(answer.json["recorded"], 4, "{answer:?}");
        });
        let polls = pollers.iter_mut().map(async |poller| {
            poller.poll().await;
            poller.poll().await;
        });
        tokio::join!(join_all(writers), join_all(polls));
        log.service.clock.set(log.service.clock.now().plus_ms(2_300));
    }
    log.service.clock.set(log.service.clock.now().plus_ms(SETTLED_MS));
    let stored = table(&log).await;
    assert_eq!(stored.len(), 16 * 5 * 12);
    let expected: Vec<_> = stored.iter().map(|entry| entry.id.to_string()).collect();
    for poller in &mut pollers {
        poller.drain().await;
        assert_eq!(numbers(&poller.entries), (0..16 * 5 * 12).collect::<Vec<u64>>());
        assert_eq!(ids(&poller.entries), expected);
    }
    let [rows, whole] = &pollers;
    assert!(rows.entries.iter().all(|row| row.get("new_value").is_none()));
    assert!(whole.entries.iter().any(|entry| entry.get("new_value").is_some()));
}

/// The number of an entry is the same wherever it is shown.
#[tokio::test]
async fn get_list_feed_and_export_show_the_same_numbers() {
    let log = Log::start().await;
    for n in 0..60 {
        assert_eq!(log.record(&entry(&log, n)).await.status, 201);
        log.service.clock.set(log.service.clock.now().plus_ms(1_500));
    }
    let newest = log.record(&log.entry("newest")).await;
    assert_eq!(newest.json.get("sequence"), None);
    let mut poller = Poller::new(log.api.clone(), "limit=7");
    poller.drain().await;
    let unnumbered = 61 - poller.entries.len();
    assert!((1..10).contains(&unnumbered), "{unnumbered} were recorded in the last 10 seconds");
    let expected: std::collections::BTreeMap<String, u64> =
        ids(&poller.entries).into_iter().zip(numbers(&poller.entries)).collect();
    let number = |entry: &Value| expected.get(entry["id"].as_str().unwrap()).copied();
    for query in ["page_size=100", "page_size=100&actor_id=usr_ada"] {
        let rows = entries(&log.api.get(&format!("{ENTRIES}?{query}")).await);
        assert!(!rows.is_empty(), "{query}");
        for row in &rows {
            assert_eq!(row.get("sequence").and_then(Value::as_u64), number(row), "{query}: {row}");
        }
    }
    for entry in poller.entries.iter().chain([&newest.json]) {
        let got = log.get(entry["id"].as_str().unwrap()).await;
        assert_eq!(got.json.get("sequence").and_then(Value::as_u64), number(entry), "{entry}");
    }
    let export = json!({ "format": "ndjson" });
    let started = log.api.post("/v1/workspaces/ws_log/exports", &export).await;
    log.service.work().await;
    let done = log.api.get(started.header("location")).await;
    let file = reqwest::get(done.text_at("/file/url")).await.unwrap().text().await.unwrap();
    let rows: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 61);
    for row in &rows {
        assert_eq!(row.get("sequence").and_then(Value::as_u64), number(row), "{row}");
    }
}

#[tokio::test]
async fn a_filtered_feed_has_what_the_filtered_list_has() {
    let log = Log::start().await;
    for n in 0..40 {
        let mut one = entry(&log, n);
        one["actor"]["id"] = format!("usr_{}", n % 3).into();
        if n % 4 == 0 {
            one["targets"] = json!([{ "type": "member", "id": "mem_9" }]);
        }
        assert_eq!(log.record(&one).await.status, 201);
        log.service.clock.set(log.service.clock.now().plus_ms(700));
    }
    log.service.clock.set(log.service.clock.now().plus_ms(SETTLED_MS));
    let kind = log.entry("kind");
    let (action, target_type) = (&kind["action"], &kind["target"]["type"]);
    let (action, target_type) = (action.as_str().unwrap(), target_type.as_str().unwrap());
    for filter in [
        format!("action={action}"),
        format!("target_type={target_type}&action={action}"),
        "actor_id=usr_1".to_owned(),
        "target_type=member&target_id=mem_9".to_owned(),
        "target_type=member&target_id=mem_9&actor_id=usr_2".to_owned(),
        "action=member.remove".to_owned(),
    ] {
        let mut poller = Poller::new(log.api.clone(), &format!("limit=5&{filter}"));
        poller.drain().await;
        let listed = log.api.get(&format!("{ENTRIES}?page_size=100&{filter}")).await;
        let mut listed = as_fed(entries(&listed));
        listed.sort_by_key(|row| row["sequence"].as_u64());
        assert_eq!(poller.entries, listed, "{filter}");
        assert_eq!(poller.after, 39, "{filter}: all was gone through");
    }
}
