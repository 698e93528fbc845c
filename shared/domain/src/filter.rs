//! Owns the filter: the conditions that select entries for a list, a count or an export.

use crate::entry::{ActorKey, ActorType, Entry};
use crate::timestamp::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// Selects entries. An entry must meet all conditions that are given.
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
    pub actor: Option<ActorKey>,
    /// Only this target. It requires `target_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Only entries that occurred at or after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only entries that occurred before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

/// The wire form of a filter, whose names are those of the parameters of a list. Absent conditions
/// are omitted.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FilterView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_type: Option<ActorType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Timestamp>,
}

impl Filter {
    /// Whether an entry has the action and the target type of the filter.
    #[must_use]
    pub fn matches_kind(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, text: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == text)
        };
        is(&self.action, &entry.content.action) && is(&self.target_type, &entry.content.target.kind)
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether only the entry tells if it matches, and not its kind alone.
    #[must_use]
    pub fn needs_entry(&self) -> bool {
        self.actor.is_some() || self.target_id.is_some()
    }

    /// Whether an entry of this kind can meet the conditions other than those of time. With
    /// `target_id`, the target type is that of any target, and a kind tells only the first one's.
    #[must_use]
    pub fn may_match(&self, action: &str, target_type: &str) -> bool {
        let wanted_type = self.target_type.as_deref().filter(|_| self.target_id.is_none());
        self.action.as_deref().is_none_or(|wanted| wanted == action)
            && wanted_type.is_none_or(|wanted| wanted == target_type)
    }

    /// Whether an entry meets all conditions other than those of time.
    #[must_use]
    pub fn matches(&self, entry: &Entry) -> bool {
        let content = &entry.content;
        let is_target = |target_id: &String| {
            std::iter::once(&content.target).chain(&content.targets).any(|target| {
                target.id == *target_id && self.target_type.as_ref() == Some(&target.kind)
            })
        };
        self.may_match(&content.action, &content.target.kind)
            && self.actor.as_ref().is_none_or(|actor| {
                actor.kind == content.actor.kind && actor.id == content.actor.id
            })
            && self.target_id.as_ref().is_none_or(is_target)
    }

    /// The wire form; `ExportFilters` in `openapi.yaml`.
    #[must_use]
    pub fn view(&self) -> FilterView<'_> {
        let actor = self.actor.as_ref();
        FilterView {
            action: self.action.as_deref(),
            target_type: self.target_type.as_deref(),
            actor_type: actor.map(|actor| actor.kind),
            actor_id: actor.map(|actor| actor.id.as_str()),
            target_id: self.target_id.as_deref(),
            from: self.from,
            to: self.to,
        }
    }

    /// The filter as parameters of a query string, each followed by `&`.
    #[must_use]
    pub fn to_query(&self) -> String {
        let actor = self.actor.as_ref();
        let texts = [
            ("action", self.action.as_deref()),
            ("target_type", self.target_type.as_deref()),
            ("actor_type", actor.map(|actor| actor.kind.name())),
            ("actor_id", actor.map(|actor| actor.id.as_str())),
            ("target_id", self.target_id.as_deref()),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text?.to_owned())));
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
