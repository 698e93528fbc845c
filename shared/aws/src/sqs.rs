//! Sends messages for jobs to a FIFO queue of Amazon SQS.

use crate::dynamodb::classify;
use aws_sdk_sqs::Client;
use data_encoding::HEXLOWER;
use domain::job::JobMessage;
use domain::ports::{EnqueueJob, StoreError};
use sha2::{Digest, Sha256};

/// The queue of jobs.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue with this URL, reached through `client`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

/// Turns a key into an id that SQS accepts: the key's SHA-256 in hexadecimal digits. An id has at
/// most 128 characters, and not every character of a key is allowed. Source: `SendMessage`, Amazon
/// SQS API reference.
fn id(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

impl EnqueueJob for SqsQueue {
    /// Sends a message. The job is the message group: SQS delivers one message of a group at a
    /// time. Job, run and step are the deduplication id: SQS drops the same message sent again
    /// within 5 minutes. Sources: "FIFO queue delivery logic" and "Exactly-once processing in
    /// Amazon SQS", Amazon SQS developer guide.
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        let body =
            serde_json::to_string(message).map_err(|error| StoreError::Refused(error.into()))?;
        let JobMessage { job, run, step } = message;
        let send = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(id(job))
            .message_deduplication_id(id(&format!("{job}#{run}#{step}")))
            .message_body(body);
        send.send().await.map(drop).map_err(classify)
    }
}
