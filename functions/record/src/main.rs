//! Starts the `record` function: settings and connection once, then one request after another.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use shared::http::HttpEvent;
use std::convert::Infallible;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let service = &shared::config::service().await?;
    run(service_fn(async |event: LambdaEvent<HttpEvent>| {
        Ok::<_, Infallible>(record::answer(service, event.payload.into()).await.into_response())
    }))
    .await
}
