//! What an operation of DynamoDB or S3 needs of a role. Source: "Actions, resources, and condition
//! keys for Amazon DynamoDB" and "… for Amazon S3", Service Authorization Reference.

use local::embedded::tables;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is accessed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// Such as `entries` or `entries/index/by_actor`.
    pub resource: String,
    /// The partitions, `dynamodb:LeadingKeys`; `None` if the request has no such key.
    pub partitions: Option<Vec<String>>,
    /// The attributes that are named, `dynamodb:Attributes`; `None` if the request has no such key.
    pub attributes: Option<Vec<String>>,
    /// Whether the request asks for no attribute of the item.
    pub returns_nothing: bool,
}

impl Access {
    fn new(action: &str, resource: impl Into<String>, partitions: Option<Vec<String>>) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.into(),
            partitions,
            attributes: None,
            returns_nothing: true,
        }
    }
}

/// What an operation of DynamoDB needs. An operation that is not known here needs the action of its
/// own name, which no role has.
#[must_use]
pub fn accesses(operation: &str, request: &Value) -> Vec<Access> {
    let action = format!("dynamodb:{operation}");
    let table = text(request, "/TableName");
    match operation {
        "GetItem" | "DeleteItem" => {
            vec![Access::new(&action, table, partition(table_key(request, "Key")))]
        }
        "PutItem" => vec![put(request)],
        "TransactWriteItems" => puts(request),
        "UpdateItem" => vec![update(request)],
        "Query" => vec![query(request)],
        "BatchGetItem" => batch_get(request),
        "ExecuteStatement" => vec![of_statement(request)],
        "BatchExecuteStatement" => of_statements(request, "Statements"),
        "ExecuteTransaction" => of_statements(request, "TransactStatements"),
        _ => vec![Access::new(&action, table, None)],
    }
}

fn put(request: &Value) -> Access {
    let table = text(request, "/TableName");
    Access::new("dynamodb:PutItem", table, partition(table_key(request, "Item")))
}

/// A transaction needs the actions of its parts (DynamoDB developer guide, "Using IAM with DynamoDB
/// transactions"). The service makes none of other parts than puts.
fn puts(request: &Value) -> Vec<Access> {
    let parts = request.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    let access = |part: &Value| match part.get("Put") {
        Some(of) => put(of),
        None => Access::new("dynamodb:TransactWriteItems", "", None),
    };
    parts.map(access).collect()
}

fn text<'a>(json: &'a Value, pointer: &str) -> &'a str {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The name of the partition key of a table.
fn key_name(table: &str) -> &'static str {
    if table == tables().entries { "workspace_id" } else { "pk" }
}

/// The partition that a request names in this member.
fn table_key(request: &Value, member: &str) -> Option<String> {
    let name = key_name(text(request, "/TableName"));
    request.get(member)?.get(name)?.get("S")?.as_str().map(str::to_owned)
}

fn partition(partition: Option<String>) -> Option<Vec<String>> {
    partition.map(|one| vec![one])
}

/// Every name in the expressions of an update, and those of its key.
fn update(request: &Value) -> Access {
    const WORDS: [&str; 8] = [
        "SET", "REMOVE", "AND", "OR", "NOT", "attribute_exists", "attribute_not_exists",
        "if_not_exists",
    ];
    let names = request.get("ExpressionAttributeNames");
    let mut found: BTreeSet<String> = ["UpdateExpression", "ConditionExpression"]
        .into_iter()
        .filter_map(|member| request.get(member)?.as_str())
        .flat_map(|text| text.split(|one: char| !(one.is_alphanumeric() || "_:#".contains(one))))
        .filter(|word| !word.is_empty() && !word.starts_with(':') && !WORDS.contains(word))
        .filter(|word| !word.starts_with(|one: char| one.is_ascii_digit()))
        .map(|word| names.and_then(|names| names.get(word)?.as_str()).unwrap_or(word).to_owned())
        .collect();
    let key = request.get("Key").and_then(Value::as_object);
    found.extend(key.into_iter().flatten().map(|(name, _)| name.clone()));
    let returned = request.get("ReturnValues").and_then(Value::as_str);
    Access {
        attributes: Some(found.into_iter().collect()),
        returns_nothing: returned.is_none_or(|returned| returned == "NONE"),
        ..Access::new(
            "dynamodb:UpdateItem",
            text(request, "/TableName"),
            partition(table_key(request, "Key")),
        )
    }
}

/// The partition of a query is what its key condition names first: `<key> = :value`.
fn query(request: &Value) -> Access {
    let table = text(request, "/TableName");
    let index = request.get("IndexName").and_then(Value::as_str);
    let resource = index.map_or_else(|| table.to_owned(), |index| format!("{table}/index/{index}"));
    let condition = text(request, "/KeyConditionExpression");
    let name = condition
        .split([' ', '='])
        .map(|word| word.trim_matches(['(', ')']))
        .find(|word| word.starts_with(':'));
    let values = request.get("ExpressionAttributeValues");
    let value = name.and_then(|name| values?.get(name)?.get("S")?.as_str().map(str::to_owned));
    Access::new("dynamodb:Query", resource, partition(value))
}

fn batch_get(request: &Value) -> Vec<Access> {
    let tables = request.get("RequestItems").and_then(Value::as_object);
    let access = |(table, asked): (&String, &Value)| {
        let name = key_name(table);
        let keys = asked.get("Keys").and_then(Value::as_array).into_iter().flatten();
        let keys: Option<Vec<_>> =
            keys.map(|key| key.get(name)?.get("S")?.as_str().map(str::to_owned)).collect();
        Access::new("dynamodb:BatchGetItem", table, keys)
    };
    tables.into_iter().flatten().map(access).collect()
}

fn of_statements(request: &Value, member: &str) -> Vec<Access> {
    let statements = request.get(member).and_then(Value::as_array);
    statements.into_iter().flatten().map(of_statement).collect()
}

/// What a statement in PartiQL needs. Its key is among its parameters, which are in the order of
/// the question marks.
fn of_statement(statement: &Value) -> Access {
    let text = text(statement, "/Statement");
    let verb = text.split(' ').next().unwrap_or_default();
    let action = match verb {
        "INSERT" => "dynamodb:PartiQLInsert",
        "UPDATE" => "dynamodb:PartiQLUpdate",
        "DELETE" => "dynamodb:PartiQLDelete",
        _ => "dynamodb:PartiQLSelect",
    };
    let table = text.split('"').nth(1).unwrap_or_default();
    let name = key_name(table);
    // The key of an insertion is 'name': ?, that of an update is "name" = ?.
    let place = [format!("'{name}': ?"), format!("\"{name}\" = ?")]
        .iter()
        .find_map(|key| Some(text.get(..text.find(key.as_str())?)?.matches('?').count()));
    let value = place.and_then(|place| {
        statement.get("Parameters")?.get(place)?.get("S")?.as_str().map(str::to_owned)
    });
    Access::new(action, table, partition(value))
}

/// What a request of S3 needs, by its method and address.
#[must_use]
pub(super) fn of_object(method: &str, uri: &str) -> Vec<Access> {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let has = |name: &str| query.split('&').any(|one| one.split('=').next() == Some(name));
    let is_object = path.trim_end_matches('/').contains('/');
    let action = match method {
        "PUT" | "POST" if is_object => "s3:PutObject",
        "GET" if is_object && has("uploadId") => "s3:ListMultipartUploadParts",
        "GET" | "HEAD" if is_object => "s3:GetObject",
        "GET" | "HEAD" => "s3:ListBucket",
        _ => "s3:Other",
    };
    let key = path.split_once('/').map_or("", |(_, key)| key);
    let resource = match (is_object, key.starts_with("exports/")) {
        (true, true) => "ExportsBucket/exports/*",
        (true, false) => "ExportsBucket/*",
        (false, _) => "ExportsBucket",
    };
    vec![Access::new(action, resource, None)]
}
