//! Owns the log line that raises the alarm when a stored entry does not fit its id.

use domain::identity::EntryId;
use domain::workspace::WorkspaceId;

/// Tells the operators of an entry that was altered after it was recorded. The metric filters of
/// `template.yaml` count the lines with this message. The line names the entry and holds nothing of
/// its content.
pub fn report(workspace_id: &WorkspaceId, entry_id: EntryId) {
    tracing::error!(workspace_id = workspace_id.as_str(), %entry_id, "integrity failed");
}
