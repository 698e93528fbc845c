//! Answers who acted in a workspace, and from which addresses.

mod view;

use crate::ListStore;
use domain::credential::Scope;
use domain::directory::AddressProfile;
use domain::entry::{ActorKey, ActorType};
use domain::lookup::Directory;
use domain::text;
use domain::unusual::Rules;
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::net::IpAddr;
use view::{ActorRow, ActorView, AddressRow, AddressView, PageView, of_hits};
use web::http::{Answer, Request};
use web::list_query::{SearchQuery, read_search_query};
use web::problem::ApiError;
use web::query::Query;
use web::routes::decoded;
use web::service::{Access, Service};

/// The wire form of a page of actors; `ActorList` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct ActorList {
    actors: Vec<ActorRow>,
    page: PageView,
}

/// The wire form of a page of addresses; `AddressList` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct AddressList {
    addresses: Vec<AddressRow>,
    page: PageView,
}

/// `GET /v1/workspaces/{workspace_id}/actors`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query: 400, 422.
/// 3. The directory follows the journal, unless it has done so lately. The actors, the last seen
///    first: 200.
pub(crate) async fn list_actors<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let (access, query) = searching(service, request, workspace_id).await?;
    let rules = service.rules(access.now).await?;
    let (directory, is_caught_up) = caught_up(service, &access, &rules).await?;
    let mut hits = directory.actors(&service.store, &query.search, query.places()).await?;
    hits.is_whole &= is_caught_up;
    let page = PageView::of(&hits, &query);
    let actors = of_hits(&hits, |key, profile| ActorRow::of(key, profile, directory.visible_day()));
    Ok(Answer::json(StatusCode::OK, &ActorList { actors, page }))
}

/// `GET /v1/workspaces/{workspace_id}/actors/{actor_type}/{actor_id}`
///
/// 1. Credential, workspace, scope: 401, 404, 403.
/// 2. Query, which must be empty: 400.
/// 3. What is known of the actor: 200. If no visible entry is by it: 404.
pub(crate) async fn get_actor<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
    actor_type: &str,
    actor_id: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    Query::parse(&request.query, &[])?;
    let id = decoded(actor_id).and_then(|id| text::id(id).ok()).ok_or(ApiError::NotFound)?;
    let kind = ActorType::named(actor_type).ok_or(ApiError::NotFound)?;
    let key = ActorKey { kind, id };
    let rules = service.rules(access.now).await?;
    let (directory, _) = caught_up(service, &access, &rules).await?;
    let found = directory.profiles(&service.store, std::slice::from_ref(&key)).await?;
    let day = directory.visible_day();
    let view = found.get(&key).and_then(|profile| ActorView::of(&key, profile, day));
    Ok(Answer::json(StatusCode::OK, &view.ok_or(ApiError::NotFound)?))
}

/// `GET /v1/workspaces/{workspace_id}/addresses`
///
/// As that of the actors.
pub(crate) async fn list_addresses<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<Answer, ApiError> {
    let (access, query) = searching(service, request, workspace_id).await?;
    let rules = service.rules(access.now).await?;
    let (directory, is_caught_up) = caught_up(service, &access, &rules).await?;
    let mut hits = directory.addresses(&service.store, &query.search, query.places()).await?;
    hits.is_whole &= is_caught_up;
    let page = PageView::of(&hits, &query);
    let day = directory.visible_day();
    let addresses = of_hits(&hits, |address, profile| AddressRow::of(address, profile, day));
    Ok(Answer::json(StatusCode::OK, &AddressList { addresses, page }))
}

/// `GET /v1/workspaces/{workspace_id}/addresses/{address}`
///
/// As that of an actor. The actors of the address are shown with their present names.
pub(crate) async fn get_address<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
    address: &str,
) -> Result<Answer, ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    Query::parse(&request.query, &[])?;
    let address = decoded(address).and_then(|address| address.parse::<IpAddr>().ok());
    let address = address.ok_or(ApiError::NotFound)?.to_canonical();
    let rules = service.rules(access.now).await?;
    let (directory, _) = caught_up(service, &access, &rules).await?;
    let found = directory.profiles::<AddressProfile, _>(&service.store, &[address]).await?;
    let day = directory.visible_day();
    let seen = found.get(&address).and_then(|profile| profile.seen_since(day));
    let seen = seen.ok_or(ApiError::NotFound)?;
    let actors: Vec<ActorKey> = seen.actors.iter().map(|key| (*key).clone()).collect();
    let actors = directory.profiles(&service.store, &actors).await?;
    Ok(Answer::json(StatusCode::OK, &AddressView::of(address, &seen, &actors, day)))
}

async fn searching<S: ListStore>(
    service: &Service<S>,
    request: &Request,
    workspace_id: &str,
) -> Result<(Access, SearchQuery), ApiError> {
    let access = service.enter(request, workspace_id, Scope::EntriesRead).await?;
    let query = read_search_query(&request.query)?;
    Ok((access, query))
}

/// The directory of the workspace that a request is about.
pub(crate) fn directory_of<'a, S>(
    service: &Service<S>,
    access: &'a Access,
    rules: &'a Rules,
) -> Directory<'a> {
    Directory { workspace: &access.workspace, grace: service.grace, rules, now: access.now }
}

/// The directory, and whether it has followed the journal to its end.
async fn caught_up<'a, S: ListStore>(
    service: &Service<S>,
    access: &'a Access,
    rules: &'a Rules,
) -> Result<(Directory<'a>, bool), ApiError> {
    let directory = directory_of(service, access, rules);
    let is_caught_up = directory.catch_up(&service.store).await?;
    Ok((directory, is_caught_up))
}
