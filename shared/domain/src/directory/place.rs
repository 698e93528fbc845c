//! Owns the place of an entry in the log, in few bytes.

use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An entry by its place in the log: its id, stored in 22 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(EntryId);

impl Place {
    pub(crate) fn of(id: EntryId) -> Self {
        Self(id)
    }

    pub(crate) fn id(self) -> EntryId {
        self.0
    }

    pub(crate) fn at(self) -> Timestamp {
        self.0.occurred_at()
    }
}

/// As postcard writes them: milliseconds since the Unix epoch, and the digest.
impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.at().ms(), self.0.digest().to_be_bytes()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (ms, digest) = <(i64, [u8; 16])>::deserialize(deserializer)?;
        let at = Timestamp::from_ms(ms).ok_or_else(|| de::Error::custom("not a time"))?;
        Ok(Self(EntryId::new(at, u128::from_be_bytes(digest))))
    }
}
