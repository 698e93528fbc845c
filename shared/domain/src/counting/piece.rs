//! Owns the piece: a stretch of a log, and what one request knows of it.

use crate::entry::Entry;
use crate::filter::Filter;
use crate::span::Span;
use crate::tally::{Histogram, Level};

/// A stretch of a log, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Counted, but not read.
    Known {
        span: Span,
        /// How many entries of each kind the browse holds.
        counts: Histogram,
        /// The level whose nodes count it in smaller parts. `None` means that no node does.
        below: Option<Level>,
        /// Whether newer entries of its period were read to find rows, without the nodes below.
        is_skimmed: bool,
    },
    /// Neither counted nor read.
    Unknown(Unknown),
    /// Read.
    Rows {
        span: Span,
        /// The entries that the browse holds, the newest first.
        entries: Vec<Entry>,
    },
}

/// A stretch that is neither counted nor read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) span: Span,
    /// The level whose nodes are asked next. It only gets finer, so opening a piece always ends.
    /// `None` means that its entries are read.
    pub(super) level: Option<Level>,
}

impl From<Unknown> for Piece {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl Piece {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Known { span, .. }
            | Self::Unknown(Unknown { span, .. })
            | Self::Rows { span, .. } => *span,
        }
    }

    /// The stretch, if it is unknown.
    pub(super) fn unknown(&self) -> Option<Unknown> {
        if let Self::Unknown(unknown) = self { Some(*unknown) } else { None }
    }

    /// How many of its entries are known to match: 0 if it is unknown.
    pub(super) fn matching(&self, filter: &Filter) -> u64 {
        match self {
            Self::Known { counts, .. } => counts.matching(filter),
            Self::Unknown(_) => 0,
            Self::Rows { entries, .. } => count(entries.iter(), filter),
        }
    }
}

/// How many of these entries match.
pub(super) fn count<'a>(entries: impl Iterator<Item = &'a Entry>, filter: &Filter) -> u64 {
    let matching = entries.filter(|entry| filter.matches_kind(entry)).count();
    u64::try_from(matching).unwrap_or(u64::MAX)
}
