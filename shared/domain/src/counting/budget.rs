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
    /// So many read capacity units since the store's meter was set to zero, and so much time from
    /// now.
    #[must_use]
    pub fn new(read_units: f64, time: Duration) -> Self {
        Self { read_units, until: Instant::now() + time }
    }

    /// Whether either is spent.
    pub fn is_spent(&self, store: &impl Metered) -> bool {
        store.spent().read_units >= self.read_units || Instant::now() >= self.until
    }
}
