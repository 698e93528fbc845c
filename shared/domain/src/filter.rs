//! Which entries somebody asks for.

use crate::entry::Entry;
use crate::timestamp::Timestamp;
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
