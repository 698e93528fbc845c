//! `GET /metrics` and `GET /status` of the `local` program: the figures of its log lines, for
//! Prometheus and for people.

use crate::restart::command;
use tokio::io::{AsyncBufReadExt, BufReader};

/// The value of a series, by its whole name with labels.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[tokio::test]
async fn the_figures_are_those_of_the_requests() {
    let data = tempfile::tempdir().unwrap();
    let ports = ["--port", "0", "--dynamodb-port", "0", "--s3-port", "0"];
    let mut process = command(data.path(), &ports).spawn().unwrap();
    let mut printed = BufReader::new(process.stdout.take().unwrap()).lines();
    let (mut address, mut token) = (None, None);
    while let (None, _) | (_, None) = (&address, &token) {
        let line = printed.next_line().await.unwrap().unwrap();
        if let Some((_, rest)) = line.split_once("ready at ") {
            address = Some(rest.to_owned());
        }
        if let Some((_, rest)) = line.split_once(" TOKEN=") {
            token = Some(rest.to_owned());
        }
    }
    let (address, token) = (address.unwrap(), token.unwrap());
    let client = reqwest::Client::new();
    let metrics = async || {
        let answer = client.get(format!("{address}/metrics")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
        answer.text().await.unwrap()
    };
    let workspace = format!("{address}/v1/workspaces/ws_metrics");
    let put = client.put(&workspace).bearer_auth(&token);
    let put = put.header("content-type", "application/json").body(r#"{"plan":"pro"}"#);
    assert_eq!(put.send().await.unwrap().status(), 201);
    let entry = r#"{"occurred_at":"now"}"#;
    let batch = client.post(format!("{workspace}/entries/batch")).bearer_auth(&token);
    let batch = batch.header("content-type", "application/json");
    let batch = batch.body(format!(r#"{{"entries":[{entry},{entry}]}}"#));
    assert_eq!(batch.send().await.unwrap().status(), 200);
    let text = metrics().await;
    for (series, wanted) in [
        (
            r#"audit_log_requests_total{function="record",operation="recordBatch",status="200"}"#,
            1.0,
        ),
        (r#"audit_log_entries_total{outcome="rejected"}"#, 2.0),
        (r#"audit_log_request_duration_seconds_count{function="record"}"#, 1.0),
        (r#"audit_log_store_retries_total{function="record"}"#, 0.0),
    ] {
        assert_eq!(value(&text, series), Some(wanted), "{series}: {text}");
    }
    let units = value(&text, r#"audit_log_write_units_total{function="workspace"}"#);
    assert!(units > Some(1.0), "{text}");
    assert!(text.ends_with("# EOF\n") && !text.contains("ws_metrics"), "{text}");
    let page = client.get(format!("{address}/status")).send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let page = page.text().await.unwrap();
    assert!(page.contains(r#"<tr><th scope="row">record</th><td>1</td><td>0</td>"#), "{page}");
    assert!(page.contains(r#"<tr><th scope="row">rejected</th><td>2</td></tr>"#), "{page}");
    process.kill().await.unwrap();
}
