//! The log lines of the functions: one for each request, with who asked for what, what came of it
//! and what it cost. And the trace of a request, which its jobs carry on.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly, and so may what it is made of")]

use domain::credential::Scope;
use domain::trace::TraceContext;
use local::stream::EntriesStream;
use serde_json::{Value, json};
use tally::Planned;
use tests::Fault;
use tests::lines::Lines;
use tests::raw::RawRequest;
use tests::recording::{BATCH, ENTRIES, Log};
use tracing::Instrument;
use web::http::Request;
use web::service::Service;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A request with this token, of which the gateway says nothing more.
fn request(method: &str, target: &str, token: &str, body: &Value) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: [
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ]
        .into(),
        body: body.to_string().into_bytes(),
        request_id: "r_1".to_owned(),
        trace: TraceContext::parse(TRACE).unwrap(),
        ..Request::default()
    }
}

/// Has a new instance answer a request as Lambda does, and returns its lines.
async fn lines_of(log: &Log, function: &str, request: Request) -> Vec<Value> {
    let service = Service::new(log.service.bound_store(), log.service.clock.clone());
    let lines = Lines::default();
    let work = async {
        // Made here, so that it belongs to the subscriber of this task.
        let invocation = tracing::info_span!("Lambda runtime invoke", requestId = "i_1");
        match function {
            "record" => Box::pin(record::answer(&service, request)).instrument(invocation).await,
            _ => Box::pin(list::answer(&service, request)).instrument(invocation).await,
        }
    };
    lines.during(work).await;
    lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The id of a token's key.
fn key_id(token: &str) -> &str {
    token.split('_').nth(1).unwrap()
}

#[tokio::test]
async fn a_request_is_one_line_that_says_each_thing_once() {
    let log = Log::warm().await;
    let token = log.service.key(&[Scope::EntriesWrite], Some("ws_log")).await;
    let mut adjusted = log.entry("adjusted");
    adjusted["ip_address"] = "no address".into();
    let mut refused = log.entry("refused");
    refused["action"] = "no.action".into();
    let batch = json!({ "entries": [log.entry("a"), log.entry("a"), adjusted, refused] });
    let lines = lines_of(&log, "record", request("POST", BATCH, &token, &batch)).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    let mut fields = line["fields"].clone();
    assert!(fields["duration_ms"].take().is_u64());
    let (calls, read) = (fields["store_calls"].take(), fields["read_units"].take());
    assert!(calls.as_u64() > Some(3) && read.as_f64() > Some(1.0), "{line}");
    assert_eq!(
        fields,
        json!({
            "message": "request",
            "function": "record",
            "operation": "recordBatch",
            "route": "POST /v1/workspaces/{workspace_id}/entries/batch",
            "request_id": "r_1",
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "key_id": key_id(&token),
            "workspace_id": "ws_log",
            "status": 200,
            "duration_ms": null,
            "recorded": 2, "duplicate": 1, "rejected": 1, "adjusted": 1,
            "store_calls": null, "store_retries": 0, "read_units": null, "write_units": 6.0,
        })
    );
    let span = json!({ "name": "Lambda runtime invoke", "requestId": "i_1" });
    assert_eq!((&line["span"], line.get("spans")), (&span, None));
    assert_eq!(line.as_object().unwrap().keys().collect::<Vec<_>>(), ["fields", "level", "span"]);
}

#[tokio::test]
async fn the_outcome_of_a_single_entry_is_counted() {
    let log = Log::warm().await;
    let token = log.service.key(&[Scope::EntriesWrite], Some("ws_log")).await;
    let entry = log.entry("one");
    for (body, status, counts) in
        [(entry.clone(), 201, [1, 0, 0]), (entry, 200, [0, 1, 0]), (json!({}), 422, [0, 0, 1])]
    {
        let lines = lines_of(&log, "record", request("POST", ENTRIES, &token, &body)).await;
        let fields = &lines[0]["fields"];
        assert_eq!((lines.len(), &fields["status"]), (1, &status.into()));
        let counted = ["recorded", "duplicate", "rejected"].map(|name| fields[name].clone());
        assert_eq!(counted, counts.map(Value::from));
    }
}

/// Neither an id that does not exist nor a path that is no route comes into the log.
#[tokio::test]
async fn a_line_has_only_ids_that_exist() {
    let log = Log::warm().await;
    let token = log.service.key(&[Scope::EntriesRead], None).await;
    let unknown = tests::scene::unknown_token();
    for (target, token, ids, operation, problem) in [
        (ENTRIES, &token, [Some(key_id(&token)), Some("ws_log")], Some("listEntries"), None),
        (
            "/v1/workspaces/ws_planted/entries",
            &token,
            [Some(key_id(&token)), None],
            Some("listEntries"),
            Some("not-found"),
        ),
        (ENTRIES, &unknown, [None, None], Some("listEntries"), Some("unauthenticated")),
        ("/v1/planted", &token, [None, None], None, Some("not-found")),
    ] {
        let lines = lines_of(&log, "list", request("GET", target, token, &Value::Null)).await;
        let fields = &lines[0]["fields"];
        let of = |name: &str| fields[name].as_str();
        assert_eq!(([of("key_id"), of("workspace_id")], of("operation")), (ids, operation));
        assert_eq!((lines.len(), of("problem")), (1, problem), "{fields}");
        assert!(!fields.to_string().contains("planted"), "{fields}");
        assert!(fields.get("recorded").is_none(), "it records nothing");
    }
}

/// Each filter of the template that takes a number out of a line finds it in a line of its
/// function. Such a filter names a message and a member, which must be a number.
#[tokio::test(flavor = "multi_thread")]
async fn each_metric_is_a_number_of_a_line() {
    let log = Log::start().await;
    let token = log.service.key(&Scope::ALL, Some("ws_log")).await;
    let mut stream = EntriesStream::open(log.service.embedded.database.clone()).unwrap();
    let entry = request("POST", ENTRIES, &token, &log.entry("counted"));
    let mut lines = lines_of(&log, "record", entry).await;
    lines.extend(lines_of(&log, "list", request("GET", ENTRIES, &token, &Value::Null)).await);
    let tally = Service::new(log.service.bound_store(), log.service.clock.clone());
    let (background, event) = (Lines::default(), stream.batch().unwrap().unwrap());
    background.during(Box::pin(tally::handle(&tally, &Planned::default(), event))).await;
    log.api.post("/v1/workspaces/ws_log/exports", &json!({ "format": "csv" })).await;
    let delivery = log.service.backend.queue.receive().await;
    assert!(background.during(log.service.worker().receive(&delivery)).await);
    lines.extend(background.with_message("batch"));
    lines.extend(background.with_message("chunk"));
    let document = local::template::document().unwrap();
    let mut seen = Vec::new();
    for (name, resource) in document["Resources"].as_object().unwrap() {
        let transformation = resource.pointer("/Properties/MetricTransformations/0");
        let value = transformation.and_then(|one| one["MetricValue"].as_str()).unwrap_or("1");
        let Some(member) = value.strip_prefix("$.fields.") else { continue };
        let properties = &resource["Properties"];
        let pattern = properties["FilterPattern"].as_str().unwrap();
        let group = properties["LogGroupName"].as_str().unwrap();
        let function = group.strip_suffix("LogGroup").unwrap().to_lowercase();
        let message = pattern.split('"').nth(1).unwrap();
        assert!(pattern.starts_with("{ $.fields.message = ") && pattern.contains(value), "{name}");
        let line = lines
            .iter()
            .map(|line| &line["fields"])
            .find(|fields| fields["function"] == function.as_str() && fields["message"] == message);
        assert!(line.unwrap()[member].is_number(), "{name}: {line:?}");
        seen.push(name.as_str());
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

#[tokio::test]
async fn attempts_that_came_to_nothing_are_retries() {
    let log = Log::warm().await;
    let token = log.service.key(&[Scope::EntriesWrite], Some("ws_log")).await;
    let mut left = 2;
    log.service.proxy.fail(move |operation, _| {
        if operation == "ExecuteStatement" && left > 0 {
            left -= 1;
            Fault::Refuse("ThrottlingException")
        } else {
            Fault::None
        }
    });
    let entry = request("POST", ENTRIES, &token, &log.entry("throttled"));
    let lines = lines_of(&log, "record", entry).await;
    let fields = &lines.last().unwrap()["fields"];
    assert_eq!((&fields["status"], &fields["store_retries"]), (&201.into(), &2.into()), "{fields}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_request_goes_on_through_the_chunks_of_its_job() {
    let log = Log::start().await;
    let token = log.service.key(&Scope::ALL, Some("ws_log")).await;
    let asked = RawRequest::new("POST", "/v1/workspaces/ws_log/exports")
        .token(&token)
        .with("traceparent", TRACE)
        .json(r#"{"format":"csv"}"#);
    assert_eq!(asked.send(&log.service.address).await.status, 202);
    let (queue, worker) = (&log.service.backend.queue, log.service.worker());
    for _ in 0..2 {
        let delivery = queue.receive().await;
        assert_eq!(delivery.trace.to_string(), TRACE);
        let lines = Lines::default();
        assert!(lines.during(worker.receive(&delivery)).await);
        let chunk = &lines.with_message("chunk")[0];
        assert_eq!(chunk["fields"]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
        queue.acknowledge(&delivery.receipt);
    }
}
