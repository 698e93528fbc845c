//! Owns the salts of actors: reads them, makes those that are missing, and remembers them for as
//! long as the process runs.

use super::control::bytes_of;
use super::item::{Item, from_item, malformed, text, to_item};
use super::{DynamoStore, keys};
use data_encoding::HEXLOWER;
use domain::entry::ActorKey;
use domain::identity::Salt;
use domain::ports::{ActorSalts, Consistency, ReadSalts, StoreError};
use domain::workspace::WorkspaceId;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The version of the stored shape of this module.
const SCHEMA: u32 = 1;
/// Salts that are made at the same time.
const CONCURRENT_PUTS: usize = 16;

/// The salt of an actor as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct SaltItem {
    pk: String,
    sk: String,
    schema: u32,
    salt: String,
}

impl SaltItem {
    fn of(workspace: &WorkspaceId, actor: &ActorKey, salt: &Salt) -> Self {
        let (pk, sk) = keys::salt(workspace, actor);
        Self { pk, sk: sk.to_owned(), schema: SCHEMA, salt: HEXLOWER.encode(salt.as_bytes()) }
    }

    fn into_salt(self) -> Result<Salt, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of a salt"));
        }
        Ok(Salt::from_bytes(bytes_of(&self.salt, "salt of an actor")?))
    }
}

/// The item of an actor's salt, for a bulk import into an empty table.
///
/// # Errors
/// [`StoreError::Refused`] when an attribute cannot be stored.
pub fn item_of_salt(
    workspace: &WorkspaceId,
    actor: &ActorKey,
    salt: &Salt,
) -> Result<Item, StoreError> {
    to_item(&SaltItem::of(workspace, actor, salt))
}

impl ActorSalts for DynamoStore {
    async fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> Vec<Result<Salt, StoreError>> {
        let stored = match self.unknown_salts(workspace, actors).await {
            Ok(stored) => stored,
            Err(error) => return actors.iter().map(|_| Err(error.copy())).collect(),
        };
        let salts: Vec<_> =
            actors.iter().map(|actor| self.salt(workspace, actor, &stored)).collect();
        futures::stream::iter(salts).buffered(CONCURRENT_PUTS).collect().await
    }
}

impl ReadSalts for DynamoStore {
    async fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> Result<Vec<Option<Salt>>, StoreError> {
        let stored = self.unknown_salts(workspace, actors).await?;
        let salt = |actor| {
            let salt = stored.get(&keys::salt(workspace, actor).0);
            if let Some(salt) = salt {
                self.salts.put(workspace, actor, salt);
            }
            salt.cloned().or_else(|| self.salts.get(workspace, actor))
        };
        Ok(actors.iter().map(salt).collect())
    }
}

impl DynamoStore {
    /// The salt of an actor: remembered, among those that were just read, or made now.
    async fn salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
        stored: &HashMap<String, Salt>,
    ) -> Result<Salt, StoreError> {
        if let Some(salt) = self.salts.get(workspace, actor) {
            return Ok(salt);
        }
        let salt = match stored.get(&keys::salt(workspace, actor).0) {
            Some(salt) => salt.clone(),
            None => self.put_salt(workspace, actor).await?,
        };
        self.salts.put(workspace, actor, &salt);
        Ok(salt)
    }

    /// The stored salts of those actors whose salts are not remembered, by their partition. The
    /// reads are strongly consistent.
    async fn unknown_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> Result<HashMap<String, Salt>, StoreError> {
        let unknown: Vec<_> =
            actors.iter().filter(|actor| self.salts.get(workspace, actor).is_none()).collect();
        let items = match unknown.as_slice() {
            [] => Vec::new(),
            [actor] => {
                let item = self.control_item(keys::salt(workspace, actor)).await?;
                item.into_iter().collect()
            }
            actors => {
                let keys = actors.iter().map(|actor| {
                    let (pk, sk) = keys::salt(workspace, actor);
                    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
                });
                self.get_all(&self.tables.control, keys.collect(), Consistency::Strong).await?
            }
        };
        let salt = |item| {
            let item: SaltItem = from_item(item)?;
            Ok((item.pk.clone(), item.into_salt()?))
        };
        items.into_iter().map(salt).collect()
    }

    /// Makes the salt of an actor, unless somebody else made it meanwhile.
    async fn put_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
    ) -> Result<Salt, StoreError> {
        let salt = Salt::random().map_err(|error| StoreError::Unavailable(error.into()))?;
        // A salt is never replaced: every id of the actor's entries follows from it.
        if self.insert(&self.tables.control, item_of_salt(workspace, actor, &salt)?).await? {
            return Ok(salt);
        }
        let stored = self.control_item(keys::salt(workspace, actor)).await?;
        from_item::<SaltItem>(stored.unwrap_or_default())?.into_salt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::ActorType;

    fn actor() -> ActorKey {
        ActorKey { kind: ActorType::User, id: "u_1".to_owned() }
    }

    /// Golden: stored items have this shape while the schema is 1.
    #[test]
    fn the_stored_shape_is_fixed_and_reads_back() {
        let workspace = WorkspaceId::parse("ws_a").unwrap();
        let salt = Salt::from_bytes([7; 32]);
        let item = SaltItem::of(&workspace, &actor(), &salt);
        assert_eq!(serde_json::to_string(&item).unwrap(), include_str!("golden/salt.json").trim());
        let read: SaltItem = from_item(to_item(&item).unwrap()).unwrap();
        assert!(read.into_salt().unwrap() == salt);
        for wrong in [
            SaltItem { schema: 2, ..SaltItem::of(&workspace, &actor(), &salt) },
            SaltItem { salt: "07".to_owned(), ..SaltItem::of(&workspace, &actor(), &salt) },
        ] {
            assert!(matches!(wrong.into_salt(), Err(StoreError::Malformed(_))));
        }
    }
}
