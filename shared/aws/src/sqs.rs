//! Sends messages for jobs to a FIFO queue of Amazon SQS, and delays those whose chunk failed.

use crate::dynamodb::classify;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use data_encoding::HEXLOWER;
use domain::job::JobMessage;
use domain::ports::{DelayMessage, EnqueueJob, StoreError};
use domain::trace::TraceContext;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The queue of jobs.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
    trace: Option<TraceContext>,
}

/// The attribute of a message that names its trace, as OpenTelemetry names it.
const TRACEPARENT: &str = "traceparent";

impl SqsQueue {
    /// The queue with this URL, reached through `client`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url, trace: None }
    }
}

/// Turns a key into an id that SQS accepts: the key's SHA-256 in hexadecimal digits. An id has at
/// most 128 characters, and not every character of a key is allowed. Source: `SendMessage`, Amazon
/// SQS API reference.
fn id(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

/// The attribute that says which trace a message belongs to.
fn attribute(trace: &TraceContext) -> Result<MessageAttributeValue, StoreError> {
    let text = MessageAttributeValue::builder().data_type("String").string_value(trace.to_string());
    text.build().map_err(|error| StoreError::Refused(error.into()))
}

impl EnqueueJob for SqsQueue {
    fn traced(&self, trace: &TraceContext) -> Self {
        Self { trace: Some(trace.clone()), ..self.clone() }
    }

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
        let send = match &self.trace {
            Some(trace) => send.message_attributes(TRACEPARENT, attribute(trace)?),
            None => send,
        };
        send.send().await.map(drop).map_err(classify)
    }
}

/// The longest visibility timeout: 12 hours × 3,600 = 43,200 s. Source: `ChangeMessageVisibility`,
/// Amazon SQS API reference.
const MAX_VISIBILITY_S: i32 = 12 * 3_600;

impl DelayMessage for SqsQueue {
    /// Sets the visibility timeout of a message that was received. It counts from the call, and the
    /// message group stays blocked until then. Source: "Amazon SQS visibility timeout", Amazon SQS
    /// developer guide.
    async fn delay_message(&self, receipt: &str, delay: Duration) -> Result<(), StoreError> {
        let seconds = i32::try_from(delay.as_secs()).unwrap_or(MAX_VISIBILITY_S);
        let change = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds.min(MAX_VISIBILITY_S));
        change.send().await.map(drop).map_err(classify)
    }
}
