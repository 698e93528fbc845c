//! The events of `events/jobs/` through the `job` function, from the event's JSON to the answer's,
//! over embedded stores.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

use aws::dynamodb::DynamoStore;
use aws::sqs::SqsQueue;
use domain::clock::Clock;
use domain::filter::Filter;
use domain::job::{
    Compression, ExportSpec, ExportWork, FileFormat, Job, JobKey, JobMessage, JobState,
    OpenExports, Work,
};
use domain::memory::fixtures::{entry_with, new_entry};
use domain::memory::{Failure, Fate, MemoryQueue};
use domain::plan::Plan;
use domain::ports::{DelayMessage, EnqueueJob, ReadJobs, WriteJobs};
use domain::trace::TraceContext;
use job::{JobEvent, Worker};
use local::embedded::{client, tables};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::{Fault, Setup, TestService, actor, at, content, target};
use web::service::Service;

/// When the export of the message was asked for.
const ASKED_AT: &str = "2026-11-22T14:05:06.789Z";

fn chunk() -> Value {
    serde_json::from_str(include_str!("../../../events/jobs/job-chunk.json")).unwrap()
}

fn tick() -> Value {
    serde_json::from_str(include_str!("../../../events/jobs/job-tick.json")).unwrap()
}

fn message() -> JobMessage {
    serde_json::from_str(chunk()["Records"][0]["body"].as_str().unwrap()).unwrap()
}

fn key() -> JobKey {
    JobKey::parse(&message().job).unwrap()
}

/// `ws_acme` with the export that the message is about, which nobody has begun.
async fn started() -> TestService {
    let service = TestService::with(Setup::at(Clock::manual(at(ASKED_AT)))).await;
    let workspace = service.fixed_workspace("ws_acme", Plan::Pro);
    let content = content(
        at(ASKED_AT),
        actor("usr_8f2"),
        "audit_log.export",
        target("audit_log", "ws_acme"),
        0,
    );
    let entry = entry_with(&workspace, content);
    let spec = ExportSpec {
        format: FileFormat::Csv,
        bom: false,
        compression: Compression::None,
        filter: Filter::default(),
        as_of: entry.recorded_at,
        requested_by: entry.content.actor.clone(),
        rows_expected: Some(1),
    };
    let job =
        Job::new(key(), message().run, Work::Export(Box::new(ExportWork::new(spec))), at(ASKED_AT));
    let open = OpenExports::default().with([], entry.id);
    let new = new_entry(&workspace, &entry);
    service.store.start_export(&job, &open, &new).await.unwrap();
    service
}

/// Hands an event over, as the runtime does, to a function whose store is behind the proxy.
async fn hand_over(service: &TestService, event: Value) -> Value {
    hand_over_from(service, service.backend.queue.clone(), event).await
}

/// As [`hand_over`], from another queue.
async fn hand_over_from<Q: EnqueueJob + DelayMessage + Sync>(
    service: &TestService,
    queue: Q,
    event: Value,
) -> Value {
    let store = DynamoStore::new(client(&service.proxy.endpoint), tables());
    let Worker { files, limits, .. } = service.worker();
    let worker =
        Worker { service: Service::new(store, service.clock.clone()), queue, files, limits };
    let event: JobEvent = serde_json::from_value(event).unwrap();
    serde_json::to_value(worker.handle(event).await).unwrap()
}

async fn job(service: &TestService) -> Job {
    service.store.job(&key()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_has_one_chunk_done_and_the_next_asked_for_however_often_it_comes() {
    let service = started().await;
    for _ in 0..2 {
        assert_eq!(hand_over(&service, chunk()).await, json!({ "batchItemFailures": [] }));
        assert_eq!((job(&service).await.step, job(&service).await.state), (1, JobState::Running));
        assert_eq!(service.waiting(), [JobMessage { step: 1, ..message() }]);
    }
    service.work().await;
    assert_eq!(job(&service).await.state, JobState::Done);
    assert_eq!(hand_over(&service, chunk()).await, json!({ "batchItemFailures": [] }));
    assert_eq!(service.waiting(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_could_not_be_followed_goes_back_to_the_queue_and_with_it_all_after_it() {
    let service = started().await;
    let failed = |ids: &[&str]| {
        let failures: Vec<_> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        json!({ "batchItemFailures": failures })
    };
    let mut batch = chunk();
    let mut second = batch["Records"][0].clone();
    second["messageId"] = json!("second");
    batch["Records"].as_array_mut().unwrap().push(second);
    let first = batch["Records"][0]["messageId"].as_str().unwrap().to_owned();
    service.proxy.fail(|_, _| Fault::Refuse("ThrottlingException"));
    assert_eq!(hand_over(&service, batch).await, failed(&[&first, "second"]));
    service.proxy.heal();
    let mut of_no_job = chunk();
    of_no_job["Records"][0]["body"] = json!("{}");
    assert_eq!(hand_over(&service, of_no_job).await, failed(&[&first]));
    assert_eq!((job(&service).await.step, service.waiting()), (0, vec![]));
}

/// The first delivery of a chunk that fails, and the tenth, and one that the queue cannot delay.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_chunk_failed_comes_again_within_seconds_and_later_each_time() {
    let service = started().await;
    service.proxy.fail(|_, _| Fault::Refuse("ThrottlingException"));
    let queue = MemoryQueue::default();
    let delivered = |count: &str| {
        let mut event = chunk();
        event["Records"][0]["attributes"]["ApproximateReceiveCount"] = json!(count);
        event["Records"][0]["receiptHandle"] = json!(format!("receipt {count}"));
        event
    };
    let id = chunk()["Records"][0]["messageId"].clone();
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": id }] });
    for count in ["1", "4", "10"] {
        assert_eq!(hand_over_from(&service, queue.clone(), delivered(count)).await, failed);
    }
    let cannot_delay = queue.scripted(|_| Fate::FailBefore(Failure::Unavailable));
    assert_eq!(hand_over_from(&service, cannot_delay, delivered("2")).await, failed);
    let delays = queue.delays();
    for ((receipt, delay), (wanted, range)) in
        delays.iter().zip([("1", 1..=2), ("4", 8..=16), ("10", 90..=180)])
    {
        assert_eq!(*receipt, format!("receipt {wanted}"));
        assert!(range.contains(&delay.as_secs()), "{wanted}: {delay:?}");
    }
    assert_eq!(delays.len(), 3);
    service.proxy.heal();
    let done = json!({ "batchItemFailures": [] });
    assert_eq!(hand_over_from(&service, queue.clone(), delivered("11")).await, done);
    assert_eq!(queue.delays().len(), 3, "what is done is not delayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqs_is_told_the_trace_of_a_message_and_when_to_deliver_it_again() {
    let trace = TraceContext::new();
    let calls = Arc::<Mutex<Vec<(String, Value)>>>::default();
    let kept = Arc::clone(&calls);
    let answer = async move |headers: axum::http::HeaderMap, body: axum::body::Bytes| {
        let target = headers["x-amz-target"].to_str().unwrap().to_owned();
        kept.lock().unwrap().push((target, serde_json::from_slice(&body).unwrap()));
        r#"{"MessageId":"m"}"#
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(axum::routing::post(answer));
    tokio::spawn(axum::serve(listener, router).into_future());
    let config = aws::config::aws()
        .test_credentials()
        .region("eu-central-1")
        .endpoint_url(&endpoint)
        .load()
        .await;
    let url = format!("{endpoint}/123456789012/jobs.fifo");
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&config), url.clone());
    queue.traced(&trace).enqueue(&message()).await.unwrap();
    let (target, sent) = calls.lock().unwrap().remove(0);
    assert_eq!(target, "AmazonSQS.SendMessage");
    let attribute = json!({ "DataType": "String", "StringValue": trace.to_string() });
    assert_eq!(sent["MessageAttributes"], json!({ "traceparent": attribute }));
    queue.delay_message("receipt", Duration::from_secs(8)).await.unwrap();
    queue.delay_message("receipt", Duration::MAX).await.unwrap();
    let call = |seconds: u32| {
        let body = json!(
            { "QueueUrl": url, "ReceiptHandle": "receipt", "VisibilityTimeout": seconds }
        );
        ("AmazonSQS.ChangeMessageVisibility".to_owned(), body)
    };
    assert_eq!(*calls.lock().unwrap(), [call(8), call(43_200)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tick_asks_for_a_job_whose_message_was_lost() {
    let service = started().await;
    assert_eq!(hand_over(&service, tick()).await, json!({ "batchItemFailures": [] }));
    assert_eq!(service.waiting(), [], "its message may still be on its way");
    service.clock.set(service.clock.now().plus_ms(60_000));
    assert_eq!(hand_over(&service, tick()).await, json!({ "batchItemFailures": [] }));
    assert_eq!(service.waiting(), [message()]);
}
