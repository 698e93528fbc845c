//! What generators of clients need of the document: they take no boolean schemas, and a client that
//! they make must not fail at what a later version adds.

use crate::openapi::document::Document;
use serde_json::Value;
use std::collections::BTreeSet;

/// Calls `see` with every schema under a node and its place.
fn schemas(document: &Document, see: &mut impl FnMut(&str, &Value)) {
    fn walk(node: &Value, place: &str, is_schema: bool, see: &mut impl FnMut(&str, &Value)) {
        if is_schema {
            see(place, node);
        }
        let Value::Object(members) = node else {
            for (index, element) in node.as_array().into_iter().flatten().enumerate() {
                walk(element, &format!("{place}/{index}"), is_schema, see);
            }
            return;
        };
        for (name, member) in members {
            let place = format!("{place}/{name}");
            match name.as_str() {
                "example" | "examples" | "default" | "const" | "enum" => {}
                "schema" | "items" | "additionalProperties" | "if" | "then" | "else" => {
                    walk(member, &place, true, see);
                }
                "anyOf" | "oneOf" | "allOf" => {
                    for (index, one) in member.as_array().unwrap().iter().enumerate() {
                        walk(one, &format!("{place}/{index}"), true, see);
                    }
                }
                "schemas" | "properties" => {
                    for (name, one) in member.as_object().unwrap() {
                        walk(one, &format!("{place}/{name}"), true, see);
                    }
                }
                _ => walk(member, &place, false, see),
            }
        }
    }
    walk(&document.published, "", false, see);
}

/// The names of the schemas that a node uses, whether itself or through others.
fn used(document: &Document, node: &Value, found: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|it| it.strip_prefix("#/components/schemas/"))
                && found.insert(name.to_owned())
            {
                used(document, &document.published["components"]["schemas"][name], found);
            }
            members.values().for_each(|member| used(document, member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|one| used(document, one, found)),
        _ => {}
    }
}

/// The schemas of requests, and those of answers.
fn sides(document: &Document) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut requests, mut answers) = (BTreeSet::new(), BTreeSet::new());
    for operation in document.operations() {
        used(document, &operation.node["requestBody"], &mut requests);
        used(document, &operation.node["parameters"], &mut requests);
        for response in operation.node["responses"].as_object().unwrap().values() {
            used(document, document.resolve(response), &mut answers);
        }
    }
    (requests, answers)
}

#[test]
fn no_schema_is_a_boolean_but_the_end_of_the_members() {
    schemas(Document::load(), &mut |place, schema| {
        let is_end = place.ends_with("/additionalProperties") && *schema == Value::Bool(false);
        assert!(!schema.is_boolean() || is_end, "{place}");
    });
}

#[test]
fn answers_are_open_and_requests_are_closed() {
    let document = Document::load();
    let (requests, answers) = sides(document);
    assert!(requests.contains("RecordRequest") && answers.contains("Entry"));
    let all = &document.published["components"]["schemas"];
    let closed = |name: &str| all[name].get("additionalProperties") == Some(&Value::Bool(false));
    for name in &answers {
        assert!(!closed(name), "{name} forbids members that may be added");
        let is_closed_enum = all[name].to_string().contains("\"enum\":");
        assert!(!is_closed_enum, "{name} has an enum that is not extensible");
    }
    for name in requests.iter().filter(|name| all[name.as_str()].get("properties").is_some()) {
        assert!(closed(name), "{name} takes members that are not known");
    }
}

#[test]
fn the_document_has_a_license_and_each_operation_a_summary_of_its_own() {
    let document = Document::load();
    assert!(document.at("/info/license/name").is_string());
    let operations = document.operations();
    let summaries: BTreeSet<_> =
        operations.iter().map(|one| one.node["summary"].as_str().unwrap()).collect();
    assert_eq!(summaries.len(), operations.len());
}
