//! Serves the DynamoDB API over the embedded database, to programs on this machine that sign with
//! the access key [`KEY`].
//!
//! The database comes with a server of its own, which takes requests of any site with any
//! signature, and cannot be told otherwise.

use super::KEY;
use crate::guard::{self, Port};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::future::Future;
use std::io;
use tokio::net::TcpListener;

/// The most bytes of a request. Source: "Quotas in Amazon DynamoDB": 16 MB for a batch.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
/// What stands before the name of an operation in `X-Amz-Target`.
const TARGET: &str = "DynamoDB_20120810.";

/// Serves the API on `listener` until `shutdown`, and then finishes the requests under way.
pub(super) async fn serve(
    listener: TcpListener,
    database: Database,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(database);
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

/// 1. Host and Origin: 403.
/// 2. Method and operation: 404, 400.
/// 3. The access key: 400, as DynamoDB answers.
/// 4. The operation: 200, or the error that DynamoDB gives.
async fn answer(State(database): State<Database>, request: Request) -> Response {
    if !guard::admits(Port::DynamoDb, &request) {
        return guard::refusal();
    }
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return response(StatusCode::NOT_FOUND, String::new());
    }
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let Some(operation) = target.and_then(|target| target.strip_prefix(TARGET)) else {
        return error(StatusCode::BAD_REQUEST, "UnknownOperationException", "");
    };
    if access_key(&head.headers) != Some(KEY) {
        let message = "The security token included in the request is invalid: the access key of \
                       the embedded DynamoDB is local.";
        return error(StatusCode::BAD_REQUEST, "UnrecognizedClientException", message);
    }
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return error(StatusCode::PAYLOAD_TOO_LARGE, "SerializationException", "");
    };
    match run(&database, operation, &body) {
        Ok(Some(json)) => response(StatusCode::OK, json),
        Ok(None) => error(StatusCode::BAD_REQUEST, "UnknownOperationException", ""),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code());
            response(status.unwrap_or(StatusCode::BAD_REQUEST), error.to_json())
        }
    }
}

/// The access key id that a request is signed with: `Credential=<id>/<scope>` of `Authorization`.
/// Source: "Authorization header", AWS Signature Version 4.
fn access_key(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let parts = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let credential = parts.split(',').find_map(|part| part.trim().strip_prefix("Credential="))?;
    credential.split('/').next()
}

/// Runs an operation. `None` means that there is no such operation here.
fn run(
    database: &Database,
    operation: &str,
    body: &Bytes,
) -> Result<Option<String>, DynoxideError> {
    macro_rules! operations {
        ($($name:literal $method:ident)*) => {
            match operation {
                $($name => written(&database.$method(read(body)?)?).map(Some),)*
                _ => Ok(None),
            }
        };
    }
    operations! {
        "BatchExecuteStatement" batch_execute_statement
        "BatchGetItem" batch_get_item
        "BatchWriteItem" batch_write_item
        "CreateTable" create_table
        "DeleteItem" delete_item
        "DeleteTable" delete_table
        "DescribeTable" describe_table
        "DescribeTimeToLive" describe_time_to_live
        "ExecuteStatement" execute_statement
        "ExecuteTransaction" execute_transaction
        "GetItem" get_item
        "ListTables" list_tables
        "PutItem" put_item
        "Query" query
        "Scan" scan
        "TransactGetItems" transact_get_items
        "TransactWriteItems" transact_write_items
        "UpdateItem" update_item
        "UpdateTimeToLive" update_time_to_live
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, DynoxideError> {
    serde_json::from_slice(body)
        .map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

fn written(answer: &impl Serialize) -> Result<String, DynoxideError> {
    serde_json::to_string(answer)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn error(status: StatusCode, kind: &str, message: &str) -> Response {
    let kind = format!("com.amazon.coral.service#{kind}");
    response(status, json!({ "__type": kind, "message": message }).to_string())
}

fn response(status: StatusCode, json: String) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}
