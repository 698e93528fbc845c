//! What another workspace holds is told from what does not exist neither by an answer nor by what
//! the answer costs: the same calls of the store, of the same size. Every route of the table is
//! asked, with every kind of credential, on an instance that remembers nothing and on one that has
//! answered before.

use crate::access::{comparable, exported, holders, request};
use domain::clock::Clock;
use domain::credential::{Scope, VIEWER_SCOPES};
use domain::entry::{Content, Target};
use domain::identity::EntryId;
use domain::json::JsonText;
use domain::memory::fixtures::{actor, entry_with, new_entry, target};
use domain::ports::AppendEntry;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use tests::raw::RawRequest;
use tests::requests::Held;
use tests::scene::{Scene, assert_well_formed};
use tests::{NOON, Response, at};
use web::routes::ROUTES;

/// Begins every text that `ws_b` holds.
const PLANTED: &str = "PlantedInB";
/// Begins texts of the same length that nobody holds.
const NOBODYS: &str = "NobodysHas";
/// A workspace that does not exist.
const ABSENT: &str = "ws_absent";

/// What an attacker may have learnt about `ws_b`: ids, a page token, how long its feed is.
struct Known {
    scene: Scene,
    of_b: Held,
    page_token: String,
    last_of_feed: u64,
}

impl Known {
    async fn start() -> Self {
        let scene = Scene::at(Clock::manual(at(NOON))).await;
        let now = scene.service.clock.now();
        let of_a = entry_with(&scene.a, content("InA", 0, now.plus_ms(-1_000)));
        scene.service.store.append(&new_entry(&scene.a, &of_a)).await.unwrap();
        for number in 0..30 {
            let of_b = content(PLANTED, number, now.plus_ms(-1_000 * i64::from(number)));
            let of_b = entry_with(&scene.b, of_b);
            scene.service.store.append(&new_entry(&scene.b, &of_b)).await.unwrap();
        }
        let export = exported(&scene, "ws_b", &format!("{PLANTED}Actor")).await;
        scene.service.work().await;
        scene.service.clock.set(now.plus_ms(15_000));
        for workspace in [&scene.a, &scene.b] {
            scene.service.count(workspace).await;
        }
        let reader = scene.service.api(&scene.key(&VIEWER_SCOPES, Some("ws_b")).await);
        // The directories have followed, so that no later lookup stores anything in them.
        for workspace in ["ws_a", "ws_b"] {
            let key = scene.key(&VIEWER_SCOPES, Some(workspace)).await;
            let path = format!("/v1/workspaces/{workspace}/actors");
            assert_eq!(scene.service.api(&key).get(&path).await.status, 200);
        }
        let page = reader.get("/v1/workspaces/ws_b/entries?page_size=5").await;
        let feed = reader.get("/v1/workspaces/ws_b/feed?limit=1000").await;
        let entry = EntryId::parse(page.text_at("/entries/4/id")).unwrap();
        Self {
            page_token: page.text_at("/page/next_page_token").to_owned(),
            last_of_feed: feed.json["next"].as_u64().unwrap(),
            scene,
            of_b: Held { entry, export },
        }
    }

    /// What a request costs on an instance, and the answer.
    async fn ask(&self, address: &str, request: &RawRequest) -> (Response, Vec<Cost>) {
        let _ = self.scene.service.proxy.take_calls();
        let answer = request.send(address).await;
        let calls = self.scene.service.proxy.take_calls();
        let cost = |call: &tests::Call| {
            let key = |name| call.request.pointer(name).and_then(Value::as_str).unwrap_or_default();
            let kind = key("/Key/pk/S").split('#').next().unwrap_or_default().to_owned();
            Cost {
                operation: call.operation.clone(),
                table: key("/TableName").to_owned(),
                kind,
                units: call.units().to_string(),
            }
        };
        (answer, calls.iter().map(cost).collect())
    }

    /// Both requests must have the same answer at the same cost: on an instance that remembers
    /// nothing, and then again on the same one.
    async fn cannot_tell(&self, what: &str, one: &RawRequest, other: &RawRequest) -> Response {
        let mut told = Vec::new();
        for request in [one, other] {
            let address = self.scene.service.another_address().await;
            for state in ["cold", "warm"] {
                let before = self.scene.stored();
                let (answer, costs) = self.ask(&address, request).await;
                let what = format!("{what}, {state}: {}", request.target);
                assert_well_formed(&what, &answer);
                // A link repeats what was asked for.
                let asked = format!("{PLANTED}Actor");
                let mut shown = format!("{answer:?}");
                if request.target.contains(&asked) {
                    shown = shown.replace(&asked, "");
                }
                assert!(!shown.contains(PLANTED), "{what}: {answer:?}");
                assert_eq!(self.scene.stored(), before, "{what}");
                told.push((what, answer, costs));
            }
        }
        let [cold, warm, other_cold, other_warm] = told.try_into().unwrap();
        for ((what, answer, costs), (_, other, other_costs)) in
            [(&cold, &other_cold), (&warm, &other_warm)]
        {
            let of = |answer| format!("{:?}", comparable(answer)).replace(NOBODYS, PLANTED);
            assert_eq!(of(answer), of(other), "{what}");
            assert_eq!(costs, other_costs, "{what}");
        }
        cold.1
    }
}

/// A call of the store, as far as it takes time.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    operation: String,
    table: String,
    /// What the key is of: `key`, `workspace` and so on.
    kind: String,
    units: String,
}

/// An entry whose every text begins with `planted`.
fn content(planted: &str, number: u32, occurred_at: Timestamp) -> Content {
    let text = |what: &str| Some(format!("{planted}{what}"));
    let mut by = actor(&format!("{planted}Actor"));
    (by.name, by.email) = (text("Name"), text("Mail"));
    let named =
        |kind: &str| Target { name: text("Target"), ..target(kind, &format!("{planted}Actor")) };
    Content {
        on_behalf_of: Some(by.clone()),
        targets: vec![named("project")],
        reason: text("Reason"),
        location: text("Location"),
        session_id: text("Session"),
        external_id: Some(format!("{planted}{number}")),
        request_id: text("Request"),
        // Every third has values that lie apart.
        new_value: JsonText::from_stored(format!(
            "\"{}\"",
            planted.repeat(if number.is_multiple_of(3) { 200 } else { 1 })
        ))
        .ok(),
        ..Content::new(occurred_at, by, "member.invite", named("member"))
    }
}

#[tokio::test]
async fn another_workspace_is_like_one_that_does_not_exist() {
    let known = Known::start().await;
    let mut likes = HashMap::new();
    for holder in holders(&known.scene).await {
        if holder.is_in_force && holder.workspace != Some("ws_a") {
            continue;
        }
        for (number, route) in ROUTES.iter().enumerate() {
            if !route.path.contains("{workspace_id}") {
                continue;
            }
            let what = format!("{} {} with {}", route.method, route.path, holder.what);
            let of =
                |workspace| request(&known.scene, route, &holder, workspace, known.of_b, number);
            let answer = known.cannot_tell(&what, &of("ws_b"), &of(ABSENT)).await;
            let status = if holder.is_in_force { 404 } else { 401 };
            assert_eq!(answer.status, status, "{what}: {answer:?}");
            let like = likes.entry(status).or_insert_with(|| comparable(&answer));
            assert_eq!(&comparable(&answer), like, "{what}");
        }
    }
    assert_eq!(likes.len(), 2);
}

#[tokio::test]
async fn what_another_workspace_holds_is_like_nothing_in_the_own() {
    let known = Known::start().await;
    let (of_b, absent) = (known.of_b, EntryId::LAST);
    let (token, forged) = (&known.page_token, forged(&known.page_token));
    let beyond = known.last_of_feed;
    assert!(beyond > 20, "longer than the feed of ws_a");
    // Each path has one that it is compared with: with an absent id, a forged token, or a number
    // that no log has. Both get the same status.
    let pairs = [
        (404, format!("entries/{}", of_b.entry), format!("entries/{absent}")),
        (404, format!("exports/{}", of_b.export), format!("exports/{absent}")),
        (400, format!("entries?page_token={token}"), format!("entries?page_token={forged}")),
        (
            400,
            format!("entries?page=2&page_token={token}"),
            format!("entries?page=2&page_token={forged}"),
        ),
        (422, format!("feed?after={beyond}"), "feed?after=1000000".to_owned()),
        (
            200,
            format!("entries?actor_id={PLANTED}Actor"),
            format!("entries?actor_id={NOBODYS}Actor"),
        ),
        (
            200,
            format!("entries?target_type=member&target_id={PLANTED}Actor"),
            format!("entries?target_type=member&target_id={NOBODYS}Actor"),
        ),
        (404, format!("actors/user/{PLANTED}Actor"), format!("actors/user/{NOBODYS}Actor")),
        (200, format!("actors?search={PLANTED}"), format!("actors?search={NOBODYS}")),
        (200, format!("feed?actor_id={PLANTED}Actor"), format!("feed?actor_id={NOBODYS}Actor")),
    ];
    let holders = holders(&known.scene).await.into_iter();
    for holder in holders.filter(|holder| holder.is_in_force && holder.workspace == Some("ws_a")) {
        let token = holder.token.as_deref().unwrap();
        for (status, of_b, of_nobody) in &pairs {
            let request =
                |path| RawRequest::new("GET", &format!("/v1/workspaces/ws_a/{path}")).token(token);
            let what = format!("{of_b} with {}", holder.what);
            let answer = known.cannot_tell(&what, &request(of_b), &request(of_nobody)).await;
            let scope =
                if of_b.starts_with("exports") { Scope::EntriesExport } else { Scope::EntriesRead };
            let status = if holder.scopes.contains(&scope) { *status } else { 403 };
            assert_eq!(answer.status, status, "{what}: {answer:?}");
            let name = if of_b.starts_with("actors") { "actors" } else { "entries" };
            assert!(status != 200 || answer.json[name] == json!([]), "{what}: {answer:?}");
        }
    }
}

/// A token of the same length that nobody has signed.
fn forged(token: &str) -> String {
    let last = if token.ends_with('A') { "B" } else { "A" };
    format!("{}{last}", &token[..token.len() - 1])
}
