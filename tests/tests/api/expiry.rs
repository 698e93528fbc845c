//! What time does to entries, plans and credentials, over HTTP and by a clock that the tests move.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets what it does not expect fails"
)]

mod credential;
mod plan;
mod ttl;

use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::{Api, Response};

const WORKSPACE: &str = "/v1/workspaces/ws_a";
/// Every way to list: the table and both indexes, with and without a filter on top.
const LISTS: [&str; 7] = [
    "",
    "action=member.invite",
    "target_type=member",
    "actor_id=usr_1",
    "actor_id=usr_1&action=member.invite",
    "target_type=member&target_id=mem_1",
    "target_type=member&target_id=mem_1&actor_id=usr_1&action=member.invite",
];

async fn put(api: &Api, plan: &str) {
    let changed = api.put(WORKSPACE, &json!({ "plan": plan })).await;
    assert!(matches!(changed.status, 200 | 201), "{changed:?}");
}

fn invitation(occurred_at: Timestamp) -> Value {
    json!({
        "occurred_at": occurred_at.rfc3339(), "action": "member.invite",
        "actor": { "type": "user", "id": "usr_1" }, "target": { "type": "member", "id": "mem_1" },
    })
}

async fn record(api: &Api, occurred_at: Timestamp) -> Response {
    api.post(&format!("{WORKSPACE}/entries"), &invitation(occurred_at)).await
}

/// The invitations that can be seen, newest first: the same by every list, and by `get` of each of
/// `all`.
async fn visible(api: &Api, all: &[String]) -> Vec<String> {
    let mut gotten = Vec::new();
    for id in all {
        let got = api.get(&format!("{WORKSPACE}/entries/{id}")).await;
        match got.status {
            200 => gotten.push(id.clone()),
            404 => assert_eq!(got.problem(), "not-found"),
            _ => panic!("{got:?}"),
        }
    }
    gotten.sort_by(|a, b| b.cmp(a));
    for query in LISTS {
        let pages = tests::walk(api, "ws_a", &format!("{query}&page_size=3")).await;
        let rows = pages
            .iter()
            .flat_map(|page| &page.rows)
            .filter(|row| row.get("action").unwrap() == "member.invite");
        let listed: Vec<_> =
            rows.map(|row| row.get("id").unwrap().as_str().unwrap().to_owned()).collect();
        assert_eq!(listed, gotten, "by {query:?} and by get");
    }
    gotten
}

/// The ids of invitations recorded at these moments.
async fn recorded(api: &Api, moments: impl IntoIterator<Item = Timestamp>) -> Vec<String> {
    let mut ids = Vec::new();
    for moment in moments {
        let made = record(api, moment).await;
        assert_eq!(made.status, 201, "{made:?}");
        ids.push(made.text_at("/id").to_owned());
    }
    ids
}
