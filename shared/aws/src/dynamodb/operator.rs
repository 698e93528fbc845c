//! Owns what only operators do: list all credentials, revoke one, destroy the salt of an actor.
//! Operators do it with their own AWS permissions; the Lambda functions never use this module.

use super::call::Written;
use super::control::{CredentialItem, WorkspaceItem};
use super::item::{from_item, text};
use super::salts::SaltItem;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::types::ReturnValue;
use domain::credential::{Credential, KeyId};
use domain::entry::{ActorKey, Destruction, SaltKey, StoredSalt};
use domain::ports::{ListWorkspaces, OperateCredentials, OperateSalts, StoreError};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use serde::Deserialize;

/// The attribute that an update for a revocation returns.
#[derive(Debug, Deserialize)]
struct Revoked {
    revoked_at: Timestamp,
}

impl OperateCredentials for DynamoStore {
    async fn revoke(
        &self,
        key_id: &KeyId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let update = self
            .control_update(keys::credential(key_id))
            // Holds when the credential is there: an update alone would create an item with
            // nothing but a time.
            .condition_expression("attribute_exists(pk)")
            // The first revocation stands: a second one must not move the time since which the
            // credential is refused.
            .update_expression("SET revoked_at = if_not_exists(revoked_at, :now)")
            .expression_attribute_values(":now", text(now.rfc3339()))
            .return_values(ReturnValue::UpdatedNew);
        match self.update(update).await? {
            Written::Done(output) => {
                let revoked: Revoked = from_item(output.attributes.unwrap_or_default())?;
                Ok(Some(revoked.revoked_at))
            }
            Written::ConditionFailed => Ok(None),
        }
    }

    async fn list(&self) -> Result<Vec<Credential>, StoreError> {
        // Strongly consistent, so that a revocation shows at once.
        let scan = self
            .control_scan()
            // Holds for credentials: nothing else in the control table has the hash of a secret.
            .filter_expression("attribute_exists(secret_sha256)");
        let items = self.scan_all(scan).await?;
        let credential = |item| from_item::<CredentialItem>(item)?.into_credential();
        items.into_iter().map(credential).collect()
    }
}

impl ListWorkspaces for DynamoStore {
    async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        let scan = self
            .control_scan()
            // Holds for workspaces: each has this sort key, and nothing else has it.
            .filter_expression("sk = :workspace")
            .expression_attribute_values(":workspace", text(keys::WORKSPACE.to_owned()));
        let items = self.scan_all(scan).await?;
        let workspace = |item| from_item::<WorkspaceItem>(item)?.into_workspace();
        items.into_iter().map(workspace).collect()
    }
}

impl OperateSalts for DynamoStore {
    /// 1. Goes from the first salt past all tombstones, with strongly consistent reads.
    /// 2. At the living salt, puts the tombstone. If somebody else did so meanwhile, that tombstone
    ///    is read and stands.
    async fn destroy_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
        now: Timestamp,
    ) -> Result<Option<Destruction>, StoreError> {
        let (mut key, mut last) = (SaltKey::first_of(actor), None);
        loop {
            let (pk, sk) = keys::salt(workspace, &key);
            let Some(item) = self.control_item((pk, &sk)).await? else { return Ok(last) };
            match from_item::<SaltItem>(item)?.into_stored()? {
                StoredSalt::Destroyed(at) => {
                    last = Some(Destruction { generation: key.generation, at });
                    key = key.next();
                }
                StoredSalt::Living(_) if self.put_tombstone(workspace, &key, now).await? => {
                    return Ok(Some(Destruction { generation: key.generation, at: now }));
                }
                // The next read finds the tombstone.
                StoredSalt::Living(_) => {}
            }
        }
    }
}

impl DynamoStore {
    /// Puts a tombstone in the place of a salt. `false` means that no salt is there any more.
    async fn put_tombstone(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (pk, sk) = keys::salt(workspace, key);
        let update = self
            .control_update((pk, &sk))
            // Holds when the salt is there: neither is a tombstone put where no salt was, nor does
            // a second destruction move the time of the first.
            .condition_expression("attribute_exists(salt)")
            .update_expression("REMOVE salt SET destroyed_at = :now")
            .expression_attribute_values(":now", text(now.rfc3339()));
        Ok(self.update(update).await?.is_done())
    }
}
