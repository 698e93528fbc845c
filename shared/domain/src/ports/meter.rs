//! What requests cost.

/// What a request has cost so far, in DynamoDB's capacity units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls that were answered.
    pub calls: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

/// Counts what is spent.
pub trait Metered: Clone {
    /// The same store, with nothing spent yet.
    #[must_use]
    fn metered(&self) -> Self;
    /// What was spent since.
    fn spent(&self) -> Spent;
}
