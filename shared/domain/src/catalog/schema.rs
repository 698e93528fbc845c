//! Owns the schemas of metadata: which ones a catalogue may have, and what they accept.
//!
//! The publishing program decides which keys the metadata has, so a wrong key is refused. An end
//! user may decide what the values are, so a value that does not fit is kept, and the entry says
//! so. A catalogue may have only schemas that can be told apart in this way.

use crate::json::{Json, pointer_to};
use crate::text;
use crate::validation::Errors;
use jsonschema::{Draft, PatternOptions, Validator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

/// The most keys of the metadata.
pub const MAX_METADATA_KEYS: usize = 50;
/// The most characters of a key of the metadata.
pub const MAX_METADATA_KEY_CHARS: usize = 128;

/// The dialect of the schemas: draft 2020-12.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// What a schema may say beside `type`, `properties`, `required` and `additionalProperties`. None
/// of it changes what is accepted.
const ANNOTATIONS: [&str; 9] = [
    "$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly",
    "writeOnly",
];
/// Keywords that refer to another place or change the dialect. No schema needs them for a single
/// value, and no reference is ever fetched.
const REFERENCES: [&str; 8] = [
    "$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema", "$anchor", "$dynamicAnchor",
    "$recursiveAnchor",
];
/// The most bytes that a compiled pattern may take: 1 MiB.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;
/// The longest key that an error names. A longer one is reported at the metadata.
const MAX_NAMED_KEY_CHARS: usize = 64;

/// A JSON Schema for the metadata of an action's entries: an object whose `properties` have schemas
/// of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetadataSchema {
    json: Value,
    /// Compiled when the first entry needs it. A process keeps each version of the catalogue, so it
    /// compiles each schema once.
    #[serde(skip)]
    rules: OnceLock<Arc<Rules>>,
}

impl PartialEq for MetadataSchema {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

/// What a schema says.
#[derive(Debug)]
struct Rules {
    required: Vec<String>,
    /// `None` means that the property's schema cannot be compiled; then it accepts everything.
    properties: BTreeMap<String, Option<Validator>>,
    allows_others: bool,
}

impl MetadataSchema {
    /// Adds an error for every part that a catalogue may not have.
    pub(super) fn check(&self, pointer: &str, errors: &mut Errors) {
        let Value::Object(members) = &self.json else {
            errors.add(pointer, "must be an object");
            return;
        };
        for (keyword, value) in members {
            let pointer = pointer_to(pointer, keyword);
            match keyword.as_str() {
                "type" => {}
                "properties" => check_properties(value, &pointer, errors),
                "required" => check_required(value, members, &pointer, errors),
                "additionalProperties" if value.is_boolean() => {}
                "additionalProperties" => errors.add(&pointer, "must be true or false"),
                "$schema" if value != DIALECT => errors.add(&pointer, format!("must be {DIALECT}")),
                other if ANNOTATIONS.contains(&other) => {}
                _ => errors.add(
                    &pointer,
                    "may not be here: beside type, properties, required, additionalProperties and \
                     annotations, all rules belong into the properties",
                ),
            }
        }
        if members.get("type").is_none_or(|kind| kind != "object") {
            errors.add(&pointer_to(pointer, "type"), "must be object");
        }
    }

    /// Adds an error for every key that is missing or unknown.
    pub(crate) fn check_keys<'k>(
        &self,
        keys: impl Iterator<Item = &'k str>,
        pointer: &str,
        errors: &mut Errors,
    ) {
        let rules = self.rules();
        let keys: HashSet<&str> = keys.collect();
        for key in &rules.required {
            if !keys.contains(key.as_str()) {
                errors.add(&pointer_to(pointer, key), "is required for this action");
            }
        }
        if rules.allows_others {
            return;
        }
        let mut unknown: Vec<_> =
            keys.into_iter().filter(|key| !rules.properties.contains_key(*key)).collect();
        unknown.sort_unstable();
        for key in unknown {
            if key.chars().count() > MAX_NAMED_KEY_CHARS {
                errors.add(pointer, "has a key that this action does not have");
            } else {
                errors.add(&pointer_to(pointer, key), "is not a key of this action");
            }
        }
    }

    /// Whether a value fits the schema of its key.
    pub(crate) fn fits(&self, key: &str, value: &Json) -> bool {
        match self.rules().properties.get(key) {
            Some(Some(validator)) => {
                to_value(value).is_some_and(|value| validator.is_valid(&value))
            }
            _ => true,
        }
    }

    fn rules(&self) -> &Rules {
        self.rules.get_or_init(|| Arc::new(Rules::of(&self.json)))
    }
}

impl Rules {
    fn of(schema: &Value) -> Self {
        let required = schema.get("required").and_then(Value::as_array);
        let texts = |values: &Vec<Value>| {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let compiled = |properties: &Map<String, Value>| {
            properties.iter().map(|(key, schema)| (key.clone(), compile(schema).ok())).collect()
        };
        Self {
            required: required.map(texts).unwrap_or_default(),
            properties: properties.map(compiled).unwrap_or_default(),
            allows_others: schema.get("additionalProperties") != Some(&Value::Bool(false)),
        }
    }
}

fn check_properties(value: &Value, pointer: &str, errors: &mut Errors) {
    let Value::Object(properties) = value else {
        errors.add(pointer, "must be an object");
        return;
    };
    if properties.len() > MAX_METADATA_KEYS {
        errors.add(pointer, format!("may have at most {MAX_METADATA_KEYS} keys"));
    }
    for (key, schema) in properties {
        let pointer = pointer_to(pointer, key);
        check_key(key, &pointer, errors);
        if refers(schema) {
            errors.add(&pointer, format!("may have none of {}", REFERENCES.join(", ")));
        } else if let Err(detail) = compile(schema) {
            errors.add(&pointer, detail);
        }
    }
}

fn check_required(value: &Value, schema: &Map<String, Value>, pointer: &str, errors: &mut Errors) {
    let keys: Option<Vec<_>> =
        value.as_array().and_then(|keys| keys.iter().map(Value::as_str).collect());
    let Some(keys) = keys.filter(|keys| keys.len() <= MAX_METADATA_KEYS) else {
        errors.add(pointer, format!("must be an array of at most {MAX_METADATA_KEYS} keys"));
        return;
    };
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let is_known = |key: &str| {
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.is_some_and(|properties| properties.contains_key(key))
    };
    for (index, key) in keys.iter().enumerate() {
        let pointer = pointer_to(pointer, &index.to_string());
        check_key(key, &pointer, errors);
        if is_closed && !is_known(key) {
            errors.add(&pointer, "must be a key of properties: no other key is allowed");
        }
    }
}

/// Metadata has no other keys, so no entry could ever fit the schema.
fn check_key(key: &str, pointer: &str, errors: &mut Errors) {
    if !text::is_visible(key, MAX_METADATA_KEY_CHARS) {
        errors.add(pointer, format!("a key must have 1 to {MAX_METADATA_KEY_CHARS} characters"));
    }
}

/// Whether a schema, or one inside it, has a keyword that refers to another place.
fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members
            .iter()
            .any(|(keyword, value)| REFERENCES.contains(&keyword.as_str()) || refers(value)),
        Value::Array(elements) => elements.iter().any(refers),
        _ => false,
    }
}

/// Compiles the schema of one property. Patterns are matched in linear time, whatever an end user
/// puts into the value. Nothing is fetched: the crate is built without its features for that.
///
/// # Errors
/// What is wrong, without the value.
fn compile(schema: &Value) -> Result<Validator, String> {
    let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .build(schema)
        .map_err(|error| format!("is no schema of draft 2020-12: {}", error.masked()))
}

/// A value as the validator takes it. `None` means a number that it cannot compare, such as 1e400.
fn to_value(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(value) => Some(Value::Bool(*value)),
        Json::Text(text) => Some(Value::String(text.clone())),
        Json::Number(text) => serde_json::from_str(text).ok(),
        _ => Some(Value::Null),
    }
}

#[cfg(test)]
mod tests;
