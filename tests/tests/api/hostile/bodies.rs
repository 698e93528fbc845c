//! Bodies: how they are declared, how large they are, and what is no JSON.

use crate::hostile::{Arena, BATCH, ENTRIES, MARKER, zeros};
use serde_json::json;
use tests::raw::RawRequest;
use tests::scene::assert_well_formed;

const KIB: usize = 1_024;
const MAX_BODY: usize = 256 * KIB;

impl Arena {
    /// A valid request to every route that takes a body.
    fn bodies(&self) -> [RawRequest; 5] {
        [
            self.record(self.scene.entry().to_string()),
            self.post(BATCH, json!({ "entries": [self.scene.entry()] }).to_string()),
            self.request("PUT", "/v1/workspaces/ws_a").json(r#"{"plan":"pro"}"#),
            self.post("/v1/workspaces/ws_a/viewer-tokens", r#"{"admin":{"id":"usr_1"}}"#),
            self.post(crate::hostile::EXPORTS, r#"{"format":"csv"}"#),
        ]
    }
}

/// This text with white space behind it, up to `length` bytes.
fn padded(text: &str, length: usize) -> String {
    format!("{text}{}", " ".repeat(length - text.len()))
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_plain_json_is_refused() {
    let arena = Arena::start().await;
    for request in arena.bodies() {
        let request = request.without("content-type");
        arena.refuses("no media type", &request, 415, "unsupported-media-type", &[]).await;
        for media_type in [
            "",
            ";",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=ZqMarkerJx",
            "application/problem+json",
            "application/jsonl",
            "application/json-patch+json",
            "application",
            "*/*",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/json; charset=ZqMarkerJx",
            "application/json; version=2",
            "application/json, application/json",
            "application/json charset=utf-8",
        ] {
            arena
                .refuses(
                    media_type,
                    &request.clone().with("content-type", media_type),
                    415,
                    "unsupported-media-type",
                    &[],
                )
                .await;
        }
        let twice = request
            .clone()
            .with("content-type", "application/json")
            .with("content-type", "text/plain");
        arena.refuses("two media types", &twice, 415, "unsupported-media-type", &[]).await;
        let latin1 = request.clone().with("content-type", b"application/json\xe9");
        arena
            .refuses("a media type that is not UTF-8", &latin1, 415, "unsupported-media-type", &[])
            .await;
        for coding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "ZqMarkerJx"] {
            let coded = request
                .clone()
                .with("content-type", "application/json")
                .with("content-encoding", coding);
            arena.refuses(coding, &coded, 415, "unsupported-media-type", &[]).await;
        }
    }
}

#[tokio::test]
async fn every_spelling_of_plain_json_is_taken() {
    let arena = Arena::start().await;
    for (index, media_type) in [
        "application/json", "Application/JSON", "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
    ]
    .into_iter()
    .enumerate()
    {
        let request = arena
            .record(arena.numbered(index).to_string())
            .without("content-type")
            .with("content-type", media_type);
        arena.accepts(media_type, &request, 201).await;
    }
    arena
        .accepts(
            "identity",
            &arena.record(arena.numbered(9).to_string()).with("content-encoding", "identity"),
            201,
        )
        .await;
}

#[tokio::test]
async fn a_body_is_taken_at_its_limit_and_refused_one_byte_above() {
    let arena = Arena::start().await;
    let limits =
        [(MAX_BODY, 201), (16 * MAX_BODY, 200), (16 * KIB, 200), (16 * KIB, 201), (16 * KIB, 202)];
    for (request, (limit, status)) in arena.bodies().into_iter().zip(limits) {
        let with_length = |length| {
            let body = padded(std::str::from_utf8(&request.body).unwrap(), length);
            RawRequest { body: body.into_bytes(), ..request.clone() }
        };
        arena
            .refuses(&request.target, &with_length(limit + 1), 413, "payload-too-large", &[])
            .await;
        arena.accepts(&request.target, &with_length(limit), status).await;
    }
}

#[tokio::test]
async fn an_entry_of_exactly_the_limit_is_kept_whole() {
    let arena = Arena::start().await;
    let frame = arena.entry_with_text("\"\"").len();
    let text = "\u{e9}".repeat((MAX_BODY - frame) / 2)
        + if (MAX_BODY - frame) % 2 == 1 { "x" } else { "" };
    let body = arena.entry_with_text(&format!("\"{text}\""));
    assert_eq!(body.len(), MAX_BODY);
    let kept = arena.records("at the limit", body).await;
    assert_eq!(kept.text_at("/new_value"), text);
    let body = arena.entry_with_text(&format!("\"{text}{MARKER}\""));
    arena.refuses("above the limit", &arena.record(body), 413, "payload-too-large", &[]).await;
}

#[tokio::test]
async fn a_text_that_is_not_json_is_refused() {
    let arena = Arena::start().await;
    let entry = arena.scene.entry().to_string();
    let inside = |text: &str| arena.entry_with_text(text).into_bytes();
    let bytes_inside = |bytes: &[u8]| {
        let text = arena.entry_with_text("\"@\"");
        let (head, tail) = text.split_once('@').unwrap();
        [head.as_bytes(), bytes, tail.as_bytes()].concat()
    };
    let utf16: Vec<u8> = entry.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut cases = vec![
        ("nothing", Vec::new()),
        ("white space", b" \r\n\t ".to_vec()),
        ("NUL", vec![0]),
        ("a form", b"action=member.invite&actor=ZqMarkerJx".to_vec()),
        ("XML", b"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>".to_vec()),
        ("half of it", entry.as_bytes()[..entry.len() / 2].to_vec()),
        ("two of them", format!("{entry}{entry}").into_bytes()),
        ("two lines of them", format!("{entry}\n{entry}").into_bytes()),
        ("a closing brace too many", format!("{entry}}}").into_bytes()),
        ("NUL behind it", format!("{entry}\0").into_bytes()),
        ("a prefix against hijacking", format!(")]}}',\n{entry}").into_bytes()),
        ("a comment", format!("/* ZqMarkerJx */{entry}").into_bytes()),
        ("a trailing comma", format!("{},}}", entry.strip_suffix('}').unwrap()).into_bytes()),
        ("single quotes", entry.replace('"', "'").into_bytes()),
        ("keys without quotes", entry.replace("\"action\"", "action").into_bytes()),
        ("a byte order mark", [b"\xef\xbb\xbf", entry.as_bytes()].concat()),
        ("UTF-16", utf16.clone()),
        ("UTF-16 with a byte order mark", [b"\xff\xfe".to_vec(), utf16].concat()),
        ("100,000 opening brackets", inside(&"[".repeat(100_000))),
        ("100,000 opening braces", inside(&"{\"k\":".repeat(20_000))),
        ("brackets that cross", inside("[{]}")),
    ];
    cases.extend(
        [
            "NaN", "Infinity", "-Infinity", "undefined", "True", "nul", "01", "-", "+1", "1.",
            ".5", "1e", "1e+", "0x10", "1_000", "--1", "1 2", "\u{ff11}",
        ]
        .map(|text| (text, inside(text))),
    );
    cases.extend(
        [
            "[1,]", "[,1]", "[1 2]", "{\"a\" 1}", "{\"a\":}", "{1:2}", "{\"a\":1,}", "\"",
            "\"\\\"", "\"\\x41\"",
        ]
        .map(|text| (text, inside(text))),
    );
    cases.extend(
        ["\"\\u12\"", "\"a\nb\"", "\"a\tb\"", "\"\u{1}\""].map(|text| (text, inside(text))),
    );
    cases.extend([
        ("an overlong solidus", bytes_inside(b"\xc0\xaf")),
        ("an overlong NUL", bytes_inside(b"\xc0\x80")),
        ("a surrogate in UTF-8", bytes_inside(b"\xed\xa0\x80")),
        ("a lone continuation byte", bytes_inside(b"\x80")),
        ("a cut sequence", bytes_inside(b"\xf0\x9f\x98")),
        ("above U+10FFFF", bytes_inside(b"\xf4\x90\x80\x80")),
        ("Latin-1", bytes_inside(b"\xe9")),
    ]);
    for (what, body) in cases {
        arena.refuses(what, &arena.record(body.clone()), 400, "malformed-json", &[]).await;
        let in_batch =
            [b"{\"entries\":[".as_slice(), entry.as_bytes(), b",", &body, b"]}"].concat();
        arena.sinks_alone_or_with_its_batch(what, in_batch).await;
    }
    for request in arena.bodies() {
        let request = RawRequest { body: b"{\"plan\":\"pro\",}".to_vec(), ..request };
        arena.refuses(&request.target, &request, 400, "malformed-json", &[]).await;
    }
}

impl Arena {
    /// Sends a batch of a good entry and a text that is no JSON. If the brackets and strings still
    /// show where the text ends, the good entry is recorded.
    async fn sinks_alone_or_with_its_batch(&self, what: &str, batch: Vec<u8>) {
        let answer = self.scene.send(&self.post(BATCH, batch)).await;
        assert_well_formed(what, &answer);
        assert!(!answer.text.contains(MARKER), "{what}: {answer:?}");
        if answer.status == 200 {
            let results = answer.json["results"].as_array().unwrap();
            assert_eq!(results.len(), 2, "{what}: {answer:?}");
            assert_ne!(results[0]["status"], "rejected", "{what}: {answer:?}");
            assert_eq!(results[1]["problem"]["type"], "malformed-json", "{what}: {answer:?}");
        } else {
            assert_eq!((answer.status, answer.problem()), (400, "malformed-json"), "{what}");
        }
    }
}

#[tokio::test]
async fn a_repeated_key_is_refused_wherever_it_is() {
    let arena = Arena::start().await;
    let entry = arena.scene.entry().to_string();
    let inside = |text: &str| arena.entry_with_text(text);
    for (what, body) in [
        ("in the entry", entry.replacen('{', "{\"action\":\"project.create\",", 1)),
        ("the same value", entry.replacen('{', "{\"action\":\"member.invite\",", 1)),
        (
            "in the actor",
            entry.replace("\"name\":\"Ada\"", "\"name\":\"Ada\",\"name\":\"ZqMarkerJx\""),
        ),
        ("an unknown one", entry.replacen('{', "{\"x\":1,\"x\":2,", 1)),
        ("in a value", inside(r#"{"role":"owner","role":"guest"}"#)),
        ("by an escape", inside(r#"{"role":1,"r\u006fle":2}"#)),
        ("by a pair of escapes", inside("{\"\u{1f600}\":1,\"\\ud83d\\ude00\":2}")),
        ("the empty key", inside(r#"{"":1,"":2}"#)),
        ("far apart", inside(&format!("{{\"k\":1,{},\"k\":2}}", zeros(500)))),
        ("deep", inside(&format!("{}{}{}", "[".repeat(15), r#"{"k":1,"k":2}"#, "]".repeat(15)))),
    ] {
        arena.refuses(what, &arena.record(body.as_str()), 400, "duplicate-key", &[]).await;
        let batch = format!("{{\"entries\":[{body}]}}");
        let answer = arena.accepts(what, &arena.post(BATCH, batch), 200).await;
        assert_eq!(answer.text_at("/results/0/problem/type"), "duplicate-key", "{what}");
        assert!(!answer.text.contains(MARKER), "{what}: {answer:?}");
    }
    for (path, method, body) in [
        (ENTRIES, "POST", r#"{"a":1,"a":1}"#),
        (BATCH, "POST", r#"{"entries":[],"entries":[]}"#),
        ("/v1/workspaces/ws_a", "PUT", r#"{"plan":"free","plan":"pro"}"#),
        ("/v1/workspaces/ws_a/viewer-tokens", "POST", r#"{"admin":{"id":"usr_1","id":"usr_2"}}"#),
        (crate::hostile::EXPORTS, "POST", r#"{"format":"csv","format":"csv"}"#),
    ] {
        arena
            .refuses(path, &arena.request(method, path).json(body), 400, "duplicate-key", &[])
            .await;
    }
}
