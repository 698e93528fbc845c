//! Owns a publisher: it keeps every entry until the service has acknowledged it, and waits as the
//! answers ask.

use crate::figures::percentile;
use domain::timestamp::Timestamp;
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use web::http::Answer;

/// What a request takes if the store refuses nothing, in milliseconds. It is assumed.
const REQUEST_MS: i64 = 10;
/// What it takes longer if the store refuses: `record` tries three times, and pauses for 100 and
/// 200 ms.
const PAUSES_MS: i64 = 300;
/// Where nothing else is said, a client waits for so long: `Retry-After` of a whole answer is a
/// second, and a rejected entry of a batch has none of its own.
const RETRY_AFTER_MS: i64 = 1_000;
/// How often the wait doubles at most.
const DOUBLINGS: u32 = 3;

/// An entry that is not acknowledged.
#[derive(Debug, Clone)]
struct Open {
    name: String,
    asked_ms: i64,
    body: Value,
}

/// A publisher of one workspace.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) workspace: usize,
    /// Entries that it sends in one request.
    batch: usize,
    open: VecDeque<Open>,
    made: u64,
    name: String,
    failures: u32,
}

/// What the publishers of some workspaces have seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: u32,
    /// Requests of which at least one entry was refused.
    pub(super) refused: u32,
    /// How long each entry waited from its making to its acknowledgement, in milliseconds.
    pub(super) waits_ms: Vec<i64>,
    /// The ids that were acknowledged, by workspace.
    pub(super) acknowledged: BTreeSet<(usize, String)>,
    /// When the last one was.
    pub(super) done_ms: i64,
}

impl Seen {
    /// The wait that `percent` of the entries do not exceed, in milliseconds.
    pub(super) fn wait_ms(&self, percent: usize) -> i64 {
        let mut waits = self.waits_ms.clone();
        waits.sort_unstable();
        percentile(&waits, percent).unwrap_or_default()
    }
}

impl Publisher {
    pub(super) fn new(workspace: usize, number: usize, batch: usize) -> Self {
        let name = format!("{workspace}-{number}");
        Self { workspace, batch, open: VecDeque::new(), made: 0, name, failures: 0 }
    }

    /// Makes as many entries as a request holds, and keeps them.
    pub(super) fn make(&mut self, now: Timestamp, now_ms: i64) {
        for _ in 0..self.batch {
            self.made += 1;
            let name = format!("{}-{}", self.name, self.made);
            let body = json!({
                "occurred_at": now.rfc3339(),
                "actor": { "type": "user", "id": format!("usr_{}", self.made % 50) },
                "action": "member.invite",
                "target": { "type": "member", "id": format!("mem_{name}") },
                "external_id": name,
            });
            self.open.push_back(Open { name, asked_ms: now_ms, body });
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether a request holds one entry only.
    pub(super) fn sends_single(&self) -> bool {
        self.batch == 1
    }

    /// The body of the next request: the oldest entries.
    pub(super) fn body(&self) -> Value {
        let mut bodies: Vec<_> = self.open.iter().take(self.batch).map(|one| &one.body).collect();
        if self.sends_single() { json!(bodies.pop()) } else { json!({ "entries": bodies }) }
    }

    /// Takes an answer. Says after how many milliseconds it has something to send again.
    pub(super) fn take(
        &mut self,
        answer: &Answer,
        now_ms: i64,
        seen: &mut Seen,
        rng: &mut Rng,
    ) -> Result<i64, String> {
        let sent: Vec<Open> = self.open.drain(..self.batch.min(self.open.len())).collect();
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut refused = Vec::new();
        for (place, entry) in sent.into_iter().enumerate() {
            match id_of(answer.status.as_u16(), &body, place)? {
                Some(id) => {
                    let done_ms = now_ms + REQUEST_MS;
                    seen.waits_ms.push(done_ms - entry.asked_ms);
                    seen.done_ms = seen.done_ms.max(done_ms);
                    if !seen.acknowledged.insert((self.workspace, id)) {
                        return Err(format!("{} was acknowledged twice", entry.name));
                    }
                }
                None => refused.push(entry),
            }
        }
        seen.requests += 1;
        if refused.is_empty() {
            self.failures = 0;
            return Ok(REQUEST_MS);
        }
        seen.refused += 1;
        refused.into_iter().rev().for_each(|entry| self.open.push_front(entry));
        let wait = retry_after_ms(answer) << self.failures.min(DOUBLINGS);
        self.failures += 1;
        // Not sooner than it was asked, and not all at the same moment.
        Ok(REQUEST_MS + PAUSES_MS + wait + rng.i64(0..=wait))
    }
}

/// The id under which an answer acknowledges the entry at this place; `None` means that it asks to
/// send it again.
fn id_of(status: u16, body: &Value, place: usize) -> Result<Option<String>, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let Some(result) = body.pointer(&format!("/results/{place}")) else {
        return match status {
            200 | 201 => Ok(text(body.pointer("/id"))),
            429 | 503 => Ok(None),
            _ => Err(format!("{status} {body}")),
        };
    };
    match result.pointer("/problem/status").and_then(Value::as_u64) {
        None => Ok(text(result.pointer("/id"))),
        Some(429 | 503) => Ok(None),
        Some(_) => Err(result.to_string()),
    }
}

fn retry_after_ms(answer: &Answer) -> i64 {
    let header = answer.headers.get("retry-after").and_then(|value| value.to_str().ok());
    let seconds = header.and_then(|text| text.parse::<i64>().ok());
    seconds.map_or(RETRY_AFTER_MS, |seconds| seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::memory::fixtures::at;

    fn answer(status: u16, body: &Value, retry_after: Option<&str>) -> Answer {
        let mut answer = Answer::json(status.try_into().unwrap(), body);
        if let Some(seconds) = retry_after {
            answer.headers.insert("retry-after", seconds.parse().unwrap());
        }
        answer
    }

    #[test]
    fn what_is_refused_is_sent_again_with_what_comes_after_it() {
        let (mut publisher, mut seen) = (Publisher::new(3, 0, 2), Seen::default());
        publisher.make(at("2026-11-28T10:00:00Z"), 0);
        publisher.make(at("2026-11-28T10:00:01Z"), 1_000);
        let first = publisher.body();
        let results = json!({ "results": [
            { "status": "recorded", "id": "a" },
            { "status": "rejected", "problem": { "status": 429 } },
        ] });
        let mut rng = Rng::with_seed(1);
        let wait =
            publisher.take(&answer(200, &results, None), 1_000, &mut seen, &mut rng).unwrap();
        assert!((1_310..=2_310).contains(&wait), "{wait}");
        let again = publisher.body();
        assert_eq!(again.pointer("/entries/0"), first.pointer("/entries/1"));
        assert_eq!(again.pointer("/entries/1/external_id").unwrap(), "3-0-3");
        assert_eq!((seen.requests, seen.refused, seen.wait_ms(99)), (1, 1, 1_010));
    }

    #[test]
    fn a_publisher_waits_as_it_is_asked_and_longer_each_time() {
        let (mut publisher, mut seen) = (Publisher::new(3, 0, 1), Seen::default());
        publisher.make(at("2026-11-28T10:00:00Z"), 0);
        let mut rng = Rng::with_seed(1);
        for times in [1, 2, 4, 8, 8] {
            let refusal = answer(503, &json!({}), Some("2"));
            let wait = publisher.take(&refusal, 0, &mut seen, &mut rng).unwrap();
            let least = 310 + 2_000 * times;
            assert!((least..=least + 2_000 * times).contains(&wait), "{wait}");
        }
        let recorded = answer(201, &json!({ "id": "a" }), None);
        assert_eq!(publisher.take(&recorded, 9_000, &mut seen, &mut rng), Ok(REQUEST_MS));
        assert!(publisher.is_done());
        assert_eq!((seen.requests, seen.refused, seen.acknowledged.len()), (6, 5, 1));
    }

    #[test]
    fn any_other_refusal_is_a_fault() {
        let (mut publisher, mut seen) = (Publisher::new(3, 0, 1), Seen::default());
        publisher.make(at("2026-11-28T10:00:00Z"), 0);
        let invalid = answer(422, &json!({}), None);
        assert!(publisher.take(&invalid, 0, &mut seen, &mut Rng::with_seed(1)).is_err());
    }
}
