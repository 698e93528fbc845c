//! No other spelling of an id reaches what it names, on any route of the table: a path is never
//! decoded.

use crate::access::{comparable, exported};
use domain::credential::Scope;
use domain::identity::EntryId;
use tests::raw::RawRequest;
use tests::requests::Held;
use tests::scene::{Scene, assert_well_formed};
use web::routes::ROUTES;

/// Other spellings of an id of letters, digits, `-`, `_` and `.`, and ids that begin with it.
fn spellings(id: &str) -> Vec<String> {
    let encoded = |text: &str, by: fn(u8) -> String| text.bytes().map(by).collect::<String>();
    let (first, rest) = id.split_at(1);
    let single = format!("%{:02x}", first.as_bytes()[0]);
    let double = format!("%25{:02x}", first.as_bytes()[0]);
    vec![
        // Encoded once, in both cases, and twice.
        encoded(id, |byte| format!("%{byte:02x}")),
        encoded(id, |byte| format!("%{byte:02X}")),
        format!("{single}{rest}"),
        format!("{double}{rest}"),
        format!("%2525{}{rest}", &single[1..]),
        // Dots, as they are and encoded.
        format!("%2e/{id}"),
        format!("%2e%2e%2f{id}"),
        format!("x%2f..%2f{id}"),
        format!("{id}%2f"),
        format!("{id}%2f%2e"),
        format!("{id}/."),
        format!("{id}."),
        // What separates the parts of a key.
        format!("{id}%23"),
        format!("{id}%23values"),
        format!("{id}~"),
        format!("{id}~%23x"),
        // Another case, and what some tables fold to the same.
        if id.bytes().any(|byte| byte.is_ascii_lowercase()) {
            id.to_uppercase()
        } else {
            id.to_lowercase()
        },
        // U+FF57 is a wide w, U+0455 a Cyrillic s; then marks that nobody sees.
        format!("%ef%bd%97{rest}"),
        format!("%d1%95{rest}"),
        format!("{id}%e2%80%8b"),
        format!("%ef%bb%bf{id}"),
        format!("{id}%cc%81"),
        format!("{id}%00"),
        format!("{id}%0d%0a"),
        format!("{id}+"),
        format!("{id};x"),
    ]
}

#[tokio::test]
async fn another_spelling_of_an_id_is_like_nothing_on_every_route() {
    let scene = Scene::start().await;
    let now = scene.service.clock.now();
    let entry = scene.put_entry(&scene.a, now, "usr_a").await.id;
    let export = exported(&scene, "ws_a", "usr_a").await;
    scene.service.work().await;
    let held = Held { entry, export };
    let key = scene.key(&Scope::ALL, Some("ws_a")).await;
    let entry_of = |id: &str| format!("/v1/workspaces/ws_a/entries/{id}");
    let absent = absent(&scene, &key, &entry_of(&EntryId::LAST.to_string())).await;
    // Some spellings have another number of segments.
    let no_route = self::absent(&scene, &key, "/v1/nothing").await;
    for route in &ROUTES {
        for (place, id) in [
            ("{workspace_id}", "ws_a".to_owned()),
            ("{entry_id}", held.entry.to_string()),
            ("{export_id}", held.export.to_string()),
        ] {
            if !route.path.contains(place) {
                continue;
            }
            for spelling in spellings(&id) {
                let target = route
                    .path
                    .replace(place, &spelling)
                    .replace("{workspace_id}", "ws_a")
                    .replace("{entry_id}", &held.entry.to_string())
                    .replace("{export_id}", &held.export.to_string())
                    .replace("{actor_type}", "user")
                    .replace("{actor_id}", "usr_8f2")
                    .replace("{address}", "203.0.113.7");
                let what = format!("{} {target}", route.method);
                let before = scene.stored();
                let request = RawRequest::new(route.method.as_str(), &target).token(&key);
                let answer = scene.send(&request.json(r#"{"plan":"free"}"#)).await;
                assert_well_formed(&what, &answer);
                let answer = comparable(&answer);
                assert!(answer == absent || answer == no_route, "{what}: {answer:?}");
                assert_eq!(scene.stored(), before, "{what}");
            }
        }
    }
}

/// The answer to a request for what does not exist.
async fn absent(scene: &Scene, key: &str, target: &str) -> (u16, String, Vec<(String, String)>) {
    let answer = scene.send(&RawRequest::new("GET", target).token(key)).await;
    assert_eq!(answer.status, 404, "{answer:?}");
    comparable(&answer)
}
