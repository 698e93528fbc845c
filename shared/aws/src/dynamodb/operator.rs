//! Owns what operators do to credentials with their own AWS permissions: list them, revoke one. The
//! functions never use it.

use super::client::classify;
use super::control::CredentialItem;
use super::item::from_item;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValue};
use domain::credential::{Credential, KeyId};
use domain::ports::{OperateCredentials, StoreError};
use domain::timestamp::Timestamp;
use serde::Deserialize;

/// What a revocation answers with.
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
        let (pk, sk) = keys::credential(key_id);
        let update = self.client.update_item().table_name(&self.tables.control);
        let update =
            update.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk.to_owned()));
        // Holds only when the credential is there: an update alone would make an item that is
        // nothing but a time.
        let update = update.condition_expression("attribute_exists(pk)");
        // The first revocation stands: a second one must not move the time since which nothing was
        // admitted.
        let update = update.update_expression("SET revoked_at = if_not_exists(revoked_at, :now)");
        let update = update
            .expression_attribute_values(":now", AttributeValue::S(now.rfc3339()))
            .return_values(ReturnValue::UpdatedNew);
        match update.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                let revoked: Revoked = from_item(output.attributes.unwrap_or_default())?;
                Ok(Some(revoked.revoked_at))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                self.count_write([]);
                Ok(None)
            }
            Err(error) => Err(classify(error)),
        }
    }

    async fn list(&self) -> Result<Vec<Credential>, StoreError> {
        let mut credentials = Vec::new();
        let mut start = None;
        loop {
            let scan =
                self.client.scan().table_name(&self.tables.control).set_exclusive_start_key(start);
            // Strongly consistent, so that a revocation shows at once.
            let scan =
                scan.consistent_read(true).return_consumed_capacity(ReturnConsumedCapacity::Total);
            // Holds for credentials: nothing else in the control table has a secret's hash.
            let output = scan
                .filter_expression("attribute_exists(secret_sha256)")
                .send()
                .await
                .map_err(classify)?;
            self.count_read(output.consumed_capacity());
            for item in output.items.unwrap_or_default() {
                credentials.push(from_item::<CredentialItem>(item)?.into_credential()?);
            }
            // A page may be empty and not be the last: only a missing key is the end.
            start = output.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(credentials);
            }
        }
    }
}
