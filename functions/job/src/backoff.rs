//! Owns the waiting times between the deliveries of a message whose chunk failed. Pure arithmetic.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The longest wait. It is the queue's own (`VisibilityTimeout` of `JobsQueue`), so that no failed
/// message waits longer than that of a worker that died.
const MAX_DELAY_S: u64 = 180;

/// How long a message waits after its delivery number `deliveries` has failed: a random number of
/// whole seconds between half of 2, 4, 8, 16, 32, 64 or 128 s and all of it, and from the eighth
/// delivery on between 90 and 180 s.
///
/// `pick` picks a number of a range. The chance keeps jobs that failed at the same moment from
/// coming back at the same moment. Half of the wait is certain, so that a series of failures takes
/// a time that can be relied on. Source: "Exponential Backoff And Jitter" (equal jitter), AWS
/// Architecture Blog.
pub fn delay_after(deliveries: u32, pick: impl FnOnce(RangeInclusive<u64>) -> u64) -> Duration {
    let full_s = 2_u64.saturating_pow(deliveries.max(1)).min(MAX_DELAY_S);
    Duration::from_secs(pick(full_s / 2..=full_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_with_each_delivery_up_to_that_of_the_queue() {
        let range = |deliveries| {
            let longest = delay_after(deliveries, |range| *range.end()).as_secs();
            (delay_after(deliveries, |range| *range.start()).as_secs(), longest)
        };
        let ranges: Vec<_> = (1..=9).map(range).collect();
        let doubling = [(1, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 128)];
        assert_eq!(ranges[..7], doubling);
        assert_eq!(ranges[7..], [(90, 180); 2]);
        assert_eq!(range(0), (1, 2), "a number that the queue does not give");
        assert_eq!(range(u32::MAX), (90, 180));
    }

    /// The figures of "Trying again" in `docs/jobs.md`.
    #[test]
    fn ten_tries_of_a_message_take_five_to_ten_minutes() {
        let sum = |pick: fn(RangeInclusive<u64>) -> u64| {
            (1..=9).map(|deliveries| delay_after(deliveries, pick).as_secs()).sum::<u64>()
        };
        assert_eq!((sum(|range| *range.start()), sum(|range| *range.end())), (307, 614));
    }
}
