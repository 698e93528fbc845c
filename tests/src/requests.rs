//! Good requests to every route.

use domain::catalog::default_catalog;
use domain::identity::EntryId;
use serde_json::{Value, json};
use web::routes::{Operation, Route};

/// An entry and an export of one workspace.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// The entry.
    pub entry: EntryId,
    /// The export.
    pub export: EntryId,
}

impl Held {
    /// The path of a route in this workspace, of what the workspace holds.
    #[must_use]
    pub fn path(self, route: &Route, workspace: &str) -> String {
        route
            .path
            .replace("{workspace_id}", workspace)
            .replace("{asset}", "viewer.js")
            .replace("{entry_id}", &self.entry.to_string())
            .replace("{export_id}", &self.export.to_string())
            .replace("{actor_type}", "user")
            .replace("{actor_id}", "usr_8f2")
            .replace("{address}", "203.0.113.7")
    }
}

/// A good body of an operation that takes one: with this entry, or this plan.
#[must_use]
pub fn body(operation: Operation, entry: &Value, plan: &str) -> Option<Value> {
    Some(match operation {
        Operation::RecordEntry => entry.clone(),
        Operation::RecordBatch => json!({ "entries": [entry] }),
        Operation::PutWorkspace => json!({ "plan": plan }),
        Operation::CreateViewerToken => json!({ "admin": { "id": "adm_1" } }),
        Operation::CreateExport => json!({ "format": "csv" }),
        Operation::PutCatalog => json!(default_catalog()),
        _ => return None,
    })
}
