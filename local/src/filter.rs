//! Owns event filtering: which records of a stream Lambda hands to a function.
//!
//! It knows the comparisons that the template uses. A pattern with another one is refused, because
//! this could not judge it. Source: "Control which events Lambda sends to your function", Lambda
//! developer guide.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A pattern that a record must fit in all of its parts.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Filter(BTreeMap<String, Pattern>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Pattern {
    /// The leaf must fit one of these.
    OneOf(Vec<Comparison>),
    /// Each of these members must fit.
    All(BTreeMap<String, Pattern>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Comparison {
    Is(String),
    Exists(Exists),
    AnythingBut(AnythingBut),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exists {
    exists: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AnythingBut {
    anything_but: Vec<String>,
}

impl Filter {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is no JSON, or has a comparison that is not known here.
    pub fn parse(pattern: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(pattern)
    }

    /// Whether a record passes.
    #[must_use]
    pub fn passes(&self, record: &Value) -> bool {
        self.0.iter().all(|(name, pattern)| pattern.fits(record.get(name)))
    }
}

impl Pattern {
    /// Whether a value fits. `None` means that the record has no such value.
    fn fits(&self, value: Option<&Value>) -> bool {
        match self {
            Self::OneOf(comparisons) => comparisons.iter().any(|one| one.fits(value)),
            Self::All(members) => members
                .iter()
                .all(|(name, pattern)| pattern.fits(value.and_then(|value| value.get(name)))),
        }
    }
}

impl Comparison {
    fn fits(&self, value: Option<&Value>) -> bool {
        // An object or an array is no leaf.
        let leaf = value.filter(|value| !value.is_object() && !value.is_array());
        match self {
            Self::Is(text) => leaf.and_then(Value::as_str) == Some(text),
            Self::Exists(Exists { exists }) => leaf.is_some() == *exists,
            Self::AnythingBut(AnythingBut { anything_but }) => leaf.is_some_and(|leaf| {
                leaf.as_str().is_none_or(|text| anything_but.iter().all(|one| one != text))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;
    use serde_json::json;

    fn passes(record: &Value) -> bool {
        Template::load().unwrap().stream_filters.iter().any(|filter| filter.passes(record))
    }

    #[test]
    fn the_filters_of_the_template_pass_new_entries_changes_and_deletions_by_hand() {
        let by = |principal: &str| json!({ "type": "Service", "principalId": principal });
        let inserted =
            |image: Value| json!({ "eventName": "INSERT", "dynamodb": { "NewImage": image } });
        let entry = inserted(json!({ "actor_key": { "S": "ws_a#user#usr_1" } }));
        let row = inserted(json!({ "target_key": { "S": "ws_a#member#mem_1" } }));
        let removed = |by: Value| json!({ "eventName": "REMOVE", "userIdentity": by });
        for (record, is_passed) in [
            (entry, true),
            (row, false),
            (inserted(json!({})), false),
            (json!({ "eventName": "INSERT" }), false),
            (json!({ "eventName": "MODIFY" }), true),
            (json!({ "eventName": "MODIFY", "userIdentity": by("dynamodb.amazonaws.com") }), true),
            (json!({ "eventName": "REMOVE" }), true),
            (removed(Value::Null), true),
            (removed(by("somebody")), true),
            (removed(by("dynamodb.amazonaws.com")), false),
        ] {
            assert_eq!(passes(&record), is_passed, "{record}");
        }
    }

    #[test]
    fn a_comparison_that_is_not_known_is_refused() {
        for pattern in [
            r#"{"a":[{"prefix":"x"}]}"#,
            r#"{"a":[{"exists":true,"prefix":"x"}]}"#,
            r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#,
            r#"{"a":[{"numeric":["=",1]}]}"#,
            r#"{"a":"x"}"#,
            "[]",
        ] {
            assert!(Filter::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn only_leaves_exist() {
        let exists = Filter::parse(r#"{"a":[{"exists":true}]}"#).unwrap();
        let absent = Filter::parse(r#"{"a":[{"exists":false}]}"#).unwrap();
        for (record, is_there) in
            [(json!({ "a": "x" }), true), (json!({ "a": { "S": "x" } }), false), (json!({}), false)]
        {
            assert_eq!((exists.passes(&record), absent.passes(&record)), (is_there, !is_there));
        }
    }
}
