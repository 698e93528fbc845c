//! The catalogue and the salts of actors: over DynamoDB and in memory.

use crate::dynamodb;
use domain::catalog::{Catalog, MAX_CATALOG_BYTES, default_catalog};
use domain::entry::{ActorKey, ActorType};
use domain::memory::MemoryStore;
use domain::ports::{
    ActorSalts, ReadCatalog, ReadSalts, StoreError, WriteCatalog, actor_salt, stored_salt,
};
use domain::workspace::WorkspaceId;
use futures::future::join_all;
use serde_json::json;

fn version(version: u64, label: &str) -> Catalog {
    let mut catalog = Catalog { version, ..default_catalog().clone() };
    label.clone_into(&mut catalog.actions[0].label);
    catalog
}

fn shown(answer: Result<(), StoreError>) -> String {
    answer.map_or_else(|error| error.to_string(), |()| "stored".to_owned())
}

/// Versions in and out of turn, with each answer, in order.
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

/// Of several that store the same version at the same time, one does, and what is stored is its.
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

/// What is true of salts, whatever they are.
async fn play_salts(store: &(impl ActorSalts + ReadSalts + Sync)) {
    let (a, b) = (WorkspaceId::parse("ws_a").unwrap(), WorkspaceId::parse("ws_b").unwrap());
    let user = actor(ActorType::User, "3");
    assert!(stored_salt(store, &a, &user).await.unwrap().is_none(), "reading makes none");
    let salt = actor_salt(store, &a, &user).await.unwrap();
    let stored = stored_salt(store, &a, &user).await.unwrap();
    assert_eq!(stored.unwrap().as_bytes(), salt.as_bytes());

    // The same id of another type, another id, another workspace: another salt each.
    let long = "i".repeat(512);
    let actors = [
        user.clone(),
        actor(ActorType::ApiKey, "3"),
        actor(ActorType::User, "4"),
        actor(ActorType::Anonymous, "3#4"),
        actor(ActorType::User, &long),
        actor(ActorType::User, &"\u{1f600}".repeat(512)),
    ];
    let salts = store.actor_salts(&a, &actors).await;
    let mut all: Vec<_> = salts.iter().map(|salt| *salt.as_ref().unwrap().as_bytes()).collect();
    assert_eq!(all[0], *salt.as_bytes(), "in the order of the actors");
    all.push(*actor_salt(store, &b, &user).await.unwrap().as_bytes());
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    let again = store.actor_salts(&a, &actors).await;
    for (first, second) in salts.iter().zip(&again) {
        assert_eq!(first.as_ref().unwrap().as_bytes(), second.as_ref().unwrap().as_bytes());
    }
    assert!(store.actor_salts(&a, &[]).await.is_empty());
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
    let salts = join_all(instances.iter().map(|store| actor_salt(store, &workspace, &user))).await;
    let salts: Vec<_> = salts.into_iter().filter_map(Result::ok).collect();
    assert!(!salts.is_empty());
    assert!(salts.iter().all(|salt| salt.as_bytes() == salts[0].as_bytes()));
    embedded.stop().await;
}
