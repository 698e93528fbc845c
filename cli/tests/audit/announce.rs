//! Jobs that commands start are announced to the queue, where its URL is given.

use crate::bench::{Bench, answer, body_of_request, closed_endpoint};
use crate::work::{end, export_key};
use domain::job::JobState;
use domain::ports::ReadJobs;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::io::BufReader;

/// A queue that takes every message, and keeps the bodies of the requests.
async fn queue() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/123456789012/jobs.fifo", listener.local_addr().unwrap());
    let sent = Arc::<Mutex<Vec<Value>>>::default();
    let kept = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let mut connection = BufReader::new(connection);
            let body = body_of_request(&mut connection).await.unwrap();
            kept.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            answer(&mut connection, "200 OK", r#"{"MessageId":"m_1"}"#).await.unwrap();
        }
    });
    (url, sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_starts_a_job_announces_it() {
    let bench = Bench::start().await;
    bench.workspace().await;
    let (url, sent) = queue().await;
    let mut jobs = Vec::new();
    let create = ["export", "create", "ws_1", "--format", "csv", "--jobs-queue-url", &url];
    let created = bench.audit(&create);
    let id = created.out.trim_end();
    assert!(created.code == 0 && created.notes.contains("at once: audit"), "{}", created.notes);
    jobs.push(format!("ws_1#export#{id}"));

    end(&bench.store, &export_key(id), JobState::Failed).await;
    let retried = bench.audit(&["job", "retry", "ws_1", id, "--jobs-queue-url", &url]);
    assert!(retried.code == 0 && retried.notes.contains("at once: audit"), "{}", retried.notes);
    jobs.push(format!("ws_1#export#{id}"));

    let lower = ["plan", "set", "ws_1", "free", "--yes", "--jobs-queue-url", &url];
    bench.audit(&[&lower[..], &["--dry-run"]].concat());
    let lowered = bench.audit(&lower);
    assert!(lowered.code == 0 && lowered.notes.contains("at once: audit"), "{}", lowered.notes);
    jobs.push("ws_1#retention".to_owned());

    let sent = sent.lock().unwrap();
    let message = |one: &Value| {
        assert_eq!(one["QueueUrl"].as_str(), Some(url.as_str()));
        let message: Value = serde_json::from_str(one["MessageBody"].as_str().unwrap()).unwrap();
        message["job"].as_str().unwrap().to_owned()
    };
    assert_eq!(sent.iter().map(message).collect::<Vec<_>>(), jobs, "and none for a dry run");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_not_announced_is_started_all_the_same() {
    let bench = Bench::start().await;
    bench.workspace().await;
    let closed = format!("{}/123456789012/jobs.fifo", closed_endpoint());
    let line = ["export", "create", "ws_1", "--format", "csv"];
    for (more, why) in [
        (vec!["--jobs-queue-url", closed.as_str()], "it is not announced"),
        (vec![], "JOBS_QUEUE_URL"),
        (vec!["--jobs-queue-url", ""], "JOBS_QUEUE_URL"),
    ] {
        let created = bench.audit(&[&line[..], &more].concat());
        assert_eq!(created.code, 0, "{}", created.notes);
        assert!(created.notes.contains("within two minutes"), "{}", created.notes);
        assert!(created.notes.contains(why), "{}", created.notes);
    }
    assert_eq!(bench.store.open_jobs().await.unwrap().len(), 1, "the same, each time");
    let wrong = bench.audit(&[&line[..], &["--jobs-queue-url", "jobs.fifo"]].concat());
    assert!(wrong.code == 2 && wrong.notes.contains("JobsQueueUrl"), "{}", wrong.notes);
}
