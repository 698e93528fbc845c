//! Owns the catalogue: the actions and target types that an entry may name.
//!
//! The data is `catalog.json`. A new action or target type is added there, in the enums of
//! `openapi.yaml`, and in the sample log of the local service (`local/src/sample`). Tests fail
//! until all three agree.

use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// The catalogue as it is served, byte for byte.
pub const CATALOG_JSON: &str = include_str!("../catalog.json");

/// The actions and target types, in the order in which a user interface shows them.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The actions.
    pub actions: Vec<Action>,
    /// The target types.
    pub target_types: Vec<TargetType>,
}

/// One action, for example `member.invite`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The name in entries.
    pub name: String,
    /// The label in a user interface, for example `Member invited`.
    pub label: String,
    /// The heading of the action in a filter menu.
    pub group: String,
    /// Whether this service records the action itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
}

/// One type of target, for example `member`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TargetType {
    /// The name in entries.
    pub name: String,
    /// The label in a user interface.
    pub label: String,
}

/// The catalogue. A test ensures that `catalog.json` can be read, so it is never empty.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| serde_json::from_str(CATALOG_JSON).unwrap_or_default())
}

/// Checks that the text is an action of the catalogue.
///
/// # Errors
/// The rule that the text breaks.
pub fn action(text: String) -> Result<String, String> {
    if catalog().actions.iter().any(|action| action.name == text) {
        return Ok(text);
    }
    Err("must be an action of the catalogue (GET /v1/catalog)".to_owned())
}

/// Checks that the text is a target type of the catalogue.
///
/// # Errors
/// The rule that the text breaks.
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
