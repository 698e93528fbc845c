//! Starts the `viewer` function: its one setting once, then one request after another.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use std::convert::Infallible;
use viewer::FrameAncestors;
use web::http::HttpEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let ancestors = &FrameAncestors::from_environment()?;
    run(service_fn(async |event: LambdaEvent<HttpEvent>| {
        Ok::<_, Infallible>(viewer::answer(ancestors, &event.payload.into()).into_response())
    }))
    .await
}
