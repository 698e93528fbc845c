//! The events of the folder `events/`, with their placeholders filled as `events/fill.py` fills
//! them.

use data_encoding::BASE64;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// An event, and the answer that `expected.json` says it gets.
#[derive(Debug, Clone)]
pub struct Event {
    /// The file's name without `.json`.
    pub name: String,
    /// The function it is for.
    pub function: String,
    /// The status of the answer.
    pub status: u16,
    /// The problem type of the answer, or `-` if the answer is no problem.
    pub problem: String,
    /// The event as it is in the file.
    pub json: Value,
}

/// The values of placeholders. They differ from run to run, so no file can hold them.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// A bearer token.
    pub token: &'a str,
    /// The present time.
    pub now: &'a str,
    /// The id of an entry.
    pub entry_id: &'a str,
}

impl Event {
    /// Every event, by name.
    ///
    /// # Panics
    /// When a file is not listed in `expected.json`, a listed file is missing, or a file is
    /// malformed.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "events that cannot be read fail the test")]
    pub fn all() -> Vec<Self> {
        let expected = read("expected");
        let expected = expected.as_object().unwrap();
        let listed: BTreeSet<_> = expected.keys().cloned().collect();
        assert_eq!(
            listed,
            files(),
            "events/expected.json lists every event, and every event is there"
        );
        let event = |(name, expected): (&String, &Value)| Self {
            name: name.clone(),
            function: text(expected, "function"),
            status: expected
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| status.try_into().ok())
                .unwrap(),
            problem: text(expected, "type"),
            json: read(name),
        };
        expected.iter().map(event).collect()
    }

    /// The event as API Gateway would send it. A body in base64 is filled before it is encoded, and
    /// has the length that the headers say.
    ///
    /// # Panics
    /// When a placeholder has no value.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "an event that cannot be filled fails the test")]
    pub fn filled(&self, filling: &Filling<'_>) -> Value {
        let encoded = self.json.get("isBase64Encoded").and_then(Value::as_bool).unwrap();
        let mut event = self.json.as_object().unwrap().clone();
        let Some(body) = event.remove("body") else {
            return fill_all(&Value::Object(event), filling);
        };
        let body = body.as_str().unwrap();
        let body = if encoded {
            String::from_utf8(BASE64.decode(body.as_bytes()).unwrap()).unwrap()
        } else {
            body.to_owned()
        };
        let body = fill(&body, filling);
        let mut event = fill_all(&Value::Object(event), filling);
        let headers = event.get_mut("headers").and_then(Value::as_object_mut).unwrap();
        headers.insert("content-length".to_owned(), body.len().to_string().into());
        let body = if encoded { BASE64.encode(body.as_bytes()) } else { body };
        event.as_object_mut().unwrap().insert("body".to_owned(), body.into());
        event
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
}

#[expect(clippy::unwrap_used, reason = "events that cannot be read fail the test")]
fn read(name: &str) -> Value {
    let text = fs::read_to_string(folder().join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[expect(clippy::unwrap_used, reason = "events that cannot be read fail the test")]
fn files() -> BTreeSet<String> {
    let names = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name != "expected")
        .collect()
}

#[expect(clippy::unwrap_used, reason = "an expectation that is no text fails the test")]
fn text(expected: &Value, name: &str) -> String {
    expected.get(name).and_then(Value::as_str).unwrap().to_owned()
}

fn fill_all(part: &Value, filling: &Filling<'_>) -> Value {
    match part {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), fill_all(value, filling)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => {
            elements.iter().map(|element| fill_all(element, filling)).collect()
        }
        Value::String(text) => fill(text, filling).into(),
        other => other.clone(),
    }
}

fn fill(text: &str, filling: &Filling<'_>) -> String {
    let filled = text
        .replace("{{token}}", filling.token)
        .replace("{{now}}", filling.now)
        .replace("{{entry_id}}", filling.entry_id);
    assert!(!filled.contains("{{"), "a placeholder without a value");
    filled
}
