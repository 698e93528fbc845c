//! Owns the catalogue: the actions and target types an entry may name. The data is `catalog.json`;
//! adding an action changes that file only.

use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// The catalogue as it is served, byte for byte.
pub const CATALOG_JSON: &str = include_str!("../catalog.json");

/// The actions and target types, in the order in which people should see them.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// What can be done.
    pub actions: Vec<Action>,
    /// What it can be done to.
    pub target_types: Vec<TargetType>,
}

/// One action, for example `member.invite`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The name that entries carry.
    pub name: String,
    /// What people read, for example `Member invited`.
    pub label: String,
    /// The heading under which a filter menu shows it.
    pub group: String,
    /// Whether this service itself records it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
}

/// One type of target, for example `member`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TargetType {
    /// The name that entries carry.
    pub name: String,
    /// What people read.
    pub label: String,
}

/// The catalogue; empty only if `catalog.json` were not a catalogue, which a test rules out.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| serde_json::from_str(CATALOG_JSON).unwrap_or_default())
}

/// An action of the catalogue.
///
/// # Errors
/// What it must be.
pub fn action(text: String) -> Result<String, String> {
    if catalog().actions.iter().any(|action| action.name == text) {
        return Ok(text);
    }
    Err("must be an action of the catalogue (GET /v1/catalog)".to_owned())
}

/// A target type of the catalogue.
///
/// # Errors
/// What it must be.
pub fn target_type(text: String) -> Result<String, String> {
    if catalog().target_types.iter().any(|target_type| target_type.name == text) {
        return Ok(text);
    }
    Err("must be a target type of the catalogue (GET /v1/catalog)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_data_file_is_a_catalogue_with_distinct_names() {
        let catalog: Catalog = serde_json::from_str(CATALOG_JSON).unwrap();
        let names: HashSet<_> = catalog.actions.iter().map(|action| &action.name).collect();
        assert_eq!(names.len(), catalog.actions.len());
        assert!(!catalog.target_types.is_empty());
        assert!(
            catalog.actions.iter().all(|action| action.name.len() <= 64 && action.name.is_ascii())
        );
    }
}
