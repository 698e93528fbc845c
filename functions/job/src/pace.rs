//! Owns how fast entries are rewritten, so that a workspace goes on recording meanwhile.

use std::time::Duration;

/// Write capacity units a second that a rewriting takes at most.
///
/// A usual entry takes three: one in the table, where a workspace is one partition, and one in each
/// index. A partition gives 1,000 a second ("Partitions and data distribution", DynamoDB developer
/// guide), a new table without provisioned capacity 4,000 in all ("On-demand mode").
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// As long as there is time.
    pub usual: f64,
    /// While entries come that would expire within a day, and are to stay: what is not rewritten by
    /// then is gone.
    pub urgent: f64,
}

impl Default for Pace {
    /// Of what the partition of a workspace gives, some 13 and 53 per cent.
    fn default() -> Self {
        Self { usual: 400.0, urgent: 1_600.0 }
    }
}

impl Pace {
    /// As fast as the store takes it.
    pub const UNLIMITED: Self = Self { usual: f64::INFINITY, urgent: f64::INFINITY };

    /// How long to wait after `units` that took so long.
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
