//! Which schemas a catalogue may have, and what becomes of metadata.

use super::*;
use crate::json::parse;
use proptest::prelude::*;
use serde_json::json;

fn schema(json: Value) -> MetadataSchema {
    serde_json::from_value(json).unwrap()
}

fn wrong(json: Value) -> Vec<String> {
    let mut errors = Errors::default();
    schema(json).check("", &mut errors);
    errors.into_vec().into_iter().map(|error| error.pointer).collect()
}

fn seats() -> MetadataSchema {
    schema(json!({
        "$schema": DIALECT,
        "title": "An invitation",
        "type": "object",
        "properties": {
            "role": { "enum": ["viewer", "editor"] },
            "seats": { "type": "integer", "minimum": 1 },
            "code": { "type": "string", "pattern": "^[A-Z]{3}$" },
            "anything": true,
        },
        "required": ["role"],
        "additionalProperties": false,
    }))
}

fn refused_keys(schema: &MetadataSchema, keys: &[&str]) -> Vec<String> {
    let mut errors = Errors::default();
    schema.check_keys(keys.iter().copied(), "/metadata", &mut errors);
    errors.into_vec().into_iter().map(|error| error.pointer).collect()
}

#[test]
fn a_schema_says_which_keys_there_are_and_what_each_value_is() {
    let mut errors = Errors::default();
    seats().check("", &mut errors);
    assert_eq!(errors.into_vec(), []);
    assert_eq!(wrong(json!({ "type": "object" })), Vec::<String>::new());
}

#[test]
fn a_schema_that_could_refuse_a_value_or_look_elsewhere_is_refused() {
    let with = |name: &str, value: Value| {
        let mut schema = json!({ "type": "object" });
        schema[name] = value;
        wrong(schema)
    };
    for (name, value) in [
        ("minProperties", json!(1)),
        ("anyOf", json!([{ "required": ["a"] }])),
        ("patternProperties", json!({ "^a": {} })),
        ("propertyNames", json!({ "maxLength": 3 })),
        ("dependentRequired", json!({ "a": ["b"] })),
        ("if", json!({ "properties": { "a": { "const": 1 } } })),
        ("not", json!({})),
        ("const", json!({})),
        ("$ref", json!("https://example.com/schema")),
        ("$defs", json!({})),
        ("additionalProperties", json!({ "type": "string" })),
        ("$schema", json!("http://json-schema.org/draft-07/schema#")),
        ("properties", json!([])),
        ("required", json!("a")),
        ("required", json!([1])),
    ] {
        assert_eq!(with(name, value.clone()), [format!("/{name}")], "{name}: {value}");
    }
    for (schema, pointer) in [
        (json!({ "$ref": "#" }), "/properties/a"),
        (json!({ "allOf": [{ "$dynamicRef": "#x" }] }), "/properties/a"),
        (json!({ "type": "text" }), "/properties/a"),
        (json!({ "pattern": "(" }), "/properties/a"),
        (json!({ "pattern": "(?=a)" }), "/properties/a"),
        (json!({ "pattern": "(a{1000}){1000}" }), "/properties/a"),
        (json!(1), "/properties/a"),
    ] {
        assert_eq!(with("properties", json!({ "a": schema })), [pointer], "{schema}");
    }
    assert_eq!(wrong(json!([])), [""]);
    assert_eq!(wrong(json!({})), ["/type"]);
    assert_eq!(wrong(json!({ "type": ["object", "null"] })), ["/type"]);
    assert_eq!(with("properties", json!({ "": {} })), ["/properties/"]);
    assert_eq!(with("required", json!(["a", "\u{202e}"])), ["/required/1"]);
    let closed = json!({ "type": "object", "additionalProperties": false, "required": ["a"] });
    assert_eq!(wrong(closed), ["/required/0"], "no entry could have it");
}

#[test]
fn a_key_that_is_missing_or_unknown_is_refused_by_name() {
    let schema = seats();
    assert_eq!(refused_keys(&schema, &["role", "seats"]), Vec::<String>::new());
    assert_eq!(refused_keys(&schema, &[]), ["/metadata/role"]);
    assert_eq!(refused_keys(&schema, &["seat", "role"]), ["/metadata/seat"]);
    assert_eq!(refused_keys(&schema, &["role", &"k".repeat(65)]), ["/metadata"]);
    let open = super::tests::schema(json!({ "type": "object", "required": ["a"] }));
    assert_eq!(refused_keys(&open, &["a", "b"]), Vec::<String>::new());
}

#[test]
fn a_value_fits_the_schema_of_its_key_or_not() {
    let schema = seats();
    for (key, value, fits) in [
        ("role", r#""viewer""#, true),
        ("role", r#""owner""#, false),
        ("role", "null", false),
        ("seats", "2", true),
        ("seats", "0", false),
        ("seats", "1.5", false),
        ("seats", "1e400", false),
        ("seats", "18446744073709551616", true),
        ("code", r#""ABC""#, true),
        ("code", r#""abc""#, false),
        ("anything", "true", true),
        ("unknown", "1", true),
    ] {
        assert_eq!(schema.fits(key, &parse(value.as_bytes()).unwrap()), fits, "{key} {value}");
    }
}

#[test]
fn a_schema_is_compiled_once() {
    let schema = seats();
    let first: *const Rules = schema.rules();
    assert!(std::ptr::eq(first, schema.rules()));
    assert!(std::ptr::eq(first, schema.clone().rules()), "a copy shares what is compiled");
    assert_eq!(schema, seats(), "what is compiled is no part of it");
    assert_eq!(serde_json::to_value(&schema).unwrap()["title"], "An invitation");
}

proptest! {
    /// No value is slow to check, and none panics.
    #[test]
    fn any_value_fits_or_not(text in any::<String>(), number in any::<f64>()) {
        let schema = seats();
        for key in ["role", "seats", "code", "anything"] {
            schema.fits(key, &Json::Text(text.clone()));
            schema.fits(key, &Json::Number(format!("{number:?}")));
            schema.fits(key, &Json::Null);
        }
    }
}
