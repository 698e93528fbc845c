//! Sets the catalogue.

use domain::catalog::MAX_CATALOG_BYTES;
use domain::catalog_change::compare_with_current;
use domain::credential::Scope;
use domain::json::parse;
use domain::ports::{Metered, ReadCatalog, ReadControl, WriteCatalog};
use lambda_http::http::StatusCode;
use web::body::json_text;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::Service;

/// `PUT /v1/catalog`
///
/// 1. Credential for every workspace, read anew because the catalogue lasts, scope: 401, 404, 403.
/// 2. Query, which must be empty, media type, size, JSON: 400, 415, 413, 400.
/// 3. Every part of the catalogue, and whether it drops what the current version has: 422. If it
///    says from which version it was made, this must be the current one: 409.
/// 4. It is stored as the next version, unless it says what the current one says: 200. If another
///    one was stored meanwhile: 409.
pub(crate) async fn put_catalog<S: Metered + ReadControl + ReadCatalog + WriteCatalog>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    let now = service.authorize_operator(request, Scope::CatalogWrite).await?;
    Query::parse(&request.query, &[])?;
    let text = json_text(request, MAX_CATALOG_BYTES)?;
    parse(text)?;
    let change = compare_with_current(&service.store, text).await?;
    change.check()?;
    if change.is_new() {
        service.store.put_catalog(&change.catalog).await?;
    }
    service.remember_catalog(&change.catalog, now);
    Ok(Answer::json(StatusCode::OK, &*change.catalog))
}
