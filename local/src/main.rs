//! Runs the whole service on this machine. Start it with `cargo run`; it prints what to try.

mod banner;
mod data;

use aws::config::optional_setting;
use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use clap::Parser;
use data::DataDirectory;
use domain::clock::Clock;
use local::jobs::{Backend, LocalQueue};
use local::metrics::Metrics;
use local::stream::EntriesStream;
use local::{embedded, gateway, jobs, link, objects, setup};
use std::error::Error;
use std::future::Future;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use web::service::Service;

/// Run the audit-log service on this machine, over an embedded DynamoDB and an embedded S3.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port of the API on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the embedded DynamoDB on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8000)]
    dynamodb_port: u16,
    /// The port of the embedded object store on 127.0.0.1, from which exports are downloaded; 0
    /// takes a free one.
    #[arg(long, default_value_t = 8001)]
    s3_port: u16,
    /// The directory for the data.
    #[arg(long, default_value = "local-data")]
    data: PathBuf,
    /// Do not load the sample into a new data directory.
    #[arg(long)]
    empty: bool,
    /// Delete what is in the data directory first. It must hold nothing else.
    #[arg(long)]
    fresh: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    // The embedded DynamoDB logs a failed condition as an error, but here it is the usual answer to
    // an entry that is sent twice. The embedded S3 logs every answer but success as an error; its
    // clients report them anyway.
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info,dynoxide=error,s3s=off,s3s_fs=off".into());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .compact()
        .with_filter(filter);
    // Whatever is shown of the lines, the figures are those of all requests.
    let metrics = Metrics::default();
    let figures = metrics.clone().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry().with(lines).with(figures).init();
    match run(Arguments::parse(), metrics).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", banner::explain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments, metrics: Metrics) -> Result<(), Box<dyn Error>> {
    let listener = listen("--port", arguments.port).await?;
    let dynamodb_listener = listen("--dynamodb-port", arguments.dynamodb_port).await?;
    let s3_listener = listen("--s3-port", arguments.s3_port).await?;
    let data = DataDirectory::open(&arguments.data, arguments.fresh)?;
    let (database_file, key_file) = (data.database(), data.key());
    let is_new = !database_file.exists();
    let database = embedded::open(Some(&database_file))?;
    let embedded = embedded::Embedded::start(database, dynamodb_listener)?;
    let objects = objects::Objects::start(&data.objects(), s3_listener)?;
    let now = Clock::System.now();
    let grace = aws::config::grace_days()?;
    let sample_entries = if is_new && !arguments.empty {
        setup::load_sample(&embedded.database, grace, now)?
    } else {
        0
    };
    if is_new || !key_file.exists() {
        fs::write(&key_file, setup::create_demo_key(&embedded.database, now)?.text())?;
    }
    let store = DynamoStore::new(embedded::client(&embedded.endpoint), embedded::tables());
    let rates = gateway::RATES.with_settings(optional_setting)?;
    let service = Service::new(store, Clock::System)
        .with_grace(grace)
        .with_thresholds(aws::config::thresholds()?)
        .with_rates(rates);
    let files = S3Files::new(objects::client(&objects.endpoint), objects::BUCKET.to_owned());
    let backend = Backend { queue: LocalQueue::default(), files };
    let key = fs::read_to_string(&key_file)?;
    // Before the banner: whoever reads it may press Ctrl-C at once.
    let interrupted = interruption()?;
    banner::print(&banner::Facts {
        address: listener.local_addr()?,
        endpoint: &embedded.endpoint,
        s3_endpoint: &objects.endpoint,
        data: data.path(),
        viewer_token: link::viewer_token(&service, &backend, &key).await.as_deref(),
        key: &key,
        sample_entries,
        now,
    })?;
    let background = [
        tokio::spawn(embedded.sweep()),
        tokio::spawn(objects.sweep()),
        tokio::spawn(EntriesStream::open(embedded.database.clone())?.follow(service.clone())),
        tokio::spawn(jobs::follow(&service, backend.queue.clone(), backend.files.clone())),
    ];
    gateway::serve_with(listener, service, backend, Some(metrics), interrupted).await?;
    background.iter().for_each(tokio::task::JoinHandle::abort);
    objects.stop().await;
    embedded.stop().await;
    Ok(())
}

/// Listens on a port of 127.0.0.1, or says which option chooses another.
async fn listen(option: &str, port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} is in use; choose another with {option}, or {option} 0 for any free one"
        ),
        _ => format!("port {port} cannot be used: {error}"),
    })
}

/// Listens for Ctrl-C and for the signal to terminate from now on. The answer resolves at the first
/// of them.
fn interruption() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("finishing the requests under way");
    })
}
