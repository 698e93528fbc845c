//! Starts the `viewer` function: its one setting once, then one request after another.

use aws::config;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::convert::Infallible;
use viewer::FrameAncestors;
use web::http::HttpEvent;
use web::logging;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init(config::optional_setting);
    let ancestors = &FrameAncestors::from_environment()?;
    run(service_fn(async |event: LambdaEvent<HttpEvent>| {
        Ok::<_, Infallible>(viewer::answer(ancestors, &event.payload.into()).into_response())
    }))
    .await
}
