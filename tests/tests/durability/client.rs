//! Clients. Each sends entries alone or in batches, and retries what was not acknowledged until it
//! is or until the client gives up.

use crate::run::Run;
use crate::sent::{Sent, Shown};
use domain::identity::EntryId;
use domain::timestamp::Timestamp;
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tests::Random;

/// What a client knows of an entry.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) occurred_at: Option<Timestamp>,
    /// The id that was acknowledged. Without it, the entry may be stored or not.
    pub(crate) id: Option<EntryId>,
    /// The `recorded_at` that was acknowledged, if an answer had it.
    pub(crate) recorded_at: Option<Timestamp>,
    /// Whether an answer was `recorded`. Otherwise all answers were `duplicate`.
    pub(crate) was_recorded: bool,
}

/// One client.
pub(crate) struct Client<'a> {
    pub(crate) run: &'a Run,
    pub(crate) random: Random,
}

impl Client<'_> {
    /// Sends entries until all numbers are taken and the wanted number of faults has happened.
    pub(crate) async fn work(mut self) {
        loop {
            let mut numbers = self.run.take(self.count());
            if numbers.is_empty() && !self.run.needs_more_faults() {
                return;
            }
            // Sometimes entries that were sent before are sent again, alone or among others.
            let sends_again = self.run.size.sends_again && self.random.below(20) == 0;
            if numbers.is_empty() || sends_again {
                numbers.extend(self.run.some_taken(&mut self.random));
            }
            numbers.truncate(100);
            self.send_until_known(numbers).await;
        }
    }

    /// How many entries the next request has. Half of the requests have one, and most of the others
    /// few: so there are enough calls to the store that one fault for ten entries leaves most of
    /// them whole, and clients need not wait for retries most of the time.
    fn count(&mut self) -> usize {
        let most = match self.random.below(20) {
            0 => 100,
            1..10 => 10,
            _ => 1,
        };
        usize::try_from(1 + self.random.below(most)).unwrap()
    }

    /// Sends these entries until all are acknowledged. One call in a hundred gives up at the first
    /// failure. Returns whether all were acknowledged.
    pub(crate) async fn send_until_known(&mut self, mut numbers: Vec<usize>) -> bool {
        let gives_up = self.random.below(100) == 0;
        for sent in &numbers {
            self.run.fix_time(*sent, &mut self.random);
        }
        loop {
            let unknown = if numbers.len() == 1 {
                self.send_one(numbers[0]).await
            } else {
                self.send_batch(&numbers).await
            };
            if unknown.is_empty() || gives_up {
                return unknown.is_empty();
            }
            // Half of the retries send the whole request again, the others only what is left.
            if self.random.below(2) == 0 {
                numbers = unknown;
            }
            tokio::time::sleep(Duration::from_millis(self.random.below(20).into())).await;
        }
    }

    /// The answer of a random instance. `None` means that no complete answer came.
    async fn post(&mut self, path: &str, body: String) -> Option<(u16, String)> {
        let address = self.run.instances.address(self.random.below(1_000));
        let request = self
            .run
            .http
            .post(format!("{address}/v1/workspaces/{}/{path}", crate::sent::WORKSPACE))
            .bearer_auth(&self.run.token)
            .header("content-type", "application/json")
            .body(body);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        assert!(
            matches!(status, 200 | 201 | 429 | 503),
            "a client is told nothing else: {status} {text}"
        );
        Some((status, text))
    }

    async fn send_one(&mut self, number: usize) -> Vec<usize> {
        let sent = self.run.sent(number);
        match self.post("entries", sent.text()).await {
            Some((status @ (200 | 201), text)) => {
                let shown = Shown::read(&text).unwrap();
                if let Some(name) = sent.differs_from(&shown) {
                    self.run.note(format!("the answer to {number} has another {name}: {text}"));
                }
                let id = EntryId::parse(shown.text("id")).unwrap();
                let recorded_at = Timestamp::parse(shown.text("recorded_at")).unwrap();
                self.run.acknowledge(number, id, status == 201, Some(recorded_at));
                Vec::new()
            }
            _ => vec![number],
        }
    }

    /// Sends a batch, and returns the numbers that were not acknowledged.
    async fn send_batch(&mut self, numbers: &[usize]) -> Vec<usize> {
        let texts: Vec<_> = numbers.iter().map(|number| self.run.sent(*number).text()).collect();
        let body = format!(r#"{{"entries":[{}]}}"#, texts.join(","));
        let Some((200, text)) = self.post("entries/batch", body).await else {
            return numbers.to_vec();
        };
        let answer: Value = serde_json::from_str(&text).unwrap();
        let results = answer["results"].as_array().unwrap();
        assert_eq!(results.len(), numbers.len(), "{text}");
        let mut unknown = Vec::new();
        for (number, result) in numbers.iter().zip(results) {
            let status = result["status"].as_str().unwrap();
            if status == "rejected" {
                let problem = result["problem"]["status"].as_u64();
                assert!(matches!(problem, Some(429 | 503)), "{result}");
                unknown.push(*number);
            } else {
                let id = EntryId::parse(result["id"].as_str().unwrap()).unwrap();
                self.run.acknowledge(*number, id, status == "recorded", None);
            }
        }
        unknown
    }
}

impl Run {
    /// The entry with this number. Its time has been fixed.
    pub(crate) fn sent(&self, number: usize) -> Sent {
        let occurred_at = self.known()[number].occurred_at.unwrap();
        Sent { seed: self.size.seed, number, occurred_at }
    }

    /// Fixes when an entry happened, so that a retry has the same time: within the last 1.5 s, or
    /// up to 20 days ago for one entry in twenty.
    fn fix_time(&self, number: usize, random: &mut Random) {
        let now = domain::clock::Clock::System.now();
        let ago = match random.below(20) {
            0 => i64::from(random.below(20 * 86_400)) * 1_000,
            _ => i64::from(random.below(1_500)),
        };
        self.known()[number].occurred_at.get_or_insert(now.plus_ms(-ago));
    }

    /// Keeps what an answer says of an entry, and notes a contradiction to an earlier answer.
    fn acknowledge(
        &self,
        number: usize,
        id: EntryId,
        is_recorded: bool,
        recorded_at: Option<Timestamp>,
    ) {
        let mut wrong = None;
        let mut known = self.known();
        let entry = &mut known[number];
        if entry.id.is_some_and(|before| before != id) {
            wrong = Some("another id");
        }
        if is_recorded && entry.was_recorded {
            wrong = Some("recorded a second time");
        }
        if let (Some(before), Some(now)) = (entry.recorded_at, recorded_at)
            && before != now
        {
            wrong = Some("another recorded_at");
        }
        let is_first = entry.id.replace(id).is_none();
        entry.was_recorded |= is_recorded;
        entry.recorded_at = entry.recorded_at.or(recorded_at);
        drop(known);
        if is_first {
            self.progress.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
        if let Some(wrong) = wrong {
            self.note(format!("{number} was acknowledged with {wrong}"));
        }
    }
}
