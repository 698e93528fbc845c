//! Every event of `events/` through the code that a function runs, from the event's JSON to the
//! answer's, over an embedded DynamoDB.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use aws::dynamodb::DynamoStore;
use domain::clock::Clock;
use domain::credential::Scope;
use local::gateway;
use local::jobs::Backend;
use local::template::{Route, Template};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::TestService;
use tests::events::{Event, Filling};
use web::http::HttpEvent;
use web::service::Service;

/// What the runtime does with an event: read, hand to the function, write the answer as the gateway
/// takes it.
async fn invoke(
    function: &str,
    service: &Service<DynamoStore>,
    backend: &Backend,
    event: Value,
) -> Value {
    let event = serde_json::from_value::<HttpEvent>(event).unwrap();
    let answer = gateway::invoke(service, backend, function, event).await;
    serde_json::to_value(answer.into_response()).unwrap()
}

/// The route that an event is for, and the path variables that its path has there.
fn routed<'r>(event: &Event, routes: &'r [Route]) -> (&'r Route, Value) {
    let (method, path) = match event.json["routeKey"].as_str().unwrap() {
        "$default" => ("ANY", "$default"),
        key => key.split_once(' ').unwrap(),
    };
    let route = routes.iter().find(|route| route.method == method && route.path == path);
    let route = route
        .unwrap_or_else(|| panic!("{}: its routeKey is no route of template.yaml", event.name));
    if path == "$default" {
        return (route, Value::Null);
    }
    let sent = event.json["rawPath"].as_str().unwrap().split('/');
    let mut variables = serde_json::Map::new();
    for (wanted, sent) in path.split('/').zip(sent.clone()) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => drop(variables.insert(name.to_owned(), sent.into())),
            None => assert_eq!(wanted, sent, "{}: another path than its route's", event.name),
        }
    }
    assert_eq!(
        path.split('/').count(),
        sent.count(),
        "{}: another path than its route's",
        event.name
    );
    (route, if variables.is_empty() { Value::Null } else { variables.into() })
}

#[test]
fn every_event_is_one_that_the_gateway_sends_to_this_function() {
    let routes = Template::load().unwrap().routes;
    let mut request_ids = BTreeSet::new();
    for event in Event::all() {
        let (route, variables) = routed(&event, &routes);
        let Event { name, function, json, .. } = event;
        assert_eq!(route.function, function, "{name}: its route goes to another function");
        assert!(name.starts_with(&format!("{function}-")), "{name}");
        assert_eq!(json["version"], "2.0", "{name}");
        let context = &json["requestContext"];
        assert_eq!(context["routeKey"], json["routeKey"], "{name}");
        assert_eq!(context["http"]["path"], json["rawPath"], "{name}");
        if route.path != "$default" {
            assert_eq!(context["http"]["method"], route.method, "{name}");
        }
        assert_eq!(json["pathParameters"], variables, "{name}");
        assert!(
            request_ids.insert(context["requestId"].as_str().unwrap().to_owned()),
            "{name}: a request id that another event has"
        );
    }
}

#[test]
fn every_event_has_the_query_parameters_that_the_gateway_reads_from_its_query_string() {
    for Event { name, json, .. } in Event::all() {
        let mut parameters = serde_json::Map::new();
        for pair in
            json["rawQueryString"].as_str().unwrap().split('&').filter(|pair| !pair.is_empty())
        {
            let (key, value) = pair.split_once('=').unwrap();
            let joined = parameters
                .get(key)
                .and_then(Value::as_str)
                .map_or(value.to_owned(), |earlier| format!("{earlier},{value}"));
            parameters.insert(key.to_owned(), joined.into());
        }
        let expected = if parameters.is_empty() { Value::Null } else { parameters.into() };
        assert_eq!(json["queryStringParameters"], expected, "{name}");
    }
}

#[test]
fn every_function_has_an_event_for_each_of_its_routes_and_one_without_a_credential() {
    // The page and its files are open to everybody: they hold nothing.
    let is_open = |function: &str| function == "viewer";
    let events = Event::all();
    let sent: BTreeSet<_> =
        events.iter().map(|event| event.json["routeKey"].as_str().unwrap().to_owned()).collect();
    for Route { method, path, function } in Template::load().unwrap().routes {
        let key = if path == "$default" { path } else { format!("{method} {path}") };
        assert!(sent.contains(&key), "no event has the route {key}");
        let refuses = events.iter().any(|event| event.function == function && event.status == 401);
        assert!(
            refuses != is_open(&function),
            "{function} has no event without a credential, or needs none"
        );
    }
}

#[tokio::test]
async fn every_event_gets_the_answer_that_is_expected_of_it() {
    let test = TestService::start().await;
    let api = test.workspace("ws_acme", "pro").await;
    let token = test.key(&Scope::ALL, None).await;
    let log = api.get("/v1/workspaces/ws_acme/entries").await;
    let entry_id = log.text_at("/entries/0/id");
    let service = Service::new(test.store.clone(), Clock::System);
    for event in Event::all() {
        let now = Clock::System.now().rfc3339();
        let filled = event.filled(&Filling { token: &token, now: &now, entry_id });
        let response = invoke(&event.function, &service, &test.backend, filled).await;
        let (name, body) = (&event.name, response["body"].as_str().unwrap());
        assert_eq!(response["statusCode"], event.status, "{name}: {body}");
        assert_eq!(
            response["headers"]["x-request-id"], event.json["requestContext"]["requestId"],
            "{name}"
        );
        if event.json["requestContext"]["http"]["method"] == "HEAD" {
            assert_eq!(body, "", "{name}");
            continue;
        }
        if event.function == "viewer" && event.status == 200 {
            let is_zipped = response["headers"]["content-encoding"] == "gzip";
            assert_eq!(
                (is_zipped, &response["isBase64Encoded"]),
                (name == "viewer-asset", &json!(is_zipped)),
                "{name}"
            );
            assert!(!body.is_empty(), "{name}");
            continue;
        }
        assert_eq!(response["isBase64Encoded"], false, "{name}");
        let body: Value = serde_json::from_str(body).unwrap();
        let (media_type, problem) = match event.problem.as_str() {
            "-" => ("application/json", Value::Null),
            problem => ("application/problem+json", json!(problem)),
        };
        assert_eq!(response["headers"]["content-type"], media_type, "{name}");
        assert_eq!(body["type"], problem, "{name}");
        if event.status == 201 && event.function == "record" {
            assert_eq!(body["occurred_at"], now, "{name}");
            let stored = api.get(response["headers"]["location"].as_str().unwrap()).await;
            assert_eq!(stored.text_at("/id"), body["id"], "{name}");
        }
        if event.status == 202 {
            assert_eq!(test.waiting().len(), 1, "{name}");
            test.work().await;
            let export = api.get(response["headers"]["location"].as_str().unwrap()).await;
            assert_eq!(
                (export.text_at("/id"), export.text_at("/state")),
                (body["id"].as_str().unwrap(), "done"),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn an_event_that_records_is_answered_with_200_when_it_is_sent_again() {
    let test = TestService::start().await;
    test.workspace("ws_acme", "pro").await;
    let token = test.key(&Scope::ALL, None).await;
    let service = Service::new(test.store.clone(), Clock::System);
    let now = Clock::System.now().rfc3339();
    for event in
        Event::all().iter().filter(|event| event.status == 201 && event.function == "record")
    {
        let filled = event.filled(&Filling { token: &token, now: &now, entry_id: "" });
        let first = invoke("record", &service, &test.backend, filled.clone()).await;
        let second = invoke("record", &service, &test.backend, filled).await;
        assert_eq!(
            (&first["statusCode"], &second["statusCode"]),
            (&json!(201), &json!(200)),
            "{}",
            event.name
        );
        assert_eq!(first["body"], second["body"], "{}", event.name);
    }
}
