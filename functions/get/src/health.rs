//! Answers whether the tables can be read.

use domain::ports::{Metered, ProbeTables, ReadControl, StoreError};
use lambda_http::http::StatusCode;
use serde::Serialize;
use std::future::Future;
use std::time::Instant;
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

#[derive(Debug, Serialize)]
struct Tables {
    control: Probed,
    entries: Probed,
}

/// A table that has answered.
#[derive(Debug, Serialize)]
struct Probed {
    duration_ms: u64,
}

/// `GET /v1/health/deep`
///
/// 1. Query, which must be empty: 400.
/// 2. Both tables are read, one after the other. If one does not answer, the answer is that of any
///    request that needs it: 429, 500, 503. Otherwise 200, with how long each took.
///
/// Nothing is remembered, so that each answer is news. It costs 1 read unit, a tenth of what the
/// request itself costs, so it needs no credential: the gateway's throttle bounds both.
pub(crate) async fn deep_health<S: Metered + ReadControl + ProbeTables>(
    service: &Service<S>,
    request: &Request,
) -> Result<Answer, ApiError> {
    Query::parse(&request.query, &[])?;
    let control = probed(service.store.probe_control()).await?;
    let entries = probed(service.store.probe_entries()).await?;
    let version = env!("CARGO_PKG_VERSION");
    let health = DeepHealth { status: "ok", version, tables: Tables { control, entries } };
    Ok(Answer::json(StatusCode::OK, &health))
}

async fn probed(probe: impl Future<Output = Result<(), StoreError>>) -> Result<Probed, StoreError> {
    let started = Instant::now();
    probe.await?;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Probed { duration_ms })
}
