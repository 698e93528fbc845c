//! Limits how fast entries are rewritten, so that recording continues meanwhile.

use std::time::Duration;

/// The write capacity that a rewriting may use, in write capacity units per second.
///
/// A typical entry costs 1 WCU in the table, where the workspace is one partition; no index carries
/// what is written. A partition accepts 1,000 WCU per second ("Partitions and data
/// distribution", DynamoDB developer guide); a new on-demand table accepts 4,000 in all ("On-demand
/// mode").
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The limit while no entry is urgent.
    pub usual: f64,
    /// The limit while a batch has entries that are to stay and could be deleted within a day.
    pub urgent: f64,
}

impl Default for Pace {
    /// 20 % and 60 % of what the workspace's partition accepts.
    fn default() -> Self {
        Self { usual: 200.0, urgent: 600.0 }
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
        assert_eq!(pace.pause(false, 300.0, ms(0)), ms(1_500));
        assert_eq!(pace.pause(false, 300.0, ms(1_450)), ms(50));
        assert_eq!(pace.pause(false, 300.0, ms(1_600)), ms(0));
        assert_eq!(pace.pause(true, 300.0, ms(100)), ms(400));
        assert_eq!(pace.pause(false, 0.0, ms(0)), ms(0));
        assert_eq!(Pace::UNLIMITED.pause(false, 300.0, ms(0)), ms(0));
    }
}
