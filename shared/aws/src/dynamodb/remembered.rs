//! Owns what a process remembers of items that never change: the salts of actors, and the version
//! of the catalogue that was read last.

use domain::catalog::Catalog;
use domain::entry::ActorKey;
use domain::identity::Salt;
use domain::workspace::WorkspaceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most salts that are remembered. A full memory is emptied.
const MAX_SALTS: usize = 10_000;

/// The salts that this process has seen. They never change.
#[derive(Debug, Default)]
pub(super) struct SaltMemory(Mutex<HashMap<(WorkspaceId, ActorKey), Salt>>);

impl SaltMemory {
    pub(super) fn get(&self, workspace: &WorkspaceId, actor: &ActorKey) -> Option<Salt> {
        let salts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        salts.get(&(workspace.clone(), actor.clone())).cloned()
    }

    pub(super) fn put(&self, workspace: &WorkspaceId, actor: &ActorKey, salt: &Salt) {
        let mut salts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if salts.len() >= MAX_SALTS {
            salts.clear();
        }
        salts.insert((workspace.clone(), actor.clone()), salt.clone());
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
    use domain::entry::ActorType;

    fn actor() -> ActorKey {
        ActorKey { kind: ActorType::User, id: "u_1".to_owned() }
    }

    #[test]
    fn the_memory_is_bounded_and_holds_the_workspaces_apart() {
        let memory = SaltMemory::default();
        let (a, b) = (WorkspaceId::parse("a").unwrap(), WorkspaceId::parse("b").unwrap());
        memory.put(&a, &actor(), &Salt::from_bytes([1; 32]));
        assert!(memory.get(&a, &actor()).is_some() && memory.get(&b, &actor()).is_none());
        for number in 0..MAX_SALTS {
            let actor = ActorKey { id: number.to_string(), ..actor() };
            memory.put(&a, &actor, &Salt::from_bytes([2; 32]));
        }
        assert!(memory.0.lock().unwrap().len() <= MAX_SALTS);
    }
}
