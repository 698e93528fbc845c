//! Builds every key. A workspace id has no `#`, so the first `#` of a key ends it, whatever an
//! actor's or target's id holds.

use domain::credential::KeyId;
use domain::entry::{Actor, Target};
use domain::job::JobKey;
use domain::tally::Period;
use domain::workspace::WorkspaceId;

/// The partition of a workspace's entries.
pub(super) fn entries(workspace: &WorkspaceId) -> String {
    workspace.to_string()
}

/// The partition of old and new values that are too large to lie in their entries.
pub(super) fn values(workspace: &WorkspaceId) -> String {
    format!("{workspace}#values")
}

/// An actor's partition in the index `by_actor`.
pub(super) fn actor(workspace: &WorkspaceId, actor_id: &str) -> String {
    format!("{workspace}#{actor_id}")
}

/// A target's partition in the index `by_target`. A target type is of the catalogue and has no `#`.
pub(super) fn target(workspace: &WorkspaceId, target_type: &str, target_id: &str) -> String {
    format!("{workspace}#{target_type}#{target_id}")
}

/// The index keys of an entry.
pub(super) fn of_entry(
    workspace: &WorkspaceId,
    of_actor: &Actor,
    of_target: &Target,
) -> (String, String) {
    (actor(workspace, &of_actor.id), target(workspace, &of_target.kind, &of_target.id))
}

/// A workspace's key in the control table.
pub(super) fn workspace(id: &WorkspaceId) -> (String, &'static str) {
    (format!("workspace#{id}"), "workspace")
}

/// A tally node's key in the control table. All nodes of a workspace share a partition, and those
/// of one level lie in order of time.
pub(super) fn tally(workspace: &WorkspaceId, period: Period) -> (String, String) {
    (format!("tally#{workspace}"), period.key())
}

/// A credential's key in the control table.
pub(super) fn credential(key_id: &KeyId) -> (String, &'static str) {
    (format!("key#{}", key_id.as_str()), "key")
}

/// The partition of the control table that lists open jobs.
pub(super) const OPEN_JOBS: &str = "open-jobs";

/// A job's key in the control table. All jobs of a workspace share a partition, and its exports lie
/// in order of time.
pub(super) fn job(key: &JobKey) -> (String, String) {
    (format!("job#{}", key.workspace_id), key.name.to_string())
}

/// The partition of a workspace's jobs in the control table, and what the sort keys of exports
/// begin with.
pub(super) fn exports(workspace: &WorkspaceId) -> (String, &'static str) {
    (format!("job#{workspace}"), "export#")
}

/// A job's key in the list of open jobs.
pub(super) fn open_job(key: &JobKey) -> (&'static str, String) {
    (OPEN_JOBS, key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_can_name_another_partition() {
        let id = |text| WorkspaceId::parse(text).unwrap();
        let (a, ab) = (id("a"), id("a-b"));
        let keys = [
            entries(&a),
            values(&a),
            actor(&ab, "values"),
            actor(&a, "b#c"),
            target(&a, "project", "b#c"),
            target(&ab, "project", "c"),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(WorkspaceId::parse("a#values").is_none());
    }
}
