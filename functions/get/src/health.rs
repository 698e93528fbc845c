//! Answers whether the tables can be read.

use domain::ports::{Metered, ProbeTables, ReadControl};
use lambda_http::http::StatusCode;
use serde::Serialize;
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::service::Service;

/// The wire form of the answer; `DeepHealth` in `openapi.yaml`.
#[derive(Debug, Serialize)]
struct DeepHealth {
    status: &'static str,
    version: &'static str,
    tables: Tables,
}

/// What each table answers. One that does not answer is a problem, and no part of this.
#[derive(Debug, Serialize)]
struct Tables {
    control: &'static str,
    entries: &'static str,
}

/// `GET /v1/health/deep`
///
/// 1. Query, which must be empty: 400.
/// 2. Both tables are read, one after the other. If one does not answer, the answer is that of any
///    request that needs it: 429, 500, 503. Otherwise 200.
///
/// Nothing is remembered, so that each answer is news. It costs 1 read unit, a tenth of what the
/// request itself costs, so it needs no credential: the gateway's throttle bounds both.
pub(crate) async fn deep_health<S: Metered + ReadControl + ProbeTables>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    service.store.probe_control().await?;
    service.store.probe_entries().await?;
    let (version, tables) = (env!("CARGO_PKG_VERSION"), Tables { control: "ok", entries: "ok" });
    Ok(Answer::json(StatusCode::OK, &DeepHealth { status: "ok", version, tables }))
}
