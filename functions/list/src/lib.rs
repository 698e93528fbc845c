//! The `list` function: answers with pages of entries, the feed, the facets and the directory of a
//! log, the catalogue and the health check. It also answers every path that is not a route.

mod answer;
mod by_actors;
mod by_entry;
mod by_position;
mod by_tally;
mod directory;
mod entries;
mod facets;
mod feed;
mod found;
mod listing;

use domain::counting::LedgerStore;
use domain::feed::FeedStore;
use domain::lookup::LookupStore;
use domain::ports::{ListEntries, ReadCatalog, ReadJobs};
use lambda_http::http::StatusCode;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::routes::{Operation, matched};
use web::service::Service;

/// What the store must do for lists.
pub trait ListStore:
    LedgerStore + ListEntries + FeedStore + LookupStore + ReadCatalog + ReadJobs
{
}

impl<S: LedgerStore + ListEntries + FeedStore + LookupStore + ReadCatalog + ReadJobs> ListStore
    for S
{
}

/// Answers a request.
pub async fn answer<S: ListStore>(service: &Service<S>, request: Request) -> Answer {
    let service = service.for_request();
    service.answer("list", &request, Box::pin(handle(&service, &request))).await
}

async fn handle<S: ListStore>(service: &Service<S>, request: &Request) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::ListEntries, [workspace_id]) => {
            entries::list_entries(service, request, workspace_id).await
        }
        (Operation::ReadFeed, [workspace_id]) => feed::feed(service, request, workspace_id).await,
        (Operation::GetFacets, [workspace_id]) => {
            facets::facets(service, request, workspace_id).await
        }
        (Operation::ListActors, [workspace_id]) => {
            directory::list_actors(service, request, workspace_id).await
        }
        (Operation::GetActor, [workspace_id, actor_type, actor_id]) => {
            directory::get_actor(service, request, workspace_id, actor_type, actor_id).await
        }
        (Operation::ListAddresses, [workspace_id]) => {
            directory::list_addresses(service, request, workspace_id).await
        }
        (Operation::GetAddress, [workspace_id, address]) => {
            directory::get_address(service, request, workspace_id, address).await
        }
        (Operation::GetCatalog, []) => catalog(service, request).await,
        (Operation::GetHealth, []) => health(request),
        (Operation::GetIndex, []) => index(request),
        _ => Err(ApiError::NotFound),
    }
}

/// `GET /v1/catalog`
///
/// 1. Query, which must be empty: 400.
/// 2. The catalogue, as it was less than 60 seconds ago: 200.
async fn catalog<S: ListStore>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    let catalog = service.catalog(service.clock.now()).await?;
    Ok(Answer::json(StatusCode::OK, &*catalog))
}

/// `GET /v1/health`
///
/// 1. Query, which must be empty: 400.
/// 2. The version: 200. It shows that requests reach the functions. The check needs no credential,
///    so it reads nothing from the store and costs nothing there.
fn health(request: &Request) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    Ok(Answer::json(
        StatusCode::OK,
        &serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }),
    ))
}

/// `GET /` and `GET /v1`
///
/// 1. Query, which must be empty: 400.
/// 2. Where to go from here, for people and programs that have no more than the address: 200.
fn index(request: &Request) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    let links = serde_json::json!({
        "entries": "/v1/workspaces/{workspace_id}/entries",
        "workspace": "/v1/workspaces/{workspace_id}",
        "catalog": "/v1/catalog",
        "health": "/v1/health",
        "viewer": "/v1/viewer",
    });
    let index = serde_json::json!({
        "name": "Clienwork audit log",
        "version": env!("CARGO_PKG_VERSION"),
        "links": links,
    });
    Ok(Answer::json(StatusCode::OK, &index))
}

#[cfg(test)]
mod tests;
