//! The `record` function: reads one entry, or a batch of up to 100, and appends them to the log.

mod batch;
mod single;

use domain::ports::{ActorSalts, Metered, ReadCatalog, ReadControl};
use domain::recording::RecordEntries;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::routes::{Operation, matched};
use web::service::Service;

/// What the store must do to record entries.
pub trait RecordStore: Metered + ReadControl + ReadCatalog + RecordPorts {}

impl<S: Metered + ReadControl + ReadCatalog + RecordPorts> RecordStore for S {}

/// What the store must do once an entry is read.
pub trait RecordPorts: ActorSalts + RecordEntries {}

impl<S: ActorSalts + RecordEntries> RecordPorts for S {}

/// Answers a request.
pub async fn answer<S: RecordStore>(service: &Service<S>, request: Request) -> Answer {
    let service = service.for_request();
    service.answer("record", &request, Box::pin(handle(&service, &request))).await
}

async fn handle<S: RecordStore>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::RecordEntry, [workspace_id]) => {
            single::record_entry(service, request, workspace_id).await
        }
        (Operation::RecordBatch, [workspace_id]) => {
            batch::record_batch(service, request, workspace_id).await
        }
        _ => Err(ApiError::NotFound),
    }
}
