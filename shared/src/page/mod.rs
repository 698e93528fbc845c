//! Owns the page of a list: which entries are asked for, where the page starts, and the token that
//! says so.

mod query;
mod token;

pub use query::{ListQuery, MAX_PAGE_SIZE, read_facets_query, read_filter_fields, read_query};
pub use token::{Edge, MAX_TOKEN_CHARS, PageToken};

use crate::entry::Entry;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// Which entries are listed; all conditions that are given hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only targets of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Only this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// Only this target; comes with `target_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Only what happened at or after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only what happened before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Filter {
    /// Whether an entry is of the action and the target type asked for.
    #[must_use]
    pub fn matches_kind(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, text: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == text)
        };
        is(&self.action, &entry.content.action) && is(&self.target_type, &entry.content.target.kind)
    }

    /// The filter as the parameters of a query string, each followed by `&`.
    #[must_use]
    pub fn to_query(&self) -> String {
        let texts = [
            ("action", &self.action),
            ("target_type", &self.target_type),
            ("actor_id", &self.actor_id),
            ("target_id", &self.target_id),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?)));
        let times = [("from", self.from), ("to", self.to)]
            .into_iter()
            .filter_map(|(name, time)| Some((name, time?.rfc3339())));
        let mut query = String::new();
        for (name, value) in texts.chain(times) {
            query.extend([name, "="]);
            query.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
            query.push('&');
        }
        query
    }
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At the first entry of the page of this number, from 1.
    Page(u32),
    /// Below this id, towards older ones.
    OlderThan(EntryId),
    /// Above this id, towards newer ones.
    NewerThan(EntryId),
}

/// A span of ids, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The least id.
    pub low: EntryId,
    /// The greatest id.
    pub high: EntryId,
}

impl Span {
    /// All ids there can be.
    #[must_use]
    pub fn everything() -> Self {
        Self { low: EntryId::first_of(Timestamp::MIN), high: EntryId::LAST }
    }

    /// What this span and another have in common, if anything.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        let common = Self { low: self.low.max(other.low), high: self.high.min(other.high) };
        (common.low <= common.high).then_some(common)
    }

    /// The ids that a list may hold, whichever its page: within the filter's time, still visible at
    /// `now`, not above `as_of`. None when there can be no such id.
    #[must_use]
    pub fn of(
        filter: &Filter,
        as_of: Option<EntryId>,
        workspace: &Workspace,
        now: Timestamp,
    ) -> Option<Self> {
        let low = filter.from.max(workspace.visible_from(now)).unwrap_or(Timestamp::MIN);
        let mut span = Self { low: EntryId::first_of(low), high: EntryId::LAST };
        if let Some(to) = filter.to {
            span.high = EntryId::first_of(to).before()?;
        }
        if let Some(as_of) = as_of {
            span.high = span.high.min(as_of);
        }
        (span.low <= span.high).then_some(span)
    }

    /// What of it is older than an id.
    #[must_use]
    pub fn older_than(self, id: EntryId) -> Option<Self> {
        Self { high: id.before()?, ..self }.within(self)
    }

    /// What of it is newer than an id.
    #[must_use]
    pub fn newer_than(self, id: EntryId) -> Option<Self> {
        Self { low: id.after()?, ..self }.within(self)
    }
}
