//! Hostile requests: each has its exact answer, stores nothing when it is refused, and finds
//! nothing of what it sent in the answer.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod batches;
mod bodies;
mod credentials;
mod fields;
mod headers;
mod notations;
mod pages;
mod paths;
mod queries;
mod random;
mod values;
mod workspaces;

use domain::credential::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::Response;
use tests::raw::RawRequest;
use tests::scene::{Scene, assert_well_formed};

/// A canary: cases send it, and no answer may repeat it.
pub(crate) const MARKER: &str = "ZqMarkerJx";
pub(crate) const ENTRIES: &str = "/v1/workspaces/ws_a/entries";
pub(crate) const BATCH: &str = "/v1/workspaces/ws_a/entries/batch";
pub(crate) const EXPORTS: &str = "/v1/workspaces/ws_a/exports";

/// That many members of an object, each with another key and the value 0.
pub(crate) fn zeros(count: usize) -> String {
    (0..count).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(",")
}

/// Asserts that an entry says that it was adjusted at this place for this reason.
pub(crate) fn assert_adjusted(entry: &Response, pointer: &str, reason: &str) {
    let adjusted = entry.json["adjusted"].as_array().cloned().unwrap_or_default();
    let expected = json!({ "pointer": pointer, "reason": reason });
    assert!(adjusted.contains(&expected), "{pointer} {reason}: {entry:?}");
}

/// A scene with a key that may do everything in `ws_a`.
pub(crate) struct Arena {
    pub(crate) scene: Scene,
    pub(crate) key: String,
    made: AtomicUsize,
    /// The statuses that random requests got.
    pub(crate) seen: Mutex<BTreeSet<u16>>,
}

impl Arena {
    pub(crate) async fn start() -> Self {
        let scene = Scene::start().await;
        let key = scene.key(&Scope::ALL, Some("ws_a")).await;
        Self { scene, key, made: AtomicUsize::new(0), seen: Mutex::default() }
    }

    pub(crate) fn request(&self, method: &str, target: &str) -> RawRequest {
        RawRequest::new(method, target).token(&self.key)
    }

    pub(crate) fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> RawRequest {
        self.request("POST", path).json(body)
    }

    pub(crate) fn record(&self, body: impl Into<Vec<u8>>) -> RawRequest {
        self.post(ENTRIES, body)
    }

    pub(crate) fn list(&self, query: &str) -> RawRequest {
        self.request("GET", &format!("{ENTRIES}?{query}"))
    }

    /// A valid entry, changed at the pointer's place; `None` takes the member away.
    pub(crate) fn entry_with(&self, pointer: &str, value: Option<Value>) -> Value {
        let mut entry = self.scene.entry();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = entry.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => drop(parent.insert(name.to_owned(), value)),
            None => drop(parent.remove(name)),
        }
        entry
    }

    /// A valid entry whose `new_value` is this text.
    pub(crate) fn entry_with_text(&self, new_value: &str) -> String {
        let entry = self.scene.entry().to_string();
        format!("{},\"new_value\":{new_value}}}", entry.strip_suffix('}').unwrap())
    }

    /// A valid entry, changed at the pointer's place, that differs from every other one.
    pub(crate) fn fresh_with(&self, pointer: &str, value: Value) -> Value {
        let mut entry = self.entry_with(pointer, Some(value));
        entry["external_id"] =
            json!(format!("fresh_{}", self.made.fetch_add(1, Ordering::Relaxed)));
        entry
    }

    /// A valid entry, told apart from others.
    pub(crate) fn numbered(&self, number: usize) -> Value {
        self.entry_with("/external_id", Some(json!(format!("evt_{number}"))))
    }

    /// Sends the request, which must be refused in exactly this way and must change nothing.
    pub(crate) async fn refuses(
        &self,
        what: &str,
        request: &RawRequest,
        status: u16,
        problem: &str,
        pointers: &[&str],
    ) -> Response {
        let before = self.scene.stored();
        let _ = self.scene.service.proxy.take_calls();
        let answer = self.scene.send(request).await;
        assert_well_formed(what, &answer);
        assert_eq!(
            (answer.status, answer.problem(), answer.pointers()),
            (status, problem, pointers.to_vec()),
            "{what}: {answer:?}"
        );
        let calls = self.scene.service.proxy.take_calls();
        let reads = ["GetItem", "Query", "BatchGetItem"];
        assert!(
            calls.iter().all(|call| reads.contains(&call.operation.as_str())),
            "{what}: {calls:?}"
        );
        assert!(!format!("{answer:?}").contains(MARKER), "{what}: {answer:?}");
        assert_eq!(self.scene.stored(), before, "{what}");
        answer
    }

    /// A 422 of these fields.
    pub(crate) async fn invalid(&self, what: &str, request: &RawRequest, pointers: &[&str]) {
        self.refuses(what, request, 422, "validation-failed", pointers).await;
    }

    /// Sends the request, which must be accepted with this status.
    pub(crate) async fn accepts(&self, what: &str, request: &RawRequest, status: u16) -> Response {
        let answer = self.scene.send(request).await;
        assert_well_formed(what, &answer);
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        answer
    }

    /// Records it, and gets it.
    pub(crate) async fn records(&self, what: &str, body: impl Into<Vec<u8>>) -> Response {
        let recorded = self.accepts(what, &self.record(body), 201).await;
        self.accepts(what, &self.request("GET", recorded.header("location")), 200).await
    }
}
