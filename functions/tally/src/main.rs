//! Starts the `tally` function: settings and connection once, then one batch after another.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use std::convert::Infallible;
use tally::StreamEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let service = &shared::config::service().await?;
    run(service_fn(async |event: LambdaEvent<StreamEvent>| {
        Ok::<_, Infallible>(tally::handle(service, event.payload).await)
    }))
    .await
}
