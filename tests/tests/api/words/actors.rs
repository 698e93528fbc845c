//! One actor is one actor: identity is type and id, each actor has a salt of its own, and a retry
//! with another correlation id is a retry.

use domain::entry::{ActorType, LivingSalt, SaltKey};
use domain::ports::stored_salt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::Call;
use tests::recording::{ENTRIES, Log, noon, outcomes};

fn by(log: &Log, kind: &str, id: &str, external_id: &str) -> Value {
    let mut entry = log.entry(external_id);
    entry["actor"] = json!({ "type": kind, "id": id });
    entry
}

#[tokio::test]
async fn user_3_and_api_key_3_are_two_actors() {
    let log = Log::start().await;
    for kind in ActorType::ALL.map(ActorType::name) {
        assert_eq!(log.record(&by(&log, kind, "3", "same")).await.status, 201, "{kind}");
    }
    let found = async |query: &str| {
        let page = log.api.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let rows = page.json["entries"].as_array().unwrap().clone();
        rows.iter().map(|row| row["actor"]["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for kind in ActorType::ALL.map(ActorType::name) {
        assert_eq!(found(&format!("actor_id=3&actor_type={kind}")).await, [kind]);
        let both = format!("actor_id=3&actor_type={kind}&target_type=member&target_id=mem_grace");
        assert_eq!(found(&both).await, [kind]);
    }
    assert_eq!(found("actor_id=3").await, ["user"], "the type is user unless it is said");
    assert_eq!(found("").await.len(), 5);
}

#[tokio::test]
async fn the_type_of_an_actor_comes_with_its_id_and_is_one_of_five() {
    let log = Log::start().await;
    for (query, pointer) in [
        ("actor_type=user", "/actor_type"),
        ("actor_type=robot&actor_id=3", "/actor_type"),
        ("actor_type=USER&actor_id=3", "/actor_type"),
    ] {
        let refused = log.api.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{query}");
    }
}

#[tokio::test]
async fn an_anonymous_actor_needs_no_id() {
    let log = Log::start().await;
    let mut entry = log.entry("failed sign-in");
    entry["actor"] = json!({ "type": "anonymous", "email": "ada@example.com" });
    let recorded = log.record(&entry).await;
    assert_eq!(recorded.status, 201, "{recorded:?}");
    assert_eq!(recorded.text_at("/actor/id"), "anonymous");
    entry["actor"] = json!({ "type": "user" });
    assert_eq!(log.record(&entry).await.pointers(), ["/actor/id"]);
}

#[tokio::test]
async fn a_retry_with_another_correlation_id_is_a_retry() {
    let log = Log::start().await;
    let first = log.record(&log.entry("once")).await;
    let mut again = log.entry("once");
    for request_id in [json!("req_renewed"), Value::Null] {
        again["request_id"] = request_id;
        let retried = log.record(&again).await;
        assert_eq!((retried.status, retried.text_at("/id")), (200, first.text_at("/id")));
        assert_eq!(retried.text_at("/request_id"), "req_01HZX", "what is stored stays");
        assert_eq!(outcomes(&log.record_batch(&[again.clone()]).await), ["duplicate"]);
    }
    assert_eq!(log.stored().await.0, 1);
}

#[tokio::test]
async fn each_actor_of_each_workspace_has_a_salt_of_its_own_that_never_changes() {
    let log = Log::start().await;
    let entries =
        [by(&log, "user", "a", "1"), by(&log, "user", "b", "1"), by(&log, "system", "a", "1")];
    let mut ids = BTreeSet::new();
    for entry in &entries {
        ids.insert(log.record(entry).await.text_at("/id")[21..].to_owned());
    }
    assert_eq!(ids.len(), 3);
    // Another instance has no memory, and finds the same salts.
    let token = log.service.key(&domain::credential::Scope::ALL, Some("ws_log")).await;
    let other = log.service.another_instance(&token).await;
    for entry in &entries {
        assert_eq!(other.post(ENTRIES, entry).await.status, 200);
    }
    let salt = async |kind, id: &str| {
        let key = SaltKey::first_of(&domain::entry::Actor::new(kind, id).key());
        stored_salt(&log.service.store, &log.workspace.id, &key, noon()).await.unwrap()
    };
    let (a, b) = (salt(ActorType::User, "a").await, salt(ActorType::User, "b").await);
    assert!(a.is_some() && a != b);
    assert!(salt(ActorType::User, "nobody").await.is_none(), "reading makes none");
}

/// Eight instances that meet an actor at the same moment agree on its salt.
#[tokio::test]
async fn instances_that_meet_an_actor_at_once_give_it_one_salt() {
    let log = Log::start().await;
    let actor = domain::entry::Actor::new(ActorType::User, "new").key();
    let salts = (0..8).map(|_| {
        // An instance with a new store has an empty memory.
        let store = aws::dynamodb::DynamoStore::new(
            local::embedded::client(&log.service.embedded.endpoint),
            local::embedded::tables(),
        );
        let (workspace, actor) = (log.workspace.id.clone(), actor.clone());
        async move { domain::ports::actor_salt(&store, &workspace, &actor, noon()).await.unwrap() }
    });
    let salts: Vec<LivingSalt> = futures::future::join_all(salts).await;
    assert!(salts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_known_actor_costs_nothing_and_a_new_one_a_read_and_a_write() {
    let log = Log::start().await;
    let calls = || {
        let calls = log.service.proxy.take_calls();
        let text = |call: &Call| format!("{} {}", call.operation, call.units().abs());
        calls.iter().map(text).collect::<Vec<_>>()
    };
    log.record(&log.entry("first")).await;
    let _ = calls();
    log.record(&log.entry("second")).await;
    assert_eq!(calls(), ["ExecuteStatement 3"], "the steady state");
    log.record(&by(&log, "user", "new", "third")).await;
    assert_eq!(calls(), ["GetItem 1", "ExecuteStatement 1", "ExecuteStatement 3"]);
    let ten: Vec<_> = (0..10).map(|n| by(&log, "user", &format!("usr_{n}"), "batch")).collect();
    log.record_batch(&ten).await;
    let mut of_batch = calls();
    of_batch.sort();
    let mut expected = vec!["BatchExecuteStatement 30".to_owned(), "BatchGetItem 10".to_owned()];
    expected.extend(vec!["ExecuteStatement 1".to_owned(); 10]);
    assert_eq!(of_batch, expected);
    log.record_batch(&ten).await;
    let of_duplicates = calls();
    assert_eq!(of_duplicates, ["BatchExecuteStatement 0", "BatchGetItem 10"], "only the entries");
}
