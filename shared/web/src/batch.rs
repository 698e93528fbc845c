//! Owns the answer to a batch of a stream or a queue: which of its items Lambda is to hand over
//! again.

use serde::Serialize;

/// The stream records or queue messages that failed, so that Lambda hands them over again. In a
/// stream, Lambda continues from the first of them.
///
/// Source: "Configuring partial batch response with DynamoDB and Lambda" and "Handling errors for
/// an SQS event source in Lambda", Lambda developer guide.
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
    /// Adds an item: a record of a stream by its sequence number, a message of a queue by its id.
    pub fn fail(&mut self, item_identifier: String) {
        self.batch_item_failures.push(Failure { item_identifier });
    }

    /// How many items failed.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.batch_item_failures.len()
    }
}
