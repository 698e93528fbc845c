//! Who may do what: every route with every kind of credential in the credential's own, another, and
//! a missing workspace.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod equal_entries;
mod matrix;
mod spellings;

use domain::credential::{Scope, VIEWER_SCOPES};
use domain::entry::Content;
use domain::identity::EntryId;
use domain::memory::fixtures::{actor, entry_with, new_entry, target};
use domain::ports::AppendEntry;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tests::raw::RawRequest;
use tests::requests::{Held, body};
use tests::scene::{
    Scene, assert_well_formed, unknown_token, with_other_secret, with_wrong_checksum,
};
use tests::{Proxy, Response};
use web::routes::{Operation, ROUTES, Route};

/// Stands in everything that `ws_b` holds.
const SECRET: &str = "SecretOfB";

/// A credential as the rules see it: none of this is read from the service.
struct Holder {
    what: String,
    token: Option<String>,
    is_in_force: bool,
    scopes: Vec<Scope>,
    workspace: Option<&'static str>,
}

/// The rule table: the scope that a route needs.
fn needs(operation: Operation) -> Option<Scope> {
    match operation {
        Operation::RecordEntry | Operation::RecordBatch => Some(Scope::EntriesWrite),
        Operation::ListEntries
        | Operation::ReadFeed
        | Operation::GetFacets
        | Operation::ListActors
        | Operation::GetActor
        | Operation::ListAddresses
        | Operation::GetAddress
        | Operation::GetEntry => Some(Scope::EntriesRead),
        Operation::PutWorkspace => Some(Scope::WorkspacesWrite),
        Operation::GetWorkspace => Some(Scope::WorkspacesRead),
        Operation::CreateViewerToken => Some(Scope::ViewerTokensCreate),
        Operation::CreateExport | Operation::ListExports | Operation::GetExport => {
            Some(Scope::EntriesExport)
        }
        Operation::PutCatalog => Some(Scope::CatalogWrite),
        Operation::GetCatalog
        | Operation::GetHealth
        | Operation::GetDeepHealth
        | Operation::GetIndex
        | Operation::GetViewer
        | Operation::GetViewerAsset => None,
    }
}

/// The rule table: the status, given whose workspace it is.
fn expected(operation: Operation, holder: &Holder, workspace: &str) -> u16 {
    let exists = ["ws_a", "ws_b"].contains(&workspace);
    match needs(operation) {
        None => 200,
        Some(_) if !holder.is_in_force => 401,
        // The catalogue is the product's, so that no workspace's credential sets it.
        Some(_) if operation == Operation::PutCatalog && holder.workspace.is_some() => 404,
        Some(_) if holder.workspace.is_some_and(|own| own != workspace) => 404,
        Some(scope) if !holder.scopes.contains(&scope) => 403,
        Some(_) => match (operation, exists) {
            (Operation::PutWorkspace, false)
            | (Operation::RecordEntry | Operation::CreateViewerToken, true) => 201,
            (Operation::CreateExport, true) => 202,
            (Operation::PutCatalog, _) => 200,
            (_, false) => 404,
            _ => 200,
        },
    }
}

async fn holders(scene: &Scene) -> Vec<Holder> {
    let now = scene.service.clock.now();
    let holder = |what: &str,
                  token: Option<String>,
                  scopes: &[Scope],
                  workspace: Option<&'static str>| Holder {
        what: what.to_owned(),
        token,
        is_in_force: true,
        scopes: scopes.to_vec(),
        workspace,
    };
    let mut holders = Vec::new();
    for workspace in [Some("ws_a"), Some("ws_b"), None] {
        for scope in Scope::ALL {
            let what = format!("{} in {}", scope.name(), workspace.unwrap_or("any"));
            holders.push(holder(
                &what,
                Some(scene.key(&[scope], workspace).await),
                &[scope],
                workspace,
            ));
        }
        let what = format!("every scope in {}", workspace.unwrap_or("any"));
        holders.push(holder(
            &what,
            Some(scene.key(&Scope::ALL, workspace).await),
            &Scope::ALL,
            workspace,
        ));
        let what = format!("no scope in {}", workspace.unwrap_or("any"));
        holders.push(holder(&what, Some(scene.key(&[], workspace).await), &[], workspace));
    }
    holders.push(holder(
        "a key of a workspace that does not exist",
        Some(scene.key(&Scope::ALL, Some("ws_gone")).await),
        &Scope::ALL,
        Some("ws_gone"),
    ));
    for workspace in ["ws_a", "ws_b"] {
        let token = scene.service.viewer_token(workspace, now.plus_ms(60_000)).await;
        holders.push(holder(
            &format!("a viewer token of {workspace}"),
            Some(token),
            &VIEWER_SCOPES,
            Some(workspace),
        ));
    }
    let good = scene.key(&Scope::ALL, Some("ws_a")).await;
    for (what, token) in [
        ("nothing", None),
        ("garbage", Some("garbage".to_owned())),
        ("a wrong checksum", Some(with_wrong_checksum(&good))),
        ("another secret", Some(with_other_secret(&good))),
        ("an unknown key", Some(unknown_token())),
        ("a revoked key", Some(scene.revoked_key(&Scope::ALL).await)),
        ("an expired key", Some(scene.expiring_key(&Scope::ALL, now).await)),
        (
            "an expired viewer token",
            Some(scene.service.viewer_token("ws_a", now.plus_ms(-1_000)).await),
        ),
    ] {
        holders.push(Holder { is_in_force: false, ..holder(what, token, &[], None) });
    }
    holders
}

/// A valid request to the route.
fn request(
    scene: &Scene,
    route: &Route,
    holder: &Holder,
    workspace: &str,
    held: Held,
    number: usize,
) -> RawRequest {
    let request = RawRequest::new(route.method.as_str(), &held.path(route, workspace));
    let request = holder.token.iter().fold(request, |request, token| request.token(token));
    let mut sent = scene.entry();
    sent["external_id"] = json!(format!("evt_{number}"));
    match body(route.operation, &sent, "basic") {
        Some(body) => request.json(body.to_string()),
        None => request,
    }
}

/// The answer without what differs from one answer to the next.
fn comparable(answer: &Response) -> (u16, String, Vec<(String, String)>) {
    let text = answer.text.replace(answer.header("x-request-id"), "");
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    (
        answer.status,
        text,
        headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
    )
}

/// Fails if a refused request made the service look at anything but credentials and workspaces.
fn assert_nothing_was_touched(what: &str, proxy: &Proxy) {
    for call in proxy.take_calls() {
        let table = call.request.get("TableName").and_then(Value::as_str);
        assert!(call.operation == "GetItem" && table == Some("control"), "{what}: {call:?}");
    }
}

async fn scene_with_entries() -> (Scene, Held, Held) {
    let scene = Scene::start().await;
    let now = scene.service.clock.now();
    let of_a = scene.put_entry(&scene.a, now, "usr_a").await.id;
    let of_b = scene.put_entry(&scene.b, now, SECRET).await.id;
    let a = Held { entry: of_a, export: exported(&scene, "ws_a", "usr_a").await };
    let b = Held { entry: of_b, export: exported(&scene, "ws_b", SECRET).await };
    scene.service.work().await;
    // The directory has followed, so that no later request stores anything in it.
    let known = Content {
        ip_address: Some("203.0.113.7".to_owned()),
        ..Content::new(now, actor("usr_8f2"), "project.update", target("project", "prj_1"))
    };
    for workspace in [&scene.a, &scene.b] {
        let entry = entry_with(workspace, known.clone());
        scene.service.store.append(&new_entry(workspace, &entry)).await.unwrap();
    }
    scene.service.clock.set(now.plus_ms(60_000));
    let operator = scene.service.operator().await;
    for workspace in ["ws_a", "ws_b"] {
        let known = operator.get(&format!("/v1/workspaces/{workspace}/actors/user/usr_8f2")).await;
        assert_eq!(known.status, 200, "{known:?}");
    }
    (scene, a, b)
}

/// An export of what this actor did.
pub(crate) async fn exported(scene: &Scene, workspace: &str, actor: &str) -> EntryId {
    let body = json!({ "format": "csv", "actor_id": actor });
    let accepted = scene
        .service
        .operator()
        .await
        .post(&format!("/v1/workspaces/{workspace}/exports"), &body)
        .await;
    EntryId::parse(accepted.text_at("/id")).unwrap()
}

#[tokio::test]
async fn every_route_admits_exactly_the_credentials_that_its_rule_names() {
    let (scene, of_a, of_b) = scene_with_entries().await;
    let mut number = 0;
    // All 401 answers are alike, and so are all 404 answers, whoever asks for whatever.
    let mut refusals = HashMap::new();
    for holder in holders(&scene).await {
        for route in &ROUTES {
            let missing = format!("ws_missing_{number}");
            for (workspace, held) in
                [("ws_a", of_a), ("ws_b", of_b), (missing.as_str(), of_b), ("ws_gone", of_b)]
            {
                number += 1;
                let what =
                    format!("{} {} in {workspace} with {}", route.method, route.path, holder.what);
                let status = match (route.operation, holder.workspace, workspace) {
                    // Its own key may make the workspace; that is another test's.
                    (Operation::PutWorkspace, Some("ws_gone") | None, "ws_gone") => continue,
                    _ => expected(route.operation, &holder, workspace),
                };
                let before = scene.stored();
                let _ = scene.service.proxy.take_calls();
                let answer =
                    scene.send(&request(&scene, route, &holder, workspace, held, number)).await;
                // The page and its files are kept by browsers, and are no JSON.
                if route.function != "viewer" {
                    assert_well_formed(&what, &answer);
                }
                assert_eq!(answer.status, status, "{what}: {answer:?}");
                // A workspace has only so many open exports.
                scene.service.work().await;
                if status >= 400 {
                    assert_nothing_was_touched(&what, &scene.service.proxy);
                }
                if status >= 400 || ["GET"].contains(&route.method.as_str()) {
                    assert_eq!(scene.stored(), before, "{what}");
                } else if holder.workspace.is_some() && route.operation != Operation::PutWorkspace {
                    assert!(scene.stored().items > before.items, "{what}");
                }
                let may_read_b = status == 200 && workspace == "ws_b";
                assert!(
                    may_read_b || !format!("{answer:?}").contains(SECRET),
                    "{what}: {answer:?}"
                );
                if status >= 400 {
                    // A 403 names the scope.
                    let scope = needs(route.operation).filter(|_| status == 403);
                    let kind = (status, scope.map(Scope::name));
                    match refusals.entry(kind) {
                        Entry::Vacant(first) => drop(first.insert(comparable(&answer))),
                        Entry::Occupied(first) => {
                            assert_eq!(&comparable(&answer), first.get(), "{what}");
                        }
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn what_another_workspace_holds_looks_like_what_does_not_exist() {
    let (scene, a, b) = scene_with_entries().await;
    let (of_a, of_b) = (a.entry, b.entry);
    let now = scene.service.clock.now();
    let expired = scene.put_entry(&scene.a, now.plus_days(-100), "usr_a").await.id;
    let token = scene.service.viewer_token("ws_a", now.plus_ms(60_000)).await;
    for token in [
        scene.key(&Scope::ALL, Some("ws_a")).await,
        scene.key(&VIEWER_SCOPES, Some("ws_a")).await,
        token,
    ] {
        let mut answers = Vec::new();
        let paths = [
            format!("ws_a/entries/{}", EntryId::LAST),
            format!("ws_a/entries/{of_b}"),
            format!("ws_a/entries/{expired}"),
            format!("ws_a/entries/x{of_a}"),
            format!("ws_b/entries/{of_b}"),
            format!("ws_b/entries/{of_a}"),
            format!("ws_b/entries/{}", EntryId::LAST),
            format!("ws_gone/entries/{of_b}"),
            "ws_b/entries".to_owned(),
            "ws_b/entries?page_size=0".to_owned(),
            "ws_b/entries?x=%zz".to_owned(),
            "ws_gone/entries".to_owned(),
            format!("ws_a/exports/{}", EntryId::LAST),
            format!("ws_a/exports/{}", b.export),
            format!("ws_a/exports/x{}", a.export),
            format!("ws_a/exports/{of_a}"),
            format!("ws_b/exports/{}", b.export),
            format!("ws_b/exports/{}?x=1", b.export),
            format!("ws_gone/exports/{}", b.export),
            "ws_b/exports".to_owned(),
            "ws_gone/exports".to_owned(),
            "ws_b".to_owned(),
            "ws_gone".to_owned(),
        ];
        for path in paths {
            let answer = scene
                .send(&RawRequest::new("GET", &format!("/v1/workspaces/{path}")).token(&token))
                .await;
            assert_well_formed(&path, &answer);
            answers.push((path, comparable(&answer)));
        }
        for (path, answer) in &answers {
            assert_eq!(answer, &answers[0].1, "{path}");
        }
        assert_eq!(answers[0].1.0, 404);
    }
}

#[tokio::test]
async fn a_bad_request_to_another_workspace_is_not_even_read() {
    let (scene, ..) = scene_with_entries().await;
    let key = scene.key(&Scope::ALL, Some("ws_a")).await;
    for (method, path) in [
        ("POST", "entries"),
        ("POST", "entries/batch"),
        ("POST", "viewer-tokens"),
        ("POST", "exports"),
    ] {
        for workspace in ["ws_b", "ws_gone"] {
            let target = format!("/v1/workspaces/{workspace}/{path}");
            let requests = [
                RawRequest::new(method, &target),
                RawRequest::new(method, &target).json("{"),
                RawRequest::new(method, &target).json(r#"{"a":1,"a":2}"#),
                RawRequest::new(method, &target).json("x".repeat(5 * 1_024 * 1_024)),
                RawRequest::new(method, &format!("{target}?x=1")).json("{}"),
            ];
            for request in requests {
                let _ = scene.service.proxy.take_calls();
                let answer = scene.send(&request.token(&key)).await;
                assert_eq!(
                    (answer.status, answer.problem()),
                    (404, "not-found"),
                    "{target}: {answer:?}"
                );
                assert_nothing_was_touched(&target, &scene.service.proxy);
            }
        }
    }
}

#[tokio::test]
async fn a_key_of_one_workspace_may_make_that_one_and_no_other() {
    let scene = Scene::start().await;
    let key = scene.key(&[Scope::WorkspacesWrite], Some("ws_new")).await;
    let put = |id: &str| {
        RawRequest::new("PUT", &format!("/v1/workspaces/{id}"))
            .json(r#"{"plan":"free"}"#)
            .token(&key)
    };
    let before = scene.stored();
    for id in ["ws_a", "ws_b", "ws_newer", "ws_ne", "WS_NEW"] {
        assert_eq!(scene.send(&put(id)).await.status, 404, "{id}");
    }
    assert_eq!(scene.stored(), before);
    assert_eq!(scene.send(&put("ws_new")).await.status, 201);
}
