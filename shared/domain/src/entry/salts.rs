//! Owns what is known of the salts of actors: which of them an entry was recorded with, and that
//! one may have been destroyed.
//!
//! An actor has one living salt at most. When it is destroyed, a tombstone takes its place and
//! stays, and the next entry of the actor makes the salt of the next generation. An entry names the
//! generation of its salt, so an entry whose salt is gone is never compared with another salt.

use super::{ActorKey, Entry};
use crate::identity::Salt;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Which salt of an actor: 1 is the first, and each that is destroyed is followed by the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(NonZeroU32);

impl Generation {
    /// The first salt of an actor.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Whether this is the first salt of an actor.
    #[must_use]
    pub fn is_first(&self) -> bool {
        *self == Self::FIRST
    }

    /// The generation after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0.get()
    }
}

impl Default for Generation {
    fn default() -> Self {
        Self::FIRST
    }
}

/// What names a salt within a workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaltKey {
    /// Whose salt it is.
    pub actor: ActorKey,
    /// Which of the actor's salts.
    pub generation: Generation,
}

impl SaltKey {
    /// The first salt of an actor.
    #[must_use]
    pub fn first_of(actor: &ActorKey) -> Self {
        Self { actor: actor.clone(), generation: Generation::FIRST }
    }

    /// The salt that follows when this one is destroyed.
    #[must_use]
    pub fn next(self) -> Self {
        Self { generation: self.generation.next(), ..self }
    }
}

impl Entry {
    /// The salt with which the id was made.
    #[must_use]
    pub fn salt_key(&self) -> SaltKey {
        SaltKey { actor: self.content.actor.key(), generation: self.salt_generation }
    }
}

/// The living salt of an actor, with which entries are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivingSalt {
    /// Which of the actor's salts it is.
    pub generation: Generation,
    /// The salt.
    pub salt: Salt,
}

impl LivingSalt {
    /// The first salt of an actor.
    #[must_use]
    pub fn first(salt: Salt) -> Self {
        Self { generation: Generation::FIRST, salt }
    }
}

/// What is stored in the place of one salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredSalt {
    /// The salt.
    Living(Salt),
    /// A tombstone: the salt was destroyed at this time, and nobody can make it again.
    Destroyed(Timestamp),
}

impl StoredSalt {
    /// The salt, if it was not destroyed.
    #[must_use]
    pub fn living(&self) -> Option<&Salt> {
        match self {
            Self::Living(salt) => Some(salt),
            Self::Destroyed(_) => None,
        }
    }

    /// When the salt was destroyed, if it was.
    #[must_use]
    pub fn destroyed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Living(_) => None,
            Self::Destroyed(at) => Some(*at),
        }
    }
}

/// Which salt of an actor was destroyed last, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destruction {
    /// Which of the actor's salts it was.
    pub generation: Generation,
    /// When it was destroyed.
    pub at: Timestamp,
}
