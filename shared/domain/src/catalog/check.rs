//! Reads a catalogue that a deployment sets, and checks it whole.

use super::names::{self, MAX_ACTION_CHARS, MAX_TARGET_TYPE_CHARS, is_name};
use super::{Action, Catalog, TargetType, default_catalog};
use crate::validation::{Errors, FieldError};
use std::collections::{BTreeMap, HashSet};

/// The most bytes of a catalogue as JSON: 1 MiB, and 16 KiB for the names that the service adds. So
/// what was read can be sent again.
pub const MAX_CATALOG_BYTES: usize = 1024 * 1024 + 16 * 1024;
/// The most actions, not counting those of the service.
const MAX_ACTIONS: usize = 1_000;
/// The most target types.
const MAX_TARGET_TYPES: usize = 200;
/// The most languages of a label beside the first.
const MAX_LANGUAGES: usize = 30;
/// The most characters of a label or a group.
const MAX_LABEL_CHARS: usize = 128;
/// The most characters of a description.
const MAX_DESCRIPTION_CHARS: usize = 1_024;

/// Reads a catalogue from JSON, and adds what the service records itself. Its version is 0 until it
/// is stored, and what the service knows of earlier versions is not taken from the JSON.
///
/// # Errors
/// One error for every part that is unknown, invalid, or named twice.
pub fn read_catalog(json: &[u8]) -> Result<Catalog, Vec<FieldError>> {
    let mut errors = Errors::default();
    if json.len() > MAX_CATALOG_BYTES {
        errors.add("", format!("must have at most {MAX_CATALOG_BYTES} bytes"));
        return errors.into_result(None);
    }
    let read: Result<Catalog, _> = serde_json::from_slice(json);
    let catalog = read.map_err(|error| errors.add("", what_is_wrong(&error))).ok();
    let catalog = catalog.map(|catalog| {
        check(&catalog, &mut errors);
        with_service_names(Catalog { version: 0, accepted_unknown: false, ..catalog })
    });
    errors.into_result(catalog)
}

/// Why a text is no catalogue. An unknown field is named; a value is not, as in all errors.
fn what_is_wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let (line, column) = (error.line(), error.column());
    if !error.is_data() {
        format!("is no JSON: see line {line}, column {column}")
    } else if text.starts_with("unknown field") || text.starts_with("missing field") {
        format!("is no catalogue: {text}")
    } else {
        format!("is no catalogue: see the value before line {line}, column {column}")
    }
}

fn check(catalog: &Catalog, errors: &mut Errors) {
    if catalog.actions.iter().filter(|action| !action.service).count() > MAX_ACTIONS {
        errors.add("/actions", format!("may have at most {MAX_ACTIONS} actions"));
    }
    if catalog.target_types.len() > MAX_TARGET_TYPES {
        errors.add("/target_types", format!("may have at most {MAX_TARGET_TYPES} target types"));
    }
    let mut seen = HashSet::new();
    for (index, target_type) in catalog.target_types.iter().enumerate() {
        let pointer = format!("/target_types/{index}");
        check_name(&target_type.name, MAX_TARGET_TYPE_CHARS, &mut seen, &pointer, errors);
        check_labels(&target_type.label, &target_type.labels, &pointer, errors);
    }
    let target_types: HashSet<&str> =
        catalog.target_types.iter().map(|one| one.name.as_str()).collect();
    let mut seen = HashSet::new();
    for (index, action) in catalog.actions.iter().enumerate() {
        let pointer = format!("/actions/{index}");
        check_name(&action.name, MAX_ACTION_CHARS, &mut seen, &pointer, errors);
        check_action(action, &target_types, &pointer, errors);
    }
}

fn check_name<'a>(
    name: &'a str,
    max_chars: usize,
    seen: &mut HashSet<&'a str>,
    pointer: &str,
    errors: &mut Errors,
) {
    let pointer = format!("{pointer}/name");
    if !is_name(name, max_chars) {
        errors.add(
            &pointer,
            format!("must have 1 to {max_chars} of A-Z a-z 0-9 _ . : / -, a letter or digit first"),
        );
    }
    if !seen.insert(name) {
        errors.add(&pointer, "is there twice");
    }
}

fn check_action(action: &Action, target_types: &HashSet<&str>, pointer: &str, errors: &mut Errors) {
    check_labels(&action.label, &action.labels, pointer, errors);
    check_text(&action.group, MAX_LABEL_CHARS, &format!("{pointer}/group"), errors);
    if let Some(description) = &action.description {
        let pointer = format!("{pointer}/description");
        check_text(description, MAX_DESCRIPTION_CHARS, &pointer, errors);
    }
    for (index, target_type) in action.target_types.iter().enumerate() {
        if !target_types.contains(target_type.as_str()) {
            errors.add(
                &format!("{pointer}/target_types/{index}"),
                "must be a target type of this catalogue",
            );
        }
    }
    if let Some(schema) = &action.metadata_schema {
        schema.check(&format!("{pointer}/metadata_schema"), errors);
    }
    // The names of the service are kept for it. They may be given labels.
    if names::is_reserved(&action.name) != action.service {
        errors.add(
            &format!("{pointer}/service"),
            "must be true for audit_log.* and workspace.plan.update, and for no other action",
        );
    }
}

fn check_labels(
    label: &str,
    labels: &BTreeMap<String, String>,
    pointer: &str,
    errors: &mut Errors,
) {
    check_text(label, MAX_LABEL_CHARS, &format!("{pointer}/label"), errors);
    let pointer = format!("{pointer}/labels");
    if labels.len() > MAX_LANGUAGES {
        errors.add(&pointer, format!("may have at most {MAX_LANGUAGES} languages"));
    }
    for (language, label) in labels {
        let is_tag = (2..=35).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_tag {
            errors.add(&pointer, "a language must be a BCP 47 tag such as de or pt-BR");
        }
        let pointer = crate::json::pointer_to(&pointer, language);
        check_text(label, MAX_LABEL_CHARS, &pointer, errors);
    }
}

fn check_text(text: &str, max_chars: usize, pointer: &str, errors: &mut Errors) {
    if !(1..=max_chars).contains(&text.chars().count()) || text.trim().is_empty() {
        errors.add(pointer, format!("must have 1 to {max_chars} characters"));
    }
}

/// Adds the actions and target types of the service, unless the catalogue names them itself.
fn with_service_names(mut catalog: Catalog) -> Catalog {
    let default = default_catalog();
    for action in default.actions.iter().filter(|action| action.service) {
        if catalog.action(&action.name).is_none() {
            catalog.actions.push(action.clone());
        }
    }
    for name in ["workspace", "audit_log"] {
        let default: Option<&TargetType> = default.target_type(name);
        if catalog.target_type(name).is_none() {
            catalog.target_types.extend(default.cloned());
        }
    }
    catalog
}
