//! The limits that only the running service shows: each is tried at the limit and one above it.

use crate::openapi::contract::{Contract, at};
use domain::catalog::read_catalog;
use domain::clock::Clock;
use domain::job::EXPORT_KEPT_DAYS;
use domain::json::MAX_NUMBER_TEXT_CHARS;
use domain::timestamp::Timestamp;
use serde_json::{Map, Value, json};
use tests::{Setup, TestService};
use web::list_query::MAX_PAGE_SIZE;

const GUIDE: &str = include_str!("../../../../docs/api.md");

/// The service with a clock that stands still, and a client of `ws_acme`.
async fn started() -> (TestService, tests::Api, Contract) {
    let now = Timestamp::parse("2026-11-22T15:00:00Z").unwrap();
    let service = TestService::with(Setup::at(Clock::manual(now))).await;
    let api = service.workspace("ws_acme", "pro").await;
    (service, api, Contract::load())
}

#[tokio::test]
async fn a_batch_takes_as_many_entries_as_published_and_not_one_more() {
    let (service, api, contract) = started().await;
    let most = contract.document.schema("BatchRequest")["properties"]["entries"]["maxItems"]
        .as_u64()
        .unwrap();
    let entry =
        at(contract.document.operation("recordEntry").request_examples()[0], service.clock.now());
    let batch = |count: u64| json!({ "entries": vec![entry.clone(); count.try_into().unwrap()] });
    let path = "/v1/workspaces/ws_acme/entries/batch";
    contract.check("recordBatch", 200, &api.post(path, &batch(most)).await);
    for count in [0, most + 1] {
        contract.check("recordBatch", 422, &api.post(path, &batch(count)).await);
    }
}

#[tokio::test]
async fn a_viewer_token_lives_as_long_as_published() {
    let (service, api, contract) = started().await;
    let schema =
        &contract.document.schema("ViewerTokenRequest")["properties"]["expires_in_seconds"];
    let [least, most, default] =
        ["minimum", "maximum", "default"].map(|keyword| schema[keyword].as_i64().unwrap());
    let make = async |seconds: Value| {
        let body = json!({ "admin": { "id": "usr_1" }, "expires_in_seconds": seconds });
        api.post("/v1/workspaces/ws_acme/viewer-tokens", &body).await
    };
    for (asked, seconds) in [(json!(least), least), (json!(most), most), (Value::Null, default)] {
        let answer = make(asked).await;
        contract.check("createViewerToken", 201, &answer);
        assert_eq!(
            answer.text_at("/expires_at"),
            service.clock.now().plus_ms(seconds * 1_000).rfc3339()
        );
    }
    for seconds in [least - 1, most + 1] {
        contract.check("createViewerToken", 422, &make(json!(seconds)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_listed_kept_and_fetched_as_long_as_published() {
    let (service, api, contract) = started().await;
    let most = contract.document.schema("ExportList")["properties"]["exports"]["maxItems"]
        .as_u64()
        .unwrap();
    let path = "/v1/workspaces/ws_acme/exports";
    let mut locations = Vec::new();
    for _ in 0..=most {
        // A workspace has only so many open exports.
        service.work().await;
        locations
            .push(api.post(path, &json!({ "format": "csv" })).await.header("location").to_owned());
        service.clock.set(service.clock.now().plus_ms(1));
    }
    let list = api.get(path).await;
    contract.check("listExports", 200, &list);
    let ids: Vec<_> = list.json["exports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{path}/{}", one["id"].as_str().unwrap()))
        .collect();
    assert_eq!(ids, locations[1..].iter().rev().cloned().collect::<Vec<_>>());
    service.work().await;
    let newest = locations.last().unwrap();
    let (done, now) = (api.get(newest).await, service.clock.now());
    contract.check("getExport", 200, &done);
    let said = |text: &str| assert!(GUIDE.contains(text), "the guide does not say {text}");
    said("| life of a file's address | 10 minutes |");
    assert_eq!(done.text_at("/file/url_expires_at"), now.plus_ms(10 * 60_000).rfc3339());
    service.clock.set(now.plus_days(EXPORT_KEPT_DAYS).plus_ms(-1_000));
    contract.check("getExport", 200, &api.get(newest).await);
    service.clock.set(now.plus_days(EXPORT_KEPT_DAYS));
    contract.check("getExport", 404, &api.get(newest).await);
}

/// The schema of a parameter of the list.
fn list_parameter<'c>(contract: &'c Contract, name: &str) -> &'c Value {
    let parameters = contract.document.operation("listEntries").parameters(contract.document);
    &parameters.into_iter().find(|parameter| parameter["name"] == name).unwrap()["schema"]
}

#[tokio::test]
async fn a_page_has_a_number_as_high_as_published() {
    let (_service, api, contract) = started().await;
    let schema = list_parameter(&contract, "page");
    let [least, most] = ["minimum", "maximum"].map(|keyword| schema[keyword].as_u64().unwrap());
    // No default is published: a client would send it beside a page token.
    assert_eq!(schema.get("default"), None);
    for (query, number) in [
        (String::new(), 1),
        (format!("?page={least}"), least),
        (format!("?page={most}&page_size=100"), most),
    ] {
        let page = api.get(&format!("/v1/workspaces/ws_acme/entries{query}")).await;
        contract.check("listEntries", 200, &page);
        assert_eq!(
            (&page.json["page"]["number"], &page.json["page"]["total_entries"]),
            (&json!(number), &json!(1))
        );
    }
    for page in [least - 1, most + 1] {
        contract.check(
            "listEntries",
            422,
            &api.get(&format!("/v1/workspaces/ws_acme/entries?page={page}")).await,
        );
    }
}

#[tokio::test]
async fn a_page_has_the_published_size() {
    let (_service, api, contract) = started().await;
    let schema = list_parameter(&contract, "page_size");
    let [least, most, default] =
        ["minimum", "maximum", "default"].map(|keyword| schema[keyword].as_u64().unwrap());
    assert_eq!(most, u64::from(MAX_PAGE_SIZE));
    for (query, size) in [
        (String::new(), default),
        (format!("?page_size={least}"), least),
        (format!("?page_size={most}"), most),
    ] {
        let page = api.get(&format!("/v1/workspaces/ws_acme/entries{query}")).await;
        contract.check("listEntries", 200, &page);
        assert_eq!(page.json["page"]["size"], size);
    }
    for size in [least - 1, most + 1] {
        contract.check(
            "listEntries",
            422,
            &api.get(&format!("/v1/workspaces/ws_acme/entries?page_size={size}")).await,
        );
    }
}

#[tokio::test]
async fn a_422_names_as_many_errors_as_published_by_pointers_as_long_as_published() {
    let (_service, api, contract) = started().await;
    let unknown: Value =
        (0..50).map(|n| (format!("field_{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into();
    let refused = api.post("/v1/workspaces/ws_acme/entries", &unknown).await;
    let most =
        contract.document.schema("Problem")["properties"]["errors"]["maxItems"].as_u64().unwrap();
    assert_eq!(u64::try_from(refused.pointers().len()).unwrap(), most);
    let longest = contract.document.schema("FieldError")["properties"]["pointer"]["maxLength"]
        .as_u64()
        .unwrap();
    let longest = usize::try_from(longest).unwrap();
    let path = "/v1/workspaces/ws_acme/entries";
    for (key_chars, expected) in [
        (longest - "/new_value/".len(), longest),
        (longest - "/new_value/".len() + 1, "/new_value".len()),
    ] {
        let body = format!(
            r#"{{"new_value":{{"{}":{}}}}}"#,
            "k".repeat(key_chars),
            "1".repeat(MAX_NUMBER_TEXT_CHARS + 1)
        );
        let refused = api.post_text(path, &body).await;
        contract.check("recordEntry", 422, &refused);
        let pointer = refused
            .pointers()
            .into_iter()
            .find(|pointer| pointer.starts_with("/new_value"))
            .unwrap();
        assert_eq!(pointer.len(), expected);
    }
}

/// What a schema publishes under this pointer.
fn published(contract: &Contract, schema: &str, pointer: &str) -> usize {
    let most = contract.document.schema(schema).pointer(pointer).and_then(Value::as_u64);
    most.unwrap().try_into().unwrap()
}

#[tokio::test]
async fn a_text_is_cut_to_the_published_length_and_not_before() {
    let (service, api, contract) = started().await;
    let path = "/v1/workspaces/ws_acme/entries";
    let least = json!({ "occurred_at": service.clock.now().rfc3339(),
        "actor": { "type": "user", "id": "u" }, "action": "member.invite",
        "target": { "type": "member", "id": "m" } });
    for (parent, name, kept_in, schema) in [
        ("", "reason", "/reason", "ReasonText"),
        ("", "location", "/location", "Location"),
        ("", "user_agent", "/user_agent", "UserAgent"),
        ("", "ip_address", "/ip_address_text", "IpAddressText"),
        ("/actor", "name", "/actor/name", "Name"),
        ("/actor", "email", "/actor/email", "Email"),
        ("/target", "name", "/target/name", "Name"),
    ] {
        let most = published(&contract, schema, "/maxLength");
        for chars in [most, most + 1] {
            let mut entry = least.clone();
            entry.pointer_mut(parent).unwrap()[name] = json!("é".repeat(chars));
            let recorded = api.post(path, &entry).await;
            contract.check("recordEntry", 201, &recorded);
            assert_eq!(recorded.text_at(kept_in).chars().count(), most, "{name}");
            let pointer = format!("{parent}/{name}");
            let is_cut = recorded.json["adjusted"].as_array().is_some_and(|adjusted| {
                adjusted.contains(&json!({ "pointer": pointer, "reason": "cut" }))
            });
            assert_eq!(is_cut, chars > most, "{name}");
        }
    }
}

#[tokio::test]
async fn twenty_adjustments_are_listed_by_pointers_as_long_as_published() {
    let (service, api, contract) = started().await;
    let longest = published(&contract, "Adjustment", "/properties/pointer/maxLength");
    let key = |chars: usize| "k".repeat(chars - "/old_value/".len());
    let mut old_value: Map<String, Value> =
        (0..25).map(|n| (format!("long_{n:02}"), json!([1]))).collect();
    old_value.insert(key(longest), json!("marked"));
    old_value.insert(key(longest + 1), json!("marked"));
    // JSON of `serde_json` cannot have half of a surrogate pair.
    let broken = |values: &Map<String, Value>| {
        json!(values).to_string().replace("[1]", r#""\ud83d""#).replace("marked", r"\ud83d")
    };
    let entry = format!(
        r#"{{"occurred_at":"{}","actor":{{"type":"user","id":"u"}},"action":"member.invite",
            "target":{{"type":"member","id":"m"}},"old_value":{}}}"#,
        service.clock.now().rfc3339(),
        broken(&old_value)
    );
    let recorded = api.post_text("/v1/workspaces/ws_acme/entries", &entry).await;
    contract.check("recordEntry", 201, &recorded);
    let adjusted = recorded.json["adjusted"].as_array().unwrap();
    assert_eq!(adjusted.len(), 21);
    assert!(adjusted.len() <= published(&contract, "Adjusted", "/maxItems"));
    assert_eq!(adjusted.last(), Some(&json!({ "pointer": "", "reason": "more" })));
    let pointers: Vec<_> = adjusted.iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    assert!(pointers.contains(&"/old_value"), "the pointer above the longest: {pointers:?}");
    assert!(pointers.contains(&format!("/old_value/{}", key(longest)).as_str()), "{pointers:?}");
}

#[test]
fn a_catalogue_has_texts_as_long_as_published() {
    let contract = Contract::load();
    let accepted = |label: usize, languages: usize, description: usize| {
        let labels: Map<String, Value> =
            (0..languages).map(|n| (format!("l{n}"), json!("x"))).collect();
        let action = json!({ "name": "a.b", "label": "é".repeat(label), "labels": labels,
            "group": "é".repeat(label), "description": "é".repeat(description) });
        let catalog = json!({ "actions": [action], "target_types": [] });
        let read = read_catalog(catalog.to_string().as_bytes());
        if let Ok(catalog) = &read {
            let errors =
                contract.document.errors(contract.document.schema("Catalog"), &json!(catalog));
            assert_eq!(errors, [""; 0]);
        }
        read.is_ok()
    };
    let label = published(&contract, "Label", "/maxLength");
    let languages = published(&contract, "Labels", "/maxProperties");
    let description = published(&contract, "CatalogAction", "/properties/description/maxLength");
    assert!(accepted(label, languages, description));
    assert!(!accepted(label + 1, languages, description));
    assert!(!accepted(label, languages + 1, description));
    assert!(!accepted(label, languages, description + 1));
}
