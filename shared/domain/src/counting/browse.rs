//! Owns the browse: the moment whose entries a ledger shows.

use crate::journal::AsOf;

/// The browse that a ledger is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browse {
    /// It begins now.
    Begins {
        /// So many of the newest entries will be asked for, whether they match or not.
        newest: usize,
    },
    /// It began at this moment, and goes on.
    GoesOn(AsOf),
}

impl Browse {
    /// It begins now, and only counts are asked for.
    pub const COUNTED: Self = Self::Begins { newest: 0 };
}
