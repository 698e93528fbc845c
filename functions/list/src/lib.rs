//! The `list` function: pages of entries, the facets of a log, the catalogue, the health check, and
//! the answer to every path that is no route.

mod by_index;
mod facets;
mod page;

use domain::catalog::CATALOG_JSON;
use domain::counting::LedgerStore;
use domain::ports::ListEntries;
use lambda_http::http::StatusCode;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::routes::{Operation, matched};
use web::service::Service;

/// Answers a request.
pub async fn answer<S: LedgerStore + ListEntries>(
    service: &Service<S>,
    request: Request,
) -> Answer {
    let service = service.for_request();
    service.answer("list", &request, Box::pin(handle(&service, &request))).await
}

async fn handle<S: LedgerStore + ListEntries>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::ListEntries, [workspace_id]) => {
            page::list_entries(service, request, workspace_id).await
        }
        (Operation::GetFacets, [workspace_id]) => {
            facets::facets(service, request, workspace_id).await
        }
        (Operation::GetCatalog, []) => catalog(request),
        (Operation::GetHealth, []) => health(request),
        _ => Err(ApiError::NotFound),
    }
}

/// `GET /v1/catalog`: 200, or 400 for a query.
fn catalog(request: &Request) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    Ok(Answer::text(StatusCode::OK, CATALOG_JSON.into()))
}

/// `GET /v1/health`: 200, or 400 for a query. It says that requests reach the functions; it reads
/// nothing, so that nobody can run up a bill.
fn health(request: &Request) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    Ok(Answer::json(
        StatusCode::OK,
        &serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }),
    ))
}
