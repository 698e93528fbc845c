//! Makes the requests that a client sends to this service.

use crate::workload::WORKSPACE;
use domain::entry::Content;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use web::http::Request;

/// A request of the client about the workspace.
pub(crate) fn list_request(authorization: &str, path: &str, query: &str) -> Request {
    request(authorization, "GET", path, query, Vec::new())
}

/// A request of any kind.
pub(crate) fn request(
    authorization: &str,
    method: &str,
    path: &str,
    query: &str,
    body: Vec<u8>,
) -> Request {
    let headers = [("authorization", authorization), ("content-type", "application/json")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request {
        method: method.to_owned(),
        path: format!("/v1/workspaces/{WORKSPACE}{path}"),
        query: query.to_owned(),
        headers: BTreeMap::from(headers),
        body,
        request_id: "bench".to_owned(),
        ..Request::default()
    }
}

/// An entry as a client sends it.
pub(crate) fn body(content: &Content) -> Value {
    without_nulls(json!({
        "occurred_at": content.occurred_at,
        "actor": content.actor,
        "action": content.action,
        "target": content.target,
        "ip_address": content.ip_address,
        "user_agent": content.user_agent,
        "old_value": content.old_value,
        "new_value": content.new_value,
        "outcome": content.outcome,
        "external_id": content.external_id,
        "request_id": content.request_id,
    }))
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect())
        }
        other => other,
    }
}
