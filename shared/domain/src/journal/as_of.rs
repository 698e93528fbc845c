//! Owns the moment of a browse: which entries its pages hold, whatever is recorded later.

use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// The moment of a browse. Its pages hold the entries that were recorded up to `recorded`.
///
/// The journal numbers entries in the order in which they were recorded, so this is a bound on
/// their sequence numbers, and it needs no number for the entries that have none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOf {
    /// The end of a segment, inclusive, that is no later than `recorded`: from here on, the journal
    /// tells what was recorded after the moment.
    pub sealed: Timestamp,
    /// The `recorded_at` of the newest entry of the browse.
    pub recorded: Timestamp,
}
