//! Reads the event of an invocation: a batch of the queue, or the tick of the schedule.

use domain::job::JobMessage;
use serde::Deserialize;

/// An event: a batch of SQS messages, or the event of a schedule, which has no records. Fields that
/// the function does not need are ignored.
///
/// Source: "Using Lambda with Amazon SQS" and "Using a schedule to invoke a Lambda function",
/// Lambda developer guide.
#[derive(Debug, Deserialize)]
pub struct JobEvent {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
}

impl JobEvent {
    /// The messages with their ids in the queue. `None` means that the event is a tick. A message
    /// that this service cannot have sent is `None` beside its id.
    pub(crate) fn messages(self) -> Option<Vec<(String, Option<JobMessage>)>> {
        Some(
            self.records?
                .into_iter()
                .map(|record| (record.message_id, serde_json::from_str(&record.body).ok()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use web::batch::BatchResponse;

    #[test]
    fn a_batch_has_messages_and_a_tick_has_none() {
        let body = r#"{"job":"ws_a#retention","run":2,"step":7}"#;
        let batch = json!({ "Records": [
            { "messageId": "m-1", "receiptHandle": "r", "body": body },
            { "messageId": "m-2", "body": "no" },
        ] });
        let messages = serde_json::from_value::<JobEvent>(batch).unwrap().messages().unwrap();
        let message = JobMessage { job: "ws_a#retention".into(), run: 2, step: 7 };
        assert_eq!(messages, [("m-1".into(), Some(message)), ("m-2".into(), None)]);
        let tick = json!({
            "version": "0",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "resources": [],
            "detail": {},
        });
        assert!(serde_json::from_value::<JobEvent>(tick).unwrap().messages().is_none());
    }

    #[test]
    fn a_failed_message_goes_back_by_its_id() {
        let mut response = BatchResponse::default();
        response.fail("m-1".into());
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"m-1"}]}"#
        );
    }
}
