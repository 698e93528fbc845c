//! Valid requests with random changes, from a fixed seed.

use crate::hostile::{Arena, BATCH, ENTRIES, MARKER};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use tests::raw::RawRequest;
use tests::scene::assert_well_formed;
use tokio::runtime::Runtime;

const STATUSES: [u16; 11] = [200, 201, 202, 400, 401, 403, 404, 405, 413, 415, 422];
const CASES: u32 = 400;

/// What random changes insert.
const PIECES: [&str; 36] = [
    "\"", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", ",", ":", "null", "1e999", "-", "\0",
    "\u{202e}", "\u{feff}", "\u{1f600}", "\r\n", "%", "%00", "%2e%2e", "%ff", "&", "=", "+", "/",
    "../", "?", "#", ";", "*", "ws_b", "page_size=0", "\"action\":1,", "[[[[[[[[[[[[[[[[[[[[",
    "ZqMarkerJx",
];

/// One change of a text of bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Self::Set(at, byte)),
            // Replacing a letter or digit often keeps a text well-formed for later checks.
            3 => (any::<Index>(), select(&b"abz019_."[..]))
                .prop_map(|(at, byte)| Self::Set(at, byte)),
            1 => (any::<Index>(), select(&PIECES[..]))
                .prop_map(|(at, piece)| Self::Insert(at, piece)),
            1 => (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Self::Remove(at, length)),
            1 => (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Self::Repeat(at, length)),
            1 => any::<Index>().prop_map(Self::Cut),
        ]
    }

    fn apply(&self, text: &mut Vec<u8>) {
        let place = |at: &Index| at.index(text.len() + 1);
        match self {
            Self::Set(at, byte) if !text.is_empty() => {
                let at = at.index(text.len());
                text[at] = *byte;
            }
            Self::Set(..) => {}
            Self::Insert(at, piece) => {
                drop(text.splice(place(at)..place(at), piece.bytes()).collect::<Vec<_>>());
            }
            Self::Remove(at, length) => {
                let (start, end) = (place(at), text.len().min(place(at) + length));
                text.drain(start..end);
            }
            Self::Repeat(at, length) => {
                let piece = text[place(at)..text.len().min(place(at) + length)].to_vec();
                text.splice(place(at)..place(at), piece);
            }
            Self::Cut(at) => text.truncate(place(at)),
        }
    }
}

/// Which part of which request is changed.
#[derive(Debug, Clone)]
struct Mutation {
    route: usize,
    part: usize,
    changes: Vec<Change>,
}

fn any_mutation() -> impl Strategy<Value = Mutation> {
    (0..8_usize, 0..10_usize, prop::collection::vec(Change::any(), 1..4))
        .prop_map(|(route, part, changes)| Mutation { route, part, changes })
}

/// Bytes that no request line can hold are percent-encoded; a percent sign stays what it is.
fn sendable(target: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
    target
        .iter()
        .map(
            |byte| {
                if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}

impl Arena {
    /// The request that the mutation makes.
    fn mutated(&self, mutation: &Mutation) -> RawRequest {
        let mut entry = self
            .entry_with("/new_value", Some(json!({ "list": [1.5, null, "x"], "text": MARKER })));
        entry["old_value"] = json!([true, { "a": { "b": "c" } }]);
        let list = format!(
            "{ENTRIES}?action=member.invite&actor_id=usr_1&from=2026-11-01T00:00:00Z\
             &to=2026-12-01T00:00:00%2B01:00&page_size=7"
        );
        let mut request = match mutation.route {
            0 => self.record(entry.to_string()),
            1 => self.post(BATCH, json!({ "entries": [entry, self.scene.entry()] }).to_string()),
            2 => self.request("GET", &list),
            3 => self.request(
                "GET",
                &format!("{ENTRIES}/20261122T120000.000Z-00112233445566778899aabbccddeeff"),
            ),
            4 => self.request("PUT", "/v1/workspaces/ws_a").json(r#"{"plan":"basic"}"#),
            5 => self.post(
                crate::hostile::EXPORTS,
                r#"{"format":"csv","action":"member.invite","from":"2026-11-01T00:00:00Z"}"#,
            ),
            6 => self.request(
                "GET",
                &format!(
                    "{}/20261122T120000.000Z-00112233445566778899aabbccddeeff",
                    crate::hostile::EXPORTS
                ),
            ),
            _ => self.post(
                "/v1/workspaces/ws_a/viewer-tokens",
                r#"{"admin":{"id":"adm_1","name":"Ada"},"expires_in_seconds":60}"#,
            ),
        };
        let apply =
            |text: &mut Vec<u8>| mutation.changes.iter().for_each(|change| change.apply(text));
        match mutation.part {
            0..6 if !request.body.is_empty() => apply(&mut request.body),
            0..8 => {
                let mut target = request.target.split_off(1).into_bytes();
                apply(&mut target);
                request.target = format!("/{}", sendable(&target));
            }
            part => {
                let index = (part - 8).min(request.headers.len() - 1);
                let value = &mut request.headers[index].1;
                apply(value);
                value.retain(|byte| *byte >= b' ' && *byte != 0x7f);
            }
        }
        request
    }

    /// Sends the request. Whatever it has become, the answer must be one that the contract lists.
    async fn survives(&self, request: &RawRequest) {
        let before = self.scene.stored();
        let what = format!(
            "{} {} {:?}",
            request.method,
            request.target,
            String::from_utf8_lossy(&request.body)
        );
        let answer = self.scene.send(request).await;
        assert_well_formed(&what, &answer);
        assert!(STATUSES.contains(&answer.status), "{what}: {answer:?}");
        self.seen.lock().unwrap().insert(answer.status);
        if answer.status >= 400 {
            // Names of unknown fields and parameters are named; values never are.
            let names = answer.pointers().concat() + answer.text_at("/detail");
            assert!(!answer.text.contains(MARKER) || names.contains(MARKER), "{what}: {answer:?}");
            assert_eq!(self.scene.stored(), before, "{what}: {answer:?}");
        }
        if [201, 202].contains(&answer.status) && !answer.header("location").is_empty() {
            self.accepts(&what, &self.request("GET", answer.header("location")), 200).await;
        }
    }
}

#[test]
fn a_request_changed_at_random_gets_an_answer_that_was_promised() {
    let runtime = Runtime::new().unwrap();
    let arena = runtime.block_on(Arena::start());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&any_mutation(), |mutation| {
        runtime.block_on(arena.survives(&arena.mutated(&mutation)));
        Ok(())
    });
    outcome.unwrap();
    let seen = arena.seen.lock().unwrap();
    assert!(
        [200, 201, 400, 401, 404, 415, 422].iter().all(|status| seen.contains(status)),
        "chance reached only {seen:?}"
    );
}
