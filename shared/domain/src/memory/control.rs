//! Workspaces and credentials.

use super::MemoryStore;
use super::script::Call;
use super::size::{CONTROL_ITEM_BYTES, read_units, write_units};
use super::state::{transacted_units, whole_seconds};
use crate::credential::{Credential, KeyId};
use crate::entry::NewEntry;
use crate::job::Job;
use crate::ports::{OperateCredentials, ReadControl, StoreError, WriteControl};
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};

impl ReadControl for MemoryStore {
    async fn credential(&self, key_id: &KeyId) -> Result<Option<Credential>, StoreError> {
        self.look_now(Call::GetCredential, |view| {
            let key = key_id.as_str().to_owned();
            (view.state.credentials.get(view.at, &key).cloned(), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        self.look_now(Call::GetWorkspace, |view| {
            (view.state.workspaces.get(view.at, id).cloned(), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }
}

impl WriteControl for MemoryStore {
    async fn put_workspace(
        &self,
        workspace: &Workspace,
        job: Option<&Job>,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        self.change(Call::PutWorkspace, |state, at| {
            let stored = state.workspaces.get(at, &workspace.id).map(|stored| stored.version);
            let holds = match workspace.version {
                // There is no such workspace yet.
                0 | 1 => stored.is_none(),
                // The stored version is the one that this version was made from.
                version => stored == Some(version - 1),
            };
            if !holds {
                return Err(StoreError::Changed);
            }
            state.refuses(entry)?;
            state.workspaces.put(at, workspace.id.clone(), Some(workspace.clone()));
            let mut units = write_units(CONTROL_ITEM_BYTES);
            if let Some(job) = job {
                units += state.put_job(at, job);
            }
            state.put_whole_entry(at, entry);
            Ok(((), 2.0 * units + transacted_units(entry)))
        })
        .await
    }

    async fn put_credential(
        &self,
        credential: &Credential,
        entry: Option<&NewEntry>,
    ) -> Result<(), StoreError> {
        self.change(Call::PutCredential, |state, at| {
            let key = credential.key_id.as_str().to_owned();
            if state.credentials.get(at, &key).is_some() {
                return Err(StoreError::Changed);
            }
            entry.map_or(Ok(()), |entry| state.refuses(entry))?;
            let expires_at = credential.expires_at.map(whole_seconds);
            let credential = Credential { expires_at, ..credential.clone() };
            state.credentials.put(at, key, Some(credential));
            if let Some(entry) = entry {
                state.put_whole_entry(at, entry);
            }
            let units = 2.0 * write_units(CONTROL_ITEM_BYTES);
            Ok(((), units + entry.map_or(0.0, transacted_units)))
        })
        .await
    }
}

impl OperateCredentials for MemoryStore {
    async fn revoke(
        &self,
        key_id: &KeyId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.change(Call::Revoke, |state, at| {
            let Some(stored) = state.credentials.get(at, &key_id.as_str().to_owned()) else {
                return Ok((None, 0.0));
            };
            // The first revocation stands.
            let since = stored.revoked_at.unwrap_or(now);
            let revoked = Credential { revoked_at: Some(since), ..stored.clone() };
            state.credentials.put(at, key_id.as_str().to_owned(), Some(revoked));
            Ok((Some(since), write_units(CONTROL_ITEM_BYTES)))
        })
        .await
    }

    async fn list(&self) -> Result<Vec<Credential>, StoreError> {
        self.look_now(Call::ListCredentials, |view| {
            let all: Vec<_> =
                view.state.credentials.iter(view.at).map(|(_, one)| one.clone()).collect();
            let units = read_units(all.len() * CONTROL_ITEM_BYTES);
            (all, units)
        })
        .await
    }
}
