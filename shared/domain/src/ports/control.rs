//! Reads and writes the control table: workspaces and credentials.

use super::StoreError;
use crate::credential::{Credential, KeyId};
use crate::entry::Entry;
use crate::job::Job;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use std::future::Future;

/// Reads what requests need before their work: `GetItem` on the control table.
pub trait ReadControl {
    /// The credential of that key id. Strongly consistent: a new token works at once.
    fn credential(
        &self,
        key_id: &KeyId,
    ) -> impl Future<Output = Result<Option<Credential>, StoreError>> + Send;
    /// The workspace of that id. Strongly consistent.
    fn workspace(
        &self,
        id: &WorkspaceId,
    ) -> impl Future<Output = Result<Option<Workspace>, StoreError>> + Send;
}

/// Writes to the control table; what a workspace's admins should know of is recorded as an entry in
/// the same transaction.
pub trait WriteControl {
    /// Stores a new workspace, or one made from the version before it, with the entry that says so,
    /// and starts the job that follows from it.
    fn put_workspace(
        &self,
        workspace: &Workspace,
        job: Option<&Job>,
        entry: &Entry,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Stores a new credential, with the entry that says so if it is of a workspace.
    fn put_credential(
        &self,
        credential: &Credential,
        entry: Option<&Entry>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What operators do to credentials: `Scan` and `UpdateItem` on the control table. No function may
/// scan or revoke.
pub trait OperateCredentials {
    /// Revokes a credential; the answer is since when it is revoked, which a second time does not
    /// change. None: there is no such credential.
    fn revoke(
        &self,
        key_id: &KeyId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;
    /// All credentials that DynamoDB has not deleted yet, in force or not, in no order.
    fn list(&self) -> impl Future<Output = Result<Vec<Credential>, StoreError>> + Send;
}
