//! Runs background jobs when a test says so, in place of Lambda, the queue and the schedule.

use crate::client::{Api, Response};
use crate::service::TestService;
use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::job::{JobKey, JobMessage};
use domain::ports::ReadJobs;
use domain::timestamp::Timestamp;
use job::{Limits, Pace, Worker};
use local::gateway::FUNCTION;
use local::jobs::LocalQueue;
use serde_json::Value;
use web::service::Service;

/// A worker over the embedded stores.
pub type TestWorker = Worker<DynamoStore, LocalQueue, S3Files>;

impl TestService {
    /// A worker that rewrites without a rate limit.
    #[must_use]
    pub fn worker(&self) -> TestWorker {
        self.worker_with(Limits::default())
    }

    /// A worker with other limits.
    #[must_use]
    pub fn worker_with(&self, limits: Limits) -> TestWorker {
        self.worker_over(self.bound_worker_store(), limits)
    }

    /// A worker over another store, for example one behind the proxy.
    #[must_use]
    pub fn worker_over(&self, store: DynamoStore, limits: Limits) -> TestWorker {
        let limits = Limits { pace: Pace::UNLIMITED, ..limits };
        Worker {
            service: Service::new(store, self.clock.clone()),
            queue: self.backend.queue.clone(),
            files: self.backend.files.clone(),
            limits,
        }
    }

    /// Works on jobs until the queue is empty, and returns how many chunks that took.
    ///
    /// # Panics
    /// When a chunk fails.
    #[expect(clippy::unwrap_used, reason = "a test whose job fails, fails")]
    pub async fn work(&self) -> usize {
        let (worker, mut chunks) = (self.worker(), 0);
        while let Some(message) = self.backend.queue.take() {
            FUNCTION.scope("job".to_owned(), worker.work_on(&message)).await.unwrap();
            chunks += 1;
        }
        chunks
    }

    /// Works on jobs until all are closed. Where they wait for time to pass, the clock is moved to
    /// that time.
    ///
    /// # Panics
    /// When a chunk fails, or if a job does not come to an end.
    #[expect(clippy::unwrap_used, clippy::panic, reason = "a test whose job fails, fails")]
    pub async fn work_to_the_end(&self) {
        for _ in 0..10_000 {
            self.work().await;
            let open = self.open_jobs().await;
            let Some(next) = open.iter().map(|(_, due)| *due).min() else { return };
            if next > self.clock.now() {
                self.clock.set(next);
            }
            let worker = self.worker();
            FUNCTION.scope("job".to_owned(), worker.look_after()).await.unwrap();
        }
        panic!("a job does not come to an end: {:?}", self.open_jobs().await);
    }

    /// The jobs that are open, and when each is due.
    ///
    /// # Panics
    /// When they cannot be read.
    #[expect(clippy::unwrap_used, reason = "a test that cannot see its jobs fails")]
    pub async fn open_jobs(&self) -> Vec<(JobKey, Timestamp)> {
        let mut open = Vec::new();
        for key in self.store.open_jobs().await.unwrap() {
            let job = self.store.job(&key).await.unwrap().unwrap();
            open.push((
                key,
                job.not_before.unwrap_or(job.updated_at.plus_ms(domain::job::IDLE_AFTER_MS)),
            ));
        }
        open
    }

    /// Deletes every item that has expired by the service's clock, as DynamoDB's TTL does sooner or
    /// later, and returns how many there were.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot delete fails")]
    pub async fn delete_expired(&self) -> usize {
        let (table, mut count) = (local::embedded::tables().entries, 0);
        let now = AttributeValue::N(self.clock.now().epoch_seconds().to_string());
        let scan = self
            .dynamodb
            .scan()
            .table_name(&table)
            .filter_expression("delete_at <= :now")
            .expression_attribute_values(":now", now);
        let mut items = scan.into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.unwrap();
            let key = |name: &str| item.get(name).cloned().unwrap();
            let delete = self
                .dynamodb
                .delete_item()
                .table_name(&table)
                .key("workspace_id", key("workspace_id"))
                .key("id", key("id"));
            delete.send().await.unwrap();
            count += 1;
        }
        count
    }

    /// The messages in the queue.
    #[must_use]
    pub fn waiting(&self) -> Vec<JobMessage> {
        let waiting: Vec<_> = std::iter::from_fn(|| self.backend.queue.take()).collect();
        for message in &waiting {
            self.backend.queue.put(message.clone());
        }
        waiting
    }
}

/// A finished export.
#[derive(Debug, Clone)]
pub struct Export {
    /// The job as the API shows it.
    pub json: Value,
    /// The file, byte for byte.
    pub bytes: Vec<u8>,
}

impl Export {
    /// A text of the job by its pointer, or an empty text if it is absent.
    #[must_use]
    pub fn text_at(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the job by its pointer.
    ///
    /// # Panics
    /// When there is no such number.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test that misses a number fails")]
    pub fn number_at(&self, pointer: &str) -> u64 {
        self.json.pointer(pointer).and_then(Value::as_u64).unwrap()
    }
}

/// Starts an export, works until it is done, and fetches its file from the address that the API
/// gives.
///
/// # Panics
/// When any of these steps fails.
pub async fn export(service: &TestService, api: &Api, workspace: &str, body: &Value) -> Export {
    let path = format!("/v1/workspaces/{workspace}/exports");
    let accepted = api.post(&path, body).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    assert_eq!(accepted.header("location"), format!("{path}/{}", accepted.text_at("/id")));
    service.work().await;
    finished(&api.get(accepted.header("location")).await).await
}

/// Fetches the file of a finished export.
///
/// # Panics
/// When it is not finished, or the file is not there.
#[expect(clippy::unwrap_used, reason = "a test that cannot fetch its file fails")]
pub async fn finished(answer: &Response) -> Export {
    assert_eq!((answer.status, answer.text_at("/state")), (200, "done"), "{answer:?}");
    let file = reqwest::get(answer.text_at("/file/url")).await.unwrap();
    assert_eq!(file.status().as_u16(), 200);
    let name = format!("attachment; filename=\"{}\"", answer.text_at("/file/name"));
    assert_eq!(file.headers().get("content-disposition").unwrap().to_str().unwrap(), name);
    assert_eq!(
        file.headers().get("content-type").unwrap().to_str().unwrap(),
        answer.text_at("/file/media_type")
    );
    Export { json: answer.json.clone(), bytes: file.bytes().await.unwrap().to_vec() }
}
