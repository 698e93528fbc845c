//! Ids in paths, other methods, and paths that are no route.

use crate::hostile::{Arena, ENTRIES, MARKER};
use domain::identity::EntryId;
use tests::raw::RawRequest;

/// Segments that are no workspace id, or not this one.
fn wrong_workspaces() -> Vec<String> {
    let mut ids = [
        "WS_A", "Ws_a", "ws_A", "ws_a%00", "ws_a%0a", "ws_a%20", "%20ws_a", "ws%5Fa", "ws%5fa",
        "%77%73%5f%61", "ws_a%23values", "ws_a%2fentries", "ws_b%2f..%2fws_a", "%2e", "%2e%2e",
        "%2e%2e%2fws_b", "%252e%252e", "%25252e", "..", ".", "..;", "ws_a;x=1", "ws_a.json",
        "ws_a,ws_b", "*", "%2a", "$", "ws_", "ws_a_", "%c0%ae%c0%ae", "%ff", "%zz", "%", "%u0077",
        "ws_a%e2%80%8b", "%e2%80%aews_a", "null", "undefined", "{workspace_id}", "ws_a'--", MARKER,
    ]
    .map(str::to_owned)
    .to_vec();
    ids.extend(["a".repeat(128), "a".repeat(129), "a".repeat(2_049), "%61".repeat(2_000)]);
    ids
}

#[tokio::test]
async fn another_spelling_of_a_workspace_id_finds_nothing() {
    let arena = Arena::start().await;
    let everywhere = arena.scene.key(&domain::credential::Scope::ALL, None).await;
    for id in wrong_workspaces() {
        let requests = [
            RawRequest::new("GET", &format!("/v1/workspaces/{id}/entries")),
            RawRequest::new("GET", &format!("/v1/workspaces/{id}/entries/{}", EntryId::LAST)),
            RawRequest::new("GET", &format!("/v1/workspaces/{id}")),
            RawRequest::new("POST", &format!("/v1/workspaces/{id}/entries"))
                .json(arena.scene.entry().to_string()),
            RawRequest::new("POST", &format!("/v1/workspaces/{id}/entries/batch")).json("{}"),
            RawRequest::new("POST", &format!("/v1/workspaces/{id}/viewer-tokens")).json("{}"),
            RawRequest::new("POST", &format!("/v1/workspaces/{id}/exports")).json("{}"),
            RawRequest::new("GET", &format!("/v1/workspaces/{id}/exports")),
            RawRequest::new("GET", &format!("/v1/workspaces/{id}/exports/{}", EntryId::LAST)),
        ];
        for request in requests {
            for key in [&arena.key, &everywhere] {
                arena
                    .refuses(&request.target, &request.clone().token(key), 404, "not-found", &[])
                    .await;
            }
        }
    }
}

#[tokio::test]
async fn a_workspace_is_not_made_under_an_id_that_is_none() {
    let arena = Arena::start().await;
    let everywhere = arena.scene.key(&domain::credential::Scope::ALL, None).await;
    let is_an_id = |id: &str| {
        id.len() <= 128
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    for id in wrong_workspaces().iter().filter(|id| !is_an_id(id)) {
        let request =
            RawRequest::new("PUT", &format!("/v1/workspaces/{id}")).json(r#"{"plan":"free"}"#);
        arena.invalid(id, &request.clone().token(&everywhere), &["/workspace_id"]).await;
        arena.refuses(id, &request.token(&arena.key), 404, "not-found", &[]).await;
    }
    let longest = format!("/v1/workspaces/{}", "a".repeat(128));
    arena
        .accepts(
            "at the limit",
            &RawRequest::new("PUT", &longest).json(r#"{"plan":"free"}"#).token(&everywhere),
            201,
        )
        .await;
}

#[tokio::test]
async fn another_spelling_of_an_entry_id_finds_nothing() {
    let arena = Arena::start().await;
    let now = arena.scene.service.clock.now();
    let id = arena.scene.put_entry(&arena.scene.a, now, "usr_1").await.id.to_string();
    let elsewhere = arena.scene.put_entry(&arena.scene.b, now, "usr_1").await.id.to_string();
    let expired =
        arena.scene.put_entry(&arena.scene.a, now.plus_days(-92), "usr_1").await.id.to_string();
    let last_visible = arena
        .scene
        .put_entry(&arena.scene.a, now.start_of_day().plus_days(-90), "usr_1")
        .await
        .id
        .to_string();
    let hidden = arena
        .scene
        .put_entry(&arena.scene.a, now.start_of_day().plus_days(-90).plus_ms(-1), "usr_1")
        .await
        .id
        .to_string();
    arena.accepts("itself", &arena.request("GET", &format!("{ENTRIES}/{id}")), 200).await;
    arena
        .accepts("the oldest", &arena.request("GET", &format!("{ENTRIES}/{last_visible}")), 200)
        .await;
    let (time, digest) = id.split_at(20);
    let mut wrong = vec![
        elsewhere,
        expired,
        hidden,
        EntryId::LAST.to_string(),
        time.to_owned(),
        digest.to_owned(),
        MARKER.to_owned(),
    ];
    wrong.extend([
        format!("{time}{}", digest.to_uppercase()),
        format!("{}{digest}", time.to_lowercase()),
        id[..id.len() - 1].to_owned(),
        format!("{id}0"),
        format!("{id}%00"),
        format!("{id}%0a"),
        format!("{id}%20"),
        format!("{id};a"),
        format!("{id},{id}"),
        id.replacen('-', "%2D", 1),
        id.replacen('-', "_", 1),
        id.replacen('2', "%32", 1),
        id.replacen("20", "+20", 1),
        id.replacen('T', "t", 1),
        id.replacen('.', ",", 1),
        format!("%7B{id}%7D"),
        format!("urn:{id}"),
        "20261122T250000.000Z-00000000000000000000000000000000".to_owned(),
        "20261301T000000.000Z-00000000000000000000000000000000".to_owned(),
        "00000101T000000.000Z-00000000000000000000000000000000".to_owned(),
        "2026112\u{662}T000000.000Z-00000000000000000000000000000000".replace('\u{662}', "%D9%A2"),
        "a".repeat(129),
        "a".repeat(2_049),
        "0".repeat(16_000),
    ]);
    for id in wrong {
        arena
            .refuses(&id, &arena.request("GET", &format!("{ENTRIES}/{id}")), 404, "not-found", &[])
            .await;
    }
    arena
        .refuses(
            "a query",
            &arena.request("GET", &format!("{ENTRIES}/{id}?x={MARKER}")),
            400,
            "unknown-parameter",
            &[],
        )
        .await;
}

#[tokio::test]
async fn a_path_that_is_no_route_is_not_found_whoever_asks() {
    let arena = Arena::start().await;
    for path in [
        "//",
        "/v1/",
        "/v2/health",
        "/V1/health",
        "/v1/Health",
        "/v1/health/",
        "/v1//health",
        "//v1/health",
        "/./v1/health",
        "/x/../v1/health",
        "/v1/%68ealth",
        "/v1/health%00",
        "/v1/health;x",
        "/v1/health.json",
        "/v1/workspaces",
        "/v1/workspaces/",
        "/v1/workspaces//entries",
        "/v1/workspaces/ws_a/",
        "/v1/workspaces/ws_a/entries/",
        "/v1/workspaces/ws_a//entries",
        "/v1/workspaces/ws_a/entries/x/y",
        "/v1/workspaces/ws_a/../ws_b/entries",
        "/v1/workspaces/ws_a/Entries",
        "/v1/workspaces/ws_a/viewer-tokens/x",
        "/v1/workspaces/ws_a/viewer_tokens",
        "/v1/workspaces/ws_a/exports/",
        "/v1/workspaces/ws_a/exports/x/y",
        "/v1/workspaces/ws_a/export",
        "/latest/meta-data/",
        "/.env",
        "/.git/config",
        "/2015-03-31/functions/record/invocations",
        "/v1/ZqMarkerJx",
        "*",
    ] {
        for method in ["GET", "POST", "PUT"] {
            if method == "GET" || path != "*" {
                arena.refuses(path, &arena.request(method, path), 404, "not-found", &[]).await;
                arena.refuses(path, &RawRequest::new(method, path), 404, "not-found", &[]).await;
            }
        }
    }
    let long = format!("/v1/{}", "a/".repeat(4_000));
    arena.refuses("8 KB", &RawRequest::new("GET", &long), 404, "not-found", &[]).await;
}

#[tokio::test]
async fn a_route_refuses_every_other_method_and_names_its_own() {
    let arena = Arena::start().await;
    let entry = format!("{ENTRIES}/{}", EntryId::LAST);
    for (path, allowed) in [
        (ENTRIES, vec!["POST", "GET", "HEAD"]),
        (crate::hostile::BATCH, vec!["POST"]),
        (entry.as_str(), vec!["GET", "HEAD"]),
        ("/v1/workspaces/ws_a", vec!["PUT", "GET", "HEAD"]),
        ("/v1/workspaces/ws_a/viewer-tokens", vec!["POST"]),
        (crate::hostile::EXPORTS, vec!["POST", "GET", "HEAD"]),
        ("/v1/workspaces/ws_a/exports/x", vec!["GET", "HEAD"]),
        ("/v1/catalog", vec!["GET", "HEAD", "PUT"]),
        ("/v1/health", vec!["GET", "HEAD"]),
        ("/v1/health/deep", vec!["GET", "HEAD"]),
        ("/", vec!["GET", "HEAD"]),
    ] {
        let methods = [
            "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY",
            "LINK", "get", "Post", "ZqMarkerJx",
        ];
        for method in methods.into_iter().filter(|method| !allowed.contains(method)) {
            let answer = arena
                .refuses(
                    method,
                    &arena.request(method, path).json("{}"),
                    405,
                    "method-not-allowed",
                    &[],
                )
                .await;
            assert_eq!(answer.header("allow"), allowed.join(", "), "{method} {path}");
        }
        let head = arena.scene.send(&arena.request("HEAD", path)).await;
        assert_eq!((head.status == 405, head.text.as_str()), (!allowed.contains(&"HEAD"), ""));
    }
}
