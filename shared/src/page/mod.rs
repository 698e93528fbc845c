//! Owns the page of a list: which entries are asked for, where the page starts, and the token that says so.

mod query;
mod token;

pub use query::{ListQuery, MAX_PAGE_SIZE, read_query};
pub use token::{MAX_TOKEN_CHARS, PageToken};

use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Which entries are listed; all conditions that are given hold at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this action.
    pub action: Option<String>,
    /// Only targets of this type.
    pub target_type: Option<String>,
    /// Only this actor.
    pub actor_id: Option<String>,
    /// Only this target; comes with `target_type`.
    pub target_id: Option<String>,
    /// Only what happened at or after this moment.
    pub from: Option<Timestamp>,
    /// Only what happened before this moment.
    pub to: Option<Timestamp>,
}

impl Filter {
    /// The filter as the parameters of a query string, each followed by `&`.
    #[must_use]
    pub fn to_query(&self) -> String {
        let texts = [("action", &self.action), ("target_type", &self.target_type), ("actor_id", &self.actor_id), ("target_id", &self.target_id)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?)));
        let times = [("from", self.from), ("to", self.to)].into_iter().filter_map(|(name, time)| Some((name, time?.rfc3339())));
        let mut query = String::new();
        for (name, value) in texts.chain(times) {
            query.extend([name, "="]);
            query.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
            query.push('&');
        }
        query
    }
}

/// Where a page starts, and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
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
    /// The ids that a page may hold: within the filter's time, still visible at `now`, not above `as_of`, on the right side of the position.
    /// None when there can be no such id.
    #[must_use]
    pub fn of(query: &ListQuery, workspace: &Workspace, now: Timestamp) -> Option<Self> {
        let first_of = |moment: Timestamp| EntryId::new(moment, 0);
        let low = query.filter.from.max(workspace.visible_from(now)).unwrap_or(Timestamp::MIN);
        let mut span = Self { low: first_of(low), high: EntryId::LAST };
        if let Some(to) = query.filter.to {
            span.high = first_of(to).before()?;
        }
        if let Some(as_of) = query.as_of {
            span.high = span.high.min(as_of);
        }
        match query.position {
            None => {}
            Some(Position::OlderThan(id)) => span.high = span.high.min(id.before()?),
            Some(Position::NewerThan(id)) => span.low = span.low.max(id.after()?),
        }
        (span.low <= span.high).then_some(span)
    }
}
