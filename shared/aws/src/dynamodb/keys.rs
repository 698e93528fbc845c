//! Builds every key. A workspace id has no `#`. So the first `#` of a key ends the workspace id,
//! whatever the ids of actors and targets contain.

use domain::credential::KeyId;
use domain::entry::{Actor, Target};
use domain::job::JobKey;
use domain::tally::Period;
use domain::workspace::WorkspaceId;

/// The partition of a workspace's entries.
pub(super) fn entries(workspace: &WorkspaceId) -> String {
    workspace.to_string()
}

/// The partition of a workspace's values that are too large for the items of their entries.
pub(super) fn values(workspace: &WorkspaceId) -> String {
    format!("{workspace}#values")
}

/// The partition of an actor in the index `by_actor`.
pub(super) fn actor(workspace: &WorkspaceId, actor_id: &str) -> String {
    format!("{workspace}#{actor_id}")
}

/// The partition of a target in the index `by_target`. Target types come from the catalogue and
/// have no `#`.
pub(super) fn target(workspace: &WorkspaceId, target_type: &str, target_id: &str) -> String {
    format!("{workspace}#{target_type}#{target_id}")
}

/// The keys of an entry in the two indexes: `by_actor`, then `by_target`.
pub(super) fn of_entry(
    workspace: &WorkspaceId,
    of_actor: &Actor,
    of_target: &Target,
) -> (String, String) {
    (actor(workspace, &of_actor.id), target(workspace, &of_target.kind, &of_target.id))
}

/// The key of a workspace in the control table.
pub(super) fn workspace(id: &WorkspaceId) -> (String, &'static str) {
    (format!("workspace#{id}"), "workspace")
}

/// The key of a tally node in the control table. All nodes of a workspace share a partition, in
/// which the nodes of one level are in order of time.
pub(super) fn tally(workspace: &WorkspaceId, period: Period) -> (String, String) {
    (format!("tally#{workspace}"), period.key())
}

/// The key of a credential in the control table.
pub(super) fn credential(key_id: &KeyId) -> (String, &'static str) {
    (format!("key#{}", key_id.as_str()), "key")
}

/// The partition of the control table that lists open jobs.
pub(super) const OPEN_JOBS: &str = "open-jobs";

/// The key of a job in the control table. All jobs of a workspace share a partition, in which the
/// exports are in order of time.
pub(super) fn job(key: &JobKey) -> (String, String) {
    (format!("job#{}", key.workspace_id), key.name.to_string())
}

/// The partition of a workspace's jobs in the control table, and the prefix of the sort keys of
/// exports.
pub(super) fn exports(workspace: &WorkspaceId) -> (String, &'static str) {
    (format!("job#{workspace}"), "export#")
}

/// The key of a job in the list of open jobs.
pub(super) fn open_job(key: &JobKey) -> (&'static str, String) {
    (OPEN_JOBS, key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::ActorType;
    use domain::identity::EntryId;
    use domain::job::JobName;
    use domain::tally::Level;
    use domain::timestamp::Timestamp;

    #[test]
    fn keys_have_their_spelling() {
        let a = WorkspaceId::parse("ws_a").unwrap();
        let actor_of =
            |id: &str| Actor { kind: ActorType::User, id: id.to_owned(), name: None, email: None };
        let target = Target { kind: "project".into(), id: "p#1".into(), name: None };
        assert_eq!(entries(&a), "ws_a");
        assert_eq!(values(&a), "ws_a#values");
        assert_eq!(
            of_entry(&a, &actor_of("u#1"), &target),
            ("ws_a#u#1".to_owned(), "ws_a#project#p#1".to_owned())
        );
        assert_eq!(workspace(&a), ("workspace#ws_a".to_owned(), "workspace"));
        let key_id = KeyId::parse("0123456789abcdef").unwrap();
        assert_eq!(credential(&key_id), ("key#0123456789abcdef".to_owned(), "key"));
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let day = Period::holding(Level::Day, at);
        assert_eq!(tally(&a, day), ("tally#ws_a".to_owned(), "d#20261122".to_owned()));
    }

    #[test]
    fn an_export_lies_under_the_prefix_of_exports_and_in_the_list_of_open_jobs() {
        let workspace_id = WorkspaceId::parse("ws_a").unwrap();
        let id = EntryId::new(Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap(), 7);
        let export = JobKey { workspace_id: workspace_id.clone(), name: JobName::Export(id) };
        let (partition, prefix) = exports(&workspace_id);
        let (pk, sk) = job(&export);
        assert_eq!((pk.as_str(), partition.as_str()), ("job#ws_a", "job#ws_a"));
        assert_eq!(sk, format!("{prefix}{id}"));
        assert_eq!(open_job(&export), ("open-jobs", format!("ws_a#export#{id}")));
        let retention = JobKey { workspace_id, name: JobName::Retention };
        assert!(!job(&retention).1.starts_with(prefix));
    }

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
