//! Owns the answer to a batch of a stream or a queue: what of it is to be handed over again.

use serde::Serialize;

/// Which records or messages are to be handed over again. Of a stream, Lambda goes back to the
/// lowest of them. Source: "Configuring partial batch response with DynamoDB and Lambda" and
/// "Handling errors for an SQS event source in Lambda", Lambda developer guide.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl BatchResponse {
    /// Hands one back, by its sequence number in a stream, or its message id in a queue.
    pub fn fail(&mut self, item_identifier: String) {
        self.batch_item_failures.push(Failure { item_identifier });
    }

    /// How many are handed back.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.batch_item_failures.len()
    }
}
