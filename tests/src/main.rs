//! An instance of the service in a separate process, which a test can kill. It takes the settings
//! of a Lambda function from the environment, and prints where it listens. It ends when its
//! standard input does, so that it never outlives the test.

use aws::config;
use aws::s3::S3Files;
use domain::clock::Clock;
use local::jobs::{Backend, LocalQueue};
use local::{gateway, objects};
use std::error::Error;
use std::io::{self, Write};
use tokio::net::TcpListener;
use web::service::Service;

/// No server listens there, because no test of this program exports anything.
const NO_STORE: &str = "http://127.0.0.1:9";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = config::optional_setting("RUST_LOG").unwrap_or_else(|| "error".to_owned());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(io::stderr).init();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    let service = Service::new(config::store().await?, Clock::System).with_rates(gateway::RATES);
    let files = S3Files::new(objects::client(NO_STORE), objects::BUCKET.to_owned());
    let backend = Backend { queue: LocalQueue::default(), files };
    Ok(gateway::serve(listener, service, backend, end_of_input()).await?)
}

/// Resolves when the test that started this process closes the pipe or ends.
async fn end_of_input() {
    let read = || io::copy(&mut io::stdin(), &mut io::sink());
    drop(tokio::task::spawn_blocking(read).await);
}
