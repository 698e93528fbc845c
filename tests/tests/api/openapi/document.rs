//! Reads `openapi.yaml`, and judges values by its schemas.

use jsonschema::{Draft, Validator};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

const OPENAPI: &str = include_str!("../../../../openapi.yaml");

/// What the answers of this version hold beyond what is published, by its place in the document.
/// Generators of clients do not take such rules.
const STRICT: &str = include_str!("strict.json");

/// The published contract.
#[derive(Debug)]
pub(crate) struct Document {
    /// As it is published: answers may get more members, and extensible enums more values.
    pub(crate) published: Value,
    /// As this version keeps it: answers have the published members, values and no others.
    pub(crate) root: Value,
    /// The validators compiled so far, by the schema's text. Compiling one takes the whole
    /// document.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation of it.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'d> {
    pub(crate) id: &'d str,
    pub(crate) method: String,
    pub(crate) path: &'d str,
    pub(crate) function: &'d str,
    pub(crate) node: &'d Value,
}

impl Document {
    /// The document, which is read once for all tests.
    pub(crate) fn load() -> &'static Self {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
            let documents = Yaml::load_from_str(OPENAPI).unwrap();
            assert_eq!(documents.len(), 1);
            let published = json_of(&documents[0]);
            let mut root = published.clone();
            close(&mut root["components"]["schemas"]);
            let rules: Map<String, Value> = serde_json::from_str(STRICT).unwrap();
            for (place, rule) in rules {
                merge(root.pointer_mut(&place).unwrap_or_else(|| panic!("{place}")), rule);
            }
            Document { published, root, validators: Mutex::default() }
        });
        &DOCUMENT
    }

    /// The node itself, or what its `$ref` points at.
    pub(crate) fn resolve<'d>(&'d self, node: &'d Value) -> &'d Value {
        match node.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.at(reference.strip_prefix('#').unwrap()),
            None => node,
        }
    }

    /// The node at a pointer, which must be there.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.root
            .pointer(pointer)
            .unwrap_or_else(|| panic!("openapi.yaml has nothing at {pointer}"))
    }

    /// A schema of `components`, by its name.
    pub(crate) fn schema(&self, name: &str) -> &Value {
        self.at(&format!("/components/schemas/{name}"))
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.at("/paths").as_object().unwrap() {
            for (method, node) in
                item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters")
            {
                let tags = node["tags"].as_array().unwrap();
                assert_eq!(tags.len(), 1, "{method} {path} has one tag, its function");
                let (id, function) =
                    (node["operationId"].as_str().unwrap(), tags[0].as_str().unwrap());
                operations.push(Operation {
                    id,
                    method: method.to_uppercase(),
                    path,
                    function,
                    node,
                });
            }
        }
        operations
    }

    pub(crate) fn operation(&self, id: &str) -> Operation<'_> {
        self.operations()
            .into_iter()
            .find(|operation| operation.id == id)
            .unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// What is wrong with a value, by a schema of this document; formats count.
    pub(crate) fn errors(&self, schema: &Value, value: &Value) -> Vec<String> {
        let error =
            |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
        self.validator(schema).iter_errors(value).map(error).collect()
    }

    /// The whole document is the root, so that `#/components/…` is found, and the schema is what
    /// must hold of it.
    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let compiled =
            validators.entry(schema.to_string()).or_insert_with(|| Arc::new(self.compile(schema)));
        Arc::clone(compiled)
    }

    fn compile(&self, schema: &Value) -> Validator {
        let mut root = self.root.clone();
        root["allOf"] = Value::Array(vec![schema.clone()]);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&root)
            .unwrap()
    }
}

impl<'d> Operation<'d> {
    /// The statuses of its answers, as listed.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.node["responses"]
            .as_object()
            .unwrap()
            .keys()
            .map(|status| status.parse().unwrap())
            .collect()
    }

    /// The parameters of its own; its path's are not among them.
    pub(crate) fn parameters(&self, document: &'d Document) -> Vec<&'d Value> {
        let parameters = self.node.get("parameters").and_then(Value::as_array);
        parameters.into_iter().flatten().map(|parameter| document.resolve(parameter)).collect()
    }

    /// The examples of its request's body.
    pub(crate) fn request_examples(&self) -> Vec<&'d Value> {
        let examples = self
            .node
            .pointer("/requestBody/content/application~1json/examples")
            .and_then(Value::as_object);
        examples.into_iter().flatten().map(|(_, example)| &example["value"]).collect()
    }

    /// The most bytes of its request's body.
    pub(crate) fn max_bytes(&self) -> Option<usize> {
        let bytes = self.node.pointer("/requestBody/x-max-bytes")?.as_u64().unwrap();
        Some(bytes.try_into().unwrap())
    }

    /// Its path in this workspace, with this entry, or the export that the entry tells of.
    pub(crate) fn path_of(&self, workspace_id: &str, entry_id: &str) -> String {
        let path =
            self.path.replace("{workspace_id}", workspace_id).replace("{asset}", "viewer.js");
        let path = path.replace("{entry_id}", entry_id).replace("{export_id}", entry_id);
        path.replace("{actor_type}", "user")
            .replace("{actor_id}", "usr_8f2")
            .replace("{address}", "203.0.113.7")
    }
}

/// Closes what is published open: objects get no more members, and extensible enums no more values.
fn close(node: &mut Value) {
    if let Value::Object(members) = node {
        if let Some(values) = members.get("x-extensible-enum").cloned() {
            members.insert("enum".to_owned(), values);
        }
        if members.get("properties").is_some_and(Value::is_object)
            && members.get("type").is_some_and(|of| of == "object")
        {
            members.entry("additionalProperties").or_insert(Value::Bool(false));
        }
        members.values_mut().for_each(close);
    } else if let Value::Array(elements) = node {
        elements.iter_mut().for_each(close);
    }
}

/// Adds the members of `more` to a node, at every level.
fn merge(node: &mut Value, more: Value) {
    match (node, more) {
        (Value::Object(members), Value::Object(more)) => {
            for (name, value) in more {
                merge(members.entry(name).or_insert(Value::Null), value);
            }
        }
        (node, more) => *node = more,
    }
}

/// YAML as JSON. What JSON cannot express is an error.
fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Sequence(elements) => elements.iter().map(json_of).collect(),
        Yaml::Mapping(members) => {
            let member = |(key, value): (&Yaml, &Yaml)| {
                (key.as_str().expect("a key that is no text").to_owned(), json_of(value))
            };
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => Value::from(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        other => panic!("openapi.yaml has something that is not JSON: {other:?}"),
    }
}
