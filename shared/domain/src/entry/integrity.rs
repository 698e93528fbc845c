//! Owns integrity: whether a stored entry still is what was recorded under its id.

use super::{Entry, Seal, StoredSalt};
use serde::Serialize;

/// What a comparison of an entry with its id gives.
///
/// The id covers what the client said, but not what the service added (`recorded_at`, `key_id`,
/// `expires_at`) and not `request_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// The content gives the id.
    Verified,
    /// The content gives another id, or the seal is missing: the entry was altered after it was
    /// recorded.
    Failed,
    /// The salt of the entry was destroyed or never existed, or a section was removed: the id
    /// proves nothing.
    Unverifiable,
}

impl Integrity {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Unverifiable => "unverifiable",
        }
    }
}

impl Entry {
    /// Compares this entry with its id. It must have been read whole, with its values and its seal:
    /// a row of a list cannot be compared. `stored` is what is stored under [`Entry::salt_key`].
    #[must_use]
    pub fn integrity(&self, stored: Option<&StoredSalt>) -> Integrity {
        match (stored.and_then(StoredSalt::living), &self.seal) {
            (None, _) | (_, Some(Seal::Partial(_))) => Integrity::Unverifiable,
            (Some(salt), Some(Seal::Whole(_))) if salt.entry_id(&self.content) == self.id => {
                Integrity::Verified
            }
            (Some(_), _) => Integrity::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Section;
    use crate::identity::Salt;
    use crate::memory::fixtures::{at, entry, salt_of, workspace};
    use crate::plan::Plan;

    fn two() -> [Entry; 2] {
        let noon = at("2026-11-22T12:00:00Z");
        let workspace = workspace("ws_a", Plan::Free, noon);
        [entry(&workspace, noon, 1), entry(&workspace, noon, 2)]
    }

    #[test]
    fn an_altered_entry_fails_and_one_without_a_salt_proves_nothing() {
        let [whole, other] = two();
        let salt = StoredSalt::Living(salt_of(&whole.workspace_id, &whole.content.actor.key()));
        assert_eq!(whole.integrity(Some(&salt)), Integrity::Verified);
        assert_eq!(whole.integrity(None), Integrity::Unverifiable);
        let other_salt = StoredSalt::Living(Salt::from_bytes([1; 32]));
        assert_eq!(whole.integrity(Some(&other_salt)), Integrity::Failed);
        let destroyed = StoredSalt::Destroyed(at("2026-11-23T00:00:00Z"));
        assert_eq!(whole.integrity(Some(&destroyed)), Integrity::Unverifiable);
        let removed = whole.without(Section::Who);
        assert_eq!(removed.integrity(Some(&salt)), Integrity::Unverifiable);
        let unsealed = Entry { seal: None, ..whole.clone() };
        assert_eq!(unsealed.integrity(Some(&salt)), Integrity::Failed);
        let moved = Entry { id: other.id, ..whole };
        assert_eq!(moved.integrity(Some(&salt)), Integrity::Failed);
        assert_eq!(moved.integrity(None), Integrity::Unverifiable, "never failed without a salt");
    }
}
