//! The port to the salts of actors, which the control table holds.

use super::StoreError;
use crate::entry::ActorKey;
use crate::identity::Salt;
use crate::workspace::WorkspaceId;
use std::future::Future;

/// Reads the salts of actors, and makes those that are missing: `GetItem`, `BatchGetItem` and
/// `PutItem` on the control table.
///
/// A salt is put only if the actor has none, and never changes. So an instance may remember it for
/// as long as it runs, and one read where it meets an actor for the first time is all it costs.
pub trait ActorSalts {
    /// The salts of distinct actors, in their order. Two callers that meet an actor at the same
    /// time get the same salt.
    fn actor_salts(
        &self,
        workspace: &WorkspaceId,
        actors: &[ActorKey],
    ) -> impl Future<Output = Vec<Result<Salt, StoreError>>> + Send;
    /// The salt of an actor, if it has one; none is made. The read is strongly consistent.
    fn stored_salt(
        &self,
        workspace: &WorkspaceId,
        actor: &ActorKey,
    ) -> impl Future<Output = Result<Option<Salt>, StoreError>> + Send;
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
