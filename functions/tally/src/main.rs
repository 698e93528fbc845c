//! Starts the `tally` function: settings and connection once, then one batch after another.

use aws::config;
use domain::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::convert::Infallible;
use tally::{Planned, StreamEvent};
use web::logging;
use web::service::Service;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init(config::optional_setting);
    let service = &Service::new(config::store().await?, Clock::System)
        .with_grace(config::grace_days()?)
        .with_thresholds(config::thresholds()?);
    let planned = &Planned::default();
    run(service_fn(async |event: LambdaEvent<StreamEvent>| {
        Ok::<_, Infallible>(Box::pin(tally::handle(service, planned, event.payload)).await)
    }))
    .await
}
