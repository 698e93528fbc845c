//! Sends messages for jobs to a FIFO queue of Amazon SQS.

use crate::dynamodb::classify;
use aws_sdk_sqs::Client;
use data_encoding::HEXLOWER;
use domain::job::JobMessage;
use domain::ports::{EnqueueJob, StoreError};
use sha2::{Digest, Sha256};

/// A queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue of that URL behind `client`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

/// A text as an id of SQS, which takes at most 128 characters of fewer kinds than a key may have.
fn id(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

impl EnqueueJob for SqsQueue {
    /// Of one job, one message is handed out at a time (the group), and the same message sent again
    /// within 5 minutes is dropped (the deduplication id): "Exactly-once processing in Amazon SQS",
    /// SQS developer guide.
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        let body =
            serde_json::to_string(message).map_err(|error| StoreError::Refused(error.into()))?;
        let JobMessage { job, run, step } = message;
        let send = self.client.send_message().queue_url(&self.url).message_group_id(id(job));
        let send =
            send.message_deduplication_id(id(&format!("{job}#{run}#{step}"))).message_body(body);
        send.send().await.map(drop).map_err(classify)
    }
}
