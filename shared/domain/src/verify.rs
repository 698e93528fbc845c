//! Verifies stored entries: compares each with its id, for which it asks for the salt that the
//! entry was recorded with. An entry whose salt was destroyed is never compared with a later one.

use crate::entry::{Entry, Integrity, SaltKey};
use crate::ports::{ReadSalts, StoreError, stored_salt};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::collections::{BTreeSet, HashMap};

/// Compares a whole entry with its id.
///
/// # Errors
/// When the store does not give the salt.
pub async fn verify(
    store: &(impl ReadSalts + Sync),
    entry: &Entry,
    now: Timestamp,
) -> Result<Integrity, StoreError> {
    let stored = stored_salt(store, &entry.workspace_id, &entry.salt_key(), now).await?;
    Ok(entry.integrity(stored.as_ref()))
}

/// Compares whole entries of a workspace with their ids, in their order. Each salt is asked for
/// once.
///
/// # Errors
/// When the store does not give the salts.
pub async fn verify_all<'a>(
    store: &(impl ReadSalts + Sync),
    workspace: &WorkspaceId,
    entries: impl Iterator<Item = &'a Entry> + Clone + Send,
    now: Timestamp,
) -> Result<Vec<Integrity>, StoreError> {
    let keys: BTreeSet<SaltKey> = entries.clone().map(Entry::salt_key).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let stored = store.stored_salts(workspace, &keys, now).await?;
    let stored: HashMap<_, _> = keys.into_iter().zip(stored).collect();
    let of = |entry: &Entry| stored.get(&entry.salt_key()).and_then(Option::as_ref);
    Ok(entries.map(|entry| entry.integrity(of(entry))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Content, Destruction, Generation};
    use crate::identify::identify;
    use crate::memory::fixtures::{actor, at, entry, target, workspace};
    use crate::memory::{MemoryStore, finish};
    use crate::plan::{GraceDays, Plan};
    use crate::ports::{Metered, OperateSalts, actor_salt};

    fn noon() -> Timestamp {
        at("2026-11-22T12:00:00Z")
    }

    fn two() -> [Entry; 2] {
        let workspace = workspace("ws_a", Plan::Free, noon());
        [entry(&workspace, noon(), 1), entry(&workspace, noon(), 2)]
    }

    #[test]
    fn entries_are_compared_in_their_order_and_no_salt_is_made() {
        let [first, second] = two();
        let store = MemoryStore::new();
        let check = |entries: &[Entry]| {
            let asked = store.metered();
            let answer = finish(verify_all(&asked, &first.workspace_id, entries.iter(), noon()));
            (answer.unwrap(), asked.spent().calls)
        };
        let mut altered = second.clone();
        altered.content.reason = Some("forged".into());
        let both = [altered, first.clone()];
        assert_eq!(check(&both).0, [Integrity::Unverifiable; 2]);
        let actors: BTreeSet<_> = both.iter().map(|entry| entry.content.actor.key()).collect();
        for actor in &actors {
            finish(actor_salt(&store, &first.workspace_id, actor, noon())).unwrap();
        }
        assert_eq!(check(&both), (vec![Integrity::Failed, Integrity::Verified], 1));
    }

    /// Records an entry as the service does: the salt comes from the store.
    fn recorded(store: &MemoryStore, number: i64) -> Entry {
        let workspace = workspace("ws_a", Plan::Free, noon());
        let content = entry_content(number);
        let made = identify(store, &workspace, content, None, GraceDays::default(), noon());
        finish(made).unwrap().entry
    }

    fn entry_content(number: i64) -> Content {
        let content = Content::new(noon(), actor("u_1"), "project.update", target("project", "p"));
        Content { external_id: Some(number.to_string()), ..content }
    }

    #[test]
    fn an_entry_whose_salt_was_destroyed_is_never_called_altered() {
        let store = MemoryStore::new();
        let first = recorded(&store, 1);
        let actor = first.content.actor.key();
        let check = |entry: &Entry| finish(verify(&store, entry, noon())).unwrap();
        let destroy =
            |now| finish(store.destroy_salt(&first.workspace_id, &actor, now)).unwrap().unwrap();
        assert_eq!(check(&first), Integrity::Verified);
        let (one, two) = (noon().plus_ms(1), noon().plus_ms(2));
        assert_eq!(destroy(one), Destruction { generation: Generation::FIRST, at: one });
        assert_eq!(check(&first), Integrity::Unverifiable);
        assert_eq!(destroy(two).at, one, "there is no living salt: nothing changes");

        let second = recorded(&store, 1);
        assert_eq!(second.salt_generation, Generation::FIRST.next());
        assert_ne!(second.id, first.id, "the same content has another id");
        assert_eq!((check(&first), check(&second)), (Integrity::Unverifiable, Integrity::Verified));
        let mut altered = second.clone();
        altered.content.reason = Some("forged".into());
        assert_eq!(check(&altered), Integrity::Failed, "a living salt still tells");

        let generation = second.salt_generation;
        assert_eq!(destroy(two), Destruction { generation, at: two });
        let third = recorded(&store, 3);
        let all = [first.clone(), second, third];
        let checked = finish(verify_all(&store, &first.workspace_id, all.iter(), noon()));
        let [gone, good] = [Integrity::Unverifiable, Integrity::Verified];
        assert_eq!(checked.unwrap(), [gone, gone, good]);
    }

    #[test]
    fn an_actor_who_never_had_a_salt_has_none_to_destroy() {
        let (store, [first, _]) = (MemoryStore::new(), two());
        let actor = first.content.actor.key();
        let answer = finish(store.destroy_salt(&first.workspace_id, &actor, noon()));
        assert_eq!(answer.unwrap(), None);
        let made = recorded(&store, 1);
        assert_eq!(made.salt_generation, Generation::FIRST, "no tombstone was put");
    }
}
