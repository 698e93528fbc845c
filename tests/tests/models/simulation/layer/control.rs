//! Workspaces, credentials, salts and the catalogue.

use super::{Layer, answered};
use crate::simulation::gate::Purpose;
use crate::simulation::mutant::Mutant;
use crate::simulation::world::Role;
use domain::catalog::Catalog;
use domain::credential::{Credential, KeyId};
use domain::entry::{ActorKey, LivingSalt, NewEntry, SaltKey, StoredSalt};
use domain::job::Job;
use domain::memory::fixtures::salt_of;
use domain::ports::{
    ActorSalts, ReadCatalog, ReadControl, ReadSalts, StoreError, WriteCatalog, WriteControl,
};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use std::sync::Arc;

impl ReadControl for Layer {
    async fn credential(&self, key_id: &KeyId) -> Result<Option<Credential>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read the credential".to_owned()).await?;
        answered(&passage, self.inner.credential(key_id).await?)
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        let passage = self.pass(Purpose::Control, || "read the workspace".to_owned()).await?;
        let mut workspace = self.inner.workspace(id).await?;
        let keeps = matches!(self.role, None | Some(Role::Record | Role::Job));
        if let Some(workspace) = workspace.as_mut().filter(|_| keeps && self.is(Mutant::NoGrace)) {
            workspace.graces.clear();
        }
        answered(&passage, workspace)
    }
}

impl WriteControl for Layer {
    async fn put_workspace(
        &self,
        workspace: &Workspace,
        job: Option<&Job>,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        let passage =
            self.pass(Purpose::Put, || format!("put the workspace: {:?}", workspace.plan)).await?;
        let mut stored = workspace.clone();
        if self.is(Mutant::NothingFinal) {
            stored.hidden_before = None;
        }
        self.inner.put_workspace(&stored, job, entry).await?;
        let mut history = self.history();
        // The history keeps the right bound, even if the mutant has not stored it.
        let hidden_before = history.workspace.hidden_before.max(workspace.hidden_before);
        history.workspace = Workspace { hidden_before, ..workspace.clone() };
        history.record(entry, false);
        drop(history);
        answered(&passage, ())
    }

    async fn put_credential(
        &self,
        credential: &Credential,
        entry: Option<&NewEntry>,
    ) -> Result<(), StoreError> {
        self.inner.put_credential(credential, entry).await
    }
}

impl ActorSalts for Layer {
    async fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
        _now: Timestamp,
    ) -> Vec<Result<LivingSalt, StoreError>> {
        // Salts are the same in every run, and reading them does not wait at the gate. No salt is
        // destroyed here, so it does not matter when one is read.
        actors.iter().map(|actor| Ok(LivingSalt::first(salt_of(workspace, actor)))).collect()
    }
}

impl ReadSalts for Layer {
    async fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        keys: &[SaltKey],
        _now: Timestamp,
    ) -> Result<Vec<Option<StoredSalt>>, StoreError> {
        let salt = |key: &SaltKey| Some(StoredSalt::Living(salt_of(workspace, &key.actor)));
        Ok(keys.iter().map(salt).collect())
    }
}

impl ReadCatalog for Layer {
    async fn catalog(&self) -> Result<Option<Arc<Catalog>>, StoreError> {
        Ok(self.history().catalog())
    }

    async fn catalog_version(&self, version: u64) -> Result<Option<Catalog>, StoreError> {
        self.inner.catalog_version(version).await
    }
}

impl WriteCatalog for Layer {
    async fn put_catalog(&self, catalog: &Catalog) -> Result<(), StoreError> {
        self.inner.put_catalog(catalog).await
    }
}
