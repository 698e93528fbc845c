//! The roles of `template.yaml`: the functions do what they are allowed, and are allowed what they
//! do; and `docs/operations.md` says what follows for a compromised function.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod security;

use domain::credential::Scope;
use domain::entry::Content;
use domain::following::STEP_ENTRIES;
use domain::job::{JobKey, JobName};
use domain::memory::fixtures::{actor, entry_with, target};
use domain::ports::ReadJobs;
use local::embedded::tables;
use local::gateway::FUNCTION;
use local::stream::EntriesStream;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tally::Planned;
use tests::jobs::export;
use tests::recording::{ENTRIES, Log, noon, outcomes, usual_entry};
use tests::roles::{Roles, Statement, Use, accesses};
use tests::{Api, Fault};
use web::service::Service;

const GUIDE: &str = include_str!("../../../docs/operations.md");

/// Permissions whose use no test can observe: the tests' queue is in memory, and `ListBucket` only
/// turns a 403 into a 404.
const UNSEEN: [(&str, &str, &str); 5] = [
    ("export", "AnnounceJobs", "sqs:SendMessage"),
    ("job", "AnnounceJobs", "sqs:SendMessage"),
    ("job", "DelayMessages", "sqs:ChangeMessageVisibility"),
    ("job", "SeeWhatIsMissing", "s3:ListBucket"),
    ("workspace", "AnnounceJobs", "sqs:SendMessage"),
];

/// The cells of a statement's line in the guide, without the last, which is prose.
fn cells(function: &str, statement: &Statement) -> String {
    let quoted = |names: &[String]| {
        let names = names.iter().map(|name| format!("`{name}`"));
        names.collect::<Vec<_>>().join(", ")
    };
    let actions: Vec<_> = statement
        .actions
        .iter()
        .map(|action| action.trim_start_matches("dynamodb:").to_owned())
        .collect();
    let mut limits = Vec::new();
    if !statement.partitions.is_empty() {
        limits.push(quoted(&statement.partitions));
    }
    if !statement.attributes.is_empty() {
        limits.push(format!("attributes {}", quoted(&statement.attributes)));
    }
    format!(
        "| `{function}` | {} | {} | {} | ",
        quoted(&actions),
        quoted(&statement.resources),
        limits.join("; ")
    )
    .replace("|  |", "| |")
}

#[test]
fn the_guide_says_what_each_permission_would_allow_a_compromised_function() {
    let roles = Roles::load();
    let expected: Vec<_> = roles
        .statements()
        .iter()
        .flat_map(|(function, statements)| statements.iter().map(|one| cells(function, one)))
        .collect();
    let (_, section) = GUIDE.split_once("## If a function is compromised").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines: Vec<_> = section.lines().filter(|line| line.starts_with("| `")).collect();
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.starts_with(expected.as_str()), "{line}\nshould begin with\n{expected}");
        assert!(line.len() > expected.len() + 10, "what follows from it: {line}");
    }
    assert_eq!(lines.len(), expected.len(), "{expected:#?}");
}

#[test]
fn a_role_denies_what_the_function_does_not_do() {
    let roles = Roles::load();
    let denied = |function: &str, operation: &str, request: &Value| {
        assert!(
            roles.judge(function, &accesses(operation, request)).is_err(),
            "{function} {operation} {request}"
        );
    };
    let entry = json!({ "workspace_id": { "S": "ws_a" }, "id": { "S": "x" } });
    for function in roles.statements().keys() {
        for operation in ["PutItem", "DeleteItem", "Scan", "BatchWriteItem"] {
            denied(function, operation, &json!({ "TableName": "entries", "Item": entry }));
        }
        let key = json!({ "Statement": "INSERT INTO \"control\" VALUE {'pk': ?}",
            "Parameters": [{ "S": "key#0123456789abcdef" }] });
        denied(function, "ExecuteStatement", &key);
        let overwritten = json!({ "Statement": "UPDATE \"entries\" SET \"action\" = ? \
            WHERE \"workspace_id\" = ?", "Parameters": [{ "S": "x" }, { "S": "ws_a" }] });
        denied(function, "ExecuteStatement", &overwritten);
        let salt = json!({ "TableName": "control", "Item": { "pk": { "S": "salt#ws_a#user#u" } } });
        denied(function, "PutItem", &salt);
        let content = json!({ "TableName": "entries", "Key": entry,
            "UpdateExpression": "SET action = :x" });
        denied(function, "UpdateItem", &content);
    }
    let expiry = json!({ "TableName": "entries", "Key": entry,
        "UpdateExpression": "REMOVE delete_at" });
    denied("record", "UpdateItem", &expiry);
    assert!(roles.judge("job", &accesses("UpdateItem", &expiry)).is_ok());
    let of_values = json!({ "TableName": "entries", "Key": { "workspace_id": { "S": "a#values" },
        "id": { "S": "x" } }, "UpdateExpression": "REMOVE delete_at" });
    assert!(roles.judge("record", &accesses("UpdateItem", &of_values)).is_ok());
    let mut returning = of_values;
    returning["ReturnValues"] = "ALL_OLD".into();
    denied("record", "UpdateItem", &returning);
    let unknown = json!({ "TableName": "control" });
    denied("get", "GetItem", &unknown);
}

/// Makes the functions use each of their permissions.
async fn everything(log: &Log) {
    recordings(log).await;
    reads(log).await;
    changes(log).await;
    jobs(log).await;
    count(log).await;
    directory(log).await;
    checks(log).await;
}

/// Lookups, and a directory that has so much to follow that `tally` does it.
async fn directory(log: &Log) {
    for path in ["actors?search=u", "actors/user/usr_ada", "addresses?search=2", "addresses"] {
        let answer = log.api.get(&format!("/v1/workspaces/ws_log/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let now = log.service.clock.now();
    let entry = |place: i64| {
        let target = target("member", &place.to_string());
        let content = Content::new(now.plus_ms(place), actor("usr_many"), "member.invite", target);
        entry_with(&log.workspace, content)
    };
    let many: Vec<_> = (0..i64::try_from(STEP_ENTRIES).unwrap()).map(entry).collect();
    log.service.load(&many);
    // So that the log is not young any more, and who is new is unusual.
    let old = usual_entry(now.plus_days(-20), "of long ago");
    assert_eq!(log.record(&old).await.status, 201);
    log.service.clock.set(now.plus_ms(10_000));
    let mut stream = EntriesStream::open(log.service.embedded.database.clone()).unwrap();
    assert_eq!(log.record(&log.entry("after many")).await.status, 201);
    log.service.clock.set(now.plus_ms(120_000));
    let tally = Service::new(log.service.bound_store(), log.service.clock.clone());
    let event = stream.batch().unwrap().unwrap();
    let planned = &Planned::default();
    let handled = Box::pin(tally::handle(&tally, planned, event));
    drop(FUNCTION.scope("tally".to_owned(), handled).await);
    let profile = log.service.operator().await;
    let profile = profile.get("/v1/workspaces/ws_log/actors/user/usr_many").await;
    assert_eq!(profile.status, 200, "{profile:?}");
    let unusual = log.api.get(&format!("{ENTRIES}?unusual=true&actor_id=usr_many")).await;
    let found = log.api.get(&format!("{ENTRIES}/{}", unusual.text_at("/entries/0/id"))).await;
    assert_eq!(found.text_at("/unusual/0/reason"), "new_actor", "{found:?}");
}

/// The check of a day, with an entry that came too late.
async fn checks(log: &Log) {
    let now = log.service.clock.now();
    let straggler = Content {
        targets: vec![target("project", "prj_f")],
        ..Content::new(now.plus_ms(-60_000), actor("usr_f"), "member.invite", target("member", "m"))
    };
    log.service.load(&[entry_with(&log.workspace, straggler)]);
    log.service.clock.set(now.start_of_day().plus_days(1).plus_ms(600_000));
    let worker = log.service.worker();
    FUNCTION.scope("job".to_owned(), worker.look_after()).await.unwrap();
    log.service.work().await;
    assert_eq!(log.api.get("/v1/workspaces/ws_log").await.json["journal_check"]["unnumbered"], 1);
}

async fn recordings(log: &Log) {
    let status = async |entry: &Value| log.record(entry).await.status;
    assert_eq!(status(&log.entry("1")).await, 201);
    assert_eq!(status(&log.entry("1")).await, 200);
    assert_eq!(status(&usual_entry(noon().plus_ms(-3_600_000), "late")).await, 201);
    let mut others = log.entries(2);
    others[0]["actor"]["id"] = "one".into();
    others[1]["actor"]["id"] = "another".into();
    for outcome in ["recorded", "duplicate"] {
        assert_eq!(outcomes(&log.record_batch(&others).await), [outcome; 2]);
    }
    let mut targets = log.entry_with_values("targets", 5_000);
    targets["targets"] = json!([{ "type": "project", "id": "p" }]);
    assert_eq!(status(&targets).await, 201);
    assert_eq!(status(&targets).await, 200);
    // Values that a first try has left under a shorter plan.
    let large = log.entry_with_values("large", 5_000);
    log.service.proxy.fail(|operation, request| {
        let is_values = request.to_string().contains("#values");
        if operation == "ExecuteStatement" && !is_values {
            Fault::Refuse("InternalServerError")
        } else {
            Fault::None
        }
    });
    assert_eq!(status(&large).await, 503);
    log.service.proxy.heal();
    let plan = json!({ "plan": "enterprise" });
    assert_eq!(log.api.put("/v1/workspaces/ws_log", &plan).await.status, 200);
    assert_eq!(status(&large).await, 201);
}

async fn reads(log: &Log) {
    let page = log.api.get(ENTRIES).await;
    assert_eq!(page.status, 200);
    let queries =
        ["?actor_id=usr_ada", "?target_type=project&target_id=p", "?action=member.invite"];
    for query in queries {
        assert_eq!(log.api.get(&format!("{ENTRIES}{query}")).await.status, 200);
    }
    assert_eq!(log.api.get("/v1/workspaces/ws_log/facets").await.status, 200);
    for path in ["/v1/catalog", "/v1/health/deep"] {
        assert_eq!(log.service.anonymous().get(path).await.status, 200);
    }
    let other = log.service.key(&Scope::ALL, None).await;
    let other = log.service.another_instance(&other).await;
    let id = page.text_at("/entries/0/id");
    assert_eq!(other.get(&format!("{ENTRIES}/{id}")).await.text_at("/integrity"), "verified");
    assert_eq!(other.get("/v1/workspaces/ws_log").await.status, 200);
}

async fn changes(log: &Log) {
    let operator = log.service.operator().await;
    let put = async |id: &str, plan: &str| {
        let body = json!({ "plan": plan });
        operator.put(&format!("/v1/workspaces/{id}"), &body).await.status
    };
    assert_eq!(put("ws_new", "free").await, 201);
    for plan in ["pro", "basic"] {
        assert_eq!(put("ws_new", plan).await, 200);
    }
    let admin = json!({ "admin": { "id": "usr_ada" } });
    let token = operator.post("/v1/workspaces/ws_log/viewer-tokens", &admin).await;
    assert_eq!(token.status, 201);
    let viewer = log.service.api(token.text_at("/token"));
    assert_eq!(viewer.get(ENTRIES).await.status, 200);
    for label in ["One", "Another"] {
        let mut catalog = operator.get("/v1/catalog").await.json;
        catalog["actions"][0]["label"] = label.into();
        let put = operator.put("/v1/catalog", &catalog).await;
        assert!(matches!(put.status, 200 | 201), "{put:?}");
    }
    log.service.clock.set(log.service.clock.now().plus_ms(60_000));
    assert_eq!(log.record(&log.entry("with the new catalogue")).await.status, 201);
    assert_eq!(viewer.get(ENTRIES).await.status, 200);
}

/// A client of another instance, which remembers nothing, with a key that nobody has met.
async fn stranger(log: &Log) -> Api {
    log.service.another_instance(&log.service.key(&Scope::ALL, Some("ws_log")).await).await
}

async fn jobs(log: &Log) {
    assert_eq!(stranger(log).await.get(ENTRIES).await.status, 200);
    let api = stranger(log).await;
    for filter in [
        json!({ "format": "csv" }),
        json!({ "format": "ndjson", "actor_id": "usr_ada" }),
        json!({ "format": "csv", "target_type": "project", "target_id": "p" }),
    ] {
        export(&log.service, &api, "ws_log", &filter).await;
    }
    assert_eq!(log.api.get("/v1/workspaces/ws_log/exports").await.status, 200);
    log.service.work_to_the_end().await;
    let name = JobName::Retention;
    let key = JobKey { workspace_id: log.workspace.id.clone(), name };
    assert!(log.service.store.job(&key).await.unwrap().is_some());
}

/// Makes each function number and count entries that are not numbered yet. The first round gives
/// the late entries of the second one neighbours.
async fn count(log: &Log) {
    let functions = ["tally", "list", "workspace", "export", "tally"];
    for (round, function) in functions.into_iter().enumerate() {
        let mut stream = EntriesStream::open(log.service.embedded.database.clone()).unwrap();
        for part in 0..4 {
            let name = |index: usize| format!("{round}_{part}_{index}");
            let entries: Vec<_> = (0..100).map(|index| log.entry(&name(index))).collect();
            assert_eq!(log.record_batch(&entries).await.json["recorded"], 100);
        }
        // Late entries before and after what the previous function has numbered. They lie so far
        // apart that they are read by their ids.
        for days in [50, 20] {
            let late = log.service.clock.now().plus_days(-days);
            let late = usual_entry(late, &format!("{round}_late_{days}"));
            assert_eq!(log.record(&late).await.status, 201);
        }
        log.service.clock.set(log.service.clock.now().plus_days(40));
        match function {
            "list" => assert_eq!(log.api.get(ENTRIES).await.status, 200),
            "workspace" => {
                let path = "/v1/workspaces/ws_log?dry_run=true";
                assert_eq!(log.api.put(path, &json!({ "plan": "free" })).await.status, 200);
            }
            "export" => {
                let csv = json!({ "format": "csv" });
                let started = log.api.post("/v1/workspaces/ws_log/exports", &csv).await;
                assert_eq!(started.status, 202);
            }
            _ => {
                let planned = &Planned::default();
                let tally = Service::new(log.service.bound_store(), log.service.clock.clone());
                let event = stream.batch().unwrap().unwrap();
                let handled = Box::pin(tally::handle(&tally, planned, event));
                drop(FUNCTION.scope(function.to_owned(), handled).await);
            }
        }
    }
}

#[tokio::test]
async fn every_permission_is_used_and_nothing_else_is_needed() {
    let log = Log::start().await;
    everything(&log).await;
    let roles = &log.service.roles;
    assert_eq!(roles.denied(), BTreeSet::new());
    let granted: BTreeSet<Use> = roles
        .statements()
        .iter()
        .flat_map(|(function, statements)| {
            statements.iter().flat_map(move |statement| {
                let of =
                    |action: &String| (function.clone(), statement.sid.clone(), action.clone());
                statement.actions.iter().map(of)
            })
        })
        .collect();
    let unseen: BTreeSet<Use> = UNSEEN
        .into_iter()
        .map(|(function, sid, action)| (function.into(), sid.into(), action.into()))
        .collect();
    let unused: Vec<_> = granted.difference(&roles.used()).cloned().collect();
    assert_eq!(unused, unseen.into_iter().collect::<Vec<_>>());
}

/// A function that does what its role does not allow gets the answer that DynamoDB would give it.
#[tokio::test]
async fn a_function_that_exceeds_its_role_is_refused() {
    let log = Log::start().await;
    let client = log.service.bound_store();
    let put = FUNCTION.scope("list".to_owned(), async {
        let entry = domain::memory::fixtures::entry(&log.workspace, noon(), 1);
        let new = domain::memory::fixtures::new_entry(&log.workspace, &entry);
        domain::ports::AppendEntry::append(&client, &new).await
    });
    assert!(put.await.is_err());
    assert_eq!(log.service.roles.denied().len(), 1);
    let item = log.service.dynamodb.scan().table_name(tables().entries).send().await.unwrap();
    assert_eq!(item.count(), 0);
}
