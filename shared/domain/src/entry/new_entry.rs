//! Owns the entry that is to be stored: what the service adds to its content, and the moment from
//! which the store may delete it.

use super::{Entry, LivingSalt, Seed};
use crate::key_id::KeyId;
use crate::plan::GraceDays;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

/// What the service adds to the content when it records an entry.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The time.
    pub at: Timestamp,
    /// The id of the credential with which it is recorded. `None` means an operator's tool.
    pub key_id: Option<KeyId>,
    /// The living salt of the actor, from which the id follows.
    pub salt: LivingSalt,
    /// Random bits for the commitment.
    pub seed: Seed,
}

/// An entry that is to be stored, and from when on the store may delete it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The entry.
    pub entry: Entry,
    /// From when on the store may delete it; `None` means never. Nobody who reads the entry asks
    /// for it: what is visible follows from the plan alone.
    pub delete_at: Option<Timestamp>,
}

impl NewEntry {
    /// An entry that is stored for as long as the plan of its workspace asks for at `now`.
    #[must_use]
    pub fn new(workspace: &Workspace, entry: Entry, grace: GraceDays, now: Timestamp) -> Self {
        let delete_at = workspace.delete_at(entry.content.occurred_at, grace, now);
        Self { entry, delete_at }
    }
}
