//! Owns the salts of actors: reads them, makes those that are missing, and remembers what it has
//! read for less than 60 seconds.
//!
//! Each salt has an item of its own, which is inserted once. Nothing here changes or deletes one,
//! so a function's role needs no more than to insert; a tombstone is put by `operator.rs`.

use super::call::gone;
use super::control::bytes_of;
use super::item::{Item, from_item, malformed, text, to_item};
use super::{DynamoStore, keys};
use data_encoding::HEXLOWER;
use domain::entry::{ActorKey, LivingSalt, SaltKey, StoredSalt};
use domain::identity::Salt;
use domain::ports::{ActorSalts, Consistency, ReadSalts, StoreError};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The version of the stored shape of this module.
const SCHEMA: u32 = 1;
/// Salts that are made at the same time.
const CONCURRENT_PUTS: usize = 16;

/// A salt of an actor as it is stored, or the tombstone in its place. It has exactly one of the two
/// last attributes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaltItem {
    pk: String,
    sk: String,
    schema: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destroyed_at: Option<Timestamp>,
}

impl SaltItem {
    fn of(workspace: &WorkspaceId, key: &SaltKey, salt: &Salt) -> Self {
        let (pk, sk) = keys::salt(workspace, key);
        let salt = Some(HEXLOWER.encode(salt.as_bytes()));
        Self { pk, sk, schema: SCHEMA, salt, destroyed_at: None }
    }

    pub(super) fn into_stored(self) -> Result<StoredSalt, StoreError> {
        match (self.schema, self.salt, self.destroyed_at) {
            (SCHEMA, Some(salt), None) => {
                Ok(StoredSalt::Living(Salt::from_bytes(bytes_of(&salt, "salt of an actor")?)))
            }
            (SCHEMA, None, Some(at)) => Ok(StoredSalt::Destroyed(at)),
            (SCHEMA, ..) => Err(malformed("salt of an actor")),
            _ => Err(malformed("schema of a salt")),
        }
    }
}

/// The item of an actor's first salt, for a bulk import into an empty table.
///
/// # Errors
/// [`StoreError::Refused`] when an attribute cannot be stored.
pub fn item_of_salt(
    workspace: &WorkspaceId,
    actor: &ActorKey,
    salt: &Salt,
) -> Result<Item, StoreError> {
    to_item(&SaltItem::of(workspace, &SaltKey::first_of(actor), salt))
}

impl ActorSalts for DynamoStore {
    async fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
        now: Timestamp,
    ) -> Vec<Result<LivingSalt, StoreError>> {
        let latest = match self.latest_salts(workspace, actors, now).await {
            Ok(latest) => latest,
            Err(error) => return actors.iter().map(|_| Err(error.copy())).collect(),
        };
        let salts: Vec<_> =
            latest.into_iter().map(|(key, salt)| self.living(workspace, key, salt, now)).collect();
        futures::stream::iter(salts).buffered(CONCURRENT_PUTS).collect().await
    }
}

impl ReadSalts for DynamoStore {
    async fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        keys: &[SaltKey],
        now: Timestamp,
    ) -> Result<Vec<Option<StoredSalt>>, StoreError> {
        let remembered: Vec<_> =
            keys.iter().map(|key| self.salts.get(workspace, key, now)).collect();
        let unknown = keys.iter().zip(&remembered).filter(|(_, known)| known.is_none());
        let read = self.read_salts(workspace, unknown.map(|(key, _)| key).collect()).await?;
        let stored = keys.iter().zip(remembered).map(|(key, known)| {
            known.or_else(|| {
                let stored = read.get(&keys::salt(workspace, key))?;
                self.salts.put(workspace, key, stored, now);
                Some(stored.clone())
            })
        });
        Ok(stored.collect())
    }
}

impl DynamoStore {
    /// The place of each actor's latest salt, in the order of the actors: behind all tombstones.
    /// `None` means that no salt is there yet.
    ///
    /// Each round asks for the next generation of the actors whose salt was destroyed. Tombstones
    /// are rare, so there is one round nearly always.
    async fn latest_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
        now: Timestamp,
    ) -> Result<Vec<(SaltKey, Option<Salt>)>, StoreError> {
        let first = |actor| (SaltKey::first_of(actor), None);
        let mut latest: Vec<(SaltKey, Option<Salt>)> = actors.iter().map(first).collect();
        let mut open: Vec<usize> = (0..latest.len()).collect();
        while !open.is_empty() {
            let keys: Vec<SaltKey> = open
                .iter()
                .filter_map(|place| latest.get(*place))
                .map(|(key, _)| key.clone())
                .collect();
            let stored = self.stored_salts(workspace, &keys, now).await?;
            let mut next = Vec::new();
            for (place, stored) in open.into_iter().zip(stored) {
                let Some((key, salt)) = latest.get_mut(place) else { continue };
                match stored {
                    Some(StoredSalt::Destroyed(_)) => {
                        *key = key.clone().next();
                        next.push(place);
                    }
                    Some(StoredSalt::Living(living)) => *salt = Some(living),
                    None => {}
                }
            }
            open = next;
        }
        Ok(latest)
    }

    /// The salt that was found, or one that is made now.
    async fn living(
        &self,
        workspace: &WorkspaceId,
        key: SaltKey,
        found: Option<Salt>,
        now: Timestamp,
    ) -> Result<LivingSalt, StoreError> {
        let salt = match found {
            Some(salt) => salt,
            None => self.put_salt(workspace, &key, now).await?,
        };
        Ok(LivingSalt { generation: key.generation, salt })
    }

    /// What is stored under these keys, by the keys of the items. The reads are strongly
    /// consistent.
    async fn read_salts(
        &self,
        workspace: &WorkspaceId,
        keys: Vec<&SaltKey>,
    ) -> Result<HashMap<(String, String), StoredSalt>, StoreError> {
        let items = match keys.as_slice() {
            [] => Vec::new(),
            [key] => self.salt_item(workspace, key).await?.into_iter().collect(),
            keys => {
                let keys = keys.iter().map(|key| {
                    let (pk, sk) = keys::salt(workspace, key);
                    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
                });
                self.get_all(&self.tables.control, keys.collect(), Consistency::Strong).await?
            }
        };
        let stored = |item| {
            let item: SaltItem = from_item(item)?;
            Ok(((item.pk.clone(), item.sk.clone()), item.into_stored()?))
        };
        items.into_iter().map(stored).collect()
    }

    async fn salt_item(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
    ) -> Result<Option<Item>, StoreError> {
        let (pk, sk) = keys::salt(workspace, key);
        self.control_item((pk, &sk)).await
    }

    /// Makes a salt, unless somebody else made it meanwhile.
    async fn put_salt(
        &self,
        workspace: &WorkspaceId,
        key: &SaltKey,
        now: Timestamp,
    ) -> Result<Salt, StoreError> {
        let salt = Salt::random().map_err(|error| StoreError::Unavailable(error.into()))?;
        // A salt is never replaced: every id that was made with it follows from it.
        let item = to_item(&SaltItem::of(workspace, key, &salt))?;
        let salt = if self.insert(&self.tables.control, item).await? {
            salt
        } else {
            let stored = self.salt_item(workspace, key).await?.unwrap_or_default();
            match from_item::<SaltItem>(stored)?.into_stored()? {
                StoredSalt::Living(salt) => salt,
                // It was made and destroyed since it was looked for. A second attempt finds that.
                StoredSalt::Destroyed(_) => return Err(gone()),
            }
        };
        self.salts.put(workspace, key, &StoredSalt::Living(salt.clone()), now);
        Ok(salt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::ActorType;

    fn key() -> SaltKey {
        SaltKey::first_of(&ActorKey { kind: ActorType::User, id: "u_1".to_owned() })
    }

    fn item(key: &SaltKey) -> SaltItem {
        SaltItem::of(&WorkspaceId::parse("ws_a").unwrap(), key, &Salt::from_bytes([7; 32]))
    }

    fn tombstone() -> SaltItem {
        let at = Timestamp::parse("2026-11-27T04:05:06.789Z").unwrap();
        SaltItem { salt: None, destroyed_at: Some(at), ..item(&key()) }
    }

    /// Golden: stored items have these shapes while the schema is 1.
    #[test]
    fn the_stored_shapes_are_fixed_and_read_back() {
        let salt = StoredSalt::Living(Salt::from_bytes([7; 32]));
        let at = Timestamp::parse("2026-11-27T04:05:06.789Z").unwrap();
        for (item, golden, stored) in [
            (item(&key()), include_str!("golden/salt.json"), salt.clone()),
            (item(&key().next()), include_str!("golden/salt_second.json"), salt),
            (tombstone(), include_str!("golden/salt_destroyed.json"), StoredSalt::Destroyed(at)),
        ] {
            assert_eq!(serde_json::to_string(&item).unwrap(), golden.trim());
            let read: SaltItem = from_item(to_item(&item).unwrap()).unwrap();
            assert_eq!(read.into_stored().unwrap(), stored);
        }
    }

    #[test]
    fn an_item_that_is_neither_a_salt_nor_a_tombstone_is_malformed() {
        let of = || item(&key());
        for wrong in [
            SaltItem { schema: 2, ..of() },
            SaltItem { salt: Some("07".to_owned()), ..of() },
            SaltItem { salt: None, ..of() },
            SaltItem { schema: 2, ..tombstone() },
            SaltItem { salt: of().salt, ..tombstone() },
        ] {
            assert!(matches!(wrong.into_stored(), Err(StoreError::Malformed(_))));
        }
    }
}
