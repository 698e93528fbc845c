//! Owns the commitment to an entry: 256 bits that stand for everything it says, and that reveal
//! nothing of it.
//!
//! ```text
//! section salt = HMAC-SHA256(seed of the entry, "section " + name)
//! section hash = HMAC-SHA256(section salt, canonical form of the section)
//! commitment   = SHA-256(header + the seven section hashes)
//! header       = {"schema":2,"workspace_id":…,"id":…,"recorded_at":…,"key_id":…} and a line feed
//! ```
//!
//! An empty section has a hash as well, so a hash does not tell whether the section says anything.
//! To remove a section, its text and its salt are destroyed and its hash is kept. The other
//! sections keep their salts, and the commitment stays the same.

use super::canonical::section_form;
use super::{Content, Entry, Section, Summary};
use crate::identity::{SCHEMA, Salt, hmac_sha256};
use crate::key_id::KeyId;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fmt;

/// 256 random bits of one entry. Whoever has them can test guesses of a section against its hash,
/// so they are stored with the entry and shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A new seed.
    ///
    /// # Errors
    /// When the operating system gives no random bits.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The seed with these bits.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn section_salt(&self, section: Section) -> [u8; 32] {
        hmac_sha256(&self.0, format!("section {}", section.name()).as_bytes())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// What is kept of one section of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The section is there; this is its salt.
    Salt([u8; 32]),
    /// The section was removed; this is the hash that it had.
    Hash([u8; 32]),
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Salt(_) => f.write_str("Salt(…)"),
            Self::Hash(hash) => write!(f, "Hash({})", HEXLOWER.encode(hash)),
        }
    }
}

/// What blinds the section hashes of an entry.
#[derive(Clone, PartialEq, Eq)]
pub enum Seal {
    /// Every section is there.
    Whole(Seed),
    /// At least one section was removed. The order is that of [`Section::ALL`].
    Partial(Box<[Kept; 7]>),
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let removed: Vec<_> =
            Section::ALL.into_iter().filter(|section| self.is_removed(*section)).collect();
        write!(f, "Seal(removed: {removed:?})")
    }
}

impl Seal {
    fn kept(&self, section: Section) -> Kept {
        match self {
            Self::Whole(seed) => Kept::Salt(seed.section_salt(section)),
            Self::Partial(kept) => Section::ALL
                .into_iter()
                .zip(kept.iter())
                .find_map(|(one, kept)| (one == section).then_some(*kept))
                .unwrap_or(Kept::Hash([0; 32])),
        }
    }

    /// The hash of a section.
    fn hash(&self, section: Section, content: &Content) -> [u8; 32] {
        match self.kept(section) {
            Kept::Salt(salt) => hmac_sha256(&salt, section_form(content, section).as_bytes()),
            Kept::Hash(hash) => hash,
        }
    }

    /// Whether a section was removed.
    #[must_use]
    pub fn is_removed(&self, section: Section) -> bool {
        matches!(self.kept(section), Kept::Hash(_))
    }
}

/// A commitment: SHA-256 over the section hashes and what the service added.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// The bits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({self})")
    }
}

impl Entry {
    /// The commitment to this entry. It covers the workspace, the id, when and with which key the
    /// entry was recorded, and every section. `None` means that the entry was read without its
    /// seal.
    #[must_use]
    pub fn commitment(&self) -> Option<Commitment> {
        let seal = self.seal.as_ref()?;
        let mut hasher = Sha256::new();
        let key_id = self.key_id.as_ref().map_or("", KeyId::as_str);
        // None of these texts can hold a quote or a backslash.
        hasher.update(format!(
            "{{\"schema\":{SCHEMA},\"workspace_id\":\"{}\",\"id\":\"{}\",\
             \"recorded_at\":\"{}\",\"key_id\":\"{key_id}\"}}\n",
            self.workspace_id,
            self.id,
            self.recorded_at.rfc3339(),
        ));
        for section in Section::ALL {
            hasher.update(seal.hash(section, &self.content));
        }
        Some(Commitment(hasher.finalize().into()))
    }

    /// The entry without a section: its text is gone, its hash is kept, and the commitment stays
    /// the same. [`Section::What`] cannot be removed: without it there is no entry.
    #[must_use]
    pub fn without(&self, section: Section) -> Self {
        if section == Section::What {
            return self.clone();
        }
        let seal = self.seal.as_ref().map(|seal| {
            Seal::Partial(Box::new(Section::ALL.map(|one| {
                if one == section {
                    Kept::Hash(seal.hash(one, &self.content))
                } else {
                    seal.kept(one)
                }
            })))
        });
        let mut content = self.content.clone();
        content.remove(section);
        let summary = Summary::of(content.old_value.as_ref(), content.new_value.as_ref());
        Self { seal, summary, content, ..self.clone() }
    }

    /// Whether this stored entry says what `content` says. A section that was removed from it is
    /// not compared.
    #[must_use]
    pub fn holds(&self, content: &Content) -> bool {
        let mut content = content.clone();
        let removed =
            |section: &Section| self.seal.as_ref().is_some_and(|seal| seal.is_removed(*section));
        Section::ALL.into_iter().filter(removed).for_each(|section| content.remove(section));
        self.content.says_the_same_as(&content)
    }

    /// Whether the content gives the id, for whoever has the actor's salt. `None` means that a
    /// section was removed, or that the entry was read without its seal: then the id proves
    /// nothing.
    #[must_use]
    pub fn fits_its_id(&self, salt: &Salt) -> Option<bool> {
        match &self.seal {
            Some(Seal::Whole(_)) => Some(salt.entry_id(&self.content) == self.id),
            Some(Seal::Partial(_)) | None => None,
        }
    }
}

impl Content {
    fn remove(&mut self, section: Section) {
        match section {
            Section::What => {}
            Section::Who => {
                let actors = [Some(&mut self.actor), self.on_behalf_of.as_mut()];
                for actor in actors.into_iter().flatten() {
                    (actor.name, actor.email) = (None, None);
                }
            }
            Section::Where => {
                (self.ip_address, self.ip_address_text) = (None, None);
                (self.user_agent, self.location, self.session_id) = (None, None, None);
            }
            Section::TargetName => {
                self.target.name = None;
                self.targets.iter_mut().for_each(|target| target.name = None);
            }
            Section::Old => self.old_value = None,
            Section::New => self.new_value = None,
            Section::Metadata => self.metadata = None,
        }
        if section != Section::What {
            self.adjusted.retain(|one| Section::of_pointer(&one.pointer) != section);
        }
    }
}

#[cfg(test)]
mod tests;
