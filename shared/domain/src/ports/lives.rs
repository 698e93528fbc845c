//! The port that reads and rewrites the moment from which stored entries may be deleted.

use super::StoreError;
use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// From when on a stored entry may be deleted, and which version of the workspace decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The id of the entry.
    pub id: EntryId,
    /// When the entry was accepted.
    pub recorded_at: Timestamp,
    /// Whether its values are stored in an item of their own.
    pub values_apart: bool,
    /// How many rows it has under further targets.
    pub further_targets: usize,
    /// From when on the store may delete it; `None` means never.
    pub delete_at: Option<Timestamp>,
    /// The version of the workspace for which it was last rewritten. `None` means that it was never
    /// rewritten.
    pub version: Option<u64>,
}

/// The lives of a span, oldest entry first.
#[derive(Debug, Default)]
pub struct Lives {
    /// The lives.
    pub entries: Vec<Life>,
    /// The last id that was read. `None` means that the end of the span was reached.
    pub stopped_at: Option<EntryId>,
}

/// A new life for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLife {
    /// From when on the store may delete it; `None` means never.
    pub delete_at: Option<Timestamp>,
    /// The version of the workspace that decides. It is a fencing token: what a later version has
    /// decided is left as it is.
    pub version: u64,
}

impl NewLife {
    /// Whether it is longer than the life that was read.
    #[must_use]
    pub fn lengthens(&self, life: &Life) -> bool {
        life.delete_at.is_some_and(|end| self.delete_at.is_none_or(|new_end| new_end > end))
    }
}

/// Reads and rewrites lives: `Query` and `UpdateItem` on the entries table.
pub trait RewriteLife {
    /// At most `limit` lives of a span, oldest first. The read is strongly consistent.
    fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> impl Future<Output = Result<Lives, StoreError>> + Send;
    /// Rewrites the life of an entry, of its values and of its rows under further targets, if they
    /// exist, and answers whether it did. What was deleted meanwhile stays deleted.
    fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
