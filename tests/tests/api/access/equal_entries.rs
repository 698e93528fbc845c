//! Two workspaces with equal entries stay apart: in lists, by id, and by page token.

use domain::credential::Scope;
use serde_json::{Value, json};
use std::collections::HashMap;
use tests::raw::RawRequest;
use tests::scene::Scene;

/// The ids of all entries of a list, page by page, and the tokens met on the way.
async fn walk(
    scene: &Scene,
    token: &str,
    workspace: &str,
    filter: &str,
) -> (Vec<String>, Vec<String>) {
    let (mut ids, mut tokens, mut query) = (Vec::new(), Vec::new(), String::new());
    loop {
        let target = format!("/v1/workspaces/{workspace}/entries?page_size=2{filter}{query}");
        let page = scene.send(&RawRequest::new("GET", &target).token(token)).await;
        assert_eq!(page.status, 200, "{page:?}");
        for entry in page.json["entries"].as_array().unwrap() {
            assert_eq!(entry["workspace_id"], workspace);
            ids.push(entry["id"].as_str().unwrap().to_owned());
        }
        tokens.extend(
            page.json
                .pointer("/page/previous_page_token")
                .and_then(Value::as_str)
                .map(str::to_owned),
        );
        let Some(next) = page.json.pointer("/page/next_page_token").and_then(Value::as_str) else {
            return (ids, tokens);
        };
        tokens.push(next.to_owned());
        query = format!("&page_token={next}");
    }
}

#[tokio::test]
async fn two_workspaces_with_equal_entries_never_meet() {
    let scene = Scene::start().await;
    let everywhere = scene.key(&Scope::ALL, None).await;
    let mut stored: HashMap<&str, Vec<String>> = HashMap::new();
    for number in 0..7 {
        let mut entry = scene.entry();
        entry["occurred_at"] = json!(scene.service.clock.now().plus_ms(-1_000 * number).rfc3339());
        for workspace in ["ws_a", "ws_b"] {
            let request = RawRequest::new("POST", &format!("/v1/workspaces/{workspace}/entries"))
                .json(entry.to_string());
            let answer = scene.send(&request.token(&everywhere)).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            stored.entry(workspace).or_default().push(answer.text_at("/id").to_owned());
        }
    }
    assert!(
        stored["ws_a"].iter().all(|id| !stored["ws_b"].contains(id)),
        "an id tells nothing of another workspace's"
    );
    for (own, other) in [("ws_a", "ws_b"), ("ws_b", "ws_a")] {
        for token in [&everywhere, &scene.key(&[Scope::EntriesRead], Some(own)).await] {
            for filter in [
                "",
                "&actor_id=usr_1",
                "&target_type=member&target_id=mem_1",
                "&action=member.invite",
                "&actor_id=usr_1&target_type=member&target_id=mem_1",
            ] {
                let (ids, page_tokens) = walk(&scene, token, own, filter).await;
                assert_eq!(ids, stored[own], "{own} {filter}");
                for page_token in page_tokens {
                    let target = format!("/v1/workspaces/{other}/entries?page_token={page_token}");
                    let answer =
                        scene.send(&RawRequest::new("GET", &target).token(&everywhere)).await;
                    assert_eq!(
                        (answer.status, answer.problem()),
                        (400, "invalid-page-token"),
                        "{answer:?}"
                    );
                }
            }
            for (id, status) in stored[own]
                .iter()
                .map(|id| (id, 200))
                .chain(stored[other].iter().map(|id| (id, 404)))
            {
                let answer = scene
                    .send(
                        &RawRequest::new("GET", &format!("/v1/workspaces/{own}/entries/{id}"))
                            .token(token),
                    )
                    .await;
                assert_eq!(answer.status, status, "{answer:?}");
            }
        }
    }
}
