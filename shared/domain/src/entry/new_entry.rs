//! Owns the entry that is to be stored: with the moment from which the store may delete it.

use super::Entry;
use crate::plan::GraceDays;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

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
