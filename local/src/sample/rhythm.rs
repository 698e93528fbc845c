//! Owns when things happen in the sample: in office hours on weekdays for people, at any hour for
//! programs, and just after 02:00 UTC for the product itself.

use domain::plan::Plan;
use domain::timestamp::Timestamp;
use fastrand::Rng;

const MS_PER_MINUTE: i64 = 60 * 1_000;
const MINUTES_PER_DAY: i64 = 24 * 60;
const MS_PER_DAY: i64 = MINUTES_PER_DAY * MS_PER_MINUTE;
/// How far back the sample goes in a plan that keeps entries without limit: three years and a leap
/// day.
const UNLIMITED_DAYS: i64 = 3 * 365 + 1;
/// How often a moment is drawn until it fits. About one in seven does; after that many draws, any
/// moment is taken.
const TRIES: u32 = 200;

/// How busy each hour of an office day is, in percent. The first hour begins at midnight.
const HOURS: [i64; 24] =
    [1, 0, 0, 0, 0, 1, 4, 20, 60, 95, 100, 90, 45, 70, 95, 100, 85, 55, 25, 12, 8, 6, 3, 1];
/// How busy each day of the week is, in percent. The first one is Sunday.
const WEEKDAYS: [i64; 7] = [5, 90, 100, 100, 95, 75, 7];
/// How busy each week of a cycle is, in percent, because of releases and holidays.
const WEEKS: [i64; 9] = [80, 95, 60, 100, 85, 40, 70, 100, 90];

/// The time that the sample covers: the days for which the plan keeps entries, up to now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first moment.
    pub(super) from: Timestamp,
    /// The last moment.
    pub(super) now: Timestamp,
    /// The number of days that have begun, today included.
    days: i64,
}

impl Span {
    /// The span that ends at `now`.
    pub(super) fn up_to(now: Timestamp, plan: Plan) -> Self {
        let today = now.start_of_day();
        let from = plan.keeps_from(now).unwrap_or_else(|| today.plus_days(-UNLIMITED_DAYS));
        Self { from, now, days: 1 + (today.ms() - from.ms()) / MS_PER_DAY }
    }

    /// Whether a moment lies in the span.
    pub(super) fn has(&self, at: Timestamp) -> bool {
        (self.from..=self.now).contains(&at)
    }

    /// The midnight at which this share of the span has passed, in percent. It stays the same for
    /// the whole day.
    pub(super) fn midnight_at(&self, percent: i64) -> Timestamp {
        self.from.plus_days(self.days * percent / 100)
    }

    /// The same midnight if it begins a day from Monday to Thursday, or else the next one that
    /// does.
    pub(super) fn workday_at(&self, percent: i64) -> Timestamp {
        let midnight = self.midnight_at(percent);
        midnight.plus_days(match weekday(midnight) {
            5 => 3,
            6 => 2,
            0 => 1,
            _ => 0,
        })
    }

    /// A random moment in the likely working hours of an office `zone_minutes` ahead of UTC. It may
    /// be later than now, but not later than today.
    pub(super) fn office_moment(&self, rng: &mut Rng, zone_minutes: i64) -> Timestamp {
        for _ in 0..TRIES {
            let midnight = self.from.plus_days(rng.i64(0..self.days));
            let minute = rng.i64(0..MINUTES_PER_DAY);
            let percent = [
                busy(&HOURS, minute / 60),
                busy(&WEEKDAYS, weekday(midnight)),
                busy(&WEEKS, epoch_day(midnight).div_euclid(7)),
            ];
            let is_likely = percent.into_iter().all(|percent| rng.i64(0..100) < percent);
            let at = midnight
                .plus_ms((minute - zone_minutes) * MS_PER_MINUTE + rng.i64(0..MS_PER_MINUTE));
            if is_likely && at >= self.from {
                return at;
            }
        }
        self.any_moment(rng)
    }

    /// A random moment. It may be later than now, but not later than today.
    pub(super) fn any_moment(&self, rng: &mut Rng) -> Timestamp {
        self.from.plus_ms(rng.i64(0..self.days * MS_PER_DAY))
    }

    /// A random moment within two minutes after 02:00 UTC, when the product's own jobs run. It may
    /// be later than now, but not later than today.
    pub(super) fn job_moment(&self, rng: &mut Rng) -> Timestamp {
        self.from
            .plus_days(rng.i64(0..self.days))
            .plus_ms(120 * MS_PER_MINUTE + rng.i64(0..2 * MS_PER_MINUTE))
    }
}

/// Whole days since the Unix epoch.
fn epoch_day(at: Timestamp) -> i64 {
    at.ms().div_euclid(MS_PER_DAY)
}

/// The day of the week; 0 is Sunday. The Unix epoch was a Thursday.
fn weekday(at: Timestamp) -> i64 {
    (epoch_day(at) + 4).rem_euclid(7)
}

/// The value of a table that repeats without end.
fn busy<const N: usize>(table: &[i64; N], index: i64) -> i64 {
    let index = usize::try_from(index).unwrap_or_default();
    table.get(index % N).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_span_holds_the_days_its_plan_keeps() {
        let now = at("2028-02-29T23:59:59.999Z");
        let free = Span::up_to(now, Plan::Free);
        assert_eq!((free.from, free.days), (at("2028-01-30T00:00:00Z"), 31));
        assert_eq!(Span::up_to(now, Plan::Enterprise).days, 1_097);
        assert!(free.has(free.from) && free.has(now));
        assert!(!free.has(free.from.plus_ms(-1)) && !free.has(now.plus_ms(1)));
    }

    #[test]
    fn a_workday_is_never_a_weekend() {
        let span = Span::up_to(at("2026-11-22T12:00:00Z"), Plan::Basic);
        assert_eq!(weekday(at("2026-11-22T12:00:00Z")), 0);
        for percent in 0..100 {
            assert!((1..=4).contains(&weekday(span.workday_at(percent))));
        }
    }

    #[test]
    fn offices_are_busy_by_day_and_quiet_on_sundays() {
        let span = Span::up_to(at("2026-11-22T12:00:00Z"), Plan::Pro);
        let mut rng = Rng::with_seed(1);
        let moments: Vec<_> = (0..2_000).map(|_| span.office_moment(&mut rng, 0)).collect();
        let count = |test: &dyn Fn(Timestamp) -> bool| {
            moments.iter().filter(|moment| test(**moment)).count()
        };
        let hour = |at: Timestamp| at.ms().rem_euclid(MS_PER_DAY) / (60 * MS_PER_MINUTE);
        assert!(count(&|at| (9..17).contains(&hour(at))) > 1_500);
        assert!(count(&|at| hour(at) < 6) < 40);
        assert!(count(&|at| weekday(at) == 0) < 60);
    }
}
