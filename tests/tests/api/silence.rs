//! Nothing that clients send or store comes into what the service prints or logs: not with good
//! requests, not with bad ones, and not when the store fails.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly, and so may what it is made of")]

use crate::access::exported;
use domain::clock::Clock;
use domain::credential::Scope;
use domain::identity::EntryId;
use job::Limits;
use local::gateway::FUNCTION;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use tally::{Planned, StreamEvent};
use tests::instance::Instance;
use tests::lines::Lines;
use tests::raw::RawRequest;
use tests::requests::Held;
use tests::scene::{Scene, unknown_token, with_other_secret, with_wrong_checksum};
use tests::silence::told;
use tests::wire::{Tear, Wire};
use tests::{Fault, at};
use web::routes::{Operation, ROUTES};
use web::service::Service;

/// Begins every text that is sent.
const PLANTED: &str = "PlantedInB";

/// An entry whose every text is planted.
fn entry(moment: &str, number: usize) -> Value {
    let text = |what: &str| format!("{PLANTED}{what}");
    let person = json!({ "type": "user", "id": text("Id"), "name": text("Name"),
        "email": "planted.in.b@example.com" });
    json!({
        "occurred_at": moment,
        "actor": person,
        "on_behalf_of": person,
        "action": "member.invite",
        "target": { "type": "member", "id": text("Target"), "name": text("TargetName") },
        "targets": [{ "type": "project", "id": text("Further") }],
        "ip_address": "198.51.100.77",
        "user_agent": text("Agent"),
        "location": text("Location"),
        "session_id": text("Session"),
        "request_id": text("Request"),
        "reason": text("Reason"),
        "external_id": format!("{PLANTED}{number}"),
        "metadata": { "key": text("Metadata") },
        "old_value": { text("Key"): text("Old") },
        "new_value": text("New").repeat(number % 2 * 200 + 1),
    })
}

/// Texts that no line may have, besides those that every test looks for.
fn planted(tokens: &[String]) -> Vec<String> {
    let secrets = tokens.iter().filter_map(|token| token.split('_').nth(2)).map(str::to_owned);
    let fixed = [PLANTED, "planted.in.b", "198.51.100.77", "ws_a/", "viewer.js"];
    fixed.into_iter().map(str::to_owned).chain(secrets).chain(tokens.iter().cloned()).collect()
}

/// Fails for the first line that says what it must not.
fn assert_silent(output: &str, planted: &[String]) {
    for line in output.lines() {
        let found = planted.iter().find(|text| !text.is_empty() && line.contains(text.as_str()));
        assert_eq!(found, None, "{line}");
        assert_eq!(told(line), None, "{line}");
    }
}

/// A good body of an operation, with planted texts wherever a text can be.
fn body(operation: Operation, moment: &str, number: usize) -> Option<Value> {
    let admin = json!({ "id": format!("{PLANTED}Admin"), "name": format!("{PLANTED}Name"),
        "email": "planted.in.b@example.com", "ip_address": "198.51.100.77" });
    Some(match operation {
        Operation::RecordEntry => entry(moment, number),
        Operation::RecordBatch => {
            let entries = [entry(moment, number), entry(moment, number + 1), json!(PLANTED)];
            json!({ "entries": entries })
        }
        Operation::PutWorkspace => {
            let plan = if number.is_multiple_of(2) { "pro" } else { "basic" };
            json!({ "plan": plan, "admin": admin })
        }
        Operation::CreateViewerToken => json!({ "admin": admin }),
        Operation::CreateExport => {
            json!({ "format": "csv", "actor_id": format!("{PLANTED}{number}"), "admin": admin })
        }
        Operation::PutCatalog => json!(domain::catalog::default_catalog()),
        _ => return None,
    })
}

/// Requests of all routes: as they should be, and wrong in each part with a planted text there.
fn requests(moment: &str, held: Held, token: &str, number: usize) -> Vec<RawRequest> {
    let mut requests = Vec::new();
    for route in &ROUTES {
        let target = held.path(route, "ws_a");
        let request = |target: &str| RawRequest::new(route.method.as_str(), target).token(token);
        let good = match body(route.operation, moment, number) {
            Some(body) => request(&target).json(body.to_string()),
            None => request(&target),
        };
        requests.push(good.clone());
        requests.push(good.with("x-planted", PLANTED).with("cookie", format!("a={PLANTED}")));
        for query in ["", "page_token=", "actor_id=", "action=", "from=", "after="] {
            requests.push(request(&format!("{target}?{query}{PLANTED}")));
        }
        for body in [
            format!("{{\"{PLANTED}\""),
            format!("{{\"{PLANTED}\":1,\"{PLANTED}\":2}}"),
            format!("{{\"{PLANTED}\":{{\"{PLANTED}\":\"{PLANTED}\"}}}}"),
            format!(
                "{{\"entries\":[\"{PLANTED}\"],\"plan\":\"{PLANTED}\",\"admin\":\"{PLANTED}\"}}"
            ),
            json!({ "occurred_at": PLANTED, "actor": PLANTED, "format": PLANTED }).to_string(),
        ] {
            requests.push(request(&target).json(body));
        }
        for (place, id) in [("ws_a", "ws_a"), (&*held.entry.to_string(), "entry")] {
            requests.push(request(&target.replace(place, &format!("{PLANTED}{id}"))));
        }
    }
    requests
}

async fn scene() -> (Scene, Held) {
    let scene = Scene::at(Clock::manual(Clock::System.now())).await;
    let now = scene.service.clock.now();
    let entry = scene.put_entry(&scene.a, now.plus_ms(-60_000), "PlantedInBActor").await.id;
    let export = exported(&scene, "ws_a", "PlantedInBActor").await;
    scene.service.work().await;
    (scene, Held { entry, export })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_says_nothing_of_what_it_is_sent_whatever_the_store_does() {
    let (scene, held) = scene().await;
    let good = scene.key(&Scope::ALL, None).await;
    let viewer = scene.service.viewer_token("ws_a", scene.service.clock.now().plus_days(1)).await;
    let mut tokens = vec![
        good.clone(),
        viewer,
        unknown_token(),
        with_other_secret(&good),
        with_wrong_checksum(&good),
        scene.revoked_key(&Scope::ALL).await,
        format!("{PLANTED}Token"),
    ];
    let wire = Wire::start(&scene.service.embedded.endpoint).await;
    let program = Path::new(env!("CARGO_BIN_EXE_instance"));
    let instance = Instance::start(program, &wire.endpoint, "info").await;
    let address = instance.address.clone();
    let made = Mutex::new(Vec::new());
    let (all, moment) = (&tokens, Clock::System.now().rfc3339());
    let mut sent = 0;
    let output = instance
        .said_during(async {
            for (number, token) in all.iter().enumerate() {
                for request in requests(&moment, held, token, number) {
                    let answer = request.send(&address).await;
                    // A token that was made here is a secret, too.
                    made.lock().unwrap().push(answer.text_at("/token").to_owned());
                    sent += 1;
                }
            }
            for (number, tear) in TEARS.into_iter().enumerate() {
                wire.tear(move |_| tear);
                let some = requests(&moment, held, &good, 100 + number).into_iter();
                let good_ones = some.filter(|request| !request.target.contains('?'));
                let sends = good_ones.map(|request| {
                    let address = &address;
                    async move { request.send(address).await }
                });
                sent += futures::future::join_all(sends.collect::<Vec<_>>()).await.len();
            }
        })
        .await;
    tokens.extend(made.into_inner().unwrap().into_iter().filter(|token| !token.is_empty()));
    assert!(tokens.len() > 8, "tokens were made");
    assert_silent(&output, &planted(&tokens));
    // One line for each request that came to a function, and those of the store.
    let lines = output.lines().filter(|line| line.contains("\"request\"")).count();
    assert!(lines > sent / 2, "{lines} of {sent}: {output}");
    assert!(output.lines().any(|line| line.contains("\"store\"")), "{output}");
}

/// What happens to every call, one after another.
const TEARS: [Tear; 6] = [
    Tear::Throttle,
    Tear::ErrorBefore,
    Tear::DropAfter,
    Tear::ResetAfter,
    Tear::Partial,
    Tear::Trickle(20),
];

#[tokio::test]
async fn jobs_and_the_stream_say_nothing_of_what_they_work_on_whatever_the_store_does() {
    let (scene, _) = scene().await;
    let log = &scene.service;
    let lines = Lines::default();
    for (number, fault) in [
        Fault::None,
        Fault::Refuse("ThrottlingException"),
        Fault::Refuse("ValidationException"),
        Fault::LoseAnswer,
    ]
    .into_iter()
    .enumerate()
    {
        exported(&scene, "ws_a", &format!("{PLANTED}{number}")).await;
        let entry = scene.put_entry(&scene.a, log.clock.now(), &format!("{PLANTED}{number}")).await;
        scene.service.proxy.fail(move |operation, _| match operation {
            "PutItem" | "UpdateItem" | "Query" => fault.clone(),
            _ => Fault::None,
        });
        let batch = batch_of(entry.id);
        let tally = Service::new(log.bound_store(), log.clock.clone());
        let planned = Planned::default();
        let handled = Box::pin(lines.during(tally::handle(&tally, &planned, batch)));
        drop(FUNCTION.scope("tally".to_owned(), handled).await);
        let worker = log.worker_over(log.bound_store(), Limits::default());
        while let Some(message) = log.backend.queue.take() {
            let work = Box::pin(lines.during(worker.work_on(&message)));
            drop(FUNCTION.scope("job".to_owned(), work).await);
        }
        scene.service.proxy.heal();
    }
    let output = lines.text();
    for message in ["\"batch\"", "\"chunk\"", "stored item altered", "is not"] {
        assert!(output.contains(message), "{message}: {output}");
    }
    // These lines name their workspace, and their job or entry.
    assert_silent(&output, &[PLANTED.to_owned(), "planted.in.b".to_owned()]);
}

/// A batch of the stream with a new entry, and one that was altered.
fn batch_of(id: EntryId) -> StreamEvent {
    let at = at("2026-11-22T12:00:00Z").epoch_seconds();
    let image = |text: &str| json!({ "reason": { "S": format!("{PLANTED}{text}") } });
    let record = |name: &str| {
        json!({ "eventName": name, "dynamodb": {
            "Keys": { "workspace_id": { "S": "ws_a" }, "id": { "S": id.to_string() } },
            "OldImage": image("Old"), "NewImage": image("New"),
            "SequenceNumber": "1", "ApproximateCreationDateTime": at } })
    };
    serde_json::from_value(json!({ "Records": [record("INSERT"), record("MODIFY")] })).unwrap()
}

#[test]
fn what_is_looked_for_is_found() {
    let token = unknown_token();
    for line in [
        format!("{{\"fields\":{{\"header\":\"Bearer {token}\"}}}}"),
        format!("x {}", &token[..token.len() - 9]),
        "an error of Ada Lovelace".to_owned(),
        "source 203.0.113.7".to_owned(),
    ] {
        assert!(told(&line).is_some(), "{line}");
    }
    for line in ["a key id of cwa_ is not", "5f1c0a9b2e7d4386", "cwa_0123456789abcdef"] {
        assert_eq!(told(line), None);
    }
}
