//! The least that a function over HTTP can be: what `make bench-start` compares `record` with. It
//! is an example and no binary, because `cargo lambda` takes every binary for a function.

use lambda_http::{Error, Request, run, service_fn, tracing};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(async |_: Request| Ok::<_, Error>("hello"))).await
}
