//! Verifies stored entries: compares each with its id, for which it asks for the salts of the
//! actors.

use crate::entry::{ActorKey, Entry, Integrity};
use crate::ports::{ReadSalts, StoreError, stored_salt};
use crate::workspace::WorkspaceId;
use std::collections::{BTreeSet, HashMap};

/// Compares a whole entry with its id.
///
/// # Errors
/// When the store does not give the salt.
pub async fn verify(
    store: &(impl ReadSalts + Sync),
    entry: &Entry,
) -> Result<Integrity, StoreError> {
    let salt = stored_salt(store, &entry.workspace_id, &entry.content.actor.key()).await?;
    Ok(entry.integrity(salt.as_ref()))
}

/// Compares whole entries of a workspace with their ids, in their order. Each actor's salt is asked
/// for once.
///
/// # Errors
/// When the store does not give the salts.
pub async fn verify_all<'a>(
    store: &(impl ReadSalts + Sync),
    workspace: &WorkspaceId,
    entries: impl Iterator<Item = &'a Entry> + Clone + Send,
) -> Result<Vec<Integrity>, StoreError> {
    let actors: BTreeSet<ActorKey> =
        entries.clone().map(|entry| entry.content.actor.key()).collect();
    let actors: Vec<_> = actors.into_iter().collect();
    let salts = store.stored_salts(workspace, &actors).await?;
    let salts: HashMap<_, _> = actors.into_iter().zip(salts).collect();
    let salt = |entry: &Entry| salts.get(&entry.content.actor.key()).and_then(Option::as_ref);
    Ok(entries.map(|entry| entry.integrity(salt(entry))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::{at, entry, workspace};
    use crate::memory::{MemoryStore, finish};
    use crate::plan::Plan;
    use crate::ports::{Metered, actor_salt};

    fn two() -> [Entry; 2] {
        let noon = at("2026-11-22T12:00:00Z");
        let workspace = workspace("ws_a", Plan::Free, noon);
        [entry(&workspace, noon, 1), entry(&workspace, noon, 2)]
    }

    #[test]
    fn entries_are_compared_in_their_order_and_no_salt_is_made() {
        let [first, second] = two();
        let store = MemoryStore::new();
        let check = |entries: &[Entry]| {
            let asked = store.metered();
            let answer = finish(verify_all(&asked, &first.workspace_id, entries.iter()));
            (answer.unwrap(), asked.spent().calls)
        };
        let mut altered = second.clone();
        altered.content.reason = Some("forged".into());
        let both = [altered, first.clone()];
        assert_eq!(check(&both).0, [Integrity::Unverifiable; 2]);
        let actors: BTreeSet<_> = both.iter().map(|entry| entry.content.actor.key()).collect();
        for actor in &actors {
            finish(actor_salt(&store, &first.workspace_id, actor)).unwrap();
        }
        assert_eq!(check(&both), (vec![Integrity::Failed, Integrity::Verified], 1));
    }
}
