//! The meter: what a request costs.

/// What a request has cost so far, in DynamoDB capacity units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls that were answered.
    pub calls: u32,
    /// Attempts at calls. Those above `calls` were throttled, failed or were lost. They were
    /// repeated unless the request failed, too.
    pub attempts: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

impl Spent {
    /// How many attempts came to nothing.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.attempts.saturating_sub(self.calls)
    }
}

/// Counts the capacity units that a store consumes.
pub trait Metered: Clone {
    /// The same store with a meter at zero.
    #[must_use]
    fn metered(&self) -> Self;
    /// The units consumed since the meter was at zero.
    fn spent(&self) -> Spent;
}
