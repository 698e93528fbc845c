//! Owns the filter: the conditions that select entries for a list, a count or an export.

mod address_range;
mod selection;

pub use address_range::{AddressRange, MalformedRange};
pub use selection::{MAX_SELECTED, MalformedSelection, Selection};

use crate::entry::{ActorKey, Entry, Outcome};
use crate::timestamp::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize, Serializer};

/// Selects entries. An entry must meet all conditions that are given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only these actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Selection<String>>,
    /// Only targets of these types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<Selection<String>>,
    /// Only these outcomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Selection<Outcome>>,
    /// Only this actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorKey>,
    /// Only actors that had this email address at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_email: Option<String>,
    /// Only from this IP address, or from one of this range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<AddressRange>,
    /// Only this target. It requires one `target_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Only entries to which the publisher gave this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Only entries of this request of the publisher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Only unusual entries ([`crate::unusual`]). An entry does not tell by itself if it is: those
    /// who read entries ask the index.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unusual: bool,
    /// Only entries that occurred at or after this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only entries that occurred before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

/// The wire form of a filter: an object whose names are those of the parameters of a list. Absent
/// conditions are omitted.
#[derive(Debug, Clone, Copy)]
pub struct FilterView<'a>(&'a Filter);

impl Serialize for FilterView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |name, text: String| match name {
            "unusual" => serde_json::Value::Bool(true),
            _ => serde_json::Value::String(text),
        };
        serializer.collect_map(self.0.parameters().map(|(name, text)| (name, value(name, text))))
    }
}

impl Filter {
    /// Whether an entry of this kind meets the conditions on its kind.
    #[must_use]
    pub fn is_of_kind(&self, action: &str, target_type: &str, outcome: Outcome) -> bool {
        self.action.as_ref().is_none_or(|wanted| wanted.has(action))
            && self.target_type.as_ref().is_none_or(|wanted| wanted.has(target_type))
            && self.outcome.as_ref().is_none_or(|wanted| wanted.has(&outcome))
    }

    /// Whether there is a condition on the kind of an entry.
    #[must_use]
    pub fn has_kind(&self) -> bool {
        self.action.is_some() || self.target_type.is_some() || self.outcome.is_some()
    }

    /// Whether an entry meets the conditions on its kind.
    #[must_use]
    pub fn matches_kind(&self, entry: &Entry) -> bool {
        let content = &entry.content;
        self.is_of_kind(&content.action, &content.target.kind, content.outcome)
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether only the entry tells if it matches, and not its kind alone.
    #[must_use]
    pub fn needs_entry(&self) -> bool {
        self.has_index() || self.is_searched() || self.unusual
    }

    /// Whether there is a condition that neither the kind of an entry nor an index tells.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        self.actor_email.is_some()
            || self.ip_address.is_some()
            || self.external_id.is_some()
            || self.request_id.is_some()
    }

    /// Whether an index finds the entries: those of one actor or target.
    #[must_use]
    pub fn has_index(&self) -> bool {
        self.actor.is_some() || self.target_id.is_some()
    }

    /// Whether the directory can tell whose part of an index the entries are in: those of an email
    /// address or an IP address, if no index finds them by itself.
    #[must_use]
    pub fn has_directory(&self) -> bool {
        !self.has_index()
            && !self.unusual
            && (self.actor_email.is_some() || self.ip_address.is_some())
    }

    /// The type and the id of the target.
    #[must_use]
    pub fn target(&self) -> Option<(&str, &str)> {
        Some((self.target_type.as_ref()?.only()?, self.target_id.as_deref()?))
    }

    /// Whether an entry of this kind can meet the conditions other than those of time. With
    /// `target_id`, the target type is that of any target, and a kind tells only the first one's.
    #[must_use]
    pub fn may_match(&self, action: &str, target_type: &str, outcome: Outcome) -> bool {
        match self.target() {
            Some((wanted, _)) => self.is_of_kind(action, wanted, outcome),
            None => self.is_of_kind(action, target_type, outcome),
        }
    }

    /// Whether an entry meets the condition on its address.
    #[must_use]
    pub fn matches_address(&self, entry: &Entry) -> bool {
        self.ip_address
            .is_none_or(|range| entry.content.ip_address.as_deref().is_some_and(|it| range.has(it)))
    }

    /// Whether an entry meets the condition on the email address of its actor.
    #[must_use]
    pub fn matches_email(&self, entry: &Entry) -> bool {
        self.actor_email.is_none() || self.actor_email == entry.content.actor.email
    }

    /// Whether an entry meets all conditions other than those of time and that it is unusual.
    #[must_use]
    pub fn matches(&self, entry: &Entry) -> bool {
        let content = &entry.content;
        let is = |wanted: &Option<String>, id: &Option<String>| wanted.is_none() || wanted == id;
        let is_target = |(kind, id): (&str, &str)| {
            let mut targets = std::iter::once(&content.target).chain(&content.targets);
            targets.any(|target| target.id == id && target.kind == kind)
        };
        self.may_match(&content.action, &content.target.kind, content.outcome)
            && self.actor.as_ref().is_none_or(|actor| {
                actor.kind == content.actor.kind && actor.id == content.actor.id
            })
            && self.matches_email(entry)
            && self.matches_address(entry)
            && (self.target_id.is_none() || self.target().is_some_and(is_target))
            && is(&self.external_id, &content.external_id)
            && is(&self.request_id, &content.request_id)
    }

    /// The wire form; `ExportFilters` in `openapi.yaml`.
    #[must_use]
    pub fn view(&self) -> FilterView<'_> {
        FilterView(self)
    }

    /// The conditions as parameters of a list, in the order of `openapi.yaml`.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let actor = self.actor.as_ref();
        let parameters = [
            ("action", self.action.as_ref().map(Selection::to_string)),
            ("target_type", self.target_type.as_ref().map(Selection::to_string)),
            ("outcome", self.outcome.as_ref().map(Selection::to_string)),
            ("actor_type", actor.map(|actor| actor.kind.name().to_owned())),
            ("actor_id", actor.map(|actor| actor.id.clone())),
            ("actor_email", self.actor_email.clone()),
            ("ip_address", self.ip_address.map(|range| range.to_string())),
            ("target_id", self.target_id.clone()),
            ("external_id", self.external_id.clone()),
            ("request_id", self.request_id.clone()),
            ("unusual", self.unusual.then(|| "true".to_owned())),
            ("from", self.from.map(Timestamp::rfc3339)),
            ("to", self.to.map(Timestamp::rfc3339)),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The filter as parameters of a query string, each followed by `&`.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        for (name, value) in self.parameters() {
            query.extend([name, "="]);
            query.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
            query.push('&');
        }
        query
    }
}

#[cfg(test)]
mod tests;
