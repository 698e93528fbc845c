//! The limits: published, in the code, in the guide.

use crate::openapi::contract::{Contract, at};
use crate::openapi::document::Document;
use domain::clock::Clock;
use domain::credential::{Scope, VIEWER_SCOPES};
use domain::entry::{ActorType, MAX_CLOCK_SKEW_MS, MAX_ENTRY_BYTES, Outcome};
use domain::job::{Compression, EXPORT_KEPT_DAYS, FileFormat, JobState, Phase};
use domain::json::{MAX_CONTAINER_ELEMENTS, MAX_KEY_CHARS, MAX_NESTING, MAX_NUMBER_CHARS};
use domain::plan::Plan;
use domain::text::{MAX_EMAIL_CHARS, MAX_ID_CHARS, MAX_NAME_CHARS, MAX_USER_AGENT_CHARS};
use domain::timestamp::Timestamp;
use domain::workspace::MAX_WORKSPACE_ID_CHARS;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::{Setup, TestService};
use web::list_query::MAX_PAGE_SIZE;
use web::list_query::MAX_TOKEN_CHARS;

const GUIDE: &str = include_str!("../../../../docs/api.md");

#[expect(clippy::as_conversions, reason = "a constant has no `From`, and u8 fits")]
const PAGE_SIZE: usize = MAX_PAGE_SIZE as usize;

/// The most that each schema allows, by its place under `components/schemas`, and the constant it
/// comes from.
const CONSTANTS: [(&str, usize); 21] = [
    ("WorkspaceId/maxLength", MAX_WORKSPACE_ID_CHARS),
    ("Id/maxLength", MAX_ID_CHARS),
    ("Name/maxLength", MAX_NAME_CHARS),
    ("Email/maxLength", MAX_EMAIL_CHARS),
    ("PageToken/maxLength", MAX_TOKEN_CHARS),
    ("ActorInput/properties/name/maxLength", MAX_NAME_CHARS),
    ("ActorInput/properties/email/maxLength", MAX_EMAIL_CHARS),
    ("TargetInput/properties/name/maxLength", MAX_NAME_CHARS),
    ("Admin/properties/name/maxLength", MAX_NAME_CHARS),
    ("Admin/properties/email/maxLength", MAX_EMAIL_CHARS),
    ("RecordRequest/properties/external_id/maxLength", MAX_ID_CHARS),
    ("RecordRequest/properties/request_id/maxLength", MAX_ID_CHARS),
    ("ExportRequest/properties/actor_id/maxLength", MAX_ID_CHARS),
    ("ExportRequest/properties/target_id/maxLength", MAX_ID_CHARS),
    ("Entry/properties/user_agent/maxLength", MAX_USER_AGENT_CHARS),
    ("EntryRow/properties/user_agent/maxLength", MAX_USER_AGENT_CHARS),
    ("EntryWithChanges/properties/user_agent/maxLength", MAX_USER_AGENT_CHARS),
    ("EntryPage/properties/entries/maxItems", PAGE_SIZE),
    ("Page/properties/size/maximum", PAGE_SIZE),
    ("EntryId/maxLength", "20261122T140506.789Z-".len() + 32),
    ("IpAddress/maxLength", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".len()),
];

/// Those whose constant nobody else can see: the tests below try them.
const TRIED: [&str; 9] = [
    "BatchRequest/properties/entries/maxItems",
    "BatchAnswer/properties/results/maxItems",
    "BatchAnswer/properties/recorded/maximum",
    "BatchAnswer/properties/duplicate/maximum",
    "BatchAnswer/properties/rejected/maximum",
    "ViewerTokenRequest/properties/expires_in_seconds/maximum",
    "ExportList/properties/exports/maxItems",
    "Problem/properties/errors/maxItems",
    "FieldError/properties/pointer/maxLength",
];

fn maxima(node: &Value, place: &str, found: &mut BTreeMap<String, u64>) {
    for (name, value) in node.as_object().into_iter().flatten() {
        let place = if place.is_empty() { name.clone() } else { format!("{place}/{name}") };
        match value.as_u64() {
            Some(most) if ["maxLength", "maxItems", "maximum"].contains(&name.as_str()) => {
                found.insert(place, most);
            }
            _ => maxima(value, &place, found),
        }
    }
}

#[test]
fn the_published_maxima_are_the_constants_of_the_code() {
    let document = Document::load();
    let mut published = BTreeMap::new();
    maxima(document.at("/components/schemas"), "", &mut published);
    published.retain(|place, _| {
        !TRIED.contains(&place.as_str()) && place != "EntryWithChanges/properties/changes/maxItems"
    });
    let constants = CONSTANTS.map(|(place, most)| (place.to_owned(), u64::try_from(most).unwrap()));
    assert_eq!(published, constants.into());
    assert_eq!(document.operation("recordEntry").max_bytes(), Some(MAX_ENTRY_BYTES));
}

fn names<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    values.into_iter().collect()
}

#[test]
fn the_published_names_are_those_of_the_code_and_the_catalogue() {
    let document = Document::load();
    let listed = |schema: &str| {
        names(
            document.schema(schema)["enum"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap()),
        )
    };
    let catalog: Value = serde_json::from_str(domain::catalog::CATALOG_JSON).unwrap();
    let in_catalog = |list: &str| {
        names(catalog[list].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()))
    };
    assert_eq!(listed("ActionName"), in_catalog("actions"));
    assert_eq!(listed("TargetTypeName"), in_catalog("target_types"));
    assert_eq!(listed("PlanName"), names(Plan::ALL.map(Plan::name)));
    assert_eq!(listed("Scope"), names(Scope::ALL.map(Scope::name)));
    assert_eq!(
        listed("ActorType"),
        names([ActorType::User, ActorType::ApiKey, ActorType::System].map(ActorType::name))
    );
    assert_eq!(
        listed("Outcome"),
        names([Outcome::Success, Outcome::Failure, Outcome::Denied].map(Outcome::name))
    );
    let spelt = |values: &[Value]| {
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let states = [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed]
        .map(|state| json!(state));
    assert_eq!(listed("JobState"), names(spelt(&states).iter().map(String::as_str)));
    let phases = [Phase::FirstPass, Phase::SecondPass, Phase::Recounting].map(|phase| json!(phase));
    assert_eq!(document.schema("RetentionJob")["properties"]["phase"]["enum"], json!(phases));
    assert_eq!(
        listed("FileFormat"),
        names([FileFormat::Csv, FileFormat::Ndjson].map(FileFormat::name))
    );
    assert_eq!(
        listed("Compression"),
        names([Compression::None, Compression::Gzip].map(Compression::name))
    );
    let viewer = &document.schema("ViewerToken")["properties"]["scopes"]["const"];
    assert_eq!(*viewer, json!(VIEWER_SCOPES.map(Scope::name)));
    let retentions = &document.schema("Workspace")["properties"]["retention_days"]["enum"];
    assert_eq!(*retentions, json!(Plan::ALL.map(Plan::retention_days)));
    for operation in document.operations() {
        let scope = operation.node["x-scope"].as_str().unwrap();
        assert!(scope == "none" || Scope::named(scope).is_some(), "{scope}");
    }
}

/// A number as the guide writes it: `262,144`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}

#[test]
fn the_guide_and_the_descriptions_say_the_limits_of_the_code() {
    let document = Document::load();
    let rows = GUIDE
        .split_once("| what | limit | beyond it |")
        .unwrap()
        .1
        .trim_start()
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let limits: BTreeMap<_, _> =
        rows.map(|row| row.trim_matches('|').split_once(" | ").unwrap()).collect();
    let bytes = |operation: &str| grouped(document.operation(operation).max_bytes().unwrap());
    let field = |place: &str| {
        grouped(
            document
                .schema(place.split_once('/').unwrap().0)
                .pointer(&format!("/{}", place.split_once('/').unwrap().1))
                .unwrap()
                .as_u64()
                .unwrap()
                .try_into()
                .unwrap(),
        )
    };
    for (what, limit) in [
        ("one entry", bytes("recordEntry")),
        ("a batch", bytes("recordBatch")),
        ("the body that makes a workspace", bytes("putWorkspace")),
        ("the body that makes a workspace", bytes("createViewerToken")),
        ("the body that makes a workspace", bytes("createExport")),
        ("exports in a list", field("ExportList/properties/exports/maxItems")),
        ("life of an export", format!("{EXPORT_KEPT_DAYS} days")),
        ("entries in a batch", field("BatchRequest/properties/entries/maxItems")),
        ("levels of containers", grouped(MAX_NESTING)),
        ("elements of a list", grouped(MAX_CONTAINER_ELEMENTS)),
        ("object key", grouped(MAX_KEY_CHARS)),
        ("number in a value", grouped(MAX_NUMBER_CHARS)),
        ("ids", format!("1 to {}", grouped(MAX_ID_CHARS))),
        ("names", format!("1 to {}", grouped(MAX_NAME_CHARS))),
        ("email address", grouped(MAX_EMAIL_CHARS)),
        ("`user_agent`", grouped(MAX_USER_AGENT_CHARS)),
        ("workspace id", format!("1 to {}", grouped(MAX_WORKSPACE_ID_CHARS))),
        ("`occurred_at`", format!("{} minutes", MAX_CLOCK_SKEW_MS / 60_000)),
        ("`page_size`", format!("1 to {MAX_PAGE_SIZE}")),
        ("page token", grouped(MAX_TOKEN_CHARS)),
        ("`expires_in_seconds`", field("ViewerTokenRequest/properties/expires_in_seconds/maximum")),
        ("changes of one entry", field("EntryWithChanges/properties/changes/maxItems")),
        ("errors in a 422", field("Problem/properties/errors/maxItems")),
        (
            "effect of a revocation",
            format!("{} seconds", domain::credential::REMEMBERED_FOR_MS / 1_000),
        ),
    ] {
        let (_, said) = limits
            .iter()
            .find(|(row, _)| row.trim().starts_with(what))
            .unwrap_or_else(|| panic!("no limit of {what}"));
        assert!(said.contains(&limit), "{what}: {said} does not say {limit}");
    }
    let value = document.schema("Value")["description"].as_str().unwrap();
    for (limit, of) in [
        (MAX_NESTING, "levels"),
        (MAX_CONTAINER_ELEMENTS, "elements"),
        (MAX_KEY_CHARS, "characters in a key"),
        (MAX_NUMBER_CHARS, "in a number"),
    ] {
        assert!(value.replace('\n', " ").contains(&format!("{} {of}", grouped(limit))), "{value}");
    }
    for operation in
        document.operations().iter().filter(|operation| operation.max_bytes().is_some())
    {
        let said = operation.node["requestBody"]["description"].as_str().unwrap();
        assert!(said.contains(&format!("({} bytes)", bytes(operation.id))), "{said}");
    }
}

/// The service at a time that stands still, and a client of `ws_acme`.
async fn started() -> (TestService, tests::Api, Contract) {
    let now = Timestamp::parse("2026-11-22T15:00:00Z").unwrap();
    let service = TestService::with(Setup { clock: Clock::manual(now) }).await;
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
    let (done, now) = (api.get(&locations[0]).await, service.clock.now());
    contract.check("getExport", 200, &done);
    let said = |text: &str| assert!(GUIDE.contains(text), "the guide does not say {text}");
    said("| life of a file's address | 10 minutes |");
    assert_eq!(done.text_at("/file/url_expires_at"), now.plus_ms(10 * 60_000).rfc3339());
    service.clock.set(now.plus_days(EXPORT_KEPT_DAYS).plus_ms(-1_000));
    contract.check("getExport", 200, &api.get(&locations[0]).await);
    service.clock.set(now.plus_days(EXPORT_KEPT_DAYS));
    contract.check("getExport", 404, &api.get(&locations[0]).await);
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
    let [least, most, default] =
        ["minimum", "maximum", "default"].map(|keyword| schema[keyword].as_u64().unwrap());
    for (query, number) in [
        (String::new(), default),
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
            "1".repeat(MAX_NUMBER_CHARS + 1)
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
