//! Reads and rewrites when stored entries expire.

use super::StoreError;
use crate::identity::EntryId;
use crate::span::Span;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// When a stored entry expires, and who decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The entry.
    pub id: EntryId,
    /// When it was accepted.
    pub recorded_at: Timestamp,
    /// Whether its values lie in an item of their own.
    pub values_apart: bool,
    /// When it expires; none is never.
    pub expires_at: Option<Timestamp>,
    /// The version of the workspace by which it was last rewritten, if it was.
    pub version: Option<u64>,
}

/// Lives in order, the oldest entry first.
#[derive(Debug, Default)]
pub struct Lives {
    /// The lives.
    pub entries: Vec<Life>,
    /// How far the reading came, if it stopped before the end of the span.
    pub stopped_at: Option<EntryId>,
}

/// What a life becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLife {
    /// When the entry is to expire; none is never.
    pub expires_at: Option<Timestamp>,
    /// The version of the workspace that says so. What a later version has decided is left as it
    /// is.
    pub version: u64,
    /// The present moment. An entry that has expired by then is given no longer life.
    pub now: Timestamp,
}

impl NewLife {
    /// Whether the entry is to live longer than it would.
    #[must_use]
    pub fn lengthens(&self, life: &Life) -> bool {
        life.expires_at.is_some_and(|end| self.expires_at.is_none_or(|new_end| new_end > end))
    }
}

/// Changes when entries expire: `Query` and `UpdateItem` on the entries table.
pub trait RewriteLife {
    /// The lives of a span, the oldest first, at most `limit`.
    fn lives(
        &self,
        workspace: &WorkspaceId,
        span: Span,
        limit: usize,
    ) -> impl Future<Output = Result<Lives, StoreError>> + Send;
    /// Rewrites an entry and its values, each if it is there; says whether it did.
    fn rewrite(
        &self,
        workspace: &WorkspaceId,
        life: &Life,
        new: NewLife,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
