//! Limits how fast entries are rewritten, so that recording continues meanwhile.

use std::time::Duration;

/// The write capacity that a rewriting may use, in write capacity units per second.
///
/// A typical entry costs 3 WCU: 1 in the table, where the workspace is one partition, and 1 in each
/// of the two indexes. A partition accepts 1,000 WCU per second ("Partitions and data
/// distribution", DynamoDB developer guide); a new on-demand table accepts 4,000 in all ("On-demand
/// mode").
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The limit while no entry is urgent.
    pub usual: f64,
    /// The limit while a batch has entries that are to stay and would expire within a day.
    pub urgent: f64,
}

impl Default for Pace {
    /// 400 / 3 = 133 and 1,600 / 3 = 533 WCU per second on the workspace's partition: 13 % and 53 %
    /// of what it accepts.
    fn default() -> Self {
        Self { usual: 400.0, urgent: 1_600.0 }
    }
}

impl Pace {
    /// No limit.
    pub const UNLIMITED: Self = Self { usual: f64::INFINITY, urgent: f64::INFINITY };

    /// How long to wait after a batch that used `units` and took `elapsed`.
    pub(crate) fn pause(self, is_urgent: bool, units: f64, elapsed: Duration) -> Duration {
        let pace = if is_urgent { self.urgent } else { self.usual };
        Duration::try_from_secs_f64(units / pace).unwrap_or_default().saturating_sub(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_makes_up_for_what_went_faster_than_the_pace() {
        let (pace, ms) = (Pace::default(), Duration::from_millis);
        assert_eq!(pace.pause(false, 300.0, ms(0)), ms(750));
        assert_eq!(pace.pause(false, 300.0, ms(700)), ms(50));
        assert_eq!(pace.pause(false, 300.0, ms(800)), ms(0));
        assert_eq!(pace.pause(true, 300.0, ms(100)), Duration::from_micros(87_500));
        assert_eq!(pace.pause(false, 0.0, ms(0)), ms(0));
        assert_eq!(Pace::UNLIMITED.pause(false, 300.0, ms(0)), ms(0));
    }
}
