//! The ports to workspaces and credentials, which the control table holds.

use super::StoreError;
use crate::credential::{Credential, KeyId};
use crate::entry::NewEntry;
use crate::job::Job;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::future::Future;

/// Reads what a request needs before it can start: `GetItem` on the control table.
pub trait ReadControl {
    /// The credential with this key id. The read is strongly consistent, so a new token works at
    /// once.
    fn credential(
        &self,
        key_id: &KeyId,
    ) -> impl Future<Output = Result<Option<Credential>, StoreError>> + Send;
    /// The workspace with this id. The read is strongly consistent.
    fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<Workspace>, StoreError>> + Send;
}

/// Writes workspaces and credentials: `TransactWriteItems` on both tables. The entry that tells a
/// workspace's admins of the change is written in the same transaction.
pub trait WriteControl {
    /// Stores a workspace with its entry, and starts the job that follows from the change.
    ///
    /// The version is an optimistic lock: version 1 is stored only if there is no such workspace,
    /// and a later version only over the one before it; else the answer is
    /// [`StoreError::Changed`].
    fn put_workspace(
        &self,
        workspace: &Workspace,
        job: Option<&Job>,
        entry: &NewEntry,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Stores a new credential, and the entry that tells of it if it belongs to a workspace.
    fn put_credential(
        &self,
        credential: &Credential,
        entry: Option<&NewEntry>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Lists and revokes credentials for operators: `Scan` and `UpdateItem` on the control table. The
/// functions have no permission for either.
pub trait OperateCredentials {
    /// Revokes a credential and answers when it was revoked. A second revocation changes nothing
    /// and answers the time of the first. `None` means that there is no such credential.
    fn revoke(
        &self,
        key_id: &KeyId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;
    /// All credentials that DynamoDB has not deleted, valid or not, in no particular order.
    fn list(&self) -> impl Future<Output = Result<Vec<Credential>, StoreError>> + Send;
}

/// Lists workspaces, for operators only: `Scan` on the control table.
pub trait ListWorkspaces {
    /// All workspaces, in no particular order.
    fn workspaces(&self) -> impl Future<Output = Result<Vec<Workspace>, StoreError>> + Send;
}
