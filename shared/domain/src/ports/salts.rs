//! The ports to the salts of actors, which the control table holds.

use super::StoreError;
use crate::entry::{ActorKey, Destruction, LivingSalt, SaltKey, StoredSalt};
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Reads the living salts of actors, and makes those that are missing: `GetItem`, `BatchGetItem`
/// and `PartiQLInsert` on the control table.
///
/// A salt is inserted only where neither a salt nor a tombstone is, and is never replaced by
/// another. An instance may go on using what it has read for less than 60 seconds
/// ([`crate::credential::REMEMBERED_FOR_MS`]), and so may use a salt that was destroyed meanwhile.
pub trait ActorSalts {
    /// The living salts of distinct actors at `now`, in their order. Two callers that meet an actor
    /// at the same time get the same salt. An actor whose salts were all destroyed gets a new one,
    /// of the next generation.
    fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
        now: Timestamp,
    ) -> impl Future<Output = Vec<Result<LivingSalt, StoreError>>> + Send;
}

/// Reads salts of actors and makes none: `GetItem` and `BatchGetItem` on the control table.
///
/// An instance may go on using what it has read for less than 60 seconds, as with [`ActorSalts`].
pub trait ReadSalts {
    /// What is stored of distinct salts at `now`, in their order. `None` means that the actor never
    /// had this salt. A read is strongly consistent.
    fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        keys: &[SaltKey],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Option<StoredSalt>>, StoreError>> + Send;
}

/// Destroys salts of actors: `GetItem` and `UpdateItem` on the control table. Only the operators'
/// tool does this, with the operator's own permissions.
pub trait OperateSalts {
    /// Puts a tombstone in the place of the actor's living salt, and says which one it was. If the
    /// actor has no living salt, nothing changes, and the answer is the destruction before. `None`
    /// means that the actor never had a salt.
    fn destroy_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Destruction>, StoreError>> + Send;
}

/// What is stored of one salt. A salt that is missing is not made.
///
/// # Errors
/// When the store fails.
pub async fn stored_salt(
    store: &(impl ReadSalts + Sync),
    workspace: &WorkspaceId,
    key: &SaltKey,
    now: Timestamp,
) -> Result<Option<StoredSalt>, StoreError> {
    let salts = store.stored_salts(workspace, std::slice::from_ref(key), now).await?;
    Ok(salts.into_iter().next().flatten())
}

/// The living salt of one actor.
///
/// # Errors
/// When the store fails.
pub async fn actor_salt(
    store: &(impl ActorSalts + Sync),
    workspace: &WorkspaceId,
    actor: &ActorKey,
    now: Timestamp,
) -> Result<LivingSalt, StoreError> {
    let salts = store.actor_salts(workspace, std::slice::from_ref(actor), now).await;
    let missing = || Err(StoreError::Unavailable("no answer for an actor".into()));
    salts.into_iter().next().unwrap_or_else(missing)
}
