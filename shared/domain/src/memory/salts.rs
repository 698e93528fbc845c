//! The salts of actors. This store remembers nothing of them: each call looks.

use super::MemoryStore;
use super::fixtures::salt_of_generation;
use super::script::Call;
use super::size::{CONTROL_ITEM_BYTES, read_units, write_units};
use crate::entry::{ActorKey, Destruction, LivingSalt, SaltKey, StoredSalt};
use crate::ports::{ActorSalts, OperateSalts, ReadSalts, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;

impl ActorSalts for MemoryStore {
    async fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
        _now: Timestamp,
    ) -> Vec<Result<LivingSalt, StoreError>> {
        let mut salts = Vec::with_capacity(actors.len());
        for actor in actors {
            salts.push(self.one_salt(workspace, actor).await);
        }
        salts
    }
}

impl ReadSalts for MemoryStore {
    async fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        keys: &[SaltKey],
        _now: Timestamp,
    ) -> Result<Vec<Option<StoredSalt>>, StoreError> {
        let mut salts = Vec::with_capacity(keys.len());
        for key in keys {
            salts.push(self.get_salt(workspace, key).await?);
        }
        Ok(salts)
    }
}

impl OperateSalts for MemoryStore {
    async fn destroy_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
        now: Timestamp,
    ) -> Result<Option<Destruction>, StoreError> {
        let (mut key, mut last) = (SaltKey::first_of(actor), None);
        while let Some(stored) = self.get_salt(workspace, &key).await? {
            let at = match stored {
                StoredSalt::Destroyed(at) => at,
                StoredSalt::Living(_) => self.put_tombstone(workspace, &key, now).await?,
            };
            last = Some(Destruction { generation: key.generation, at });
            if matches!(stored, StoredSalt::Living(_)) {
                break;
            }
            key = key.next();
        }
        Ok(last)
    }
}

impl MemoryStore {
    async fn get_salt(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
    ) -> Result<Option<StoredSalt>, StoreError> {
        let key = (workspace.clone(), key.clone());
        self.look_now(Call::GetSalt, |view| {
            (view.state.salts.get(view.at, &key).cloned(), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }

    async fn one_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
    ) -> Result<LivingSalt, StoreError> {
        let mut key = SaltKey::first_of(actor);
        loop {
            let stored = match self.get_salt(workspace, &key).await? {
                Some(stored) => stored,
                None => self.put_salt(workspace, &key).await?,
            };
            match stored {
                StoredSalt::Living(salt) => {
                    return Ok(LivingSalt { generation: key.generation, salt });
                }
                StoredSalt::Destroyed(_) => key = key.next(),
            }
        }
    }

    /// Makes a salt, unless one or a tombstone is there by now. Gives what is there.
    async fn put_salt(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
    ) -> Result<StoredSalt, StoreError> {
        let place = (workspace.clone(), key.clone());
        self.change(Call::PutSalt, |state, at| {
            let units = write_units(CONTROL_ITEM_BYTES);
            if let Some(stored) = state.salts.get(at, &place) {
                return Ok((stored.clone(), units));
            }
            // The same in every run, so that a test that fails can be played again.
            let salt = StoredSalt::Living(salt_of_generation(workspace, key));
            state.salts.put(at, place.clone(), Some(salt.clone()));
            Ok((salt, units))
        })
        .await
    }

    /// Puts a tombstone in the place of a salt, and says when that was done. The first one stays.
    async fn put_tombstone(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let place = (workspace.clone(), key.clone());
        self.change(Call::DestroySalt, |state, at| {
            let before = state.salts.get(at, &place).and_then(StoredSalt::destroyed_at);
            let since = before.unwrap_or(now);
            state.salts.put(at, place.clone(), Some(StoredSalt::Destroyed(since)));
            Ok((since, write_units(CONTROL_ITEM_BYTES)))
        })
        .await
    }
}
