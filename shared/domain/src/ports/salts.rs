//! The port to the salts of actors, which the control table holds.

use super::StoreError;
use crate::entry::ActorKey;
use crate::identity::Salt;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Reads the salts of actors, and makes those that are missing: `GetItem`, `BatchGetItem` and
/// `PartiQLInsert` on the control table.
///
/// A salt is inserted only if the actor has none, and never changes. So an instance may remember it
/// for as long as it runs, and one read where it meets an actor for the first time is all it costs.
pub trait ActorSalts {
    /// The salts of distinct actors, in their order. Two callers that meet an actor at the same
    /// time get the same salt.
    fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> impl Future<Output = Vec<Result<Salt, StoreError>>> + Send;
}

/// Reads the salts of actors and makes none: `GetItem` and `BatchGetItem` on the control table.
///
/// An instance may remember a salt for as long as it runs, as with [`ActorSalts`].
pub trait ReadSalts {
    /// The salts of distinct actors, in their order. `None` means that the actor has none. A read
    /// is strongly consistent.
    fn stored_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> impl Future<Output = Result<Vec<Option<Salt>>, StoreError>> + Send;
}

/// The salt of one actor, if it has one; none is made.
///
/// # Errors
/// When the store fails.
pub async fn stored_salt(
    store: &(impl ReadSalts + Sync),
    workspace: &WorkspaceId,
    actor: &ActorKey,
) -> Result<Option<Salt>, StoreError> {
    let salts = store.stored_salts(workspace, std::slice::from_ref(actor)).await?;
    Ok(salts.into_iter().next().flatten())
}

/// The salt of one actor.
///
/// # Errors
/// When the store fails.
pub async fn actor_salt(
    store: &(impl ActorSalts + Sync),
    workspace: &WorkspaceId,
    actor: &ActorKey,
) -> Result<Salt, StoreError> {
    let salts = store.actor_salts(workspace, std::slice::from_ref(actor)).await;
    let missing = || Err(StoreError::Unavailable("no answer for an actor".into()));
    salts.into_iter().next().unwrap_or_else(missing)
}
