//! The answers to valid entries and batches.

use crate::openapi::contract::{Contract, at};
use domain::clock::Clock;
use serde_json::{Value, json};
use tests::{Api, Fault, TestService};

/// Entries with every field, with few, with an old or a new value only, and with more than can be
/// shown.
fn shapes(contract: &Contract) -> Vec<Value> {
    let mut shapes: Vec<_> = contract
        .document
        .operation("recordEntry")
        .request_examples()
        .into_iter()
        .cloned()
        .collect();
    let (actor, target) =
        (json!({ "type": "system", "id": "s" }), json!({ "type": "api_key", "id": "k" }));
    let least =
        json!({ "occurred_at": "", "actor": actor, "action": "api_key.revoke", "target": target });
    let with = |name: &str, value: Value| {
        let mut shape = least.clone();
        shape[name] = value;
        shape
    };
    shapes.extend([
        with("old_value", json!(null)),
        with("new_value", json!([1.5, "text", { "": { "a/b": true } }])),
        with("user_agent", json!("m".repeat(600))),
        with("ip_address", json!("2001:DB8::1")),
        with("ip_address", json!("[2001:db8::1%eth0]:443")),
        with("ip_address", json!("203.0.113.7, 10.0.0.1")),
        with("actor", json!({ "type": "user", "id": "u", "name": [1], "email": "a\u{202e}b" })),
        with("actor", json!({ "type": "anonymous", "id": null })),
        with("on_behalf_of", json!({ "type": "service_account", "id": "s", "name": "" })),
        with("targets", json!([{ "type": "project", "id": "p", "name": false }])),
        with("metadata", json!({ "a": "text", "b": 1.5, "c": true, "d": null, "e": { "f": [] } })),
        with("metadata", json!({})),
        with("reason", json!({ "code": 7 })),
        with("location", json!("Berlin")),
        with("outcome", json!("failure")),
        least.clone(),
    ]);
    let numbers = |from: usize| (from..from + 900).collect::<Vec<_>>();
    let mut many = with("old_value", json!({ "a": numbers(0), "b": numbers(0) }));
    many["new_value"] = json!({ "a": numbers(900), "b": numbers(900) });
    shapes.push(many);
    shapes
}

pub(crate) async fn entries(contract: &Contract, api: &Api) {
    for shape in shapes(contract) {
        let entry = at(&shape, Clock::System.now());
        let first = api.post("/v1/workspaces/ws_acme/entries", &entry).await;
        contract.check("recordEntry", 201, &first);
        let again = api.post("/v1/workspaces/ws_acme/entries", &entry).await;
        contract.check("recordEntry", 200, &again);
        assert_eq!(again.text, first.text);
        let got = api.get(first.header("location")).await;
        contract.check("getEntry", 200, &got);
        if shape["new_value"]["a"].is_array() {
            assert_eq!(got.json["changes_truncated"], true);
            let most = contract
                .document
                .at("/components/schemas/EntryWithChanges/properties/changes/maxItems");
            assert_eq!(
                got.json["changes"].as_array().map(Vec::len),
                most.as_u64().and_then(|most| most.try_into().ok())
            );
        }
    }
}

pub(crate) async fn batches(contract: &Contract, service: &TestService, api: &Api) {
    let entry = |id: &str| {
        let target = json!({ "type": "member", "id": id });
        json!({ "occurred_at": Clock::System.now().rfc3339(),
            "actor": { "type": "user", "id": "u" }, "action": "member.invite", "target": target })
    };
    let (one, two) = (entry("one"), entry("two"));
    let large = json!({ "new_value": "x".repeat(domain::entry::MAX_ENTRY_BYTES) });
    let texts = [
        one.to_string(),
        one.to_string(),
        r#"{"action":"member.invited"}"#.to_owned(),
        "5".to_owned(),
        large.to_string(),
        r#"{"old_value":NaN}"#.to_owned(),
        r#"{"action":"member.invite","action":"member.invite"}"#.to_owned(),
    ];
    let batch = format!(r#"{{"entries":[{}]}}"#, texts.join(","));
    let mixed = api.post_text("/v1/workspaces/ws_acme/entries/batch", &batch).await;
    contract.check("recordBatch", 200, &mixed);
    let status = |index: usize| mixed.text_at(&format!("/results/{index}/status")).to_owned();
    assert_eq!(
        [0, 1, 2, 3, 4, 5, 6].map(status),
        ["recorded", "duplicate", "rejected", "rejected", "rejected", "rejected", "rejected"]
    );
    let problem = |index: usize| mixed.text_at(&format!("/results/{index}/problem/type"));
    assert_eq!([4, 5, 6].map(problem), ["payload-too-large", "malformed-json", "duplicate-key"]);
    for (code, problem) in
        [("ThrottlingError", "rate-limited"), ("InternalServerError", "store-unavailable")]
    {
        // The second of two, and then, alone, the one tried again.
        service.proxy.fail(move |operation, request| {
            match (operation, request["Statements"].as_array().map(Vec::len)) {
                ("BatchExecuteStatement", Some(count)) => {
                    Fault::RefuseStatements(vec![count - 1], code)
                }
                ("ExecuteStatement", _) => Fault::Refuse(match code {
                    "ThrottlingError" => "ThrottlingException",
                    code => code,
                }),
                _ => Fault::None,
            }
        });
        let partly = api
            .post("/v1/workspaces/ws_acme/entries/batch", &json!({ "entries": [one, two] }))
            .await;
        service.proxy.heal();
        contract.check("recordBatch", 200, &partly);
        assert_eq!(partly.text_at("/results/1/problem/type"), problem);
    }
}
