//! The answers to requests that are refused: 400 to 422.

use crate::openapi::contract::{Contract, Request};
use crate::openapi::document::Operation;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::clock::Clock;
use domain::credential::Scope;
use domain::ports::ReadCatalog;
use local::embedded::tables;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Api, Fault, TestService};

/// Who asks.
struct Askers {
    operator: Api,
    nobody: Api,
    without_scopes: Api,
    of_another_workspace: Api,
}

/// Provokes each of them for every operation that lists it.
pub(crate) async fn see(contract: &Contract) {
    let service = TestService::start().await;
    service.workspace("ws_acme", "free").await;
    service.workspace("ws_other", "free").await;
    let askers = Askers {
        operator: service.operator().await,
        nobody: service.anonymous(),
        without_scopes: service.api(&service.key(&[], None).await),
        of_another_workspace: service.api(&service.key(&Scope::ALL, Some("ws_other")).await),
    };
    let log = askers.operator.get("/v1/workspaces/ws_acme/entries").await;
    for operation in contract.document.operations() {
        let request = || {
            contract.request(
                operation.id,
                "ws_acme",
                log.text_at("/entries/0/id"),
                Clock::System.now(),
            )
        };
        for status in operation.statuses() {
            match status {
                400 => unreadable(contract, &operation, &request, &askers).await,
                401 => contract.check(operation.id, 401, &request().send(&askers.nobody).await),
                403 => {
                    contract.check(
                        operation.id,
                        403,
                        &request().send(&askers.without_scopes).await,
                    );
                }
                404 if operation.id == "getViewerAsset" => {
                    contract.check(
                        operation.id,
                        404,
                        &askers.nobody.get("/v1/viewer/admin.js").await,
                    );
                }
                404 => contract.check(
                    operation.id,
                    404,
                    &request().send(&askers.of_another_workspace).await,
                ),
                405 => another_method(contract, &operation, request(), &askers).await,
                413 => too_large(contract, &operation, request(), &askers).await,
                415 => contract.check(
                    operation.id,
                    415,
                    &Request { headers: Vec::new(), ..request() }.send(&askers.operator).await,
                ),
                422 => unacceptable(contract, &operation, request(), &askers).await,
                _ => {}
            }
        }
    }
    conflicts(contract, &service, &askers.operator).await;
}

async fn unreadable(
    contract: &Contract,
    operation: &Operation<'_>,
    request: &impl Fn() -> Request,
    askers: &Askers,
) {
    let mut requests = vec![
        ("unknown-parameter", request().with_query("verbose=1")),
        ("malformed-query", request().with_query("page_size=%zz")),
    ];
    if operation.max_bytes().is_some() {
        requests.extend([
            ("malformed-json", request().with_body("{")),
            ("duplicate-key", request().with_body(r#"{"a":1,"\u0061":2}"#)),
        ]);
    }
    let parameters = operation.parameters(contract.document);
    for name in parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()) {
        requests.push(("duplicate-parameter", request().with_query(&format!("{name}=2&{name}=2"))));
    }
    if operation.id == "listEntries" {
        requests.push(("invalid-page-token", request().with_query("page_token=AAAA")));
    }
    for (problem, request) in requests {
        let response = request.send(&askers.operator).await;
        contract.check(operation.id, 400, &response);
        assert_eq!(response.problem(), problem);
    }
}

async fn another_method(
    contract: &Contract,
    operation: &Operation<'_>,
    request: Request,
    askers: &Askers,
) {
    let response = Request { method: Method::PATCH, ..request }.send(&askers.nobody).await;
    contract.check(operation.id, 405, &response);
    let mut allowed: Vec<_> = response.header("allow").split(", ").map(str::to_owned).collect();
    allowed.sort();
    let operations = contract.document.operations();
    let mut published: Vec<_> = operations
        .iter()
        .filter(|other| other.path == operation.path)
        .map(|other| other.method.clone())
        .collect();
    // Not published: where there is GET, there is HEAD.
    if published.iter().any(|method| method == "GET") {
        published.push("HEAD".to_owned());
    }
    published.sort();
    assert_eq!(allowed, published, "{}", operation.id);
}

/// At the published limit a body is read, one byte above it is not.
async fn too_large(
    contract: &Contract,
    operation: &Operation<'_>,
    request: Request,
    askers: &Askers,
) {
    let most = operation.max_bytes().unwrap();
    let mut body = request.body.clone().unwrap();
    body.resize(most, b' ');
    let accepted = request.clone().with_body(body.clone()).send(&askers.operator).await;
    assert!(accepted.status < 300, "{}: {accepted:?}", operation.id);
    contract.check(operation.id, accepted.status, &accepted);
    body.push(b' ');
    let refused = request.with_body(body).send(&askers.operator).await;
    contract.check(operation.id, 413, &refused);
    assert_eq!(refused.text_at("/detail"), format!("The limit is {most} bytes."));
}

async fn unacceptable(
    contract: &Contract,
    operation: &Operation<'_>,
    request: Request,
    askers: &Askers,
) {
    let requests: Vec<_> = if operation.max_bytes().is_none() {
        // Each parameter alone, with a value that none of them takes, then all at once.
        let parameters = operation.parameters(contract.document);
        let named =
            parameters.iter().map(|parameter| format!("{}=", parameter["name"].as_str().unwrap()));
        let empty: Vec<_> = named.filter(|parameter| parameter != "page_token=").collect();
        empty
            .iter()
            .chain([&empty.join("&")])
            .map(|query| request.clone().with_query(query))
            .collect()
    } else {
        let unknown: Value = (0..30)
            .map(|n| (format!("field_{n}"), json!(n)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let bodies = [json!({}), json!(null), json!([]), unknown]
            .map(|body| request.clone().with_body(body.to_string()));
        // Of an operation with a body, a parameter is true or false.
        let parameters = operation.parameters(contract.document);
        let named = parameters.iter().flat_map(|parameter| {
            ["", "1", "True"]
                .map(|value| format!("{}={value}", parameter["name"].as_str().unwrap()))
        });
        bodies.into_iter().chain(named.map(|query| request.clone().with_query(&query))).collect()
    };
    for request in requests {
        contract.check(operation.id, 422, &request.send(&askers.operator).await);
    }
}

/// Conflicts: another request at the same moment, or a stored item that somebody changed.
async fn conflicts(contract: &Contract, service: &TestService, api: &Api) {
    let entry = contract.request("recordEntry", "ws_acme", "", Clock::System.now());
    let recorded = entry.clone().send(api).await;
    let key = [("workspace_id", "ws_acme"), ("id", recorded.text_at("/id"))];
    let mut update = service
        .dynamodb
        .update_item()
        .table_name(tables().entries)
        .update_expression("SET outcome = :other");
    for (name, value) in key {
        update = update.key(name, AttributeValue::S(value.to_owned()));
    }
    update
        .expression_attribute_values(":other", AttributeValue::S("failure".to_owned()))
        .send()
        .await
        .unwrap();
    contract.check("recordEntry", 409, &entry.send(api).await);

    another_is_faster(service, |item| item["plan"] = json!({ "S": "basic" }));
    contract.check(
        "putWorkspace",
        409,
        &api.put("/v1/workspaces/ws_acme", &json!({ "plan": "enterprise" })).await,
    );
    another_is_faster(service, |_| {});
    let token = contract.request("createViewerToken", "ws_acme", "", Clock::System.now());
    contract.check("createViewerToken", 409, &token.send(api).await);
    // It must differ from the exports that are open.
    let export = json!({ "format": "csv", "from": "2001-02-03T04:05:06Z" });
    let refused = api.post("/v1/workspaces/ws_acme/exports", &export).await;
    contract.check("createExport", 429, &refused);
    let mut catalog = json!(service.store.catalog().await.unwrap().unwrap());
    catalog["actions"][0]["label"] = "Another".into();
    contract.check("putCatalog", 409, &api.put("/v1/catalog", &catalog).await);
    service.proxy.heal();
}

/// From now on, what a transaction is about to put is put first by another, changed by `change`.
fn another_is_faster(service: &TestService, change: impl Fn(&mut Value) + Send + 'static) {
    let database = service.embedded.database.clone();
    service.proxy.fail(move |operation, request| {
        if operation == "ExecuteTransaction" {
            let mut item = item_of(&request["TransactStatements"][0]);
            change(&mut item);
            let put = json!({ "TableName": tables().control, "Item": item });
            database.put_item(serde_json::from_value(put).unwrap()).unwrap();
        }
        Fault::None
    });
}

/// The item that a statement writes: its names stand before its question marks. The first value of
/// a name is what is set; a later one is in the condition.
fn item_of(statement: &Value) -> Value {
    let parts = statement["Statement"].as_str().unwrap().split('?');
    let name = |part: &str| {
        let name = part.trim_end_matches([' ', '=', ':']).trim_end_matches(['"', '\'']);
        name.rsplit(['"', '\'']).next().unwrap().to_owned()
    };
    let mut item = serde_json::Map::new();
    for (part, value) in parts.zip(statement["Parameters"].as_array().unwrap()) {
        item.entry(name(part)).or_insert_with(|| value.clone());
    }
    Value::Object(item)
}
