//! Creates the token of the viewer link that the banner prints. It calls the API, as the backend of
//! a product does.

use crate::gateway::invoke;
use crate::jobs::Backend;
use aws::dynamodb::DynamoStore;
use serde_json::{Value, json};
use web::http::HttpEvent;
use web::service::Service;

/// The workspace of the sample that the link opens.
pub const WORKSPACE: &str = "ws_acme";

/// Creates a viewer token of that workspace with `key`, valid for an hour; `None` means that there
/// is no such workspace.
pub async fn viewer_token(
    service: &Service<DynamoStore>,
    backend: &Backend,
    key: &str,
) -> Option<String> {
    let request = json!({
        "admin": { "id": "developer", "name": "Developer" },
        "expires_in_seconds": 3600,
    });
    let event = json!({
        "rawPath": format!("/v1/workspaces/{WORKSPACE}/viewer-tokens"),
        "headers": { "authorization": format!("Bearer {key}"), "content-type": "application/json" },
        "body": request.to_string(),
        "requestContext": { "http": { "method": "POST" } },
    });
    let event = serde_json::from_value::<HttpEvent>(event).ok()?;
    let answer = invoke(service, backend, "workspace", event).await;
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body.get("token").and_then(Value::as_str).map(str::to_owned)
}
