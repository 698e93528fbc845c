//! What happens in a world: entries in order and late, batches, bursts, lists, the feed, counting,
//! changes of plan and catalogue, expiry, and time that advances in small steps and leaps.

mod expiring;
mod requests;

use crate::simulation::gate::Purpose;
use crate::simulation::world::World;
use domain::memory::fixtures::entry_with;
use domain::tally::{Level, Period};
use domain::timestamp::Timestamp;

const MINUTE: u32 = 60_000;
const HOUR_MS: i64 = 3_600_000;

impl World {
    /// One random scenario, or a few random requests with some calls after each.
    pub(crate) async fn round(&mut self) {
        match self.random.below(14) {
            0..3 => self.burst().await,
            3..6 => self.jump().await,
            6..10 => return self.contend().await,
            10 => return self.overlap().await,
            11 => return self.overtake().await,
            12 => return self.rewrite().await,
            _ => {}
        }
        for _ in 0..=self.random.below(3) {
            match self.random.below(20) {
                0..3 => self.record_one().await,
                3..7 => self.record_many().await,
                7 => self.record_again().await,
                8..10 => self.list().await,
                10 => self.poll().await,
                11..16 => self.follow().await,
                16 => self.operate().await,
                17 if self.random.below(3) == 0 => self.change_catalog(),
                17 => self.change_plan().await,
                18 => self.work().await,
                _ => self.expire(),
            }
            let calls = self.random.below(25);
            self.steps(calls).await;
        }
        let calls = self.random.pick(&[0, 10, 60]);
        self.steps(calls).await;
    }

    pub(crate) async fn steps(&mut self, calls: u32) {
        for _ in 0..calls {
            if self.step().await.is_none() {
                break;
            }
        }
    }

    /// Workers record, also late entries, and land as late as A2 allows. Meanwhile a sequencer
    /// numbers what is settled.
    async fn overlap(&mut self) {
        for _ in 0..2 + self.random.below(3) {
            match self.random.below(3) {
                0 => self.record_one().await,
                1 => self.record_many().await,
                _ => {
                    let late = self.busy.last().copied().unwrap_or(self.now);
                    self.record_at(vec![late, self.now]).await;
                }
            }
            let calls = 3 + self.random.below(6);
            self.steps(calls).await;
            self.slow_down();
            let ms = self.ms(100..=5_900);
            self.advance(ms).await;
            if self.random.below(2) == 0 {
                self.follow().await;
                self.steps(12).await;
            }
        }
        let ms = self.ms(0..=12_000);
        self.advance(ms).await;
        self.follow().await;
        self.steps(25).await;
    }

    /// A worker numbers or folds, and is held up right before it stores. More is recorded, others
    /// number and fold, and then the first worker continues.
    async fn overtake(&mut self) {
        self.burst().await;
        let ms = self.ms(8_000..=60_000);
        self.advance(ms).await;
        self.follow_or_operate().await;
        let purpose =
            self.random.pick(&[Purpose::Seal, Purpose::Keep, Purpose::Keep, Purpose::Move]);
        for _ in 0..40 {
            if self.hold_up(purpose, 400_000) || self.step().await.is_none() {
                break;
            }
        }
        self.record_many().await;
        self.steps(20).await;
        if self.random.below(2) == 0 {
            self.burst().await;
        }
        let ms = self.ms(8_000..=20_000);
        self.advance(ms).await;
        for _ in 0..2 {
            self.follow_or_operate().await;
            self.steps(60).await;
        }
        self.advance(400_000).await;
        self.steps(50).await;
    }

    async fn follow_or_operate(&mut self) {
        match self.random.below(3) {
            0 => self.operate().await,
            _ => self.follow().await,
        }
    }

    /// Workers number and fold the same hours again and again while others record, with pauses
    /// around the times that matter to the rules.
    async fn contend(&mut self) {
        if self.random.below(3) == 0 {
            self.burst().await;
        }
        let ms = self.ms(5_000..=40_000);
        self.advance(ms).await;
        for _ in 0..2 + self.random.below(5) {
            match self.random.below(9) {
                0..4 => self.follow_or_operate().await,
                4 => self.record_one().await,
                5..7 => self.record_many().await,
                7 => self.poll().await,
                _ => self.list().await,
            }
            let calls = self.random.pick(&[0, 4, 8, 15, 40]);
            self.steps(calls).await;
            let ms = i64::from(self.random.pick(&[0, 0, 1_000, 4_000, 8_000, 12_000, 30_000]));
            self.advance(ms).await;
        }
    }

    /// Stores many entries that happened within milliseconds, minutes or hours.
    pub(crate) async fn burst(&mut self) {
        let count = self.random.pick(&[20, 30, 40, 60, 105, 120, 160, 220, 450]);
        let ms = i64::from(self.random.pick(&[
            30,
            20_000,
            5 * MINUTE,
            15 * MINUTE,
            40 * MINUTE,
            180 * MINUTE,
        ]));
        // The entries are stored after their time has passed, so no worker may number that time
        // meanwhile.
        self.end_writers().await;
        let start = self.now;
        self.advance(ms).await;
        let workspace = self.workspace();
        let moments: Vec<_> = (0..count).map(|n| start.plus_ms(n * ms / count)).collect();
        let entries: Vec<_> = moments
            .into_iter()
            .map(|moment| entry_with(&workspace, self.content(moment)))
            .collect();
        self.import(&entries);
        self.busy.push(start.plus_ms(ms / 2));
        self.tell(&format!("{count} entries since {}", start.key()));
    }

    /// Advances time: a little, to about the end of an hour, a day or a month, or by days.
    async fn jump(&mut self) {
        let next = |now: Timestamp, level| Period::holding(level, now).end().ms() - now.ms();
        let ms = match self.random.below(20) {
            0..5 => self.ms(10_000..=100_000),
            5..9 => self.ms(2 * MINUTE..=15 * MINUTE),
            9..13 => next(self.now, Level::Hour) + self.ms(0..=200_000) - 20_000,
            13..17 => next(self.now, Level::Day) + self.ms(0..=200_000) - 25_000,
            17 => next(self.now, Level::Month) + self.ms(0..=200_000) - 25_000,
            18 => 24 * HOUR_MS * i64::from(self.random.below(9)),
            _ => 24 * HOUR_MS * i64::from(20 + self.random.below(15)),
        };
        self.advance(ms.max(0)).await;
    }
}
