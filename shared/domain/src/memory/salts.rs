//! The salts of actors.

use super::MemoryStore;
use super::fixtures::salt_of;
use super::script::Call;
use super::size::{CONTROL_ITEM_BYTES, read_units, write_units};
use crate::entry::ActorKey;
use crate::identity::Salt;
use crate::ports::{ActorSalts, ReadSalts, StoreError};
use crate::workspace::WorkspaceId;

impl ActorSalts for MemoryStore {
    async fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> Vec<Result<Salt, StoreError>> {
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
        actors: &[ActorKey],
    ) -> Result<Vec<Option<Salt>>, StoreError> {
        let mut salts = Vec::with_capacity(actors.len());
        for actor in actors {
            salts.push(self.get_salt(workspace, actor).await?);
        }
        Ok(salts)
    }
}

impl MemoryStore {
    async fn get_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
    ) -> Result<Option<Salt>, StoreError> {
        let key = (workspace.clone(), actor.clone());
        self.look_now(Call::GetSalt, |view| {
            (view.state.salts.get(view.at, &key).cloned(), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }

    async fn one_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
    ) -> Result<Salt, StoreError> {
        if let Some(salt) = self.get_salt(workspace, actor).await? {
            return Ok(salt);
        }
        let key = (workspace.clone(), actor.clone());
        self.change(Call::PutSalt, |state, at| {
            let units = write_units(CONTROL_ITEM_BYTES);
            if let Some(salt) = state.salts.get(at, &key) {
                return Ok((salt.clone(), units));
            }
            // The same in every run, so that a test that fails can be played again.
            let salt = salt_of(workspace, actor);
            state.salts.put(at, key.clone(), Some(salt.clone()));
            Ok((salt, units))
        })
        .await
    }
}
