//! Owns the checkpoint of the directory: how far it has followed the journal.

use crate::timestamp::Timestamp;

/// How far the profiles have followed the journal. It only says where to go on: a checkpoint that
/// is behind makes entries be added again, which changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// How often the directory was begun again from the first entry: the fencing token. A follower
    /// that began before finds its checkpoint refused.
    pub generation: u64,
    /// The number up to which every entry was added, exclusive.
    pub next: u64,
    /// The end of the last segment that was added, inclusive.
    pub through: Timestamp,
    /// When the first entry happened of all that were ever added. `None` means that none was.
    pub first: Option<Timestamp>,
}

impl Followed {
    /// Nothing was added yet.
    pub const NOTHING: Self = Self { generation: 0, next: 0, through: Timestamp::MIN, first: None };

    /// The checkpoint of a directory that is begun again.
    #[must_use]
    pub fn begun_again(self) -> Self {
        Self { generation: self.generation + 1, first: self.first, ..Self::NOTHING }
    }
}
