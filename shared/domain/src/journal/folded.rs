//! Owns the checkpoint of folding: how far the counts have followed the journal.

use crate::tally::Period;
use crate::timestamp::Timestamp;

/// How far the counts have followed the journal.
///
/// Invariant (J4): every node holds the entries of its period with a sequence number below `next`,
/// or below its own `through` if that is greater. A period without a node has none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// Which set of nodes it tells of. A recount begins another one.
    pub generation: u32,
    /// The sequence number below which everything is folded.
    pub next: u64,
    /// The end of the last segment that is folded, inclusive.
    pub through: Timestamp,
    /// The periods whose nodes the last folding wrote, so that a reader notices a node that is
    /// older than this checkpoint.
    pub touched: Vec<Period>,
}

impl Folded {
    /// Nothing is folded yet.
    #[must_use]
    pub fn nothing(generation: u32) -> Self {
        Self { generation, next: 0, through: Timestamp::MIN, touched: Vec::new() }
    }

    /// Later checkpoints of a log are greater.
    #[must_use]
    pub fn order(&self) -> (u32, u64) {
        (self.generation, self.next)
    }
}
