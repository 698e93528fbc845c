//! Owns identity: the id of an entry, derived from its time and content.
//!
//! ```text
//! id     = <occurred_at as YYYYMMDDTHHMMSS.mmmZ>-<digest as 32 lower-case hex digits>
//! digest = first 128 bits of HMAC-SHA256(salt of the actor, canonical form of the content)
//! ```

use crate::timestamp::Timestamp;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;
use std::fmt;

/// The version of the canonical form and of the stored shape. The form of a version that was used
/// never changes.
pub const SCHEMA: u32 = 2;
/// The number of characters of an id: 20 of time + 1 hyphen + 32 of digest = 53.
pub const ID_CHARS: usize = 53;
const KEY_CHARS: usize = 20;

/// The id of an entry, for example `20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0`. Ids
/// sort by time, and their texts sort in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    at: Timestamp,
    digest: u128,
}

impl EntryId {
    /// The greatest possible id.
    pub const LAST: Self = Self { at: Timestamp::MAX, digest: u128::MAX };

    /// The id with this time and digest.
    #[must_use]
    pub fn new(at: Timestamp, digest: u128) -> Self {
        Self { at, digest }
    }

    /// The smallest id with this time.
    #[must_use]
    pub fn first_of(at: Timestamp) -> Self {
        Self { at, digest: 0 }
    }

    /// Reads an id. `None` means any other spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, digest) = text.split_at_checked(KEY_CHARS)?;
        let bytes = HEXLOWER.decode(digest.strip_prefix('-')?.as_bytes()).ok()?;
        Some(Self {
            at: Timestamp::from_key(at)?,
            digest: u128::from_be_bytes(bytes.try_into().ok()?),
        })
    }

    /// The time of the entry.
    #[must_use]
    pub fn occurred_at(&self) -> Timestamp {
        self.at
    }

    /// The digest of the content.
    #[must_use]
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// The next smaller id. `None` means that this is the smallest.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        match self.digest.checked_sub(1) {
            Some(digest) => Some(Self { digest, ..self }),
            None => Timestamp::from_ms(self.at.ms() - 1).map(|at| Self { at, digest: u128::MAX }),
        }
    }

    /// The next greater id. `None` means that this is the greatest.
    #[must_use]
    pub fn after(self) -> Option<Self> {
        match self.digest.checked_add(1) {
            Some(digest) => Some(Self { digest, ..self }),
            None => Timestamp::from_ms(self.at.ms() + 1).map(|at| Self { at, digest: 0 }),
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:032x}", self.at.key(), self.digest)
    }
}

impl Serialize for EntryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an entry id"))
    }
}

/// A secret key: 256 random bits. A workspace has one, which authenticates page tokens. Each actor
/// of a workspace has one, from which the ids of the actor's entries are derived: with it, anyone
/// can verify that an entry matches its id, or test guesses of what an entry says; without it, an
/// id reveals only the time of its entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A new salt.
    ///
    /// # Errors
    /// When the operating system gives no random bits.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The salt with these bits.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id of the entry with the time `at` and the canonical form `form`.
    #[must_use]
    pub(crate) fn id_of_form(&self, at: Timestamp, form: &str) -> EntryId {
        let digest = hmac_sha256(&self.0, form.as_bytes());
        EntryId { at, digest: u128::from_be_bytes(first_half(digest)) }
    }

    /// The first 128 bits of HMAC-SHA256 (RFC 2104) of `message`. The key is derived from the salt
    /// for one `purpose`, so that a code for one purpose is not valid for another.
    #[must_use]
    pub fn authenticate(&self, purpose: &str, message: &[u8]) -> [u8; 16] {
        let key = hmac_sha256(&self.0, purpose.as_bytes());
        first_half(hmac_sha256(&key, message))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// HMAC-SHA256 (RFC 2104).
pub(crate) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // HMAC pads a key with zeros to the block size (RFC 2104, section 2). A key that is padded here
    // has the length that the type requires, so this cannot fail.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn first_half(digest: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    half
}

/// An id for a request that came without one: 32 hexadecimal digits.
#[must_use]
pub fn random_request_id() -> String {
    let mut bytes = [0; 16];
    // Without random bits the id is all zeros. That is acceptable, because it only serves to find a
    // log line.
    let _ = getrandom::fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}
