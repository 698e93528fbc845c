//! Owns the budget: how much one request may spend on counting.

use crate::ports::Metered;
use std::time::{Duration, Instant};

/// The read capacity units that one request may spend on counting: enough to count 8,900 entries of
/// 450 bytes.
const REQUEST_READ_UNITS: f64 = 1_000.0;
/// How long counting may delay one answer. A request has 18 s in all; the rest is for other work.
const REQUEST_TIME: Duration = Duration::from_secs(5);

/// How much one request may spend on counting.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    read_units: f64,
    until: Instant,
}

impl Budget {
    /// A budget of `read_units` read capacity units, counted from the zero of the store's meter,
    /// and of `time` from now.
    #[must_use]
    pub fn new(read_units: f64, time: Duration) -> Self {
        Self { read_units, until: Instant::now() + time }
    }

    /// The budget of a request that answers with counts: 1,000 read capacity units and 5 seconds.
    #[must_use]
    pub fn of_request() -> Self {
        Self::new(REQUEST_READ_UNITS, REQUEST_TIME)
    }

    /// Whether the read units or the time are spent.
    pub fn is_spent(&self, store: &impl Metered) -> bool {
        store.spent().read_units >= self.read_units || Instant::now() >= self.until
    }
}
