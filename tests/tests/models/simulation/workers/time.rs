//! Virtual time: workers that sleep or are killed, and deadlines that are kept before time
//! advances.

use crate::simulation::gate::{Fate, Purpose};
use crate::simulation::layer::LANDS_WITHIN_MS;
use crate::simulation::world::World;
use domain::timestamp::Timestamp;
use std::ops::RangeInclusive;

/// How long a frozen put takes if it lands too late: more than A2 allows (6 s), and at most 9
/// minutes, so that it lands before the check of its day begins, ten minutes after midnight.
/// DynamoDB accepts a request for five minutes.
const FREEZES_MS: RangeInclusive<i64> = LANDS_WITHIN_MS + 1..=9 * 60_000;

/// Jobs are done at least once in this many days, which is less than the days of grace.
const KEPT_UP_DAYS: i64 = 6;

/// Something that has a deadline.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// A worker ends.
    End(usize),
    /// A worker's call is let through.
    Call(usize, u64),
    /// A late write lands.
    Landing(usize),
}

impl World {
    /// Sometimes kills a worker or puts it to sleep.
    pub(super) fn disturb(&mut self, place: usize) {
        let id = self.workers[place].id;
        let waiting = self.layer.gate.waiting(id);
        let is_about_to_store = waiting.iter().any(|(_, purpose)| purpose.is_following());
        let is_recording = waiting.iter().any(|(_, purpose)| purpose.is_recording());
        let (kill, sleep) = match self.workers[place].deadline {
            _ if is_recording => (80, 3),
            Some(_) => (80, 6),
            None if is_about_to_store => (10, 2),
            None => (60, 12),
        };
        if self.random.below(kill) == 0 {
            self.kill(place);
        } else if self.random.below(sleep) == 0 {
            let ms = match self.workers[place].deadline {
                _ if is_recording => i64::from(self.random.below(6_000)),
                // Until just before its deadline.
                Some(deadline) if self.random.below(3) == 0 => {
                    (deadline.ms() - self.now.ms() - self.ms(0..=400)).max(0)
                }
                Some(_) => self.ms(100..=15_000),
                None if self.random.below(8) == 0 => self.ms(600_000..=7_200_000),
                None => self.ms(2_000..=200_000),
            };
            self.workers[place].asleep_until = self.now.plus_ms(ms);
            self.tell(&format!("worker {id} sleeps for {ms} ms"));
        }
    }

    /// How long a put takes to land whose writer gets no answer. A frozen put may still land in
    /// time for A2.
    pub(super) fn lands_after_ms(&mut self, fate: Fate) -> i64 {
        let is_short = self.random.below(3) == 0;
        match fate {
            Fate::Freezes if is_short => FREEZES_MS.start() + self.ms(0..=20_000),
            Fate::Freezes => self.ms(0..=u32::try_from(*FREEZES_MS.end()).unwrap()),
            _ if is_short => LANDS_WITHIN_MS - self.ms(0..=100),
            _ => self.ms(0..=5_999),
        }
    }

    /// Whether the machine of a writer freezes at this call.
    pub(super) fn freezes(&mut self) -> bool {
        self.has_frozen && self.random.below(25) == 0
    }

    /// Puts every worker to sleep whose waiting call has this purpose. Returns whether there was
    /// one.
    pub(crate) fn hold_up(&mut self, purpose: Purpose, ms: i64) -> bool {
        let waits = |id| self.layer.gate.waiting(id).iter().any(|(_, of_call)| *of_call == purpose);
        let places: Vec<_> =
            (0..self.workers.len()).filter(|place| waits(self.workers[*place].id)).collect();
        for place in &places {
            self.workers[*place].asleep_until = self.now.plus_ms(ms);
            self.tell(&format!("worker {} is held up for {ms} ms", self.workers[*place].id));
        }
        !places.is_empty()
    }

    /// Puts most of the workers that are about to store entries to sleep, so that their calls land
    /// as late as A2 allows.
    pub(crate) fn slow_down(&mut self) {
        for place in 0..self.workers.len() {
            let waiting = self.layer.gate.waiting(self.workers[place].id);
            let is_recording = waiting.iter().any(|(_, purpose)| purpose.is_recording());
            if is_recording && self.random.below(5) > 0 {
                self.workers[place].asleep_until = self.now.plus_ms(LANDS_WITHIN_MS);
                let text = format!("worker {} is as slow as it may", self.workers[place].id);
                self.tell(&text);
            }
        }
    }

    pub(super) fn kill(&mut self, place: usize) {
        let worker = self.workers.remove(place);
        self.tell(&format!("worker {} is killed", worker.id));
    }

    /// Advances time. Whatever has a deadline before then happens first: puts land in time for A2,
    /// and requests end or are killed. If the last time that jobs were done is more than
    /// `KEPT_UP_DAYS` before then, they are done now.
    pub(crate) async fn advance(&mut self, ms: i64) {
        if self.now.plus_ms(ms) > self.kept_up_at.plus_days(KEPT_UP_DAYS) {
            self.keep_up().await;
            self.kept_up_at = self.now.plus_ms(ms);
        }
        self.advance_to(self.now.plus_ms(ms)).await;
    }

    pub(crate) async fn advance_to(&mut self, then: Timestamp) {
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at < then) {
            if at > self.now {
                self.set_time(at);
            }
            match due {
                Due::End(place) => self.end(place).await,
                Due::Call(place, number) => {
                    let waiting = self.layer.gate.waiting(self.workers[place].id);
                    let call = waiting.into_iter().find(|(of_call, _)| *of_call == number);
                    let (number, purpose) = call.unwrap();
                    self.let_call_through(place, number, purpose).await;
                }
                Due::Landing(place) => self.land(place).await,
            }
        }
        self.set_time(then);
    }

    fn next_due(&self) -> Option<(Timestamp, Due)> {
        let ends = self.workers.iter().enumerate();
        let ends = ends.filter_map(|(place, worker)| Some((worker.deadline?, Due::End(place))));
        let call = self.layer.gate.next_due().and_then(|(at, id, number)| {
            let place = self.workers.iter().position(|worker| worker.id == id)?;
            Some((at, Due::Call(place, number)))
        });
        let history = self.layer.history();
        let late = history.late.iter().enumerate();
        let late = late.map(|(place, late)| (late.due, Due::Landing(place)));
        ends.chain(call).chain(late).min_by_key(|(at, _)| *at)
    }

    /// Lets a late write land.
    async fn land(&mut self, place: usize) {
        let late = self.layer.history().late.remove(place);
        let layer = self.layer.clone();
        let outcomes = layer.land(&late.entries, late.is_frozen).await;
        let outcomes: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
        self.tell(&format!("{} land that were given up: {outcomes:?}", late.entries.len()));
    }

    /// Ends a worker: it finishes at once, or is killed.
    async fn end(&mut self, place: usize) {
        if self.random.below(3) == 0 {
            self.kill(place);
        } else {
            while !self.let_through(place).await {}
        }
    }

    async fn end_those(&mut self, is_over: impl Fn(Option<Timestamp>) -> bool) {
        while let Some(place) = self.workers.iter().position(|worker| is_over(worker.deadline)) {
            self.end(place).await;
        }
    }

    /// Ends every worker that has a deadline: all but those that number, fold or recount.
    pub(crate) async fn end_writers(&mut self) {
        self.end_those(|deadline| deadline.is_some()).await;
    }

    /// Ends all workers, and lets late writes land.
    pub(crate) async fn end_all(&mut self) {
        self.end_those(|_| true).await;
        let latest = self.layer.history().late.iter().map(|late| late.due).max();
        let wait_ms = latest.map_or(0, |latest| latest.ms() - self.now.ms());
        self.advance(wait_ms.max(LANDS_WITHIN_MS) + 1).await;
    }
}
