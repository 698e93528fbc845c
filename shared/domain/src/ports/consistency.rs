//! How current a read must be.

/// How current the copy is that a read is answered from: DynamoDB's `ConsistentRead`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// The read sees every write that was acknowledged before it began (A3). It costs twice as much
    /// as an eventually consistent read.
    Strong,
    /// The read may be answered from a replica that lags, usually by less than a second.
    Eventual,
}
