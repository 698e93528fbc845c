//! What the service logs of a batch that the store refuses: one line with counts, not one for each
//! entry.

use domain::credential::Scope;
use serde_json::{Value, json};
use tests::Fault;
use tests::lines::Lines;
use tests::recording::{BATCH, Log};
use web::http::Request;
use web::service::Service;

/// The warnings of a service that answers a batch of 100 while the store does this to each call.
async fn warnings(fault: Fault) -> (u16, Vec<Value>) {
    let log = Log::warm().await;
    log.service.proxy.fail(move |operation, _| match operation {
        "BatchExecuteStatement" => fault.clone(),
        _ => Fault::None,
    });
    let token = log.service.key(&[Scope::EntriesWrite], Some("ws_log")).await;
    let request = Request {
        method: "POST".to_owned(),
        path: BATCH.to_owned(),
        headers: [
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ]
        .into(),
        body: json!({ "entries": log.entries(100) }).to_string().into_bytes(),
        request_id: "r_1".to_owned(),
        ..Request::default()
    };
    let service = Service::new(log.service.bound_store(), log.service.clock.clone());
    let lines = Lines::default();
    let answer = lines.during(Box::pin(record::answer(&service, request))).await;
    let all = lines.text();
    let read = all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let warned = read.filter(|line| line["level"] == "WARN" || line["level"] == "ERROR");
    (answer.status.as_u16(), warned.collect())
}

#[tokio::test]
async fn a_batch_that_the_store_refuses_is_one_line_with_counts() {
    for (code, status, problem) in [
        ("ThrottlingException", 429, "rate-limited"),
        ("InternalServerError", 503, "store-unavailable"),
    ] {
        let (answered, warnings) = warnings(Fault::Refuse(code)).await;
        assert_eq!((answered, warnings.len()), (status, 1), "{warnings:?}");
        let fields = &warnings[0]["fields"];
        assert_eq!((&fields["message"], &fields["failures"]), (&"store".into(), &100.into()));
        assert_eq!(fields["problem"], format!("{problem} 100"));
    }
}
