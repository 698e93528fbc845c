//! Owns what a process remembers of what it has read: salts of actors for less than 60 seconds,
//! because an operator may destroy them, and the version of the catalogue that was read last.

use domain::catalog::Catalog;
use domain::credential::REMEMBERED_FOR_MS;
use domain::entry::{SaltKey, StoredSalt};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most salts that are remembered. A full memory is emptied.
const MAX_SALTS: usize = 10_000;

/// The salts and tombstones that this process has read, each with the time of the read. An instance
/// uses a salt for less than [`REMEMBERED_FOR_MS`] after it was destroyed.
#[derive(Debug, Default)]
pub(super) struct SaltMemory(Mutex<HashMap<(WorkspaceId, SaltKey), (Timestamp, StoredSalt)>>);

impl SaltMemory {
    /// What was put in less than 60 seconds before `now`.
    pub(super) fn get(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
        now: Timestamp,
    ) -> Option<StoredSalt> {
        let salts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, stored) = salts.get(&(workspace.clone(), key.clone()))?;
        let age_ms = now.ms() - since.ms();
        (0..REMEMBERED_FOR_MS).contains(&age_ms).then(|| stored.clone())
    }

    /// Puts in what was read at `now` or later.
    pub(super) fn put(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
        stored: &StoredSalt,
        now: Timestamp,
    ) {
        let mut salts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if salts.len() >= MAX_SALTS {
            salts.clear();
        }
        salts.insert((workspace.clone(), key.clone()), (now, stored.clone()));
    }
}

/// The catalogue that was read last.
#[derive(Debug, Default)]
pub(super) struct CatalogMemory(Mutex<Option<Arc<Catalog>>>);

impl CatalogMemory {
    pub(super) fn get(&self, version: u64) -> Option<Arc<Catalog>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().filter(|catalog| catalog.version == version)
    }

    pub(super) fn put(&self, catalog: &Arc<Catalog>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(catalog));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::{ActorKey, ActorType};
    use domain::identity::Salt;

    fn key(id: &str) -> SaltKey {
        SaltKey::first_of(&ActorKey { kind: ActorType::User, id: id.to_owned() })
    }

    fn salt(byte: u8) -> StoredSalt {
        StoredSalt::Living(Salt::from_bytes([byte; 32]))
    }

    #[test]
    fn a_salt_is_remembered_for_less_than_sixty_seconds() {
        let (memory, at) = (SaltMemory::default(), Timestamp::clamped);
        let workspace = WorkspaceId::parse("a").unwrap();
        let get = |ms| memory.get(&workspace, &key("u"), at(ms));
        memory.put(&workspace, &key("u"), &salt(1), at(0));
        assert_eq!(get(59_999), Some(salt(1)));
        assert_eq!(get(60_000), None);
        assert_eq!(get(-1), None, "a clock set back does not lengthen the life");
        let gone = StoredSalt::Destroyed(at(60_000));
        memory.put(&workspace, &key("u"), &gone, at(60_000));
        assert_eq!(get(60_001), Some(gone), "what is read anew is the new truth");
        assert_eq!(memory.get(&workspace, &key("u").next(), at(60_001)), None);
    }

    #[test]
    fn the_memory_is_bounded_and_holds_the_workspaces_apart() {
        let memory = SaltMemory::default();
        let (a, b) = (WorkspaceId::parse("a").unwrap(), WorkspaceId::parse("b").unwrap());
        let now = Timestamp::clamped(0);
        memory.put(&a, &key("u_1"), &salt(1), now);
        let get = |workspace| memory.get(workspace, &key("u_1"), now);
        assert!(get(&a).is_some() && get(&b).is_none());
        for number in 0..MAX_SALTS {
            memory.put(&a, &key(&number.to_string()), &salt(2), now);
        }
        assert!(memory.0.lock().unwrap().len() <= MAX_SALTS);
    }
}
