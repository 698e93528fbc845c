//! Holds answers of the running service to the contract, and remembers which of the listed answers
//! were seen.

use crate::openapi::document::Document;
use domain::timestamp::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use tests::{Api, Response};

/// Headers of HTTP itself, which no contract lists.
const OF_HTTP: [&str; 4] = ["content-type", "content-length", "date", "connection"];

/// The contract, and what was seen of it.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) document: &'static Document,
    seen: Mutex<BTreeSet<(String, u16)>>,
}

/// A request of an operation as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

impl Request {
    pub(crate) fn with_query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    pub(crate) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) async fn send(self, api: &Api) -> Response {
        api.send(self.method, &self.path, self.body, &self.headers).await
    }
}

impl Contract {
    pub(crate) fn load() -> Self {
        Self { document: Document::load(), seen: Mutex::default() }
    }

    /// The request of an operation in a workspace, with the first example of its body as of `now`.
    pub(crate) fn request(
        &self,
        operation: &str,
        workspace_id: &str,
        entry_id: &str,
        now: Timestamp,
    ) -> Request {
        let operation = self.document.operation(operation);
        let body = operation
            .request_examples()
            .first()
            .map(|example| at(example, now).to_string().into_bytes());
        let headers =
            if body.is_some() { vec![("content-type", "application/json")] } else { Vec::new() };
        let path = operation.path_of(workspace_id, entry_id);
        Request { method: operation.method.parse().unwrap(), path, body, headers }
    }

    /// Checks an answer of an operation against `openapi.yaml`: its status is listed, and its media
    /// type, headers and body are as described.
    pub(crate) fn check(&self, operation: &str, status: u16, response: &Response) {
        let name = format!("{operation}, {status}");
        assert_eq!(response.status, status, "{name}: {response:?}");
        let operation = self.document.operation(operation);
        let listed = operation.node["responses"]
            .get(status.to_string())
            .unwrap_or_else(|| panic!("{name} is not listed"));
        let listed = self.document.resolve(listed);
        self.check_headers(&name, listed, response);
        let media_type = response.header("content-type");
        if let Some(content) = listed["content"].as_object() {
            let content = content
                .get(media_type)
                .unwrap_or_else(|| panic!("{name}: {media_type} is not listed"));
            let body = if media_type.ends_with("json") {
                response.json.clone()
            } else {
                json!(response.text)
            };
            let errors = self.document.errors(&content["schema"], &body);
            assert!(errors.is_empty(), "{name}: {errors:#?}\n{}", response.text);
        } else {
            assert_eq!((media_type, response.text.as_str()), ("", ""), "{name}");
        }
        if let Some(problem) =
            response.json.get("request_id").filter(|_| media_type == "application/problem+json")
        {
            assert_eq!(
                (problem, &response.json["status"]),
                (&json!(response.header("x-request-id")), &json!(status)),
                "{name}"
            );
        }
        self.seen.lock().unwrap().insert((operation.id.to_owned(), status));
    }

    fn check_headers(&self, name: &str, listed: &Value, response: &Response) {
        let listed = listed["headers"].as_object().unwrap();
        for (header, node) in listed {
            let node = self.document.resolve(node);
            if !response.headers.contains_key(header.to_lowercase()) {
                assert_ne!(node["required"], true, "{name} has no {header}");
                // Only the answer to an entry ahead of the clock differs from others of its status.
                assert_eq!((header.as_str(), response.status), ("Retry-After", 422), "{name}");
                continue;
            }
            let text = response.header(header);
            let value = if node["schema"]["type"] == "integer" {
                json!(text.parse::<u64>().unwrap())
            } else {
                json!(text)
            };
            assert_eq!(self.document.errors(&node["schema"], &value), [""; 0], "{name}, {header}");
        }
        let is_listed = |header: &str| {
            OF_HTTP.contains(&header)
                || listed.keys().any(|listed| listed.eq_ignore_ascii_case(header))
        };
        let unlisted: Vec<_> =
            response.headers.keys().filter(|header| !is_listed(header.as_str())).collect();
        assert!(unlisted.is_empty(), "{name}: {unlisted:?}");
    }

    /// The listed answers that were not seen.
    pub(crate) fn unseen(&self) -> BTreeSet<(String, u16)> {
        let operations = self.document.operations();
        let listed = operations
            .iter()
            .flat_map(|one| one.statuses().into_iter().map(|status| (one.id.to_owned(), status)));
        let seen = self.seen.lock().unwrap();
        listed.filter(|answer| !seen.contains(answer)).collect()
    }
}

/// An example with its `occurred_at` moved to `now`, wherever it stands.
pub(crate) fn at(example: &Value, now: Timestamp) -> Value {
    match example {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match name.as_str() {
                "occurred_at" => (name.clone(), json!(now.rfc3339())),
                _ => (name.clone(), at(value, now)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(elements) => elements.iter().map(|element| at(element, now)).collect(),
        other => other.clone(),
    }
}
