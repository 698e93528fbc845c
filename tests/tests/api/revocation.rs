//! What a revoked key can still do: nothing that lasts, from the moment of its revocation; and what
//! becomes of the viewer tokens that it made.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets what it does not expect fails"
)]

use aws_sdk_dynamodb::types::AttributeValue;
use domain::credential::{KeyId, Scope, Token};
use domain::entry::Content;
use domain::memory::fixtures::entry_with;
use domain::plan::Plan;
use domain::ports::OperateCredentials;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::jobs::export;
use tests::{Api, Ask, Call, NOON, Response, TestService, actor, at, content, target};
use web::routes::{Operation, ROUTES};

const WORKSPACE: &str = "/v1/workspaces/ws_a";
/// How many operations a viewer token may do: list, feed, facets, one entry, four of the directory,
/// and three of exports.
const VIEWER_OPERATIONS: usize = 11;

/// A service at noon with a workspace that has an entry and a finished export.
struct World {
    service: TestService,
    entry: String,
    export: String,
}

impl World {
    async fn start() -> Self {
        let service = TestService::at_noon().await;
        let workspace = service.fixed_workspace("ws_a", Plan::Basic);
        crate::export::log(&service, &workspace, 5, 3);
        let known = Content {
            ip_address: Some("203.0.113.7".to_owned()),
            ..content(service.clock.now(), actor("u_1"), "member.invite", target("member", "m"), 99)
        };
        service.load(&[entry_with(&workspace, known)]);
        service.clock.set(service.clock.now().plus_ms(60_000));
        let operator = service.operator().await;
        let known = operator.get(&format!("{WORKSPACE}/actors/user/u_1")).await;
        assert_eq!(known.status, 200, "{known:?}");
        let body = crate::export::body("csv", "none", &Ask::default());
        let export = export(&service, &operator, "ws_a", &body).await.text_at("/id").to_owned();
        let listed = tests::page(&operator, &format!("{WORKSPACE}/entries")).await;
        Self { service, entry: listed.ids.first().unwrap().clone(), export }
    }

    /// A new key with every scope; `None` is one for every workspace.
    async fn key(&self, workspace: Option<&str>) -> (KeyId, Api) {
        let text = self.service.key(&Scope::ALL, workspace).await;
        (key_id(&text), self.service.api(&text))
    }

    async fn revoke(&self, key_id: &KeyId) {
        let now = self.service.clock.now();
        assert_eq!(self.service.store.revoke(key_id, now).await.unwrap(), Some(now));
        self.pass(1);
    }

    /// Lets time pass.
    fn pass(&self, ms: i64) {
        self.service.clock.set(self.service.clock.now().plus_ms(ms));
    }

    /// A request of this operation that is as it should be.
    async fn ask(&self, api: &Api, operation: Operation, number: usize) -> Response {
        let entry = json!({
            "occurred_at": self.service.clock.now().rfc3339(),
            "action": "member.invite",
            "actor": { "type": "user", "id": "u_1" },
            "target": { "type": "member", "id": "m_1" },
            "external_id": format!("evt_{number}"),
        });
        let at = |path: &str| format!("{WORKSPACE}{path}");
        match operation {
            Operation::RecordEntry => api.post(&at("/entries"), &entry).await,
            Operation::RecordBatch => {
                api.post(&at("/entries/batch"), &json!({ "entries": [entry] })).await
            }
            Operation::ListEntries => api.get(&at("/entries")).await,
            Operation::GetFacets => api.get(&at("/facets")).await,
            Operation::ReadFeed => api.get(&at("/feed")).await,
            Operation::ListActors => api.get(&at("/actors")).await,
            Operation::GetActor => api.get(&at("/actors/user/u_1")).await,
            Operation::ListAddresses => api.get(&at("/addresses")).await,
            Operation::GetAddress => api.get(&at("/addresses/203.0.113.7")).await,
            Operation::GetEntry => api.get(&at(&format!("/entries/{}", self.entry))).await,
            Operation::PutWorkspace => api.put(WORKSPACE, &json!({ "plan": "basic" })).await,
            Operation::GetWorkspace => api.get(WORKSPACE).await,
            Operation::CreateViewerToken => token(api).await,
            Operation::CreateExport => {
                let from = Timestamp::clamped(i64::try_from(number).unwrap()).rfc3339();
                api.post(&at("/exports"), &json!({ "format": "csv", "from": from })).await
            }
            Operation::ListExports => api.get(&at("/exports")).await,
            Operation::GetExport => api.get(&at(&format!("/exports/{}", self.export))).await,
            Operation::PutCatalog => {
                let catalog = domain::catalog::default_catalog();
                api.put("/v1/catalog", &json!(catalog)).await
            }
            Operation::GetCatalog
            | Operation::GetHealth
            | Operation::GetDeepHealth
            | Operation::GetIndex
            | Operation::GetViewer
            | Operation::GetViewerAsset => panic!("{operation:?} needs no credential"),
        }
    }
}

fn key_id(token: &str) -> KeyId {
    Token::parse(token).unwrap().key_id().clone()
}

/// Makes a viewer token for an hour.
async fn token(api: &Api) -> Response {
    let body = json!({ "admin": { "id": "adm_1" }, "expires_in_seconds": 3_600 });
    api.post(&format!("{WORKSPACE}/viewer-tokens"), &body).await
}

/// The rule table: whether the effect of an operation outlasts its request, besides recording.
/// `None` means that it needs no credential.
fn lasts(operation: Operation) -> Option<bool> {
    match operation {
        Operation::CreateViewerToken
        | Operation::CreateExport
        | Operation::GetExport
        | Operation::PutWorkspace
        | Operation::PutCatalog => Some(true),
        Operation::RecordEntry
        | Operation::RecordBatch
        | Operation::ListEntries
        | Operation::ReadFeed
        | Operation::GetFacets
        | Operation::ListActors
        | Operation::GetActor
        | Operation::ListAddresses
        | Operation::GetAddress
        | Operation::GetEntry
        | Operation::GetWorkspace
        | Operation::ListExports => Some(false),
        Operation::GetCatalog
        | Operation::GetHealth
        | Operation::GetDeepHealth
        | Operation::GetIndex
        | Operation::GetViewer
        | Operation::GetViewerAsset => None,
    }
}

/// A credential, and whose revocation ends it.
#[derive(Debug, Clone, Copy)]
enum Ends {
    /// A key of every workspace, with itself.
    Key,
    /// A key of one workspace, with itself.
    BoundKey,
    /// A viewer token, with itself.
    Viewer,
    /// A viewer token, with the key that made it.
    ViewerOfKey,
}

impl World {
    /// Makes a credential, and names the one that is to be revoked.
    async fn credential(&self, ends: Ends) -> (KeyId, Api) {
        let (key_id, api) = match ends {
            Ends::Key => return self.key(None).await,
            Ends::BoundKey => return self.key(Some("ws_a")).await,
            Ends::Viewer | Ends::ViewerOfKey => self.key(Some("ws_a")).await,
        };
        let text = token(&api).await.text_at("/token").to_owned();
        let ended = if matches!(ends, Ends::Viewer) { self::key_id(&text) } else { key_id };
        (ended, self.service.api(&text))
    }
}

/// How many operations a credential may do.
async fn ends_with_its_revocation(ends: Ends) -> usize {
    let world = World::start().await;
    let mut permitted = 0;
    for (number, route) in ROUTES.iter().enumerate() {
        let (operation, Some(lasts)) = (route.operation, lasts(route.operation)) else { continue };
        let (key_id, api) = world.credential(ends).await;
        let before = world.ask(&api, operation, number).await;
        if matches!(before.status, 403 | 404) {
            continue;
        }
        permitted += 1;
        assert!(before.status < 300, "{ends:?} {operation:?}: {before:?}");
        world.service.work().await;
        world.revoke(&key_id).await;
        let items = world.service.embedded.database.table_stats().unwrap();
        let items: Vec<_> = items.iter().map(|table| table.item_count).collect();
        let after = world.ask(&api, operation, 100 + number).await;
        if lasts {
            assert_eq!((after.status, after.problem()), (401, "unauthenticated"), "{operation:?}");
            let left = world.service.embedded.database.table_stats().unwrap();
            let left: Vec<_> = left.iter().map(|table| table.item_count).collect();
            assert_eq!(left, items, "{operation:?} stores nothing");
            let reading = world.ask(&api, Operation::ListEntries, 0).await;
            assert_eq!(reading.status, 401, "{operation:?} has shown the instance the revocation");
        } else {
            assert!(after.status < 300, "{operation:?} may use what is remembered: {after:?}");
            world.pass(60_000);
            assert_eq!(world.ask(&api, operation, 200 + number).await.status, 401, "{operation:?}");
        }
    }
    permitted
}

#[tokio::test]
async fn a_revoked_key_has_no_lasting_effect_from_its_revocation_on() {
    let all = ROUTES.iter().filter(|route| lasts(route.operation).is_some()).count();
    assert_eq!(ends_with_its_revocation(Ends::Key).await, all);
    // The catalogue is the product's.
    assert_eq!(ends_with_its_revocation(Ends::BoundKey).await, all - 1);
    // A viewer token reads and exports.
    for ends in [Ends::Viewer, Ends::ViewerOfKey] {
        assert_eq!(ends_with_its_revocation(ends).await, VIEWER_OPERATIONS, "{ends:?}");
    }
}

#[tokio::test]
async fn a_viewer_token_dies_with_the_key_that_made_it() {
    let world = World::start().await;
    let (key, backend) = world.key(Some("ws_a")).await;
    let viewer = world.service.api(token(&backend).await.text_at("/token"));
    assert_eq!(world.ask(&viewer, Operation::ListEntries, 0).await.status, 200);
    assert_eq!(world.ask(&viewer, Operation::CreateExport, 1).await.status, 202);
    assert_eq!(world.ask(&viewer, Operation::GetExport, 0).await.status, 200);
    world.revoke(&key).await;
    assert_eq!(world.ask(&viewer, Operation::ListEntries, 0).await.status, 200, "remembered");
    let refused = world.ask(&viewer, Operation::CreateExport, 2).await;
    assert_eq!((refused.status, refused.problem()), (401, "unauthenticated"), "at once");
    assert_eq!(world.ask(&viewer, Operation::GetExport, 0).await.status, 401, "at once");
    let elsewhere = world.ask(&viewer, Operation::ListEntries, 0).await;
    assert_eq!(elsewhere.status, 401, "the instance has seen the revocation");
}

#[tokio::test]
async fn a_viewer_token_reads_for_a_minute_at_most_after_its_key_was_revoked() {
    let world = World::start().await;
    let (key, backend) = world.key(Some("ws_a")).await;
    let text = token(&backend).await.text_at("/token").to_owned();
    let viewer = world.service.api(&text);
    let other_instance = world.service.another_instance(&text).await;
    assert_eq!(world.ask(&viewer, Operation::ListEntries, 0).await.status, 200);
    world.revoke(&key).await;
    let there = world.ask(&other_instance, Operation::ListEntries, 0).await;
    assert_eq!(there.status, 401, "where it is not remembered");
    world.pass(59_998);
    assert_eq!(world.ask(&viewer, Operation::GetEntry, 0).await.status, 200, "59,999 ms");
    world.pass(1);
    assert_eq!(world.ask(&viewer, Operation::GetEntry, 0).await.status, 401, "60,000 ms");
}

#[tokio::test]
async fn a_viewer_token_ends_with_its_key_or_before() {
    let world = World::start().await;
    let end = at(NOON).plus_ms(600_000);
    let text = world
        .service
        .credential(|credential| {
            credential.scopes = Scope::ALL.to_vec();
            credential.expires_at = Some(end);
        })
        .await;
    let made = token(&world.service.api(&text)).await;
    assert_eq!(made.text_at("/expires_at"), end.rfc3339(), "not an hour later");
    let viewer = world.service.api(made.text_at("/token"));
    for (moment, status) in [(end.plus_ms(-1), 200), (end, 401)] {
        world.service.clock.set(moment);
        assert_eq!(world.ask(&viewer, Operation::ListEntries, 0).await.status, status);
    }
}

#[tokio::test]
async fn a_viewer_token_without_its_key_is_refused() {
    let world = World::start().await;
    let (key, backend) = world.key(Some("ws_a")).await;
    let viewer = world.service.api(token(&backend).await.text_at("/token"));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let delete = world
        .service
        .dynamodb
        .delete_item()
        .table_name(local::embedded::tables().control)
        .key("pk", text(&format!("key#{}", key.as_str())))
        .key("sk", text("key"));
    delete.send().await.unwrap();
    world.pass(60_000);
    assert_eq!(world.ask(&viewer, Operation::ListEntries, 0).await.status, 401);
    assert_eq!(world.ask(&viewer, Operation::CreateExport, 0).await.status, 401);
}

/// The reads of credentials since the last time, by key id, in order.
fn reads(world: &World) -> Vec<String> {
    let key = |call: &Call| {
        let pk = call.request.pointer("/Key/pk/S").and_then(Value::as_str)?;
        // Counting alone is content with an older checkpoint.
        let is_strong = call.request.get("ConsistentRead") == Some(&json!(true));
        assert!(is_strong || pk.starts_with("journal#"), "{call:?}");
        let key_id = pk.strip_prefix("key#").or_else(|| pk.strip_prefix("viewer#"))?;
        Some(key_id.to_owned())
    };
    world.service.proxy.take_calls().iter().filter_map(key).collect()
}

#[tokio::test]
async fn an_issuer_is_one_read_more_in_a_minute_and_a_lasting_request_reads_both() {
    let world = World::start().await;
    let (key, backend) = world.key(Some("ws_a")).await;
    let text = token(&backend).await.text_at("/token").to_owned();
    let (own, issuer) = (key_id(&text).as_str().to_owned(), key.as_str().to_owned());
    let viewer = world.service.another_instance(&text).await;
    let _ = reads(&world);
    let both = vec![own, issuer];
    for (operation, after_ms, expected) in [
        (Operation::ListEntries, 0, both.clone()),
        (Operation::ListEntries, 1, Vec::new()),
        (Operation::GetEntry, 59_998, Vec::new()),
        (Operation::GetEntry, 1, both.clone()),
        (Operation::GetExport, 1, both.clone()),
        (Operation::GetExport, 1, both.clone()),
        (Operation::GetEntry, 59_999, Vec::new()),
    ] {
        world.pass(after_ms);
        assert_eq!(world.ask(&viewer, operation, 0).await.status, 200);
        assert_eq!(reads(&world), expected, "{operation:?} after {after_ms} ms");
    }
}
