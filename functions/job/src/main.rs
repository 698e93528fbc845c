//! Starts the `job` function: settings and connections once, then one batch or tick after another.

use job::{JobEvent, Limits, Worker};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use shared::config;
use std::convert::Infallible;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let worker = &Worker {
        service: config::service().await?,
        queue: config::queue().await?,
        files: config::files().await?,
        limits: Limits::default(),
    };
    run(service_fn(async |event: LambdaEvent<JobEvent>| {
        Ok::<_, Infallible>(worker.handle(event.payload).await)
    }))
    .await
}
