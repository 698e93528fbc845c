//! Reads `template.yaml`: the tables, the routes and the filters of the deployment.

use crate::filter::Filter;
use saphyr::{LoadableYamlNode, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The template of this repository.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// Why the template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is not YAML.
    #[error("template.yaml is not YAML")]
    Yaml(#[from] saphyr::ScanError),
    /// The file does not have the expected shape.
    #[error("template.yaml does not describe tables and routes in the expected shape")]
    Shape(#[from] serde_json::Error),
    /// The file holds no document.
    #[error("template.yaml is empty")]
    Empty,
}

/// The tables and routes of the template.
#[derive(Debug)]
pub struct Template {
    /// Each table's local name, such as `entries` for `EntriesTable`, and its properties as in
    /// CloudFormation.
    pub tables: BTreeMap<String, TableProperties>,
    /// Each route of the HTTP API.
    pub routes: Vec<Route>,
    /// What of the stream of the entries table is handed to `tally`: what passes one of these.
    pub stream_filters: Vec<Filter>,
}

/// The properties of an `AWS::DynamoDB::Table` that the embedded DynamoDB needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TableProperties {
    /// As in `CreateTable`.
    pub key_schema: Value,
    /// As in `CreateTable`.
    pub attribute_definitions: Value,
    /// As in `CreateTable`; null means no indexes.
    #[serde(default)]
    pub global_secondary_indexes: Value,
    /// As in CloudFormation; null means no stream.
    #[serde(default)]
    pub stream_specification: Value,
    /// As in `UpdateTimeToLive`.
    pub time_to_live_specification: Value,
}

/// A route of the HTTP API, and the function that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case; `ANY` for `$default`.
    pub method: String,
    /// The path with its variable segments in braces, or `$default` for requests that match no
    /// other route.
    pub path: String,
    /// The function's name, such as `record` for `RecordFunction`.
    pub function: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    properties: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionProperties {
    #[serde(default)]
    events: BTreeMap<String, Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    r#type: String,
    #[serde(default)]
    properties: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamEvent {
    filter_criteria: FilterCriteria,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<FilterPattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterPattern {
    /// JSON in a text.
    pattern: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HttpApiEvent {
    #[serde(default = "default_path")]
    path: String,
    #[serde(default = "any_method")]
    method: String,
}

/// SAM's own default: an event without a path is the catch-all route.
fn default_path() -> String {
    "$default".to_owned()
}

fn any_method() -> String {
    "ANY".to_owned()
}

impl Template {
    /// Reads the template of this repository, which is compiled in.
    ///
    /// # Errors
    /// [`TemplateError`] when it does not have the expected shape.
    pub fn load() -> Result<Self, TemplateError> {
        let document = Document::deserialize(document()?)?;
        let mut template =
            Self { tables: BTreeMap::new(), routes: Vec::new(), stream_filters: Vec::new() };
        for (id, resource) in document.resources {
            match resource.r#type.as_str() {
                "AWS::DynamoDB::Table" => {
                    let properties = serde_json::from_value(resource.properties)?;
                    template.tables.insert(local_name(&id, "Table"), properties);
                }
                "AWS::Serverless::Function" => {
                    let function: FunctionProperties = serde_json::from_value(resource.properties)?;
                    template.stream_filters.extend(stream_filters_of(&function)?);
                    template.routes.extend(routes_of(&id, function)?);
                }
                _ => {}
            }
        }
        Ok(template)
    }
}

/// The template of this repository as JSON. The tags of CloudFormation, such as `!Ref`, are dropped
/// and their values kept. It is read once in a process.
///
/// # Errors
/// [`TemplateError`] when it is not one YAML document.
pub fn document() -> Result<&'static Value, TemplateError> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    if let Some(document) = DOCUMENT.get() {
        return Ok(document);
    }
    let documents = Yaml::load_from_str(TEMPLATE)?;
    let document = json_of(documents.first().ok_or(TemplateError::Empty)?);
    Ok(DOCUMENT.get_or_init(|| document))
}

/// The local name of a resource: its logical id in lower case, without the kind at the end.
fn local_name(logical_id: &str, kind: &str) -> String {
    logical_id.trim_end_matches(kind).to_lowercase()
}

/// The filters of the streams that a function follows.
fn stream_filters_of(function: &FunctionProperties) -> Result<Vec<Filter>, serde_json::Error> {
    let mut filters = Vec::new();
    for event in function.events.values().filter(|event| event.r#type == "DynamoDB") {
        let event: StreamEvent = serde_json::from_value(event.properties.clone())?;
        let patterns = event.filter_criteria.filters.iter().map(|filter| &filter.pattern);
        let of_event: Result<Vec<_>, _> = patterns.map(|pattern| Filter::parse(pattern)).collect();
        filters.extend(of_event?);
    }
    Ok(filters)
}

/// The routes of a function.
fn routes_of(
    logical_id: &str,
    function: FunctionProperties,
) -> Result<Vec<Route>, serde_json::Error> {
    let events = function.events.into_values().filter(|event| event.r#type == "HttpApi");
    let route = |event: Event| {
        let event: HttpApiEvent = serde_json::from_value(event.properties)?;
        Ok(Route {
            method: event.method.to_uppercase(),
            path: event.path,
            function: local_name(logical_id, "Function"),
        })
    };
    events.map(route).collect()
}

/// YAML as JSON. A CloudFormation tag such as `!Ref` is dropped and its value kept; this module
/// reads no tagged value.
fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Tagged(_, value) => json_of(value),
        Yaml::Sequence(elements) => elements.iter().map(json_of).collect(),
        Yaml::Mapping(members) => {
            let members = members
                .iter()
                .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), json_of(value))));
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => scalar(other),
    }
}

fn scalar(yaml: &Yaml) -> Value {
    let text = yaml.as_str().map(Value::from);
    text.or_else(|| yaml.as_bool().map(Value::from))
        .or_else(|| yaml.as_integer().map(Value::from))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::routes::ROUTES;

    #[test]
    fn the_template_routes_what_the_functions_answer() {
        let mut routes: Vec<_> = Template::load()
            .unwrap()
            .routes
            .into_iter()
            .map(|r| (r.method, r.path, r.function))
            .collect();
        let mut expected: Vec<_> = ROUTES
            .iter()
            .map(|r| (r.method.to_string(), r.path.to_owned(), r.function.to_owned()))
            .collect();
        expected.push(("ANY".to_owned(), "$default".to_owned(), "list".to_owned()));
        // HEAD goes where GET goes; what `list` gets, it is asked for by `$default`.
        let heads = ROUTES.iter().filter(|r| r.method == "GET" && r.function != "list");
        expected
            .extend(heads.map(|r| ("HEAD".to_owned(), r.path.to_owned(), r.function.to_owned())));
        routes.sort();
        expected.sort();
        assert_eq!(routes, expected);
    }

    #[test]
    fn the_template_has_the_two_tables_with_their_keys_and_ttl() {
        let template = Template::load().unwrap();
        let names: Vec<_> = template.tables.keys().collect();
        assert_eq!(names, ["control", "entries"]);
        let entries = &template.tables["entries"];
        assert_eq!(entries.key_schema[0]["AttributeName"], "workspace_id");
        assert_eq!(entries.global_secondary_indexes[0]["IndexName"], "by_actor");
        assert_eq!(entries.time_to_live_specification["Enabled"], true);
        assert_eq!(entries.stream_specification["StreamViewType"], "NEW_AND_OLD_IMAGES");
    }
}
