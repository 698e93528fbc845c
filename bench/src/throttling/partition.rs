//! Owns the throttle: what a partition of DynamoDB takes, in simulated time.
//!
//! Source: "Best practices for designing and using partition keys effectively in DynamoDB" and
//! "DynamoDB burst and adaptive capacity", DynamoDB developer guide. A partition takes 1,000 write
//! units and 3,000 read units a second, whatever the table takes. DynamoDB keeps up to 300 seconds
//! of unused capacity for bursts, but promises neither them nor more than a partition's limits.
//! Adaptive capacity gives a partition what others leave, up to these limits, at once, and moves
//! what is hot to a partition of its own; the guide does not say how soon.

/// Write units a second of a partition.
pub(super) const WRITES: f64 = 1_000.0;
/// Read units a second of a partition.
const READS: f64 = 3_000.0;

/// Capacity that comes back as time passes.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    per_second: f64,
    most: f64,
    left: f64,
    at_ms: i64,
}

impl Bucket {
    /// A full bucket of a second, and of so many seconds more that were not used.
    fn full(per_second: f64, burst_seconds: u32) -> Self {
        let most = per_second * f64::from(1 + burst_seconds);
        Self { per_second, most, left: most, at_ms: 0 }
    }

    fn refill(&mut self, now_ms: i64) {
        let passed = f64::from(i32::try_from(now_ms - self.at_ms).unwrap_or(i32::MAX)) / 1_000.0;
        self.left = (self.left + passed.max(0.0) * self.per_second).min(self.most);
        self.at_ms = self.at_ms.max(now_ms);
    }
}

/// A partition of the entries table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partition {
    writes: Bucket,
    reads: Bucket,
}

impl Partition {
    /// A partition that was idle, and bursts for so many seconds above its limits.
    pub(super) fn new(burst_seconds: u32) -> Self {
        Self {
            writes: Bucket::full(WRITES, burst_seconds),
            reads: Bucket::full(READS, burst_seconds),
        }
    }

    /// Takes write units, or refuses. What is refused costs nothing.
    pub(super) fn write(&mut self, now_ms: i64, units: f64) -> bool {
        self.writes.refill(now_ms);
        let is_admitted = self.writes.left >= units;
        if is_admitted {
            self.writes.left -= units;
        }
        is_admitted
    }

    /// Whether a read is admitted. What it costs is known only afterwards.
    pub(super) fn may_read(&mut self, now_ms: i64) -> bool {
        self.reads.refill(now_ms);
        self.reads.left > 0.0
    }

    /// Takes the read units of a read that was admitted.
    pub(super) fn charge_read(&mut self, now_ms: i64, units: f64) {
        self.reads.refill(now_ms);
        self.reads.left -= units;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many writes of a unit are admitted, if so many are sent each millisecond.
    fn admitted(partition: &mut Partition, from_ms: i64, to_ms: i64, each_ms: u32) -> u32 {
        let sent = (from_ms..to_ms).flat_map(|ms| (0..each_ms).map(move |_| ms));
        sent.map(|ms| u32::from(partition.write(ms, 1.0))).sum()
    }

    #[test]
    fn a_partition_takes_a_thousand_writes_a_second_and_no_more() {
        let mut partition = Partition::new(0);
        // The second that it had in store, and ten seconds of which the last millisecond is not
        // over.
        assert_eq!(admitted(&mut partition, 0, 10_000, 2), 1_000 + 9_999);
    }

    #[test]
    fn unused_capacity_of_300_seconds_is_a_burst() {
        let mut partition = Partition::new(300);
        assert_eq!(admitted(&mut partition, 0, 100_000, 2), 200_000);
        // 301,000 in store, and 1,000 a second: used up after 301 seconds at 2,000 a second.
        let rest = admitted(&mut partition, 100_000, 400_000, 2);
        assert_eq!(200_000 + rest, 301_000 + 399_999);
        // Ten idle seconds give ten seconds of it back.
        assert!(partition.write(410_000, 10_000.0));
        assert!(!partition.write(410_000, 1_000.0));
    }

    #[test]
    fn what_is_refused_costs_nothing() {
        let mut partition = Partition::new(0);
        assert!(partition.write(0, 999.0));
        assert!(!partition.write(0, 2.0));
        assert!(partition.write(0, 1.0));
    }

    #[test]
    fn a_large_read_is_admitted_and_holds_up_those_after_it() {
        let mut partition = Partition::new(0);
        partition.charge_read(0, 6_000.0);
        assert!(!partition.may_read(1_000));
        assert!(partition.may_read(1_001));
    }
}
