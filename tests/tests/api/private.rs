//! The ports of the local service answer this machine only. They refuse a web page whose name
//! resolves to it, and a page of another site. The stores refuse every request without the access
//! key.

use serde_json::{Value, json};
use tests::raw::RawRequest;
use tests::recording::{ENTRIES, Log};
use tests::{Response, TestService};

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=local/20261122/local/dynamodb/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=00";

/// A scan of the entries, as a program on this machine sends it.
fn scan() -> RawRequest {
    RawRequest::new("POST", "/")
        .json(json!({ "TableName": "entries" }).to_string())
        .with("x-amz-target", "DynamoDB_20120810.Scan")
        .with("x-amz-date", "20261122T120000Z")
        .with("authorization", SIGNED)
}

/// Sends a request with this host instead of the address's own.
async fn send_as(request: RawRequest, host: &str, address: &str) -> Response {
    request.with_host(host).send(address).await
}

fn is_told_nothing(answer: &Response, secret: &str) {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(!answer.text.contains(secret), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn the_embedded_dynamodb_answers_no_web_page() {
    let log = Log::start().await;
    assert_eq!(log.record(&log.entry("evt_1")).await.status, 201);
    let address = &log.service.embedded.endpoint;
    let found = scan().send(address).await;
    assert_eq!((found.status, &found.json["Count"]), (200, &json!(1)), "{found:?}");
    for host in ["localhost:8000", "[::1]:8000", "host.docker.internal:8000"] {
        assert_eq!(send_as(scan(), host, address).await.status, 200, "{host}");
    }
    for host in ["evil.example", "evil.example:8000", "localhost.evil.example", ""] {
        is_told_nothing(&send_as(scan(), host, address).await, "usr_ada");
    }
    for origin in ["https://evil.example", "http://localhost:3000", "null"] {
        is_told_nothing(&scan().with("origin", origin).send(address).await, "usr_ada");
        let asked = RawRequest::new("OPTIONS", "/")
            .with("origin", origin)
            .with("access-control-request-method", "POST");
        is_told_nothing(&asked.send(address).await, "usr_ada");
    }
}

#[tokio::test]
async fn the_embedded_dynamodb_answers_only_its_access_key() {
    let service = TestService::start().await;
    let address = &service.embedded.endpoint;
    let another = SIGNED.replace("local/2026", "AKIDEXAMPLE/2026");
    let refused = [
        scan().without("authorization"),
        scan().without("authorization").with("authorization", another),
        scan().without("authorization").with("authorization", "Bearer local"),
        scan().without("authorization").with("authorization", "AWS4-HMAC-SHA256 local"),
    ];
    for request in refused {
        let answer = request.send(address).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.text_at("/__type").ends_with("#UnrecognizedClientException"));
    }
    let unknown = scan().without("x-amz-target").with("x-amz-target", "DynamoDB_20120810.Nothing");
    let answer = unknown.send(address).await;
    assert!(answer.text_at("/__type").ends_with("#UnknownOperationException"), "{answer:?}");
    assert_eq!(RawRequest::new("GET", "/").send(address).await.status, 404);
}

#[tokio::test]
async fn the_embedded_object_store_answers_no_web_page_and_no_unsigned_request() {
    let service = TestService::start().await;
    let address = &service.objects.endpoint;
    let list = || RawRequest::new("GET", "/exports");
    let unsigned = list().send(address).await;
    assert_eq!(unsigned.status, 403);
    assert!(unsigned.text.contains("<Code>"), "S3's own refusal: {unsigned:?}");
    for request in [list().with_host("evil.example"), list().with("origin", "https://evil.example")]
    {
        let answer = request.send(address).await;
        is_told_nothing(&answer, "<Code>");
    }
    let own = list().with("origin", "http://127.0.0.1:8080").send(address).await;
    assert!(own.text.contains("<Code>"), "the page on this machine is let through: {own:?}");
}

#[tokio::test]
async fn the_api_answers_to_the_names_of_this_machine() {
    let log = Log::start().await;
    assert_eq!(log.record(&log.entry("evt_1")).await.status, 201);
    let key = log.service.key(&domain::credential::Scope::ALL, None).await;
    let (address, list) = (&log.service.address, || RawRequest::new("GET", ENTRIES).token(&key));
    for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(send_as(list(), host, address).await.status, 200, "{host}");
    }
    for host in ["evil.example", "evil.example:8080", "host.docker.internal:8080"] {
        is_told_nothing(&send_as(list(), host, address).await, "usr_ada");
        let page = send_as(RawRequest::new("GET", "/v1/viewer"), host, address).await;
        is_told_nothing(&page, "<script");
    }
    let foreign = list().with("origin", "https://product.example").send(address).await;
    assert_eq!(foreign.status, 200, "a backend may send what it likes");
    assert_eq!(foreign.header("access-control-allow-origin"), "", "and no page can read it");
}

#[tokio::test]
async fn every_answer_of_the_api_forbids_guessing_its_type() {
    let log = Log::start().await;
    let recorded = log.record(&log.entry("evt_1")).await;
    let mut answers = vec![recorded, log.api.get(ENTRIES).await, log.record(&json!({})).await];
    for path in ["/v1/health", "/v1/health/deep", "/v1/catalog", "/v1/viewer", "/v1/nothing"] {
        answers.push(log.service.anonymous().get(path).await);
    }
    answers.push(log.service.anonymous().get(ENTRIES).await);
    answers.push(log.api.post("/v1/health", &Value::Null).await);
    for answer in answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{answer:?}");
    }
}
