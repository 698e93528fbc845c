//! Owns the catalogue: the actions and target types that entries name, with their labels.
//!
//! It is the deployment's data. `audit catalog set` stores a version of it; until then the default
//! of `catalog.json` holds. What the service records itself is part of every catalogue.
//!
//! A stored entry keeps the names with which it was recorded. A name that is retired, or that no
//! version of the catalogue has, stays readable, listed and counted.

mod change;
mod check;
mod names;
mod schema;

pub use change::{ChangedName, Difference, Names};
pub use check::{MAX_CATALOG_BYTES, read_catalog};
pub use names::{MAX_ACTION_CHARS, MAX_TARGET_TYPE_CHARS, is_name};
pub use schema::{MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS, MetadataSchema};

use crate::validation::Errors;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The default catalogue: the actions and target types of a web application.
const DEFAULT_JSON: &str = include_str!("../catalog.json");

/// The actions and target types, in the order in which a user interface shows them; `Catalog` in
/// `openapi.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The version. The default catalogue has 0; each stored one has one more than the one before.
    #[serde(default)]
    pub version: u64,
    /// What happens to an entry whose action the catalogue does not have.
    #[serde(default)]
    pub unknown_actions: UnknownActions,
    /// Whether an earlier version accepted unknown actions, so that entries may have actions that
    /// no version has. The service sets it, and never unsets it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted_unknown: bool,
    /// The actions.
    pub actions: Vec<Action>,
    /// The target types.
    pub target_types: Vec<TargetType>,
}

/// What happens to an entry whose action the catalogue does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownActions {
    /// It is refused, with the nearest known name.
    #[default]
    Refuse,
    /// It is recorded, and shown with the name as it is.
    Accept,
}

/// One action, for example `member.invite`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The name in entries.
    pub name: String,
    /// The label in a user interface, for example `Member invited`.
    pub label: String,
    /// The label in other languages, by BCP 47 tag, for example `de`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The heading of the action in a filter menu.
    pub group: String,
    /// What the action means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The types of targets that the action may have first. Empty means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_types: Vec<String>,
    /// A JSON Schema for the metadata of the action's entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_schema: Option<MetadataSchema>,
    /// Whether the action deserves attention, such as one that removes or revokes something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Whether no new entries may have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// Whether this service records the action itself. Clients cannot record it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
}

/// One type of target, for example `member`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetType {
    /// The name in entries.
    pub name: String,
    /// The label in a user interface.
    pub label: String,
    /// The label in other languages, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether no new entries may have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

/// The default catalogue. A test ensures that `catalog.json` can be read, so it is never empty.
pub fn default_catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| serde_json::from_str(DEFAULT_JSON).unwrap_or_default())
}

impl Catalog {
    /// The action with this name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// The target type with this name.
    #[must_use]
    pub fn target_type(&self, name: &str) -> Option<&TargetType> {
        self.target_types.iter().find(|target_type| target_type.name == name)
    }

    /// The schema for the metadata of the action's entries. `None` means that all metadata fits.
    #[must_use]
    pub fn metadata_schema(&self, action: &str) -> Option<&MetadataSchema> {
        self.action(action)?.metadata_schema.as_ref()
    }

    /// Checks that a client may record an entry with this action.
    ///
    /// # Errors
    /// The rule that the name breaks.
    pub fn recordable_action(&self, name: String) -> Result<String, String> {
        match self.action(&name) {
            Some(action) if action.service => {
                Err("is an action that only the service records".to_owned())
            }
            Some(action) if action.retired => Err("is an action that was retired".to_owned()),
            Some(_) => Ok(name),
            None if self.accepts(&name) => Ok(name),
            None => Err(self.unknown_action(&name)),
        }
    }

    /// Checks that a filter may ask for this action. A filter can name whatever may have been
    /// recorded: an action of this catalogue or of the default, which held before the first one was
    /// set; and any other, if this version or an earlier one accepts unknown actions.
    ///
    /// # Errors
    /// The rule that the name breaks.
    pub fn filterable_action(&self, name: String) -> Result<String, String> {
        let is_named = self.action(&name).or_else(|| default_catalog().action(&name)).is_some();
        if is_named || (self.may_have_unknown() && can_be_unknown(&name)) {
            Ok(name)
        } else {
            Err(self.unknown_action(&name))
        }
    }

    /// Checks that a client may record an entry with a target of this type.
    ///
    /// # Errors
    /// The rule that the name breaks.
    pub fn recordable_target_type(&self, name: String) -> Result<String, String> {
        match self.target_type(&name) {
            Some(target_type) if target_type.retired => {
                Err("is a target type that was retired".to_owned())
            }
            Some(_) => Ok(name),
            None => Err(self.unknown_target_type(&name)),
        }
    }

    /// Checks that a filter may ask for this target type: one of this catalogue, or of the default,
    /// which held before the first one was set. Unknown target types are never recorded.
    ///
    /// # Errors
    /// The rule that the name breaks.
    pub fn filterable_target_type(&self, name: String) -> Result<String, String> {
        match self.target_type(&name).or_else(|| default_catalog().target_type(&name)) {
            Some(_) => Ok(name),
            None => Err(self.unknown_target_type(&name)),
        }
    }

    /// Adds an error if the catalogue says that the action has other targets than this one.
    pub fn check_kind(&self, action: &str, target_type: &str, errors: &mut Errors) {
        let allowed = self.action(action).map_or(&[][..], |action| &action.target_types);
        if !allowed.is_empty() && !allowed.iter().any(|one| one == target_type) {
            errors.add(
                "/target/type",
                format!("must be one of {} for this action", allowed.join(", ")),
            );
        }
    }

    /// Whether an entry with this unknown action is recorded.
    fn accepts(&self, name: &str) -> bool {
        self.unknown_actions == UnknownActions::Accept && can_be_unknown(name)
    }

    /// Whether entries may have actions that neither this version nor an earlier one has.
    #[must_use]
    pub fn may_have_unknown(&self) -> bool {
        self.accepted_unknown || self.unknown_actions == UnknownActions::Accept
    }

    fn unknown_action(&self, name: &str) -> String {
        let known = self.actions.iter().filter(|action| !action.retired && !action.service);
        let nearest = names::nearest(name, known.map(|action| action.name.as_str()));
        unknown("an action", nearest)
    }

    fn unknown_target_type(&self, name: &str) -> String {
        let known = self.target_types.iter().filter(|one| !one.retired);
        unknown("a target type", names::nearest(name, known.map(|one| one.name.as_str())))
    }
}

/// Whether an unknown action with this name can be recorded, where unknown actions are.
fn can_be_unknown(name: &str) -> bool {
    names::is_name(name, MAX_ACTION_CHARS) && !names::is_reserved(name)
}

/// The error for an unknown name. It names the nearest known one, and never what was received.
fn unknown(what: &str, nearest: Option<&str>) -> String {
    let hint = nearest.map(|name| format!("; the nearest is {name}")).unwrap_or_default();
    format!("must be {what} of the catalogue (GET /v1/catalog){hint}")
}

#[cfg(test)]
mod tests;
