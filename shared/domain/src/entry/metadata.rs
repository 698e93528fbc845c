//! Reads the metadata of an entry: a flat object of texts, numbers, `true` and `false`, for which
//! the catalogue may have a schema.

use super::adjust::text_of;
use crate::adjusted::{Adjusted, Reason};
use crate::catalog::MetadataSchema;
pub use crate::catalog::{MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS};
use crate::fields::Fields;
use crate::json::{Json, JsonText, MAX_NUMBER_CHARS};
use crate::text;
use crate::validation::Errors;

/// The most characters that are kept of a text of the metadata.
pub const MAX_METADATA_TEXT_CHARS: usize = 1_024;

/// Takes the metadata. The keys are the program's: too many, unusable, or against the action's
/// schema, they are errors. The values may be an end user's: one that is no text, number, `true` or
/// `false` becomes its JSON text, a long text is cut, and one that does not fit the schema is kept.
///
/// `None` means that there is none, that it is empty, or that an error was added.
pub(super) fn metadata(
    fields: &mut Fields,
    schema: Option<&MetadataSchema>,
    errors: &mut Errors,
    adjusted: &mut Adjusted,
) -> Option<JsonText> {
    let pointer = fields.pointer_to("metadata");
    let members = match fields.take("metadata") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Object(members)) if members.len() <= MAX_METADATA_KEYS => members,
        Some(Json::Object(_)) => {
            errors.add(&pointer, format!("may have at most {MAX_METADATA_KEYS} keys"));
            return None;
        }
        Some(_) => {
            errors.add(&pointer, "must be an object");
            return None;
        }
    };
    if let Some(schema) = schema {
        schema.check_keys(members.iter().map(|(key, _)| key.as_str()), &pointer, errors);
    }
    let mut kept = Vec::with_capacity(members.len());
    for (key, value) in members {
        if !text::is_visible(&key, MAX_METADATA_KEY_CHARS) {
            errors.add(
                &pointer,
                format!(
                    "a key must have 1 to {MAX_METADATA_KEY_CHARS} characters, none of them a \
                     control or invisible character"
                ),
            );
            continue;
        }
        let pointer = crate::json::pointer_to(&pointer, &key);
        let value = scalar(value, &pointer, adjusted);
        // A value that is left out is checked as `null`: what is required is then not there.
        if schema.is_some_and(|schema| !schema.fits(&key, value.as_ref().unwrap_or(&Json::Null))) {
            adjusted.note_schema(&pointer);
        }
        kept.extend(value.map(|value| (key, value)));
    }
    if kept.is_empty() {
        return None;
    }
    JsonText::of(&Json::Object(kept)).ok()
}

/// One value of the metadata. `None` means that it is left out.
fn scalar(value: Json, pointer: &str, adjusted: &mut Adjusted) -> Option<Json> {
    match value {
        Json::Bool(_) => Some(value),
        Json::Number(text) if text.len() <= MAX_NUMBER_CHARS => Some(Json::Number(text)),
        Json::Number(text) => {
            adjusted.add(pointer, Reason::NumberAsText);
            text_of(Json::Text(text), pointer, MAX_METADATA_TEXT_CHARS, adjusted).map(Json::Text)
        }
        Json::Text(text) if text.is_empty() => Some(Json::Text(text)),
        other => text_of(other, pointer, MAX_METADATA_TEXT_CHARS, adjusted).map(Json::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use serde_json::json;

    fn schema() -> MetadataSchema {
        serde_json::from_value(json!({
            "type": "object",
            "properties": { "role": { "enum": ["viewer"] }, "note": { "maxLength": 3 } },
            "required": ["role"],
            "additionalProperties": false,
        }))
        .unwrap()
    }

    /// The metadata that is kept, what is noted, and what is refused.
    fn read(body: &str) -> (Option<String>, Vec<(String, Reason)>, Vec<String>) {
        let (mut errors, mut adjusted) = (Errors::default(), Adjusted::default());
        let json = parse(body.as_bytes()).unwrap();
        let mut fields = Fields::of(json, "", &mut errors).unwrap();
        let kept = metadata(&mut fields, Some(&schema()), &mut errors, &mut adjusted);
        (
            kept.map(|kept| kept.as_str().to_owned()),
            adjusted.into_vec().into_iter().map(|one| (one.pointer, one.reason)).collect(),
            errors.into_vec().into_iter().map(|error| error.pointer).collect(),
        )
    }

    #[test]
    fn a_key_against_the_schema_is_refused() {
        for (body, pointers) in [
            (r#"{"metadata":{"role":"viewer","note":"abc"}}"#, vec![]),
            (r#"{"metadata":{"note":"abc"}}"#, vec!["/metadata/role"]),
            (r#"{"metadata":{"role":"viewer","rolle":1}}"#, vec!["/metadata/rolle"]),
            (r#"{"metadata":{}}"#, vec!["/metadata/role"]),
            (r#"{"metadata":null}"#, vec!["/metadata/role"]),
            ("{}", vec!["/metadata/role"]),
            (r#"{"metadata":[]}"#, vec!["/metadata"]),
        ] {
            let (_, adjusted, errors) = read(body);
            assert_eq!((errors, adjusted.len()), (pointers.iter().map(|&p| p.into()).collect(), 0));
        }
    }

    #[test]
    fn a_value_against_the_schema_is_kept_and_noted() {
        let note = |key: &str, reason| (format!("/metadata/{key}"), reason);
        for (value, kept, noted) in [
            (r#""owner""#, r#"{"role":"owner"}"#, vec![Reason::Schema]),
            ("1e400", r#"{"role":1e400}"#, vec![Reason::Schema]),
            ("[1]", r#"{"role":"[1]"}"#, vec![Reason::NotText, Reason::Schema]),
        ] {
            let (found, adjusted, errors) = read(&format!(r#"{{"metadata":{{"role":{value}}}}}"#));
            assert_eq!((found.as_deref(), errors), (Some(kept), vec![]), "{value}");
            let noted: Vec<_> = noted.into_iter().map(|reason| note("role", reason)).collect();
            assert_eq!(adjusted, noted, "{value}");
        }
        let (found, adjusted, errors) = read(r#"{"metadata":{"role":null,"note":"abcd"}}"#);
        assert_eq!((found.as_deref(), errors), (Some(r#"{"note":"abcd"}"#), vec![]));
        assert_eq!(adjusted, [note("note", Reason::Schema), note("role", Reason::Schema)]);
    }
}
