//! Reads the event of an invocation: a batch of the queue, or the tick of the schedule.

use domain::job::JobMessage;
use domain::timestamp::Timestamp;
use domain::trace::TraceContext;
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
    #[serde(default)]
    receipt_handle: String,
    body: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    message_attributes: MessageAttributes,
}

/// Attributes that the sender of a message has set.
#[derive(Debug, Default, Deserialize)]
struct MessageAttributes {
    traceparent: Option<TextAttribute>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextAttribute {
    string_value: Option<String>,
}

/// Attributes of a message that SQS sets itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    /// A number as text.
    approximate_receive_count: Option<String>,
    /// Milliseconds since the Unix epoch, as text.
    sent_timestamp: Option<String>,
}

impl Record {
    /// The delivery, after the id of its message.
    fn delivered(self) -> (String, Delivery) {
        let count = self.attributes.approximate_receive_count.and_then(|count| count.parse().ok());
        let trace = self.message_attributes.traceparent.and_then(|text| text.string_value);
        let delivery = Delivery {
            message: serde_json::from_str(&self.body).ok(),
            receipt: self.receipt_handle,
            count: count.unwrap_or(1),
            trace: TraceContext::of(trace.as_deref()),
            sent_at: self.attributes.sent_timestamp.and_then(|ms| moment(&ms)),
        };
        (self.message_id, delivery)
    }
}

/// A moment from the milliseconds since the Unix epoch.
fn moment(ms: &str) -> Option<Timestamp> {
    ms.parse().ok().map(Timestamp::clamped)
}

/// One delivery of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message; `None` if this service cannot have sent it.
    pub message: Option<JobMessage>,
    /// The handle by which the queue knows this delivery.
    pub receipt: String,
    /// How often the message was delivered, this time included. It is 1 if the queue does not say.
    pub count: u32,
    /// The trace of the request that has asked for the job, or a new one if the message names none.
    pub trace: TraceContext,
    /// When the message was sent, if the queue says so.
    pub sent_at: Option<Timestamp>,
}

impl JobEvent {
    /// The deliveries, each with the id of its message. `None` means that the event is a tick.
    pub(crate) fn deliveries(self) -> Option<Vec<(String, Delivery)>> {
        Some(self.records?.into_iter().map(Record::delivered).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use web::batch::BatchResponse;

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_batch_has_deliveries_and_a_tick_has_none() {
        let body = r#"{"job":"ws_a#retention","run":2,"step":7}"#;
        let batch = json!({ "Records": [
            { "messageId": "m-1", "receiptHandle": "r", "body": body,
                "attributes": { "ApproximateReceiveCount": "3", "SentTimestamp": "1795356306801" },
                "messageAttributes": { "traceparent": {
                    "stringValue": TRACE, "stringListValues": [], "dataType": "String" } } },
            { "messageId": "m-2", "body": "no" },
        ] });
        let deliveries = serde_json::from_value::<JobEvent>(batch).unwrap().deliveries().unwrap();
        let message = JobMessage { job: "ws_a#retention".into(), run: 2, step: 7 };
        let trace = TraceContext::parse(TRACE).unwrap();
        let sent_at = Some(Timestamp::clamped(1_795_356_306_801));
        let message = Some(message);
        let third = Delivery { message, receipt: "r".into(), count: 3, trace, sent_at };
        assert_eq!(deliveries[0], ("m-1".into(), third));
        let trace = deliveries[1].1.trace.clone();
        let receipt = String::new();
        let foreign = Delivery { message: None, receipt, count: 1, trace, sent_at: None };
        assert_eq!(deliveries[1..], [("m-2".into(), foreign)]);
        let tick = json!({
            "version": "0",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "resources": [],
            "detail": {},
        });
        assert!(serde_json::from_value::<JobEvent>(tick).unwrap().deliveries().is_none());
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
