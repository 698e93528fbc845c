//! A store that fails at any of the calls that a request makes. Whatever fails, an answer that is
//! given is the whole one, a failure is a 429 or 503 that says when to try again, and the same
//! instance answers as before when the store does.
//!
//! The requests are those of the table of routes, and the calls are counted, not listed: a new
//! route and a new call are failed like all others.

use super::case::{Case, From};
use crate::access::exported;
use crate::faults::assert_says_to_try_again;
use domain::clock::Clock;
use domain::credential::Scope;
use domain::entry::Content;
use domain::identity::EntryId;
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tests::raw::RawRequest;
use tests::requests::{Held, body};
use tests::scene::Scene;
use tests::{Fault, NOON, Response, actor, at, content, log_of, target};
use web::routes::{Operation, ROUTES, Route};

/// How many cases run at the same time. Each waits most of its time.
const TOGETHER: usize = 32;

/// How a call fails, by its place among the calls of a request.
pub(super) type Failures = fn(usize) -> Vec<(Fault, From)>;

/// How a call of a read fails.
fn of_read(call: usize) -> Vec<(Fault, From)> {
    vec![
        (Fault::Refuse("ThrottlingException"), From::Here(call)),
        (Fault::Refuse("InternalServerError"), From::Here(call)),
        (Fault::Refuse("ThrottlingException"), From::HereOnly(call)),
    ]
}

/// How a call of a write fails: before it lands, or after.
fn of_write(call: usize) -> Vec<(Fault, From)> {
    vec![
        (Fault::Refuse("ThrottlingException"), From::Here(call)),
        (Fault::LoseAnswer, From::Here(call)),
        (Fault::LoseAnswer, From::HereOnly(call)),
    ]
}

/// A log that takes every kind of call: entries that are counted, numbered and neither, late ones
/// with markers, values apart, an export that is done.
async fn scene() -> (Scene, Held, String) {
    let scene = Scene::at(Clock::manual(at(NOON))).await;
    let now = at(NOON);
    let of = |from: i64, n: usize| {
        let moment = now.plus_ms(-from - i64::try_from(n).unwrap() * 1_000);
        content(moment, actor("usr_1"), "member.invite", target("member", "mem_1"), n)
    };
    let old = (0..300).map(|n| of(3 * 86_400_000, n));
    let known = Content {
        ip_address: Some("203.0.113.7".to_owned()),
        actor: actor("usr_8f2"),
        ..of(2 * 86_400_000, 300)
    };
    let old = log_of(&scene.a, old.chain([known]));
    scene.service.load(&old);
    scene.service.count(&scene.a).await;
    let held_export = exported(&scene, "ws_a", "usr_1").await;
    scene.service.work().await;
    let key = scene.key(&Scope::ALL, Some("ws_a")).await;
    let api = scene.service.api(&key);
    assert_eq!(api.get("/v1/workspaces/ws_a/actors/user/usr_8f2").await.status, 200);
    let mut first = String::new();
    for (number, ago) in [(0, 0), (1, 86_400_000), (2, 0)] {
        let mut entry = scene.entry();
        entry["occurred_at"] = json!(now.plus_ms(-ago).rfc3339());
        entry["external_id"] = json!(format!("recent_{number}"));
        entry["new_value"] = json!("x".repeat(2_000));
        let answer = api.post("/v1/workspaces/ws_a/entries", &entry).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text_at("/id").clone_into(&mut first);
    }
    let held = Held { entry: EntryId::parse(&first).unwrap(), export: held_export };
    (scene, held, key)
}

/// The reads of a route: as it is usually asked, and with what makes it read elsewhere. A change of
/// plan that is only tried counts what it would hide.
fn reads(route: &Route, held: Held) -> Vec<String> {
    let target = held.path(route, "ws_a");
    let queries: &[&str] = match route.operation {
        Operation::ListEntries => &[
            "",
            "?page_size=2&page=3",
            "?action=member.invite&target_type=member",
            "?actor_id=usr_1",
            "?target_type=member&target_id=mem_1",
            "?actor_email=ada@example.com",
            "?ip_address=203.0.113.0/24",
            "?from=2026-11-19T00:00:00Z&to=2026-11-19T12:00:00Z",
        ],
        Operation::ReadFeed => &["", "?after=200&limit=50&include=values", "?actor_id=usr_1"],
        Operation::GetFacets => &["", "?from=2026-11-19T00:00:00Z"],
        Operation::ListActors => &["", "?search=usr"],
        Operation::ListAddresses => &["", "?search=203.0.113.0/24"],
        Operation::PutWorkspace => &["?dry_run=true"],
        _ => &[""],
    };
    queries.iter().map(|query| format!("{target}{query}")).collect()
}

/// The answer without what differs from one to the next although nothing has changed.
fn whole(answer: &Response) -> Value {
    let mut body = answer.json.clone();
    // The addresses of a file are signed anew each time.
    if let Some(file) = body.pointer_mut("/file").and_then(Value::as_object_mut) {
        file.retain(|name, _| name != "url" && name != "manifest_url");
    }
    body
}

/// Asks with failures, and then without: `expected` is the whole answer.
async fn one(
    scene: &Scene,
    request: &RawRequest,
    expected: &Value,
    (fault, from): (Fault, From),
    is_warm: bool,
) -> bool {
    let case = Case::of(&fault, scene).await;
    if is_warm {
        assert_eq!(case.healed(request).await.0.status, 200);
    }
    let what = format!("{} {fault:?} {from:?} warm {is_warm}", request.target);
    case.fail(fault.clone(), from);
    let answer = request.send(&case.address).await;
    let is_whole = answer.status == 200;
    if is_whole {
        assert_eq!(&whole(&answer), expected, "{what}: a part that looks whole");
    } else {
        let status = if fault == Fault::Refuse("ThrottlingException") { 429 } else { 503 };
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert_says_to_try_again(&answer, status);
    }
    let (healed, _) = case.healed(request).await;
    assert_eq!((healed.status, &whole(&healed)), (200, expected), "{what}: without a restart");
    is_whole
}

/// Fails each call of each read, and answers how many answers were whole, and of how many.
pub(super) async fn failed_reads(of_read: Failures, together: usize) -> [usize; 2] {
    let (scene, held, key) = scene().await;
    let mut cases = Vec::new();
    let is_read =
        |route: &&Route| route.method == "GET" || route.operation == Operation::PutWorkspace;
    for route in ROUTES.iter().filter(is_read) {
        for target in reads(route, held) {
            let request = RawRequest::new(route.method.as_str(), &target).token(&key);
            let request = match route.operation {
                Operation::PutWorkspace => request.json(r#"{"plan":"free"}"#),
                _ => request,
            };
            let case = Case::start(&scene).await;
            case.fail(Fault::None, From::Here(usize::MAX));
            let healthy = request.send(&case.address).await;
            assert_eq!(healthy.status, 200, "{target}: {healthy:?}");
            let calls = case.calls.load(Ordering::SeqCst);
            let expected = whole(&healthy);
            for (n, failure) in (0..calls).flat_map(of_read).enumerate() {
                cases.push((request.clone(), expected.clone(), failure, n % 2 == 1));
            }
        }
    }
    let answered = stream::iter(&cases).map(|(request, expected, failure, is_warm)| {
        one(&scene, request, expected, failure.clone(), *is_warm)
    });
    let answered: Vec<_> = answered.buffer_unordered(together).collect().await;
    [answered.iter().filter(|is_whole| **is_whole).count(), cases.len()]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_of_a_read_fails_the_answer_is_whole_or_says_to_try_again() {
    let [whole, all] = failed_reads(of_read, TOGETHER).await;
    assert!(all > 200, "{all}");
    assert!(whole > 50 && whole < all - 50, "{whole} of {all} were whole");
}

/// A good request to a route that writes.
async fn write_to(route: &Route, scene: &Scene) -> RawRequest {
    let key = scene.key(&Scope::ALL, None).await;
    let target = route.path.replace("{workspace_id}", "ws_a");
    let request = RawRequest::new(route.method.as_str(), &target).token(&key);
    request.json(body(route.operation, &scene.entry(), "pro").unwrap().to_string())
}

/// What is left of a write in the log, however often it was asked for: how many entries, and how
/// often each action is among them.
async fn recorded(scene: &Scene) -> Vec<String> {
    let api = scene.service.operator().await;
    let page = api.get("/v1/workspaces/ws_a/entries?page_size=100").await;
    assert_eq!(page.status, 200, "{page:?}");
    let entries = page.json["entries"].as_array().unwrap();
    assert_eq!(page.json["page"]["total_entries"], entries.len(), "{page:?}");
    entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

/// Asks for a write while calls fail, and again when they do not.
async fn written(route: &Route, fault: Fault, from: From) {
    let scene = Scene::at(Clock::manual(at(NOON))).await;
    let request = write_to(route, &scene).await;
    let what = format!("{} {} {fault:?} {from:?}", route.method, route.path);
    let case = Case::of(&fault, &scene).await;
    case.fail(fault, from);
    let answer = request.send(&case.address).await;
    let is_done = answer.status < 300;
    if !is_done {
        assert!(matches!(answer.status, 429 | 503), "{what}: {answer:?}");
        assert_says_to_try_again(&answer, answer.status);
    }
    case.proxy.heal();
    let before = recorded(&scene).await;
    let (again, asked) = case.healed(&request).await;
    assert!(again.status < 300, "{what}: without a restart: {again:?}");
    let after = recorded(&scene).await;
    // How often it may be in the log: a token and an export are made for each request that was
    // acknowledged, and once more if the answer was lost; all else is there once.
    let most = match route.operation {
        Operation::CreateViewerToken => 1 + asked,
        Operation::PutCatalog => 0,
        _ => 1,
    };
    assert!(after.len() <= most && after.len() >= most.min(1), "{what}: {after:?}");
    assert!(!is_done || before.len() == most.min(1), "{what}: acknowledged and stored {before:?}");
    let plan = scene.service.stored_workspace("ws_a").await.plan.name();
    assert_eq!(plan, if route.operation == Operation::PutWorkspace { "pro" } else { "basic" });
}

/// Fails each call of each write, before it lands or after, and answers how many cases these are.
pub(super) async fn failed_writes(of_write: Failures, together: usize) -> usize {
    let mut cases = Vec::new();
    for route in ROUTES.iter().filter(|route| route.method != "GET") {
        let scene = Scene::at(Clock::manual(at(NOON))).await;
        let request = write_to(route, &scene).await;
        let case = Case::start(&scene).await;
        case.fail(Fault::None, From::Here(usize::MAX));
        let healthy = request.send(&case.address).await;
        assert!(healthy.status < 300, "{}: {healthy:?}", route.path);
        let calls = case.calls.load(Ordering::SeqCst);
        cases.extend((0..calls).flat_map(of_write).map(|(fault, from)| (route, fault, from)));
    }
    let done = stream::iter(cases).map(|(route, fault, from)| written(route, fault, from));
    done.buffer_unordered(together).collect::<Vec<()>>().await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_of_a_write_fails_a_repetition_completes_it_and_does_it_once() {
    let all = failed_writes(of_write, TOGETHER).await;
    assert!(all > 100, "{all}");
}
