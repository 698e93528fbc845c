//! Owns the budget: how much one request may spend on counting.

use crate::ports::Metered;
use std::time::{Duration, Instant};

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

    /// Whether the read units or the time are spent.
    pub fn is_spent(&self, store: &impl Metered) -> bool {
        store.spent().read_units >= self.read_units || Instant::now() >= self.until
    }
}
