//! Making workspaces and changing their plan, over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

mod key;
mod order;
mod viewer_token;

use domain::credential::Scope;
use serde_json::{Value, json};
use tests::{Api, Fault, NOON, Response, TestService, at};

const WORKSPACE: &str = "/v1/workspaces/ws_a";

async fn put(api: &Api, plan: &str) -> Response {
    api.put(WORKSPACE, &json!({ "plan": plan })).await
}

/// The entries of this action, newest first, each as `get` shows it.
async fn recorded(api: &Api, action: &str) -> Vec<Value> {
    let listed =
        tests::page(api, &format!("{WORKSPACE}/entries?action={action}&page_size=100")).await;
    assert_eq!(listed.next, None);
    let mut entries = Vec::new();
    for id in listed.ids {
        entries.push(api.get(&format!("{WORKSPACE}/entries/{id}")).await.json);
    }
    entries
}

fn plans(entry: &Value) -> (Option<&str>, &str) {
    let plan = |pointer| entry.pointer(pointer).and_then(Value::as_str);
    (plan("/old_value/plan"), plan("/new_value/plan").unwrap())
}

#[tokio::test]
async fn put_makes_a_workspace_then_changes_its_plan_then_leaves_it_alone() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    let later = |seconds: i64| at(NOON).plus_ms(seconds * 1_000);
    let view = |plan: &str, days: Value, visible_from: Value, updated_at: i64| {
        json!({
            "workspace_id": "ws_a", "plan": plan, "retention_days": days,
            "visible_from": visible_from,
            "created_at": NOON, "updated_at": later(updated_at).rfc3339(),
        })
    };
    let free = view("free", 30.into(), "2026-10-23T00:00:00.000Z".into(), 0);
    let pro = |since| view("pro", 365.into(), "2026-10-23T00:00:00.000Z".into(), since);
    for (seconds, plan, status, expected, entries) in [
        (0, "free", 201, free.clone(), 1),
        (1, "free", 200, free, 1),
        (2, "pro", 200, pro(2), 2),
        (3, "pro", 200, pro(2), 2),
        (
            4,
            "enterprise",
            200,
            view("enterprise", Value::Null, "2026-10-23T00:00:00.000Z".into(), 4),
            3,
        ),
        (5, "basic", 200, view("basic", 90.into(), "2026-10-23T00:00:00.000Z".into(), 5), 4),
    ] {
        service.clock.set(later(seconds));
        let answer = put(&api, plan).await;
        let is_lowered = plan == "basic";
        let until = is_lowered.then(|| later(seconds).plus_days(7).rfc3339());
        let hides_nothing = json!({
            "hidden_entries": 0, "restored_entries": 0, "is_exact": true,
            "kept_from": expected["visible_from"], "restorable_until": until,
        });
        assert_eq!(answer.json["effect"], hides_nothing, "{plan} at {seconds}");
        let got = api.get(WORKSPACE).await;
        assert!(
            got.json["expiring"]["is_exact"] == true && got.json.get("effect").is_none(),
            "{got:?}"
        );
        assert_eq!(got.json["grace"].is_array(), is_lowered, "{plan} at {seconds}");
        let begins_a_job = seconds > 1 && answer.json["retention_job"].is_object();
        assert_eq!(
            begins_a_job,
            entries > 1 && seconds != 3,
            "only a change does: {plan} at {seconds}"
        );
        let bare = |json: &Value| {
            let more = ["effect", "expiring", "grace", "journal_check", "retention_job"];
            json.as_object()
                .unwrap()
                .iter()
                .filter(|(name, _)| !more.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        assert_eq!((answer.status, Value::Object(bare(&answer.json))), (status, expected.clone()));
        assert_eq!((got.status, Value::Object(bare(&got.json))), (200, expected));
        assert_eq!(
            recorded(&api, "workspace.plan.update").await.len(),
            entries,
            "{plan} at {seconds}"
        );
    }
}

#[tokio::test]
async fn a_new_workspace_shows_what_its_plan_keeps() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    for (plan, visible_from) in [
        ("free", json!("2026-10-23T00:00:00.000Z")),
        ("basic", json!("2026-08-24T00:00:00.000Z")),
        ("pro", json!("2025-11-22T00:00:00.000Z")),
        ("enterprise", Value::Null),
    ] {
        let made = api.put(&format!("/v1/workspaces/{plan}"), &json!({ "plan": plan })).await;
        assert_eq!(
            (made.status, made.json.get("visible_from").unwrap()),
            (201, &visible_from),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn every_change_of_plan_is_recorded_with_who_made_it_and_both_plans() {
    let service = TestService::at_noon().await;
    let token = service.key(&Scope::ALL, None).await;
    let key_id = token.split('_').nth(1).unwrap();
    let api = service.api(&token);
    for (n, plan) in ["free", "pro", "pro", "basic", "free", "pro"].into_iter().enumerate() {
        service.clock.set(at(NOON).plus_ms(i64::try_from(n).unwrap()));
        assert!(put(&api, plan).await.status < 300);
    }
    let entries = recorded(&api, "workspace.plan.update").await;
    let changes: Vec<_> = entries.iter().rev().map(plans).collect();
    assert_eq!(
        changes,
        [
            (None, "free"),
            (Some("free"), "pro"),
            (Some("pro"), "basic"),
            (Some("basic"), "free"),
            (Some("free"), "pro")
        ]
    );
    for entry in &entries {
        assert_eq!(
            entry.get("actor").unwrap(),
            &json!({ "type": "api_key", "id": key_id, "name": "test" })
        );
        assert_eq!(entry.get("target").unwrap(), &json!({ "type": "workspace", "id": "ws_a" }));
        assert_eq!(
            (entry.get("outcome").unwrap(), entry.get("occurred_at")),
            (&json!("success"), entry.get("recorded_at"))
        );
    }
    let first_change = &entries.get(3).unwrap();
    let expected =
        json!([{ "change": "changed", "path": "/plan", "old_value": "free", "new_value": "pro" }]);
    assert_eq!(first_change.get("changes").unwrap(), &expected);
    assert_eq!(
        first_change.get("expires_at").unwrap(),
        "2027-11-23T00:00:00.000Z",
        "as the new plan keeps it"
    );
}

#[tokio::test]
async fn a_change_and_its_entry_are_stored_both_or_neither() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    let state = async || {
        (api.get(WORKSPACE).await.json.get("plan").cloned(), service.stored_items("ws_a").await)
    };
    let is_write = |operation: &str| operation == "ExecuteTransaction";
    for (code, status, problem) in [
        ("InternalServerError", 503, "store-unavailable"),
        ("ThrottlingException", 429, "rate-limited"),
        ("TransactionInProgressException", 429, "rate-limited"),
        ("AccessDeniedException", 500, "internal"),
    ] {
        let before = state().await;
        service.proxy.fail(
            move |operation, _| if is_write(operation) { Fault::Refuse(code) } else { Fault::None },
        );
        let failed = put(&api, "free").await;
        assert_eq!((failed.status, failed.problem()), (status, problem), "{code}");
        service.proxy.heal();
        assert_eq!(state().await, before, "{code}");
        assert_eq!(service.stored_items("ws_a").await, 0);
    }
    assert_eq!(put(&api, "free").await.status, 201);
    let before = state().await;
    service.clock.set(at(NOON).plus_ms(1));
    service.proxy.fail(move |operation, _| {
        if is_write(operation) { Fault::Refuse("InternalServerError") } else { Fault::None }
    });
    assert_eq!(put(&api, "pro").await.status, 503);
    service.proxy.heal();
    assert_eq!(state().await, before);
    assert_eq!(service.stored_workspace("ws_a").await.version, 1);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_made_once() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    put(&api, "free").await;
    service.clock.set(at(NOON).plus_ms(1));
    let mut lost = 0;
    service.proxy.fail(move |operation, _| {
        lost += u32::from(operation == "ExecuteTransaction");
        if operation == "ExecuteTransaction" && lost == 1 { Fault::LoseAnswer } else { Fault::None }
    });
    let retried = put(&api, "pro").await;
    assert_eq!(
        (retried.status, retried.text_at("/plan")),
        (200, "pro"),
        "the store knows the second try for the first"
    );
    assert_eq!(service.stored_items("ws_a").await, 2);
    service.clock.set(at(NOON).plus_ms(2));
    // The first transaction changes nothing: it learns that `hidden_before` is not stored yet.
    let mut sent = 0;
    service.proxy.fail(move |operation, _| {
        sent += u32::from(operation == "ExecuteTransaction");
        if operation == "ExecuteTransaction" && sent > 1 { Fault::LoseAnswer } else { Fault::None }
    });
    assert_eq!(put(&api, "basic").await.status, 503);
    service.proxy.heal();
    service.clock.set(at(NOON).plus_ms(3));
    let again = put(&api, "basic").await;
    assert_eq!(
        (again.status, again.text_at("/plan"), again.text_at("/updated_at")),
        (200, "basic", "2026-11-22T12:00:00.002Z")
    );
    let changes: Vec<_> = recorded(&api, "workspace.plan.update")
        .await
        .iter()
        .map(|entry| plans(entry).1.to_owned())
        .collect();
    assert_eq!(changes, ["basic", "pro", "free"]);
}

#[tokio::test]
async fn concurrent_changes_leave_one_entry_for_each_that_was_made() {
    let service = TestService::start().await;
    let api = service.operator().await;
    for round in 0..4 {
        let names = ["free", "basic", "pro", "enterprise", "pro", "free", "enterprise", "basic"];
        let answers = futures::future::join_all(names.map(|plan| put(&api, plan))).await;
        assert!(
            answers.iter().all(|answer| matches!(answer.status, 200 | 201 | 409 | 429)),
            "{answers:?}"
        );
        assert_eq!(
            answers.iter().filter(|answer| answer.status == 201).count(),
            usize::from(round == 0),
            "it is made once"
        );
        let stored = service.stored_workspace("ws_a").await;
        let entries = recorded(&api, "workspace.plan.update").await;
        assert_eq!(
            u64::try_from(entries.len()).unwrap(),
            stored.version,
            "an entry for each version"
        );
        // Every version follows the one before it: each plan is entered as often as it is left, but
        // for the last one.
        let count = |plan: &str| {
            let entered = entries.iter().filter(|entry| plans(entry).1 == plan).count();
            let left = entries.iter().filter(|entry| plans(entry).0 == Some(plan)).count();
            entered - left
        };
        assert!(
            names.iter().all(|plan| count(plan) == usize::from(*plan == stored.plan.name())),
            "{entries:?}"
        );
        assert_eq!(entries.iter().filter(|entry| plans(entry).0.is_none()).count(), 1);
        assert!(entries.iter().all(|entry| plans(entry).0 != Some(plans(entry).1)));
    }
}

#[tokio::test]
async fn a_body_must_be_a_plan_and_nothing_else() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    for (body, pointers) in [
        ("{}", vec!["/plan"]),
        (r#"{"plan":null}"#, vec!["/plan"]),
        (r#"{"plan":"gold"}"#, vec!["/plan"]),
        (r#"{"plan":"Free"}"#, vec!["/plan"]),
        (r#"{"plan":["free"]}"#, vec!["/plan"]),
        (r#"{"plan":"free","dry_run":true}"#, vec!["/dry_run"]),
        (r#"{"plan":1,"x":2}"#, vec!["/plan", "/x"]),
        (r#"["free"]"#, vec![""]),
        ("null", vec![""]),
    ] {
        let refused = api
            .send(
                "PUT".parse().unwrap(),
                WORKSPACE,
                Some(body.into()),
                &[("content-type", "application/json")],
            )
            .await;
        assert_eq!((refused.status, refused.pointers()), (422, pointers), "{body}");
        assert!(!refused.text.contains("gold"), "nothing is echoed");
    }
    let send = async |path: &str, body: &str, media_type: &str| {
        let sent = api
            .send("PUT".parse().unwrap(), path, Some(body.into()), &[("content-type", media_type)])
            .await;
        (sent.status, sent.problem().to_owned())
    };
    let json = "application/json";
    assert_eq!(
        send(WORKSPACE, r#"{"plan":"free""#, json).await,
        (400, "malformed-json".to_owned())
    );
    assert_eq!(
        send(WORKSPACE, r#"{"plan":"free","pl\u0061n":"pro"}"#, json).await,
        (400, "duplicate-key".to_owned())
    );
    assert_eq!(
        send(WORKSPACE, r#"{"plan":"free"}"#, "text/plain").await,
        (415, "unsupported-media-type".to_owned())
    );
    assert_eq!(
        send(&format!("{WORKSPACE}?dryrun=true"), r#"{"plan":"free"}"#, json).await,
        (400, "unknown-parameter".to_owned())
    );
    for id in ["ws%20a", "ws.a", "a%23values", "%E2%98%83", &"w".repeat(129)] {
        let refused = api.put(&format!("/v1/workspaces/{id}"), &json!({ "plan": "free" })).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/workspace_id"]), "{id}");
    }
    assert_eq!(api.get(WORKSPACE).await.status, 404, "nothing was made");
    let longest = format!("/v1/workspaces/{}", "w".repeat(128));
    assert_eq!(api.put(&longest, &json!({ "plan": "free" })).await.status, 201);
    assert_eq!(api.get(&longest).await.status, 200);
}
