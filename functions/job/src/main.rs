//! Starts the `job` function: reads the settings, connects once, and handles one event at a time.

use aws::config;
use domain::clock::Clock;
use job::{JobEvent, Limits, Worker};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::convert::Infallible;
use web::logging;
use web::service::Service;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init(config::optional_setting);
    let worker = &Worker {
        service: Service::new(config::store().await?, Clock::System)
            .with_grace(config::grace_days()?)
            .with_thresholds(config::thresholds()?),
        queue: config::queue().await?,
        files: config::files().await?,
        limits: Limits::default(),
    };
    run(service_fn(async |event: LambdaEvent<JobEvent>| {
        Ok::<_, Infallible>(worker.handle(event.payload).await)
    }))
    .await
}
