//! Owns the roster: who acted last, or from which addresses somebody acted last.

use super::{Latest, Profile, Sighting};
use crate::timestamp::Timestamp;

/// The most keys of a roster. With usual ids they are 6 KB.
pub const MOST_SEEN: usize = 200;

/// The keys of the profiles of a kind that were seen last. A workspace has one of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster<P: Profile> {
    /// The keys, each with the time of its last entry in milliseconds since the Unix epoch.
    pub(super) seen: Latest<P::Key, MOST_SEEN, i64>,
    /// The time of the last entry of all.
    pub(super) last: Timestamp,
}

impl<P: Profile> Roster<P> {
    /// What one entry tells. `None` means that it gives no profile of the kind.
    pub(super) fn of(sighting: &Sighting) -> Option<Self> {
        let (key, _) = P::seen_in(sighting)?;
        let mut seen = Latest::default();
        seen.add(key, sighting.at().ms());
        Some(Self { seen, last: sighting.at() })
    }

    /// The keys whose last entry happened at a moment or later, the last one first.
    #[must_use]
    pub fn since(&self, from: Timestamp) -> Vec<&P::Key> {
        self.seen.latest_since(from.ms())
    }

    /// Whether there may be more keys from a moment on than it holds.
    #[must_use]
    pub fn is_cut_since(&self, from: Timestamp) -> bool {
        self.seen.is_cut_since(from.ms())
    }
}
