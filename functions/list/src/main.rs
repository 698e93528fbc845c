//! Starts the `list` function: settings and connection once, then one request after another.

use aws::config;
use domain::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use std::convert::Infallible;
use web::http::HttpEvent;
use web::logging;
use web::rates::Rates;
use web::service::Service;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init(config::optional_setting);
    let rates = Rates::OF_AN_INSTANCE.with_settings(config::optional_setting)?;
    let service = &Service::new(config::store().await?, Clock::System)
        .with_grace(config::grace_days()?)
        .with_thresholds(config::thresholds()?)
        .with_rates(rates);
    run(service_fn(async |event: LambdaEvent<HttpEvent>| {
        Ok::<_, Infallible>(list::answer(service, event.payload.into()).await.into_response())
    }))
    .await
}
