//! The sizes of a batch: of its text, and of its text in the event of a function.

use super::counts;
use serde_json::json;
use tests::recording::Log;
use web::http::MAX_EVENT_BODY_BYTES;

#[tokio::test]
async fn a_batch_may_have_4_mib_and_not_a_byte_more() {
    let log = Log::start().await;
    let entries: Vec<_> =
        (0..17).map(|index| log.entry_with_values(&format!("evt_{index}"), 240_000)).collect();
    let body = json!({ "entries": entries }).to_string();
    let body = format!("{body}{}", " ".repeat(4_194_304 - body.len()));
    let answer = log.record_batch_text(&format!("{body} ")).await;
    assert_eq!((answer.status, answer.problem()), (413, "payload-too-large"));
    assert_eq!(log.stored().await, (0, 0));
    let answer = log.record_batch_text(&body).await;
    assert_eq!((answer.status, counts(&answer)), (200, [17, 0, 0]));
    assert_eq!(log.stored().await, (17, 17));
}

/// The gateway writes the body into a JSON string, and Lambda takes an event of 6 MiB.
#[tokio::test]
async fn a_batch_may_have_as_many_bytes_as_fit_an_event_once_its_quotes_are_escaped() {
    let log = Log::start().await;
    let entries: Vec<_> = (0..12)
        .map(|index| {
            let mut entry = log.entry(&format!("evt_{index}"));
            entry["new_value"] = "\"".repeat(128_000).into();
            entry
        })
        .collect();
    let body = json!({ "entries": entries }).to_string();
    let in_event = |body: &str| json!(body).to_string().len() - "\"\"".len();
    let body = format!("{body}{}", " ".repeat(MAX_EVENT_BODY_BYTES - in_event(&body)));
    assert_eq!(in_event(&body), 6_225_920);
    assert!(body.len() < 4_194_304);
    let answer = log.record_batch_text(&format!("{body} ")).await;
    assert_eq!((answer.status, answer.problem()), (413, "payload-too-large"));
    assert!(answer.text_at("/detail").contains(" 6225921 bytes"), "{answer:?}");
    assert_eq!(log.stored().await, (0, 0));
    let answer = log.record_batch_text(&body).await;
    assert_eq!((answer.status, counts(&answer)), (200, [12, 0, 0]));
}

/// What the guide tells clients to keep below.
#[tokio::test]
async fn a_batch_of_three_million_bytes_fits_an_event_whatever_it_says() {
    let log = Log::start().await;
    let body = "\"".repeat(3_000_000);
    let answer = log.record_batch_text(&body).await;
    assert_eq!((answer.status, answer.problem()), (400, "malformed-json"), "not 413");
}
