//! The answers to requests that are as they should be.

use crate::contract::{Contract, at};
use reqwest::Method;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::plan::Plan;
use tests::{Api, Fault, NOON, TestService, actor, at as at_noon, content, log_of, target};

/// Provokes each of them.
pub(crate) async fn see(contract: &Contract) {
    let service = TestService::start().await;
    let api = service.operator().await;
    workspaces(contract, &api).await;
    entries(contract, &api).await;
    batches(contract, &service, &api).await;
    pages(contract, &api).await;
    facets(contract, &api).await;
    what_is_not_counted_to_its_end(contract).await;
    without_a_workspace(contract, &service).await;
}

async fn workspaces(contract: &Contract, api: &Api) {
    contract.check("putWorkspace", 201, &api.put("/v1/workspaces/ws_acme", &json!({ "plan": "enterprise" })).await);
    contract.check("getWorkspace", 200, &api.get("/v1/workspaces/ws_acme").await);
    for plan in ["free", "free", "basic", "pro", "enterprise"] {
        let changed = api.put("/v1/workspaces/ws_acme", &json!({ "plan": plan })).await;
        contract.check("putWorkspace", 200, &changed);
        assert_eq!(changed.text_at("/plan"), plan);
    }
    contract.check("getWorkspace", 200, &api.get("/v1/workspaces/ws_acme").await);
    for admin in [json!({ "id": "usr_8f2" }), json!({ "id": "usr_8f2", "name": "Ada", "email": "ada@example.com" })] {
        let made = api.post("/v1/workspaces/ws_acme/viewer-tokens", &json!({ "admin": admin })).await;
        contract.check("createViewerToken", 201, &made);
    }
}

/// Entries with every field, with few, with an old or a new value only, and with more than can be shown.
fn shapes(contract: &Contract) -> Vec<Value> {
    let mut shapes: Vec<_> = contract.document.operation("recordEntry").request_examples().into_iter().cloned().collect();
    let (actor, target) = (json!({ "type": "system", "id": "s" }), json!({ "type": "api_key", "id": "k" }));
    let least = json!({ "occurred_at": "", "actor": actor, "action": "api_key.revoke", "target": target });
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
        with("outcome", json!("failure")),
        least.clone(),
    ]);
    let numbers = |from: usize| (from..from + 900).collect::<Vec<_>>();
    let mut many = with("old_value", json!({ "a": numbers(0), "b": numbers(0) }));
    many["new_value"] = json!({ "a": numbers(1), "b": numbers(1) });
    shapes.push(many);
    shapes
}

async fn entries(contract: &Contract, api: &Api) {
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
            let most = contract.document.at("/components/schemas/EntryWithChanges/properties/changes/maxItems");
            assert_eq!(got.json["changes"].as_array().map(Vec::len), most.as_u64().and_then(|most| most.try_into().ok()));
        }
    }
}

async fn batches(contract: &Contract, service: &TestService, api: &Api) {
    let entry = |id: &str| {
        let target = json!({ "type": "member", "id": id });
        json!({ "occurred_at": Clock::System.now().rfc3339(), "actor": { "type": "user", "id": "u" }, "action": "member.invite", "target": target })
    };
    let (one, two) = (entry("one"), entry("two"));
    let large = json!({ "new_value": "x".repeat(shared::entry::MAX_ENTRY_BYTES) });
    let batch = json!({ "entries": [one, one, { "action": "member.invited" }, 5, large] });
    let mixed = api.post("/v1/workspaces/ws_acme/entries/batch", &batch).await;
    contract.check("recordBatch", 200, &mixed);
    let status = |index: usize| mixed.text_at(&format!("/results/{index}/status")).to_owned();
    assert_eq!([0, 1, 2, 3, 4].map(status), ["recorded", "duplicate", "rejected", "rejected", "rejected"]);
    assert_eq!(mixed.text_at("/results/4/problem/type"), "payload-too-large");
    for (code, problem) in [("ThrottlingError", "rate-limited"), ("InternalServerError", "store-unavailable")] {
        // The second of two, and then, alone, the one tried again.
        service.proxy.fail(move |operation, request| match (operation, request["Statements"].as_array().map(Vec::len)) {
            ("BatchExecuteStatement", Some(count)) => Fault::RefuseStatements(vec![count - 1], code),
            _ => Fault::None,
        });
        let partly = api.post("/v1/workspaces/ws_acme/entries/batch", &json!({ "entries": [one, two] })).await;
        service.proxy.heal();
        contract.check("recordBatch", 200, &partly);
        assert_eq!(partly.text_at("/results/1/problem/type"), problem);
    }
}

async fn pages(contract: &Contract, api: &Api) {
    let path = "/v1/workspaces/ws_acme/entries";
    for query in ["", "?page_size=100", "?action=audit_log.export", "?from=2000-01-01T00:00:00Z&to=2000-01-01T00:00:00Z"] {
        contract.check("listEntries", 200, &api.get(&format!("{path}{query}")).await);
    }
    let first = api.get(&format!("{path}?page_size=2")).await;
    let middle = api.get(&format!("{path}?page_token={}", first.text_at("/page/next_page_token"))).await;
    let back = api.get(&format!("{path}?page_token={}", middle.text_at("/page/previous_page_token"))).await;
    for page in [&first, &middle, &back] {
        contract.check("listEntries", 200, page);
    }
    assert_eq!(back.json["entries"], first.json["entries"]);
    let second = api.get(&format!("{path}?page=2&page_size=2")).await;
    assert_eq!((&second.json["page"]["number"], &second.json["entries"]), (&json!(2), &middle.json["entries"]));
    let jump = api.get(&format!("{path}?page=1&page_token={}", middle.text_at("/page/next_page_token"))).await;
    assert_eq!(jump.json["entries"], first.json["entries"]);
    let past = api.get(&format!("{path}?page=1000&page_size=2")).await;
    assert_eq!((&past.json["entries"], &past.json["page"]["number"]), (&json!([]), &json!(1_000)));
    for page in [&second, &jump, &past] {
        contract.check("listEntries", 200, page);
        assert_eq!(page.json["page"]["total_entries"], first.json["page"]["total_entries"]);
    }
}

async fn facets(contract: &Contract, api: &Api) {
    let path = "/v1/workspaces/ws_acme/facets";
    for query in ["", "?action=member.invite", "?target_type=member&action=project.create", "?from=2000-01-01T00:00:00Z&to=2000-01-01T00:00:00Z"] {
        contract.check("getFacets", 200, &api.get(&format!("{path}{query}")).await);
    }
}

/// Of one actor, more entries than are counted: a total that is a bound, and far back a page whose number is not known.
async fn what_is_not_counted_to_its_end(contract: &Contract) {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_acme", Plan::Pro);
    let invitation = |n: u32| content(at_noon(NOON).plus_ms(-i64::from(n)), actor("usr_1"), "member.invite", target("member", "mem_1"), 0);
    service.load(&log_of(&workspace, (0..10_150).map(invitation)));
    let api = service.operator().await;
    let path = "/v1/workspaces/ws_acme/entries";
    let last_counted = api.get(&format!("{path}?actor_id=usr_1&page_size=100&page=100")).await;
    let beyond = api.get(&format!("{path}?page_token={}", last_counted.text_at("/page/next_page_token"))).await;
    let far_back = api.get(&format!("{path}?page_token={}", beyond.text_at("/page/next_page_token"))).await;
    for (page, number, rows) in [(&last_counted, json!(100), 100), (&beyond, json!(101), 100), (&far_back, json!(null), 50)] {
        contract.check("listEntries", 200, page);
        let of_page = &page.json["page"];
        assert_eq!((&of_page["number"], &of_page["total_entries"], &of_page["total_is_exact"]), (&number, &json!(10_000), &json!(false)));
        assert_eq!(page.json["entries"].as_array().map(Vec::len), Some(rows));
        assert!(!page.header("link").contains(r#"rel="last""#));
    }
}

async fn without_a_workspace(contract: &Contract, service: &TestService) {
    let anyone = service.anonymous();
    contract.check("getCatalog", 200, &anyone.get("/v1/catalog").await);
    contract.check("getHealth", 200, &anyone.get("/v1/health").await);
    let assets = contract.document.at("/paths/~1v1~1viewer~1{asset}/parameters/0/schema/enum").as_array().unwrap();
    let assets = assets.iter().map(|name| ("getViewerAsset", format!("/v1/viewer/{}", name.as_str().unwrap())));
    for (operation, path) in assets.chain([("getViewer", "/v1/viewer?anything=1&anything=%zz".to_owned())]) {
        let first = anyone.get(&path).await;
        contract.check(operation, 200, &first);
        let again = anyone.send(Method::GET, &path, None, &[("if-none-match", first.header("etag"))]).await;
        contract.check(operation, 304, &again);
    }
}
