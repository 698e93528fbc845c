//! The catalogue and the salts of actors: over DynamoDB and in memory.

use crate::dynamodb;
use domain::catalog::{Catalog, MAX_CATALOG_BYTES, default_catalog};
use domain::entry::{
    ActorKey, ActorType, Destruction, Generation, LivingSalt, SaltKey, StoredSalt,
};
use domain::memory::MemoryStore;
use domain::memory::fixtures::at;
use domain::ports::{
    ActorSalts, OperateSalts, ReadCatalog, ReadSalts, StoreError, WriteCatalog, actor_salt,
    stored_salt,
};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

fn version(version: u64, label: &str) -> Catalog {
    let mut catalog = Catalog { version, ..default_catalog().clone() };
    label.clone_into(&mut catalog.actions[0].label);
    catalog
}

fn shown(answer: Result<(), StoreError>) -> String {
    answer.map_or_else(|error| error.to_string(), |()| "stored".to_owned())
}

/// Stores versions in and out of turn, and returns each answer in order.
async fn play_catalogs(store: &(impl ReadCatalog + WriteCatalog)) -> Vec<String> {
    let mut answers = vec![format!("{:?}", store.catalog().await.unwrap())];
    for (number, label) in
        [(2, "none before"), (1, "first"), (1, "again"), (3, "too far"), (2, "second"), (0, "zero")]
    {
        answers.push(shown(store.put_catalog(&version(number, label)).await));
        answers.push(format!("{:?}", store.catalog().await.unwrap()));
    }
    for number in 0..4 {
        answers.push(format!("{:?}", store.catalog_version(number).await.unwrap()));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogues_in_memory_are_stored_and_read_as_in_dynamodb() {
    let (embedded, over_dynamodb) = dynamodb().await;
    let answers = play_catalogs(&over_dynamodb).await;
    assert_eq!(answers, play_catalogs(&MemoryStore::new()).await);
    assert_eq!(answers.iter().filter(|answer| *answer == "stored").count(), 2, "{answers:?}");
    embedded.stop().await;
}

/// The largest catalogue, of text that cannot be compressed much, needs several items.
#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_of_a_mebibyte_is_read_as_it_was_stored() {
    let (embedded, store) = dynamodb().await;
    let mut random = fastrand::Rng::with_seed(1);
    let mut text = || -> String { (0..1_000).map(|_| random.alphanumeric()).collect() };
    let mut catalog = version(1, "large");
    let like = catalog.actions[0].clone();
    catalog.actions.extend((0..900).map(|number| {
        let mut action = like.clone();
        action.name = format!("a{number}");
        action.description = Some(text());
        action.metadata_schema = serde_json::from_value(json!({ "type": "object" })).ok();
        action
    }));
    let bytes = serde_json::to_vec(&catalog).unwrap().len();
    assert!((900_000..MAX_CATALOG_BYTES).contains(&bytes), "{bytes}");
    store.put_catalog(&catalog).await.unwrap();
    assert_eq!(store.catalog().await.unwrap().as_deref(), Some(&catalog));
    assert_eq!(store.catalog_version(1).await.unwrap(), Some(catalog));
    embedded.stop().await;
}

/// If several store the same version at the same time, one succeeds, and its content is stored.
async fn race(store: &(impl ReadCatalog + WriteCatalog)) {
    let catalogs: Vec<_> = (0..6).map(|number| version(1, &format!("of {number}"))).collect();
    let answers = join_all(catalogs.iter().map(|catalog| store.put_catalog(catalog))).await;
    let stored = store.catalog().await.unwrap();
    let won = answers.iter().zip(&catalogs).filter(|(answer, _)| answer.is_ok());
    let won: Vec<_> = won.map(|(_, catalog)| catalog).collect();
    assert!(won.len() <= 1, "{answers:?}");
    assert_eq!(stored.as_deref(), won.first().copied());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_that_lost_a_race_leaves_nothing() {
    let (embedded, over_dynamodb) = dynamodb().await;
    race(&over_dynamodb).await;
    race(&MemoryStore::new()).await;
    embedded.stop().await;
}

fn actor(kind: ActorType, id: &str) -> ActorKey {
    ActorKey { kind, id: id.to_owned() }
}

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

/// Checks what must be true of salts in every store.
async fn play_salts(store: &(impl ActorSalts + ReadSalts + Sync)) {
    let (a, b) = (WorkspaceId::parse("ws_a").unwrap(), WorkspaceId::parse("ws_b").unwrap());
    let user = actor(ActorType::User, "3");
    let first = SaltKey::first_of(&user);
    let stored = stored_salt(store, &a, &first, noon()).await.unwrap();
    assert!(stored.is_none(), "reading makes none");
    let made = actor_salt(store, &a, &user, noon()).await.unwrap();
    assert_eq!(made.generation, Generation::FIRST);
    let stored = stored_salt(store, &a, &first, noon()).await.unwrap();
    assert_eq!(stored, Some(StoredSalt::Living(made.salt.clone())));

    // The same id with another type, another id, and another workspace each have another salt.
    let long = "i".repeat(512);
    let actors = [
        user.clone(),
        actor(ActorType::ApiKey, "3"),
        actor(ActorType::User, "4"),
        actor(ActorType::Anonymous, "3#4"),
        actor(ActorType::User, &long),
        actor(ActorType::User, &"\u{1f600}".repeat(512)),
    ];
    let salts = all_of(store.actor_salts(&a, &actors, noon()).await);
    let mut all: Vec<_> = salts.iter().map(|living| *living.salt.as_bytes()).collect();
    assert_eq!(salts[0], made, "in the order of the actors");
    all.push(*actor_salt(store, &b, &user, noon()).await.unwrap().salt.as_bytes());
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert_eq!(all_of(store.actor_salts(&a, &actors, noon()).await), salts);
    assert!(store.actor_salts(&a, &[], noon()).await.is_empty());
}

fn all_of(salts: Vec<Result<LivingSalt, StoreError>>) -> Vec<LivingSalt> {
    salts.into_iter().map(Result::unwrap).collect()
}

/// Destroys salts, and reads them a minute later through another instance than the one that
/// destroys them.
async fn play_destruction(
    instance: &(impl ActorSalts + ReadSalts + Sync),
    operator: &impl OperateSalts,
) {
    let workspace = WorkspaceId::parse("ws_gone").unwrap();
    let users = ["u_1", "u_2", "u_3"].map(|id| actor(ActorType::User, id));
    let minute = |n: i64| noon().plus_ms(n * 60_000);
    let destroy = async |user: &ActorKey, n: i64| {
        operator.destroy_salt(&workspace, user, minute(n)).await.unwrap()
    };
    assert_eq!(destroy(&users[0], 0).await, None, "there never was one");
    let first = all_of(instance.actor_salts(&workspace, &users, minute(0)).await);
    let of_first = Destruction { generation: Generation::FIRST, at: minute(0) };
    assert_eq!(destroy(&users[0], 0).await, Some(of_first));
    assert_eq!(destroy(&users[0], 1).await, Some(of_first), "the first tombstone stays");

    let second = all_of(instance.actor_salts(&workspace, &users, minute(1)).await);
    assert_eq!(second[0].generation, Generation::FIRST.next());
    assert_ne!(second[0].salt, first[0].salt);
    assert_eq!(second[1..], first[1..], "the others keep theirs");
    let of_second = Destruction { generation: Generation::FIRST.next(), at: minute(1) };
    assert_eq!(destroy(&users[0], 1).await, Some(of_second));
    let third = all_of(instance.actor_salts(&workspace, &users, minute(2)).await);
    assert_eq!(third[0].generation.number(), 3);

    let one = SaltKey::first_of(&users[0]);
    let (two, three) = (one.clone().next(), one.clone().next().next());
    let keys = [three.clone().next(), two, SaltKey::first_of(&users[1]), three, one];
    let stored = instance.stored_salts(&workspace, &keys, minute(2)).await.unwrap();
    let living = |salt: &LivingSalt| Some(StoredSalt::Living(salt.salt.clone()));
    let expected = [
        None,
        Some(StoredSalt::Destroyed(minute(1))),
        living(&first[1]),
        living(&third[0]),
        Some(StoredSalt::Destroyed(minute(0))),
    ];
    assert_eq!(stored, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn salts_in_memory_are_destroyed_as_in_dynamodb() {
    let (embedded, over_dynamodb) = dynamodb().await;
    play_destruction(&over_dynamodb, &crate::instance(&embedded)).await;
    let memory = MemoryStore::new();
    play_destruction(&memory, &memory).await;
    embedded.stop().await;
}

/// An instance uses a salt that it has read for less than 60 seconds after it was destroyed, and
/// reads it once in that time.
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_uses_a_destroyed_salt_for_less_than_sixty_seconds() {
    let (embedded, instance) = dynamodb().await;
    let operator = crate::instance(&embedded);
    let workspace = WorkspaceId::parse("ws_a").unwrap();
    let user = actor(ActorType::User, "u_1");
    let salt =
        async |ms: i64| actor_salt(&instance, &workspace, &user, noon().plus_ms(ms)).await.unwrap();
    let first = salt(0).await;
    operator.destroy_salt(&workspace, &user, noon().plus_ms(1)).await.unwrap();
    assert_eq!(salt(59_999).await, first);
    let second = salt(60_000).await;
    assert_eq!(second.generation, Generation::FIRST.next());
    assert_eq!(actor_salt(&operator, &workspace, &user, noon()).await.unwrap(), second);
    embedded.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn salts_in_memory_are_made_and_kept_as_in_dynamodb() {
    let (embedded, over_dynamodb) = dynamodb().await;
    play_salts(&over_dynamodb).await;
    play_salts(&MemoryStore::new()).await;
    embedded.stop().await;
}

/// Two instances that meet an actor at the same time get the same salt.
#[tokio::test(flavor = "multi_thread")]
async fn instances_that_race_for_a_salt_get_the_same_one() {
    let (embedded, _) = dynamodb().await;
    let instances: Vec<_> = (0..8).map(|_| crate::instance(&embedded)).collect();
    let workspace = WorkspaceId::parse("ws_a").unwrap();
    let user = actor(ActorType::User, "u_1");
    let salt = |store| actor_salt(store, &workspace, &user, noon());
    let salts = join_all(instances.iter().map(salt)).await;
    let salts: Vec<_> = salts.into_iter().filter_map(Result::ok).collect();
    assert!(!salts.is_empty());
    assert!(salts.iter().all(|salt| *salt == salts[0]));
    embedded.stop().await;
}
