//! One workspace's log for tests of recording: entries to send, and ways to see what was stored.

use crate::client::{Api, Response};
use crate::log::Random;
use crate::moment::{NOON, at};
use crate::service::{Setup, TestService};
use aws::dynamodb::Item;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::clock::Clock;
use domain::credential::Scope;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use local::embedded::tables;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where the entries of the log are.
pub const ENTRIES: &str = "/v1/workspaces/ws_log/entries";
/// The path of batches of the log.
pub const BATCH: &str = "/v1/workspaces/ws_log/entries/batch";

/// A service with the workspace `ws_log` (plan pro), in which nothing is recorded yet.
#[derive(Debug)]
pub struct Log {
    /// The service.
    pub service: TestService,
    /// The workspace.
    pub workspace: Workspace,
    /// A client that may do everything in it.
    pub api: Api,
}

/// Noon of 22 November 2026.
#[must_use]
pub fn noon() -> Timestamp {
    at(NOON)
}

/// A usual entry that happened at `at`; `external_id` tells it apart from others.
#[must_use]
pub fn usual_entry(at: Timestamp, external_id: &str) -> Value {
    json!({
        "occurred_at": at.rfc3339(),
        "actor": { "type": "user", "id": "usr_ada", "name": "Ada Lovelace",
        "email": "ada@example.com" },
        "action": "member.invite",
        "target": { "type": "member", "id": "mem_grace", "name": "Grace Hopper" },
        "ip_address": "203.0.113.7",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "old_value": { "role": "viewer" },
        "new_value": { "role": "editor", "projects": ["prj_7"] },
        "outcome": "failure",
        "external_id": external_id,
        "request_id": "req_01HZX",
    })
}

/// A usual entry whose old and new value together have `bytes` bytes as JSON (at least 4): an empty
/// text and a long one.
#[must_use]
pub fn entry_with_values(at: Timestamp, external_id: &str, bytes: usize) -> Value {
    let mut entry = usual_entry(at, external_id);
    if let Some(members) = entry.as_object_mut() {
        members.insert("old_value".to_owned(), json!(""));
        members.insert("new_value".to_owned(), json!("x".repeat(bytes - 4)));
    }
    entry
}

impl Log {
    /// A log whose clock stands at noon.
    pub async fn start() -> Self {
        Self::with(Clock::manual(noon())).await
    }

    /// A log with this clock.
    pub async fn with(clock: Clock) -> Self {
        let service = TestService::with(Setup::at(clock)).await;
        let workspace = service.bare_workspace("ws_log", Plan::Pro).await;
        let api = service.api(&service.key(&Scope::ALL, Some("ws_log")).await);
        Self { service, workspace, api }
    }

    /// A log whose service has cached the salt of the usual actor and the catalogue. It has no
    /// entries.
    ///
    /// # Panics
    /// When the entry that fills the caches cannot be recorded or deleted.
    #[expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]
    pub async fn warm() -> Self {
        let log = Self::start().await;
        let recorded = log.record(&log.entry("warm")).await;
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let delete = log
            .service
            .dynamodb
            .delete_item()
            .table_name(tables().entries)
            .key("workspace_id", text("ws_log"))
            .key("id", text(recorded.text_at("/id")));
        delete.send().await.unwrap();
        let _ = log.service.proxy.take_calls();
        log
    }

    /// A usual entry of now.
    #[must_use]
    pub fn entry(&self, external_id: &str) -> Value {
        usual_entry(self.service.clock.now(), external_id)
    }

    /// As many usual entries of now, which differ in their `external_id` only: `evt_0`, `evt_1` and
    /// so on.
    #[must_use]
    pub fn entries(&self, count: usize) -> Vec<Value> {
        (0..count).map(|index| self.entry(&format!("evt_{index}"))).collect()
    }

    /// A usual entry of now whose old and new value together have `bytes` bytes as JSON (at least
    /// 4).
    #[must_use]
    pub fn entry_with_values(&self, external_id: &str, bytes: usize) -> Value {
        entry_with_values(self.service.clock.now(), external_id, bytes)
    }

    /// Records an entry.
    pub async fn record(&self, entry: &Value) -> Response {
        self.api.post(ENTRIES, entry).await
    }

    /// Records a batch.
    pub async fn record_batch(&self, entries: &[Value]) -> Response {
        self.api.post(BATCH, &json!({ "entries": entries })).await
    }

    /// Sends this text as a batch.
    pub async fn record_batch_text(&self, text: &str) -> Response {
        self.api.post_text(BATCH, text).await
    }

    /// Gets an entry.
    pub async fn get(&self, id: &str) -> Response {
        self.api.get(&format!("{ENTRIES}/{id}")).await
    }

    /// The ids that the list shows, page after page.
    ///
    /// # Panics
    /// When a page is refused, or an id is on two pages.
    pub async fn listed(&self) -> BTreeSet<String> {
        listed(&self.api, ENTRIES).await
    }

    /// An item of the entries table as it is stored.
    ///
    /// # Panics
    /// When the store does not answer.
    #[expect(clippy::unwrap_used, reason = "a test that cannot look at an item fails")]
    pub async fn item(&self, partition: &str, id: &str) -> Option<Item> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let get = self
            .service
            .dynamodb
            .get_item()
            .table_name(tables().entries)
            .key("workspace_id", text(partition))
            .key("id", text(id));
        get.send().await.unwrap().item
    }

    /// How many entries, and how many items with values of their own, are in the table.
    pub async fn stored(&self) -> (usize, usize) {
        (
            self.service.stored_items("ws_log").await,
            self.service.stored_items("ws_log#values").await,
        )
    }
}

/// The ids that the list at `path` shows, page after page.
///
/// # Panics
/// When a page is refused, or an id is on two pages.
pub async fn listed(api: &Api, path: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut query = "page_size=100".to_owned();
    loop {
        let page = api.get(&format!("{path}?{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        for row in page.json.get("entries").and_then(Value::as_array).into_iter().flatten() {
            let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
            assert!(ids.insert(id.to_owned()), "{id} is listed twice");
        }
        match page.text_at("/page/next_page_token") {
            "" => return ids,
            token => query = format!("page_token={token}"),
        }
    }
}

/// The outcomes of a batch's entries, for people: `recorded`, `duplicate`, or the type of the
/// problem.
#[must_use]
pub fn outcomes(batch: &Response) -> Vec<&str> {
    let results = batch.json.get("results").and_then(Value::as_array);
    results.into_iter().flatten().map(outcome).collect()
}

fn outcome(result: &Value) -> &str {
    let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str);
    match text("/status") {
        Some("rejected") => text("/problem/type").unwrap_or_default(),
        status => status.unwrap_or_default(),
    }
}

/// The ids of a batch's results, in order. Where a result has no id, the text is empty.
#[must_use]
pub fn ids(batch: &Response) -> Vec<&str> {
    let results = batch.json.get("results").and_then(Value::as_array);
    results
        .into_iter()
        .flatten()
        .map(|result| result.get("id").and_then(Value::as_str).unwrap_or_default())
        .collect()
}

/// Puts items into another order.
pub fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for last in (1..items.len()).rev() {
        let other = random.below(u32::try_from(last + 1).unwrap_or(u32::MAX));
        items.swap(last, usize::try_from(other).unwrap_or_default());
    }
}
