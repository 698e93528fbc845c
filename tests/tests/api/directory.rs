//! People and addresses, over HTTP and a real store.
#![expect(clippy::indexing_slicing, reason = "a test that meets what it does not expect fails")]

use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::Response;
use tests::recording::{Log, noon, usual_entry};

const WORKSPACE: &str = "/v1/workspaces/ws_log";

/// What somebody did from an address, so many seconds before noon.
fn entry(number: usize, who: (&str, &str, &str), from: &str, ago_s: i64) -> Value {
    let mut entry = usual_entry(noon().plus_ms(-ago_s * 1_000), &format!("evt_{number}"));
    let (id, name, email) = who;
    entry["actor"] = json!({ "type": "user", "id": id, "name": name, "email": email });
    entry["ip_address"] = from.into();
    entry
}

const ADA: (&str, &str, &str) = ("usr_ada", "Ada Lovelace", "ada@example.com");
const OTHER_ADA: (&str, &str, &str) = ("usr/2 é", "Ada Yonath", "yonath@example.org");
const GRACE: (&str, &str, &str) = ("usr_grace", "Grace Hopper", "grace@example.com");

async fn log() -> Log {
    let log = Log::start().await;
    let entries = [
        entry(0, ADA, "203.0.113.7", 50),
        entry(1, OTHER_ADA, "2001:db8::1", 40),
        entry(2, GRACE, "203.0.113.7", 30),
        entry(3, ADA, "198.51.100.9", 20),
    ];
    let answer = log.record_batch(&entries).await;
    assert_eq!(answer.json["recorded"], 4, "{answer:?}");
    log.service.clock.set(noon().plus_ms(60_000));
    log
}

async fn get(log: &Log, path: &str) -> Response {
    log.api.get(&format!("{WORKSPACE}/{path}")).await
}

fn ids(answer: &Response, of: &str, name: &str) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let rows = answer.json[of].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn people_are_found_and_shown_with_what_the_log_tells() {
    let log = log().await;
    for (search, found) in [
        ("ADA", &["usr_ada", "usr/2 é"][..]),
        ("yon", &["usr/2 é"]),
        ("grace%40ex", &["usr_grace"]),
        ("usr", &["usr_ada", "usr_grace", "usr/2 é"]),
        ("nobody", &[]),
    ] {
        let answer = get(&log, &format!("actors?search={search}")).await;
        assert_eq!(ids(&answer, "actors", "id"), found, "{search}");
        assert_eq!(answer.json["page"]["total"], found.len(), "{search}");
    }
    let last_seen = get(&log, "actors").await;
    assert_eq!(ids(&last_seen, "actors", "id"), ["usr_ada", "usr_grace", "usr/2 é"]);
    let second = get(&log, "actors?page=2&page_size=2").await;
    assert_eq!(ids(&second, "actors", "id"), ["usr/2 é"]);
    let page =
        json!({ "number": 2, "size": 2, "total": 3, "total_pages": 2, "total_is_exact": true });
    assert_eq!(second.json["page"], page);
    let ada = get(&log, "actors/user/usr_ada").await;
    assert_eq!(ada.status, 200, "{ada:?}");
    let expected = json!({
        "type": "user", "id": "usr_ada", "name": "Ada Lovelace", "email": "ada@example.com",
        "first_day": "2026-11-22", "last_entry_at": "2026-11-22T11:59:40.000Z", "active_days": 1,
        "names": ["Ada Lovelace"], "emails": ["ada@example.com"],
        "networks": ["198.51.100.0/24", "203.0.113.0/24"], "actions": ["member.invite"],
        "active_hours": [11], "incomplete": [],
    });
    assert_eq!(ada.json, expected);
    let encoded = get(&log, "actors/user/usr%2F2%20%C3%A9").await;
    assert_eq!(encoded.json["name"], "Ada Yonath", "{encoded:?}");
}

#[tokio::test]
async fn addresses_are_found_and_shown_with_who_acted_from_them() {
    let log = log().await;
    for (search, found) in [
        ("203.0.113.", &["203.0.113.7"][..]),
        ("198.51.0.0/16", &["198.51.100.9"]),
        ("2001%3ADB8", &["2001:db8::1"]),
        ("10.", &[]),
    ] {
        let answer = get(&log, &format!("addresses?search={search}")).await;
        assert_eq!(ids(&answer, "addresses", "address"), found, "{search}");
    }
    let last_seen = ids(&get(&log, "addresses").await, "addresses", "address");
    assert_eq!(last_seen, ["198.51.100.9", "203.0.113.7", "2001:db8::1"]);
    for spelling in ["203.0.113.7", "::ffff:203.0.113.7", "%3A%3Affff%3A203.0.113.7"] {
        let address = get(&log, &format!("addresses/{spelling}")).await;
        assert_eq!(ids(&address, "actors", "id"), ["usr_ada", "usr_grace"], "{spelling}");
        assert_eq!(address.json["network"], "203.0.113.0/24");
        assert_eq!(address.json["actors"][1]["name"], "Grace Hopper");
    }
}

#[tokio::test]
async fn what_is_not_known_or_hidden_is_a_404_and_a_wrong_search_is_refused() {
    let log = log().await;
    for path in [
        "actors/user/nobody", "actors/api_key/usr_ada", "actors/person/usr_ada",
        "actors/user/%20x", "actors/user/%FF", "addresses/192.0.2.1", "addresses/203.0.113.0%2F24",
        "addresses/x",
    ] {
        let answer = get(&log, path).await;
        assert_eq!((answer.status, answer.problem()), (404, "not-found"), "{path}");
    }
    for (query, status, problem) in [
        ("actors?q=ada", 400, "unknown-parameter"),
        ("actors?search=a&search=b", 400, "duplicate-parameter"),
        ("actors?page=0", 422, "validation-failed"),
        ("actors?search=", 422, "validation-failed"),
        ("addresses?page_size=101", 422, "validation-failed"),
        ("actors/user/usr_ada?search=a", 400, "unknown-parameter"),
    ] {
        let answer = get(&log, query).await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{query}");
    }
    // What the plan of this workspace keeps is over.
    assert_eq!(log.workspace.plan.name(), "pro");
    log.service.clock.set(noon().plus_days(367));
    for path in ["actors/user/usr_ada", "addresses/203.0.113.7"] {
        assert_eq!(get(&log, path).await.status, 404, "{path}");
    }
    assert_eq!(ids(&get(&log, "actors").await, "actors", "id"), Vec::<String>::new());
    assert_eq!(ids(&get(&log, "actors?search=ada").await, "actors", "id"), Vec::<String>::new());
}

#[tokio::test]
async fn a_raised_plan_gives_profiles_a_longer_life() {
    let log = log().await;
    assert_eq!(get(&log, "actors/user/usr_ada").await.status, 200);
    let ends = async || -> Option<Timestamp> {
        let keys = [domain::memory::fixtures::actor("usr_ada").key()];
        let store = &log.service.store;
        let kept = domain::ports::ReadProfiles::<domain::directory::ActorProfile>::profiles(
            store,
            &log.workspace.id,
            &keys,
            domain::ports::Consistency::Strong,
        );
        kept.await.ok()?.remove(&keys[0])?.ends.profile
    };
    assert!(ends().await.is_some());
    let raised = log.api.put(WORKSPACE, &json!({ "plan": "enterprise" })).await;
    assert_eq!(raised.status, 200, "{raised:?}");
    log.service.work_to_the_end().await;
    log.service.clock.set(log.service.clock.now().plus_ms(60_000));
    assert_eq!(get(&log, "actors/user/usr_ada").await.status, 200);
    assert_eq!(ends().await, None, "the profile never expires");
}

#[tokio::test]
async fn a_lookup_costs_little_once_the_directory_has_followed() {
    let log = log().await;
    assert_eq!(get(&log, "actors?search=ada").await.status, 200);
    drop(log.service.proxy.take_calls());
    for (path, most) in [
        ("actors?search=ada", 2.0),
        ("actors/user/usr_ada", 0.5),
        ("addresses?search=203.", 1.0),
        ("addresses/203.0.113.7", 1.5),
    ] {
        assert_eq!(get(&log, path).await.status, 200);
        let calls = log.service.proxy.take_calls();
        let units: f64 = calls.iter().map(|call| call.units().abs()).sum();
        assert!(units <= most, "{path}: {units} RCU");
    }
}
