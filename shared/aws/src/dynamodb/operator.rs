//! Owns what operators do to credentials: list all of them, revoke one. Operators do it with their
//! own AWS permissions; the Lambda functions never use this module.

use super::call::Written;
use super::control::CredentialItem;
use super::item::{from_item, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::types::ReturnValue;
use domain::credential::{Credential, KeyId};
use domain::ports::{OperateCredentials, StoreError};
use domain::timestamp::Timestamp;
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
        let scan = self
            .client
            .scan()
            .table_name(&self.tables.control)
            // Strongly consistent, so that a revocation shows at once.
            .consistent_read(true)
            // Holds for credentials: nothing else in the control table has the hash of a secret.
            .filter_expression("attribute_exists(secret_sha256)");
        let items = self.scan_all(scan).await?;
        let credential = |item| from_item::<CredentialItem>(item)?.into_credential();
        items.into_iter().map(credential).collect()
    }
}
