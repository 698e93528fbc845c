//! The examples of the contract: they are what the schemas say, what the service accepts, and what
//! it answers.

use crate::openapi::contract::{Contract, at};
use crate::openapi::document::Document;
use domain::clock::Clock;
use domain::filter::Filter;
use domain::identity::{EntryId, Salt};
use domain::journal::AsOf;
use domain::timestamp::Timestamp;
use serde_json::Value;
use tests::{Api, Setup, TestService};
use web::list_query::{Edge, ListQuery, PageToken, Position};

/// Every example with the schema it is of and its place: of media types, parameters, headers and
/// schemas.
fn examples<'d>(node: &'d Value, place: &str, found: &mut Vec<(String, &'d Value, &'d Value)>) {
    if let (Some(schema), Some(example)) = (node.get("schema"), node.get("example")) {
        found.push((place.to_owned(), schema, example));
    }
    match (node.get("schema"), node.get("examples")) {
        (Some(schema), Some(Value::Object(named))) => {
            found.extend(
                named.iter().map(|(name, one)| (format!("{place}: {name}"), schema, &one["value"])),
            );
        }
        (None, Some(Value::Array(list))) => {
            found.extend(list.iter().map(|one| (place.to_owned(), node, one)));
        }
        _ => {}
    }
    let inner: Vec<(String, &Value)> = match node {
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), member)).collect()
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| (index.to_string(), element))
            .collect(),
        _ => Vec::new(),
    };
    for (name, member) in
        inner.into_iter().filter(|(name, _)| name != "example" && name != "examples")
    {
        examples(member, &format!("{place}/{name}"), found);
    }
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = Document::load();
    let mut found = Vec::new();
    examples(&document.root, "", &mut found);
    assert!(found.len() > 60, "{} examples", found.len());
    for (place, schema, example) in found {
        assert_eq!(document.errors(schema, example), [""; 0], "{place}");
    }
}

#[test]
fn every_answer_and_every_body_that_is_published_has_an_example() {
    let document = Document::load();
    for operation in document.operations() {
        assert_eq!(
            operation.request_examples().is_empty(),
            operation.node.get("requestBody").is_none(),
            "{}",
            operation.id
        );
        for (status, response) in operation.node["responses"].as_object().unwrap() {
            let content = document.resolve(response)["content"].as_object();
            assert_eq!(content.is_none(), status == "304", "{}, {status}", operation.id);
            for content in content.into_iter().flat_map(|content| content.values()) {
                assert!(
                    content["examples"].as_object().is_some_and(|named| !named.is_empty()),
                    "{}, {status}",
                    operation.id
                );
            }
        }
    }
}

async fn started() -> (TestService, Api) {
    // The time of the examples.
    let now = Timestamp::parse("2026-11-22T14:06:00Z").unwrap();
    let service = TestService::with(Setup::at(Clock::manual(now))).await;
    let api = service.workspace("ws_acme", "free").await;
    (service, api)
}

#[tokio::test]
async fn the_service_accepts_every_example_of_a_request() {
    let (service, api) = started().await;
    let (contract, operator) = (Contract::load(), service.operator().await);
    for operation in contract.document.operations() {
        for example in operation.request_examples() {
            let body = at(example, service.clock.now()).to_string();
            let response = contract
                .request(operation.id, "ws_acme", "", service.clock.now())
                .with_body(body)
                .send(if operation.id == "putCatalog" { &operator } else { &api })
                .await;
            let status = match operation.id {
                "recordBatch" | "putWorkspace" | "putCatalog" => 200,
                "createExport" => 202,
                _ => 201,
            };
            contract.check(operation.id, status, &response);
            assert_eq!(
                response.json.get("rejected").and_then(Value::as_u64).unwrap_or_default(),
                0,
                "{response:?}"
            );
        }
    }
}

/// As they stand, one of them with its offset and its digits below the millisecond.
#[tokio::test]
async fn the_service_accepts_the_examples_of_entries_at_their_own_time() {
    let (_service, api) = started().await;
    for example in Document::load().operation("recordEntry").request_examples() {
        let response = api.post("/v1/workspaces/ws_acme/entries", example).await;
        assert_eq!(response.status, 201, "{response:?}");
        assert_eq!(response.text_at("/occurred_at"), "2026-11-22T14:05:06.789Z");
    }
}

#[tokio::test]
async fn the_service_reads_every_example_of_a_query_parameter() {
    let (_service, api) = started().await;
    let contract = Contract::load();
    let pair = |parameter: &Value| {
        let example = &parameter["example"];
        let value = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        format!("{}={value}", parameter["name"].as_str().unwrap())
    };
    for (operation, count) in [("listEntries", 15), ("getFacets", 14)] {
        let parameters = contract.document.operation(operation).parameters(contract.document);
        let given: Vec<_> = parameters
            .into_iter()
            .filter(|parameter| parameter["name"] != "page_token")
            .map(pair)
            .collect();
        assert_eq!(given.len(), count);
        let path = contract.document.operation(operation).path_of("ws_acme", "");
        contract.check(operation, 200, &api.get(&format!("{path}?{}", given.join("&"))).await);
    }
}

/// The example's `changes` are those of its values.
#[tokio::test]
async fn the_example_of_an_entry_shows_the_changes_that_the_service_finds() {
    let (_service, api) = started().await;
    let document = Document::load();
    let answer = &document.operation("getEntry").node["responses"]["200"];
    let examples = &answer["content"]["application/json"]["examples"];
    for (name, example) in examples.as_object().unwrap() {
        let example = example["value"].as_object().unwrap();
        let of_service = [
            "id", "workspace_id", "recorded_at", "sequence", "key_id", "expires_at", "integrity",
            "unusual", "changes",
        ];
        let sent: Value = example
            .iter()
            .filter(|(name, _)| !of_service.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let recorded = api.post("/v1/workspaces/ws_acme/entries", &sent).await;
        let got = api.get(recorded.header("location")).await;
        assert_eq!(got.json["changes"], example["changes"], "{name}");
    }
}

/// The links with a `T` for each token.
fn without_tokens(links: &str) -> String {
    let mut parts = links.split("page_token=");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        format!("{text}page_token=T{}", part.get(part.find(['>', '&']).unwrap()..).unwrap())
    })
}

#[tokio::test]
async fn the_example_of_a_link_header_is_what_the_first_page_answers() {
    let (service, api) = started().await;
    let document = Document::load();
    let example = document.at("/components/headers/Link/example").as_str().unwrap();
    let entry = document.operation("recordEntry").request_examples()[0];
    for ms in 0..3 {
        api.post("/v1/workspaces/ws_acme/entries", &at(entry, service.clock.now().plus_ms(ms)))
            .await;
    }
    let page =
        api.get("/v1/workspaces/ws_acme/entries?from=2026-11-01T00:00:00Z&page_size=2").await;
    assert_eq!(without_tokens(example), without_tokens(page.header("link")));
}

/// The token of the example's page, if a workspace had this salt.
#[test]
fn the_example_of_a_page_token_is_one_that_the_service_makes() {
    let document = Document::load();
    let answer = &document.operation("listEntries").node["responses"]["200"];
    let examples = &answer["content"]["application/json"]["examples"];
    let page = &examples["first"]["value"];
    let id =
        |pointer: &str| EntryId::parse(page.pointer(pointer).unwrap().as_str().unwrap()).unwrap();
    let end = id("/entries/1/id");
    let moment = Timestamp::parse(page.pointer("/page/as_of").unwrap().as_str().unwrap()).unwrap();
    let as_of = AsOf { sealed: moment, recorded: moment };
    let filter =
        Filter { from: Timestamp::parse("2026-11-01T00:00:00Z").ok(), ..Filter::default() };
    let query =
        ListQuery { filter, page_size: 2, position: Position::FIRST, as_of: None, counted: None };
    let seal = |edge: Edge| PageToken::seal(&query, edge, None, as_of, &Salt::from_bytes([0; 32]));
    let token = seal(Edge::OlderThan(end));
    assert_eq!(page["page"]["next_page_token"], token);
    assert_eq!(document.schema("PageToken")["examples"][0], token);
    let link = document.at("/components/headers/Link/example").as_str().unwrap();
    assert!(link.contains(&format!("&page_token={token}>; rel=\"next\", ")), "{link}");
    // The whole browse lies below the last of all ids.
    let browse = seal(Edge::OlderThan(EntryId::LAST));
    let last = &page["page"]["total_pages"];
    assert!(
        link.ends_with(&format!("&page_token={browse}&page={last}>; rel=\"last\"")),
        "{link} {browse}"
    );
    let parameters = document.operation("listEntries").parameters(document);
    let mut parameters = parameters.into_iter();
    let page_token = parameters.find(|parameter| parameter["name"] == "page_token").unwrap();
    assert_eq!(page_token["example"], token);
}
