//! Owns what profiles have in common.

use super::{Sighting, Term};
use crate::timestamp::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// A profile that cannot be written, or bytes that do not hold one.
#[derive(Debug, thiserror::Error)]
#[error("not the bytes of a profile")]
pub struct MalformedProfile;

/// What the log tells of an actor or of an address.
///
/// Laws: [`Profile::merge`] is commutative, associative and idempotent. [`Profile::count`] takes
/// each entry once.
pub trait Profile: Clone + Debug + PartialEq + Send + Sync + Sized {
    /// Whose profile it is.
    type Key: Clone + Debug + Ord + Send + Sync + Serialize + DeserializeOwned;
    /// The name of this kind of profile.
    const KIND: &'static str;

    /// The profile that one entry gives, and its key. `None` means that the entry gives no such
    /// profile.
    fn seen_in(sighting: &Sighting) -> Option<(Self::Key, Self)>;
    /// A key as a text. Different keys have different texts.
    fn key_text(key: &Self::Key) -> String;
    /// The terms by which the profile is found.
    fn terms(&self, _key: &Self::Key) -> BTreeSet<Term> {
        BTreeSet::new()
    }
    /// Adds what another profile of the same key tells.
    fn merge(&mut self, other: &Self);
    /// Counts those of these entries that were not counted yet. They are in the order of their
    /// sequence numbers, and no entry that comes later has a smaller one.
    fn count(&mut self, _sightings: &[&Sighting]) {}
    /// Drops what is not kept longer than until it is judged.
    fn settle(&mut self) {}
    /// When the last entry happened that it knows of.
    fn last(&self) -> Timestamp;
    /// The profile as bytes.
    ///
    /// # Errors
    /// Never for a profile that [`Profile::from_bytes`] takes back.
    fn to_bytes(&self) -> Result<Vec<u8>, MalformedProfile>;
    /// Reads what [`Profile::to_bytes`] wrote.
    ///
    /// # Errors
    /// For any other bytes.
    fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedProfile>;
}
