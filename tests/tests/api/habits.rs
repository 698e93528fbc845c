//! What clients of HTTP do by habit: `HEAD`, a look at the root, a key for retries.

use reqwest::Method;
use serde_json::json;
use tests::TestService;
use tests::recording::usual_entry;
use web::routes::ROUTES;

#[tokio::test(flavor = "multi_thread")]
async fn head_is_answered_like_get_and_without_a_body() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    let workspace = "/v1/workspaces/ws_acme";
    api.put(workspace, &json!({ "plan": "pro" })).await;
    let recorded =
        api.post(&format!("{workspace}/entries"), &usual_entry(service.clock.now(), "evt_1")).await;
    let exported = api.post(&format!("{workspace}/exports"), &json!({ "format": "csv" })).await;
    assert_eq!((recorded.status, exported.status), (201, 202));
    // The directory knows what is settled.
    service.clock.set(service.clock.now().plus_ms(60_000));
    let filled = |path: &str| {
        path.replace("{workspace_id}", "ws_acme")
            .replace("{entry_id}", recorded.text_at("/id"))
            .replace("{export_id}", exported.text_at("/id"))
            .replace("{asset}", "viewer.js")
            .replace("{actor_type}", recorded.text_at("/actor/type"))
            .replace("{actor_id}", recorded.text_at("/actor/id"))
            .replace("{address}", recorded.text_at("/ip_address"))
    };
    for route in ROUTES.iter().filter(|route| route.method == Method::GET) {
        let path = filled(route.path);
        let got = api.get(&path).await;
        let head = api.send(Method::HEAD, &path, None, &[]).await;
        assert_eq!((got.status, head.status, head.text.as_str()), (200, 200, ""), "{path}");
        for header in ["content-type", "cache-control", "etag"] {
            assert_eq!(got.header(header), head.header(header), "{path}");
        }
        assert!(head.header("content-length").parse::<usize>().unwrap() > 0, "{path}");
    }
    let absent = api.send(Method::HEAD, "/v1/workspaces/ws_none", None, &[]).await;
    assert_eq!((absent.status, absent.text.as_str()), (404, ""));
}

#[tokio::test]
async fn the_root_leads_to_what_there_is_and_a_mistyped_path_says_so() {
    let service = TestService::start().await;
    let anyone = service.anonymous();
    for path in ["/", "/v1"] {
        let index = anyone.get(path).await;
        assert_eq!(
            (index.status, index.json["links"]["health"].as_str().unwrap()),
            (200, "/v1/health")
        );
        for link in index.json["links"].as_object().unwrap().values() {
            let link = link.as_str().unwrap();
            assert!(ROUTES.iter().any(|route| route.path == link), "{link}");
        }
    }
    let mistyped = anyone.get("/v1/workspace/ws_acme/entries").await;
    assert_eq!((mistyped.status, mistyped.problem()), (404, "not-found"));
    assert!(mistyped.text_at("/detail").contains("no such route"), "{mistyped:?}");
    let absent = service.operator().await.get("/v1/workspaces/ws_none").await;
    assert!(!absent.text_at("/detail").contains("no such route"), "{absent:?}");
}

#[tokio::test]
async fn an_idempotency_key_is_named_as_not_needed() {
    let service = TestService::start().await;
    let api = service.workspace("ws_acme", "pro").await;
    let body = usual_entry(service.clock.now(), "evt_1").to_string().into_bytes();
    let send = async |headers: &[(&str, &str)]| {
        let all = [&[("content-type", "application/json")], headers].concat();
        api.send(Method::POST, "/v1/workspaces/ws_acme/entries", Some(body.clone()), &all).await
    };
    let keyed = send(&[("idempotency-key", "7a1b")]).await;
    assert_eq!((keyed.status, keyed.header("x-ignored-header")), (201, "idempotency-key"));
    let other_key = send(&[("idempotency-key", "9c2d")]).await;
    assert_eq!(other_key.status, 200, "the same entry, whatever the key");
    assert_eq!(send(&[]).await.header("x-ignored-header"), "");
}
