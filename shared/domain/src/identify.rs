//! Gives contents their identity: the salt of the actor, from which the id follows, and random bits
//! for the commitment.

use crate::entry::{ActorKey, Content, Entry, NewEntry, Recording, Seed};
use crate::key_id::KeyId;
use crate::plan::GraceDays;
use crate::ports::{ActorSalts, StoreError};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use std::collections::{BTreeSet, HashMap};

/// Makes the entries of these contents, recorded at `now` with a credential, to be kept for as long
/// as the plan and the days of grace ask for. Each actor is asked for once. The entries are in the
/// order of the contents.
///
/// An entry whose actor's salt the store does not give has the error in its place.
pub async fn identify_all(
    store: &(impl ActorSalts + Sync),
    workspace: &Workspace,
    contents: Vec<Content>,
    key_id: Option<&KeyId>,
    grace: GraceDays,
    now: Timestamp,
) -> Vec<Result<NewEntry, StoreError>> {
    let actors: BTreeSet<ActorKey> = contents.iter().map(|content| content.actor.key()).collect();
    let actors: Vec<_> = actors.into_iter().collect();
    let salts = store.actor_salts(&workspace.id, &actors, now).await;
    let salts: HashMap<_, _> = actors.into_iter().zip(salts).collect();
    let identify = |content: Content| {
        let salt = match salts.get(&content.actor.key()) {
            Some(Ok(salt)) => salt.clone(),
            Some(Err(error)) => return Err(error.copy()),
            None => return Err(StoreError::Unavailable("no answer for an actor".into())),
        };
        let seed = Seed::random().map_err(|error| StoreError::Unavailable(error.into()))?;
        let recording = Recording { at: now, key_id: key_id.cloned(), salt, seed };
        let entry = Entry::new(workspace, content, &recording);
        Ok(NewEntry::new(workspace, entry, grace, now))
    };
    contents.into_iter().map(identify).collect()
}

/// Makes the entry of one content.
///
/// # Errors
/// When the store does not give the salt of the actor.
pub async fn identify(
    store: &(impl ActorSalts + Sync),
    workspace: &Workspace,
    content: Content,
    key_id: Option<&KeyId>,
    grace: GraceDays,
    now: Timestamp,
) -> Result<NewEntry, StoreError> {
    let entries = identify_all(store, workspace, vec![content], key_id, grace, now).await;
    let missing = || Err(StoreError::Unavailable("no answer for an actor".into()));
    entries.into_iter().next().unwrap_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fixtures::{actor, at, salt_of, target, workspace};
    use crate::memory::{Asked, Call, Failure, Fate, MemoryStore, finish};
    use crate::plan::Plan;
    use crate::ports::Metered;

    fn content(id: &str) -> Content {
        Content::new(noon(), actor(id), "project.update", target("project", "p"))
    }

    fn noon() -> Timestamp {
        at("2026-11-22T12:00:00Z")
    }

    #[test]
    fn each_actor_is_asked_for_once_and_has_a_salt_of_its_own() {
        let (store, acme) = (MemoryStore::new(), workspace("ws_a", Plan::Free, noon()));
        let contents = ["u_1", "u_2", "u_1"].map(content).to_vec();
        let entries = finish(identify_all(
            &store,
            &acme,
            contents.clone(),
            None,
            GraceDays::default(),
            noon(),
        ));
        for (entry, content) in entries.into_iter().zip(contents) {
            let NewEntry { entry, delete_at } = entry.unwrap();
            assert_eq!(delete_at, Some(at("2026-12-30T00:00:00Z")), "30 days and 7 of grace");
            assert_eq!(entry.id, salt_of(&acme.id, &content.actor.key()).entry_id(&content));
            assert_eq!(entry.content, content);
        }
        assert_eq!(store.spent().calls, 4, "two reads, two writes");
        let again = store.metered();
        finish(identify(&again, &acme, content("u_2"), None, GraceDays::default(), noon()))
            .unwrap();
        assert_eq!(again.spent().calls, 1, "the salt is there");
    }

    #[test]
    fn equal_contents_of_two_actors_of_one_id_have_two_ids() {
        use crate::entry::{Actor, ActorType};
        let (store, acme) = (MemoryStore::new(), workspace("ws_a", Plan::Free, noon()));
        let ids = [ActorType::User, ActorType::ApiKey].map(|kind| {
            let content = Content { actor: Actor::new(kind, "3"), ..content("3") };
            let made = identify(&store, &acme, content, None, GraceDays::default(), noon());
            finish(made).unwrap().entry.id
        });
        assert_ne!(ids[0], ids[1]);
    }

    #[test]
    fn an_actor_whose_salt_is_not_given_fails_alone() {
        let acme = workspace("ws_a", Plan::Free, noon());
        let store = MemoryStore::new().scripted(|asked: Asked| match asked {
            Asked { call: Call::GetSalt, number: 0, .. } => Fate::FailBefore(Failure::Throttled),
            _ => Fate::Pass,
        });
        let contents = ["u_1", "u_2"].map(content).to_vec();
        let entries =
            finish(identify_all(&store, &acme, contents, None, GraceDays::default(), noon()));
        assert!(matches!(entries[0], Err(StoreError::Throttled(_))));
        assert!(entries[1].is_ok());
    }
}
