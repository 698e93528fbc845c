//! Public corpora of JSON texts and of strings that break programs: refused, or kept exactly.
//! `CORPORA_DIR` names their folder.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use domain::credential::Scope;
use domain::json::parse;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use tests::evidence::{meaning, member};
use tests::raw::RawRequest;
use tests::scene::{Scene, assert_well_formed};
use tests::{Response, encoded};

const ENTRIES: &str = "/v1/workspaces/ws_a/entries";
const BATCH: &str = "/v1/workspaces/ws_a/entries/batch";
const MAX_ENTRY_BYTES: usize = 256 * 1_024;
/// JSON, but not evidence: which of two equal keys was meant cannot be known.
const REPEATED_KEYS: [&str; 2] =
    ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no start-up that could hand it the folder"
)]
fn corpora() -> PathBuf {
    std::env::var("CORPORA_DIR").expect("CORPORA_DIR must name the folder of the corpora").into()
}

/// The texts of the suite, by file name.
fn suite() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(corpora().join("json-test-suite/test_parsing"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() > 300, "{} files", files.len());
    files
}

struct Client {
    scene: Scene,
    key: String,
}

impl Client {
    async fn start() -> Self {
        let scene = Scene::start().await;
        let key = scene.key(&Scope::ALL, Some("ws_a")).await;
        Self { scene, key }
    }

    async fn send(&self, what: &str, request: RawRequest) -> Response {
        let answer = self.scene.send(&request.token(&self.key)).await;
        assert_well_formed(what, &answer);
        answer
    }

    async fn get(&self, what: &str, target: &str) -> Response {
        let answer = self.send(what, RawRequest::new("GET", target)).await;
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        answer
    }

    /// A valid entry with this text as its new value.
    fn entry_with(&self, external_id: &str, new_value: &[u8]) -> Vec<u8> {
        let mut entry = self.scene.entry();
        entry["external_id"] = json!(external_id);
        let entry = entry.to_string();
        [entry.strip_suffix('}').unwrap().as_bytes(), b",\"new_value\":", new_value, b"}"].concat()
    }
}

#[tokio::test]
async fn a_text_of_the_suite_as_a_body_is_never_an_entry() {
    let client = Client::start().await;
    for (name, text) in suite() {
        for path in [ENTRIES, BATCH] {
            let answer = client.send(&name, RawRequest::new("POST", path).json(text.clone())).await;
            let problem = match &name[..2] {
                "y_" if REPEATED_KEYS.contains(&name.as_str()) => "duplicate-key",
                "y_" => "validation-failed",
                "i_" if parse(&text).is_ok() => "validation-failed",
                "n_" | "i_" => "malformed-json",
                _ => panic!("{name} is neither y, n nor i"),
            };
            assert_eq!(answer.problem(), problem, "{name}: {answer:?}");
        }
    }
    assert_eq!(client.scene.service.stored_items("ws_a").await, 0);
}

#[tokio::test]
async fn a_text_of_the_suite_as_a_value_is_refused_or_kept_exactly() {
    let client = Client::start().await;
    let mut kept = HashMap::<&str, usize>::new();
    for (name, text) in suite() {
        let body = client.entry_with(&name, &text);
        let is_large = body.len() > MAX_ENTRY_BYTES;
        let answer = client.send(&name, RawRequest::new("POST", ENTRIES).json(body)).await;
        match (&name[..2], answer.status) {
            ("y_" | "i_", 201) => {
                let got = client.get(&name, answer.header("location")).await;
                if got.json.get("adjusted").is_some() {
                    assert_is_adjusted(&name, &text, &got);
                } else {
                    assert_eq!(member(&got.text, "new_value"), meaning(&text), "{name}: {got:?}");
                    assert!(meaning(&text).is_some(), "{name}");
                }
            }
            ("y_", 400) => assert!(
                REPEATED_KEYS.contains(&name.as_str()) && answer.problem() == "duplicate-key",
                "{name}: {answer:?}"
            ),
            ("n_", 413) => assert!(is_large, "{name}: {answer:?}"),
            ("n_", 400) => assert_eq!(answer.problem(), "malformed-json", "{name}: {answer:?}"),
            ("i_", 400) => assert_eq!(meaning(&text), None, "{name}: {answer:?}"),
            ("i_", 422) => assert!(
                answer.pointers().iter().all(|pointer| pointer.starts_with("/new_value")),
                "{name}: {answer:?}"
            ),
            _ => panic!("{name}: {answer:?}"),
        }
        if answer.status == 201 {
            *kept.entry(if name.starts_with('y') { "y" } else { "i" }).or_default() += 1;
        }
    }
    assert_eq!(client.scene.service.stored_items("ws_a").await, kept.values().sum::<usize>());
    assert!(kept["y"] > 90 && kept["i"] > 5, "{kept:?}");
}

/// What is not kept exactly has half a surrogate pair, or a number of more than 64 characters.
fn assert_is_adjusted(name: &str, text: &[u8], got: &Response) {
    let reasons: Vec<_> = got.json["adjusted"].as_array().unwrap().iter().collect();
    for adjustment in reasons {
        match adjustment["reason"].as_str().unwrap() {
            "lone_surrogate" => assert!(got.text.contains('\u{fffd}'), "{name}: {got:?}"),
            "number_as_text" => {
                let digits = std::str::from_utf8(text).unwrap().trim_matches(['[', ']', '\n']);
                assert!(got.text.contains(&format!("\"{digits}\"")), "{name}: {got:?}");
            }
            reason => assert_eq!(reason, "", "{name}"),
        }
    }
}

/// The fields that a string is put into.
const FIELDS: [&str; 9] = [
    "/actor/id", "/actor/name", "/actor/email", "/target/id", "/target/name", "/user_agent",
    "/external_id", "/request_id", "/new_value",
];

fn naughty_strings() -> Vec<String> {
    let text = fs::read_to_string(corpora().join("naughty-strings/blns.json")).unwrap();
    let strings: Vec<String> = serde_json::from_str(&text).unwrap();
    assert!(strings.len() > 450, "{} strings", strings.len());
    strings
}

/// An entry that says nothing else than others, but for one field.
fn entry_with(client: &Client, pointer: &str, text: &str, number: usize) -> Value {
    let mut entry = client.scene.entry();
    entry["external_id"] = json!(format!("evt_{number}"));
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    entry.pointer_mut(parent).unwrap()[name] = json!(text);
    entry["old_value"] = json!([pointer, number]);
    entry
}

/// The least that must be accepted, from the published limits.
fn must_be_accepted(pointer: &str, text: &str) -> bool {
    let length = text.chars().count();
    match pointer {
        "/new_value" | "/user_agent" | "/actor/name" | "/target/name" | "/actor/email" => true,
        _ => {
            (1..=512).contains(&length)
                && text.chars().all(|c| c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric())
                && text.trim() == text
        }
    }
}

#[tokio::test]
async fn a_naughty_string_in_any_field_is_refused_or_reads_back_exactly() {
    let client = Client::start().await;
    let mut expected = HashMap::new();
    for (number, text) in naughty_strings().iter().enumerate() {
        let entries: Vec<_> =
            FIELDS.iter().map(|pointer| entry_with(&client, pointer, text, number)).collect();
        let answer = client
            .send(
                text,
                RawRequest::new("POST", BATCH).json(json!({ "entries": entries }).to_string()),
            )
            .await;
        assert_eq!(answer.status, 200, "{text:?}: {answer:?}");
        for (pointer, result) in FIELDS.into_iter().zip(answer.json["results"].as_array().unwrap())
        {
            if result["status"] == "recorded" {
                let id = result["id"].as_str().unwrap().to_owned();
                let got = client.get(text, &format!("{ENTRIES}/{id}")).await;
                assert_reads_back(&got.json, pointer, text);
                assert!(expected.insert(id, (pointer, text.clone())).is_none());
            } else {
                assert_eq!(
                    result["problem"]["errors"][0]["pointer"], pointer,
                    "{text:?}: {result}"
                );
                assert!(!must_be_accepted(pointer, text), "{pointer} {text:?}: {result}");
            }
        }
        // Sent alone it has the same answer.
        for (pointer, entry) in FIELDS.iter().zip(entries) {
            let answer =
                client.send(text, RawRequest::new("POST", ENTRIES).json(entry.to_string())).await;
            assert!([200, 422].contains(&answer.status), "{pointer} {text:?}: {answer:?}");
            assert_eq!(
                answer.status == 200,
                expected.contains_key(answer.text_at("/id")),
                "{pointer} {text:?}: {answer:?}"
            );
        }
    }
    assert_lists(&client, expected).await;
}

fn assert_reads_back(entry: &Value, pointer: &str, text: &str) {
    let got = entry.pointer(pointer).and_then(Value::as_str);
    let most = match pointer {
        "/user_agent" => 512,
        "/actor/name" | "/target/name" => 256,
        "/actor/email" => 254,
        _ => usize::MAX,
    };
    let kept: String = text.chars().take(most).collect();
    let is_adjusted = entry.get("adjusted").is_some();
    match got {
        None => assert!(text.is_empty() && is_adjusted, "{pointer} {text:?}"),
        // Control characters in an address are replaced one by one.
        Some(got) if pointer == "/actor/email" && got != kept => {
            assert_eq!(got.chars().count(), kept.chars().count(), "{text:?}");
            assert!(got.contains('\u{fffd}') && is_adjusted, "{text:?}");
        }
        Some(got) => assert_eq!(got, kept, "{pointer}"),
    }
    assert!(is_adjusted || kept == text, "{pointer} {text:?}");
}

/// Walks the whole list: every entry is there once, and reads as it was sent.
async fn assert_lists(client: &Client, mut expected: HashMap<String, (&str, String)>) {
    let mut query = String::new();
    loop {
        let page = client.get("a page", &format!("{ENTRIES}?page_size=100{query}")).await;
        for entry in page.json["entries"].as_array().unwrap() {
            let (pointer, text) = expected.remove(entry["id"].as_str().unwrap()).unwrap();
            match pointer {
                "/new_value" => assert_eq!(entry.get("new_value"), None),
                _ => assert_reads_back(entry, pointer, &text),
            }
        }
        let next = page.text_at("/page/next_page_token");
        if next.is_empty() {
            break;
        }
        query = format!("&page_token={next}");
    }
    assert!(expected.is_empty(), "{expected:?}");
}

/// The character as it is, as far as a request line can hold it.
fn in_request_line(c: char) -> String {
    let is_plain = c.is_ascii_graphic() && !"#<>\\^`{}|\"".contains(c);
    if is_plain { c.to_string() } else { encoded(&c.to_string()) }
}

#[tokio::test]
async fn a_naughty_string_in_a_query_finds_what_has_exactly_this_id() {
    let client = Client::start().await;
    let strings = naughty_strings();
    for (number, text) in strings.iter().enumerate() {
        let entry = entry_with(&client, "/actor/id", text, number);
        let recorded =
            client.send(text, RawRequest::new("POST", ENTRIES).json(entry.to_string())).await;
        let target = format!("{ENTRIES}?page_size=100&actor_id={}", encoded(text));
        let list = client.send(text, RawRequest::new("GET", &target)).await;
        if recorded.status == 201 {
            assert_eq!(list.status, 200, "{text:?}: {list:?}");
            let found = list.json["entries"].as_array().unwrap();
            assert!(
                found.iter().any(|entry| entry["id"] == recorded.text_at("/id")),
                "{text:?}: {list:?}"
            );
            assert!(
                found.iter().all(|entry| entry["actor"]["id"] == text.as_str()),
                "{text:?}: {list:?}"
            );
        } else {
            assert_eq!((recorded.status, list.status), (422, 422), "{text:?}: {list:?}");
        }
        let raw: String = text.chars().map(in_request_line).collect();
        client.send(text, RawRequest::new("GET", &format!("{ENTRIES}?actor_id={raw}"))).await;
        client
            .send(text, RawRequest::new("GET", &format!("{ENTRIES}/{}", raw.replace('?', "%3f"))))
            .await;
    }
}
