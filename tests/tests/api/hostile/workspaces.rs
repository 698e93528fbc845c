//! Plans and viewer tokens: their bodies.

use crate::hostile::{Arena, MARKER};
use serde_json::{Value, json};

const WORKSPACE: &str = "/v1/workspaces/ws_a";
const TOKENS: &str = "/v1/workspaces/ws_a/viewer-tokens";

#[tokio::test]
async fn a_plan_is_one_of_four_names() {
    let arena = Arena::start().await;
    let plans = [
        json!(""),
        json!("Pro"),
        json!("pro "),
        json!("premium"),
        json!(MARKER),
        json!(null),
        json!(1),
        json!(true),
        json!(["pro"]),
        json!({ "plan": "pro" }),
    ];
    for plan in plans {
        let request = arena.request("PUT", WORKSPACE).json(json!({ "plan": plan }).to_string());
        arena.invalid("a plan", &request, &["/plan"]).await;
    }
    for (body, pointers) in [
        ("{}", vec!["/plan"]),
        ("[]", vec![""]),
        ("null", vec![""]),
        ("\"pro\"", vec![""]),
        (r#"{"plan":"pro","retention_days":9999}"#, vec!["/retention_days"]),
        (r#"{"plan":"pro","workspace_id":"ws_b"}"#, vec!["/workspace_id"]),
        (r#"{"Plan":"pro"}"#, vec!["/plan", "/Plan"]),
    ] {
        arena.invalid(body, &arena.request("PUT", WORKSPACE).json(body), &pointers).await;
    }
    arena
        .refuses(
            "a query",
            &arena.request("PUT", &format!("{WORKSPACE}?plan=pro")).json("{}"),
            400,
            "unknown-parameter",
            &[],
        )
        .await;
    arena
        .refuses(
            "another's",
            &arena.request("PUT", "/v1/workspaces/ws_b").json(r#"{"plan":"pro"}"#),
            404,
            "not-found",
            &[],
        )
        .await;
}

#[tokio::test]
async fn a_viewer_token_is_made_for_an_admin_who_can_be_named() {
    let arena = Arena::start().await;
    let with = |pointer: &str, value: Value| {
        let mut body = json!({ "admin": { "id": "adm_1", "name": "Ada",
            "email": "ada@example.com" }, "expires_in_seconds": 60 });
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
        body.to_string()
    };
    let cases = [
        ("/admin", json!(null)),
        ("/admin", json!("adm_1")),
        ("/admin", json!(["adm_1"])),
        ("/admin/id", json!(null)),
        ("/admin/id", json!(5)),
        ("/admin/id", json!("")),
        ("/admin/id", json!(format!("{MARKER}\u{200b}"))),
        ("/admin/id", json!("a".repeat(513))),
        ("/admin/role", json!(MARKER)),
        ("/admin/type", json!("user")),
        ("/scopes", json!(["entries:write"])),
        ("/workspace_id", json!("ws_b")),
        ("/expires_at", json!("2099-01-01T00:00:00Z")),
    ];
    for (pointer, value) in cases {
        arena.invalid(pointer, &arena.post(TOKENS, with(pointer, value)), &[pointer]).await;
    }
    for (pointer, value) in [
        ("/admin/id", json!("a".repeat(512))),
        ("/admin/name", json!("")),
        ("/admin/name", json!("a".repeat(257))),
        ("/admin/name", json!([MARKER])),
        ("/admin/email", json!(MARKER)),
        ("/admin/email", json!("a@b.example\r\nBcc: c@d.example")),
        ("/admin/ip_address", json!("unknown")),
        ("/admin/user_agent", json!({ "a": 1 })),
        ("/admin/name", json!("\u{202e}".repeat(256))),
        ("/admin/name", Value::Null),
    ] {
        arena.accepts(pointer, &arena.post(TOKENS, with(pointer, value)), 201).await;
    }
    arena.invalid("no admin", &arena.post(TOKENS, "{}"), &["/admin"]).await;
    arena.invalid("a list", &arena.post(TOKENS, "[]"), &[""]).await;
}

#[tokio::test]
async fn a_viewer_token_lives_one_minute_to_one_hour() {
    let arena = Arena::start().await;
    let with = |seconds: &str| {
        arena.post(
            TOKENS,
            format!("{{\"admin\":{{\"id\":\"adm_1\"}},\"expires_in_seconds\":{seconds}}}"),
        )
    };
    let long = "9".repeat(5_000);
    for seconds in [
        "0", "-1", "59", "3601", "-0", "59.0", "6e3", "60.5", "1e400", "9223372036854775808",
        "18446744073709551676", "\"60\"", "\"ZqMarkerJx\"", "true", "[60]", "{}", &long,
    ] {
        arena.invalid(seconds, &with(seconds), &["/expires_in_seconds"]).await;
    }
    for (seconds, end) in [
        ("60", "12:01:00"),
        ("60.0", "12:01:00"),
        ("6e1", "12:01:00"),
        ("3600", "13:00:00"),
        ("null", "12:15:00"),
    ] {
        let answer = arena.accepts(seconds, &with(seconds), 201).await;
        assert_eq!(answer.text_at("/expires_at"), format!("2026-11-22T{end}.000Z"));
        assert_eq!(
            answer.json.get("scopes"),
            Some(&json!(["entries:read", "entries:export"])),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_viewer_token_cannot_make_more_of_itself() {
    let arena = Arena::start().await;
    let made =
        arena.accepts("a token", &arena.post(TOKENS, r#"{"admin":{"id":"adm_1"}}"#), 201).await;
    let token = made.text_at("/token");
    arena.accepts("reads", &arena.list("").token(token), 200).await;
    for request in [
        arena.post(TOKENS, r#"{"admin":{"id":"adm_1"}}"#),
        arena.record(arena.scene.entry().to_string()),
        arena.post(crate::hostile::BATCH, "{}"),
        arena.request("GET", WORKSPACE),
        arena.request("PUT", WORKSPACE).json(r#"{"plan":"enterprise"}"#),
    ] {
        arena
            .refuses(&request.target, &request.clone().token(token), 403, "insufficient-scope", &[])
            .await;
    }
}
