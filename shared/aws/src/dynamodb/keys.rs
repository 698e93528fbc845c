//! Builds every key. A workspace id has no `#`. So the first `#` of a key ends the workspace id,
//! whatever the ids of actors and targets contain.

use data_encoding::HEXLOWER;
use domain::directory::{ActorProfile, AddressProfile, Day, Profile, Roster};
use domain::entry::{Actor, ActorKey, SaltKey, Target};
use domain::job::JobKey;
use domain::journal::MarkerPlace;
use domain::key_id::KeyId;
use domain::ports::Tally;
use domain::tally::Period;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use sha2::{Digest, Sha256};

/// The key under which nothing is ever stored, in neither table: a name with `#` at its start is no
/// id of a workspace and no kind of the control table.
pub(super) fn probe() -> (&'static str, &'static str) {
    ("#health", "#health")
}

/// The partition of a workspace's entries.
pub(super) fn entries(workspace: &WorkspaceId) -> String {
    workspace.to_string()
}

/// The partition of a workspace's values that are too large for the items of their entries.
pub(super) fn values(workspace: &WorkspaceId) -> String {
    format!("{workspace}#values")
}

/// The partition of the rows that entries have under their further targets: one partition for each
/// place among them, because the sort key is the id of the entry.
pub(super) fn further_target(workspace: &WorkspaceId, index: usize) -> String {
    format!("{workspace}#target{}", index + 1)
}

/// The workspace of a partition of the entries table.
pub(super) fn workspace_of(partition: &str) -> Option<WorkspaceId> {
    WorkspaceId::parse(partition.split('#').next()?)
}

/// The most bytes of an id in a key. DynamoDB takes 2,048 bytes for a partition key; an id may have
/// 512 characters of up to 4 bytes. Source: "Quotas in Amazon DynamoDB".
const MAX_KEY_ID_BYTES: usize = 1_024;

/// A key of a workspace, a kind and an id. A long id stands there as its SHA-256. A kind has no `#`
/// and no `~`, so the first `#` after the workspace ends it, and no id gives the key of another.
fn of_kind(workspace: &WorkspaceId, kind: &str, id: &str) -> String {
    if id.len() <= MAX_KEY_ID_BYTES {
        format!("{workspace}#{kind}#{id}")
    } else {
        format!("{workspace}#{kind}~#{}", HEXLOWER.encode(&Sha256::digest(id)))
    }
}

/// The partition of an actor in the index `by_actor`.
pub(super) fn actor(workspace: &WorkspaceId, actor: &ActorKey) -> String {
    of_kind(workspace, actor.kind.name(), &actor.id)
}

/// The partition of a target in the index `by_target`.
pub(super) fn target(workspace: &WorkspaceId, target_type: &str, target_id: &str) -> String {
    of_kind(workspace, target_type, target_id)
}

/// The key of a salt of an actor in the control table. The first one lies under `salt`, the second
/// under `salt#2`.
pub(super) fn salt(workspace: &WorkspaceId, key: &SaltKey) -> (String, String) {
    let SaltKey { actor, generation } = key;
    let pk = format!("salt#{}", of_kind(workspace, actor.kind.name(), &actor.id));
    let sk = if generation.is_first() {
        "salt".to_owned()
    } else {
        format!("salt#{}", generation.number())
    };
    (pk, sk)
}

/// The keys of an entry in the two indexes: `by_actor`, then `by_target`.
pub(super) fn of_entry(
    workspace: &WorkspaceId,
    of_actor: &Actor,
    of_target: &Target,
) -> (String, String) {
    (actor(workspace, &of_actor.key()), target(workspace, &of_target.kind, &of_target.id))
}

/// The sort key of a workspace in the control table.
pub(super) const WORKSPACE: &str = "workspace";

/// The key of a workspace in the control table.
pub(super) fn workspace(id: &WorkspaceId) -> (String, &'static str) {
    (format!("workspace#{id}"), WORKSPACE)
}

/// The key of the item that names the current version of the catalogue.
pub(super) fn catalog() -> (String, &'static str) {
    ("catalog".to_owned(), "current")
}

/// The key of a part of a version of the catalogue.
pub(super) fn catalog_part(version: u64, index: usize) -> (String, String) {
    let (partition, prefix) = catalog_parts(version);
    (partition, format!("{prefix}{index:03}"))
}

/// The partition of the catalogue, and the prefix of the sort keys of a version's parts.
pub(super) fn catalog_parts(version: u64) -> (String, String) {
    ("catalog".to_owned(), format!("v#{version:010}#"))
}

/// The key of a tally node in the control table. All nodes of a workspace share a partition, in
/// which the nodes of one level are in order of time.
pub(super) fn tally(tally: Tally<'_>, period: Period) -> (String, String) {
    (format!("tally#{}#{}", tally.workspace, tally.generation), period.key())
}

/// The partition of a workspace's journal in the control table.
fn journal(workspace: &WorkspaceId) -> String {
    format!("journal#{workspace}")
}

/// The key of the segment that begins at `from`. The segments are in order of time.
pub(super) fn segment(workspace: &WorkspaceId, from: Timestamp) -> (String, String) {
    (journal(workspace), format!("s#{}", from.key()))
}

/// Where the segment with this sort key begins.
pub(super) fn segment_start(sk: &str) -> Option<Timestamp> {
    Timestamp::from_key(sk.strip_prefix("s#")?)
}

/// The key of a marker. The markers are in order of their places.
pub(super) fn marker(workspace: &WorkspaceId, place: MarkerPlace) -> (String, String) {
    (journal(workspace), format!("late#{}#{:032x}", place.at.key(), place.name))
}

/// When the marker with this sort key was written.
pub(super) fn marker_time(sk: &str) -> Option<Timestamp> {
    Timestamp::from_key(sk.strip_prefix("late#")?.split('#').next()?)
}

/// The key of the checkpoint of folding.
pub(super) fn folded(workspace: &WorkspaceId) -> (String, &'static str) {
    (journal(workspace), "folded")
}

/// The most bytes of the text of a profile's key in a sort key. DynamoDB takes 1,024. Source:
/// "Quotas in Amazon DynamoDB".
const MAX_PROFILE_KEY_BYTES: usize = 900;

/// The key of a profile in the control table: all profiles of a kind share a partition. A long key
/// stands there as its SHA-256; no other key begins with `~`.
pub(super) fn profile(workspace: &WorkspaceId, kind: &str, key: &str) -> (String, String) {
    let sk = if key.len() <= MAX_PROFILE_KEY_BYTES {
        key.to_owned()
    } else {
        format!("~{}", HEXLOWER.encode(&Sha256::digest(key)))
    };
    (format!("directory#{workspace}#{kind}"), sk)
}

/// The partitions with the profiles, terms and unusual days of a directory.
pub(super) fn directory(workspace: &WorkspaceId) -> [String; 5] {
    let [actor, address] = [ActorProfile::KIND, AddressProfile::KIND];
    let kinds = [actor, address, Roster::<ActorProfile>::KIND, "term", "unusual"];
    kinds.map(|kind| format!("directory#{workspace}#{kind}"))
}

/// The partition of the terms by which actors are found.
pub(super) fn terms(workspace: &WorkspaceId) -> String {
    format!("directory#{workspace}#term")
}

/// The key of a term of an actor. After the term stands a unit separator, which no folded text has,
/// so that the beginning of a text is that of terms alone. Half of the SHA-256 of the actor tells
/// apart the actors with the same term, whatever the lengths of their ids.
pub(super) fn term(workspace: &WorkspaceId, term: &str, actor: &ActorKey) -> (String, String) {
    let digest = Sha256::digest(format!("{}#{}", actor.kind.name(), actor.id));
    let half = digest.get(..16).unwrap_or_default();
    (terms(workspace), format!("{term}\u{1f}{}", HEXLOWER.encode(half)))
}

/// The key of the unusual entries of a day in the control table, such as `2026-11-22`.
pub(super) fn unusual(workspace: &WorkspaceId, day: Day) -> (String, String) {
    (format!("directory#{workspace}#unusual"), day.to_string())
}

/// The key of the checkpoint of the directory in the control table.
pub(super) fn followed(workspace: &WorkspaceId) -> (String, &'static str) {
    (format!("directory#{workspace}"), "followed")
}

/// The key of a credential in the control table. Viewer tokens lie apart from keys, because the
/// role of the function that makes them is limited to theirs.
pub(super) fn credential(key_id: &KeyId) -> (String, &'static str) {
    let kind = if key_id.is_of_viewer() { "viewer" } else { "key" };
    (format!("{kind}#{}", key_id.as_str()), "key")
}

/// The partition of the control table with the plans of checks for the day that begins at `day`.
pub(super) fn check_plans(day: Timestamp) -> String {
    format!("checks#{}", day.key().get(..8).unwrap_or_default())
}

/// The key of a workspace's plan of a check in the control table.
pub(super) fn check_plan(workspace: &WorkspaceId, day: Timestamp) -> (String, String) {
    (check_plans(day), workspace.to_string())
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

/// The key of the open exports of a workspace, in the partition of its jobs.
pub(super) fn open_exports(workspace: &WorkspaceId) -> (String, &'static str) {
    (format!("job#{workspace}"), "open-exports")
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

    #[test]
    fn keys_have_their_spelling() {
        let a = WorkspaceId::parse("ws_a").unwrap();
        let target = Target::new("project", "p#1");
        assert_eq!(entries(&a), "ws_a");
        assert_eq!(values(&a), "ws_a#values");
        assert_eq!(
            of_entry(&a, &Actor::new(ActorType::User, "u#1"), &target),
            ("ws_a#user#u#1".to_owned(), "ws_a#project#p#1".to_owned())
        );
        assert_eq!(further_target(&a, 0), "ws_a#target1");
        let key = Actor::new(ActorType::ApiKey, "k#1").key();
        let first = SaltKey::first_of(&key);
        let pk = "salt#ws_a#api_key#k#1".to_owned();
        assert_eq!(salt(&a, &first), (pk.clone(), "salt".to_owned()));
        assert_eq!(salt(&a, &first.next()), (pk, "salt#2".to_owned()));
        assert_eq!(workspace(&a), ("workspace#ws_a".to_owned(), "workspace"));
        let key_id = KeyId::parse("0123456789abcdef").unwrap();
        assert_eq!(credential(&key_id), ("key#0123456789abcdef".to_owned(), "key"));
        let viewer = KeyId::parse("v123456789abcdef").unwrap();
        assert_eq!(credential(&viewer), ("viewer#v123456789abcdef".to_owned(), "key"));
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let day = Period::holding(Level::Day, at);
        let nodes = Tally { workspace: &a, generation: 1 };
        assert_eq!(tally(nodes, day), ("tally#ws_a#1".to_owned(), "d#20261122".to_owned()));
        let (pk, sk) = segment(&a, at);
        assert_eq!((pk.as_str(), sk.as_str()), ("journal#ws_a", "s#20261122T140506.789Z"));
        assert_eq!(segment_start(&sk), Some(at));
        let (pk, sk) = marker(&a, MarkerPlace { at, name: 255 });
        let name = "late#20261122T140506.789Z#000000000000000000000000000000ff";
        assert_eq!((pk.as_str(), sk.as_str()), ("journal#ws_a", name));
        assert_eq!(marker_time(&sk), Some(at));
        assert_eq!(folded(&a), ("journal#ws_a".to_owned(), "folded"));
        assert_eq!(followed(&a), ("directory#ws_a".to_owned(), "followed"));
        let of_user = profile(&a, "actor", "user#u#1");
        assert_eq!(of_user, ("directory#ws_a#actor".to_owned(), "user#u#1".to_owned()));
        let of_long = profile(&a, "actor", &format!("user#{}", "\u{1f600}".repeat(512))).1;
        assert!(of_long.starts_with('~') && of_long.len() == 65, "{of_long}");
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
        assert_eq!(open_exports(&workspace_id), ("job#ws_a".to_owned(), "open-exports"));
        assert!(!open_exports(&workspace_id).1.starts_with(prefix));
        let retention = JobKey { workspace_id, name: JobName::Retention };
        assert!(!job(&retention).1.starts_with(prefix));
    }

    #[test]
    fn no_id_can_name_another_partition() {
        let id = |text| WorkspaceId::parse(text).unwrap();
        let (a, ab) = (id("a"), id("a-b"));
        let actor = |workspace, kind, id: &str| actor(workspace, &Actor::new(kind, id).key());
        let long = "é".repeat(513);
        let keys = [
            entries(&a),
            values(&a),
            further_target(&a, 0),
            further_target(&a, 1),
            actor(&ab, ActorType::User, "values"),
            actor(&a, ActorType::User, "b#c"),
            actor(&a, ActorType::ApiKey, "b#c"),
            actor(&a, ActorType::User, &long),
            actor(&a, ActorType::User, &HEXLOWER.encode(&Sha256::digest(&long))),
            target(&a, "project", "b#c"),
            target(&ab, "project", "c"),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(WorkspaceId::parse("a#values").is_none());
        for partition in [entries(&a), values(&a), further_target(&a, 9)] {
            assert_eq!(workspace_of(&partition), Some(a.clone()));
        }
    }

    #[test]
    fn the_longest_ids_make_keys_that_the_store_takes() {
        let workspace = WorkspaceId::parse(&"w".repeat(128)).unwrap();
        for id in ["\u{1f600}".repeat(512), "é".repeat(512), "a".repeat(512)] {
            let actor_key = actor(&workspace, &Actor::new(ActorType::ServiceAccount, &id).key());
            let target_key = target(&workspace, &"t".repeat(64), &id);
            assert!(actor_key.len().max(target_key.len()) <= 2_048);
        }
    }
}
