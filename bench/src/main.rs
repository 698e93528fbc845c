//! Compares the cost of a page in this service, in the conventional design on the same embedded
//! store, and in PostgreSQL. Run it with `make bench`.
//!
//! It checks that every page is correct, but never fails because of a figure. The embedded store is
//! SQLite behind HTTP on loopback in this process. Its capacity units are those of DynamoDB; its
//! milliseconds are not.

mod busy;
mod cases;
mod client;
mod conventional;
mod cpu;
mod exports;
mod figures;
mod flood;
mod load;
mod meter;
mod ours;
mod postgres;
mod process;
mod report;
mod start;
mod stream;
mod throttling;
mod workload;
mod worst;

use cases::Answers;
use clap::{Args, Parser};
use fastrand::Rng;
use meter::Meter;
use report::Report;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use workload::Log;

/// Why the benchmark stopped.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Entries imported in one transaction.
const IMPORTED_AT_ONCE: usize = 20_000;

/// Measure the cost of a page of the audit log, compared with the conventional design and
/// PostgreSQL.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many entries the log has. Several sizes are measured one after another.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    entries: Vec<usize>,
    /// How many pages of each case are measured.
    #[arg(long, default_value_t = 200)]
    samples: usize,
    /// How many pages of each case are measured in the conventional design; fewer where they are
    /// expensive.
    #[arg(long, default_value_t = 20)]
    conventional_samples: usize,
    /// The directory of the programs of PostgreSQL 15.
    #[arg(long, default_value = "/usr/lib/postgresql/15/bin")]
    postgres: PathBuf,
    /// How many clients load the service at the same time.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// How many seconds each case of a load lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Measure only this service.
    #[arg(long)]
    ours_only: bool,
    #[command(flatten)]
    instead: Instead,
    /// Work on exports until all are closed, and print the cost. The benchmark starts a second
    /// process with this option, to measure its memory.
    #[arg(long, hide = true, num_args = 2, value_names = ["DYNAMODB", "S3"])]
    work: Option<Vec<String>>,
    /// Serve the service over this store. The benchmark starts a second process with this option.
    #[arg(long, hide = true, value_name = "DYNAMODB")]
    serve: Option<String>,
    /// Request the first page again and again, and print the CPU time of one request. The benchmark
    /// starts a second process with this option.
    #[arg(long, hide = true, num_args = 4)]
    #[arg(value_names = ["DYNAMODB", "AUTHORIZATION", "NOW", "REQUESTS"])]
    list: Option<Vec<String>>,
}

/// What is measured instead of pages.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
struct Instead {
    /// Measure exports instead of pages.
    #[arg(long)]
    exports: bool,
    /// Measure what one tenant feels of another's flood instead of pages.
    #[arg(long)]
    flood: bool,
    /// Measure what the service does in a second over loopback instead of pages: one log, of the
    /// first of `--entries`.
    #[arg(long)]
    load: bool,
    /// Simulate a hot workspace among others over a store that throttles instead of pages.
    #[arg(long)]
    throttling: bool,
    /// Measure what the worst bodies cost a function instead of pages.
    #[arg(long)]
    worst: bool,
    /// Measure how these functions start instead of pages. Each is a program, or an interpreter, an
    /// equals sign and a script.
    #[arg(long, num_args = 1.., value_name = "FUNCTION")]
    start: Vec<String>,
}

impl Arguments {
    fn plan_of_load(&self) -> Result<load::Plan, Fault> {
        let entries = *self.entries.first().ok_or("no size of a log")?;
        let time = Duration::from_secs(self.seconds);
        Ok(load::Plan { entries, clients: self.clients, time })
    }
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let arguments = Arguments::parse();
    let meter = Meter::install();
    if let Some([dynamodb, s3]) = arguments.work.as_deref() {
        return exports::work(dynamodb, s3, &meter).await;
    }
    if let Some(of_list) = &arguments.list {
        return cpu::list(of_list).await;
    }
    if let Some(dynamodb) = &arguments.serve {
        return load::serve(dynamodb).await;
    }
    if arguments.instead.load {
        return load::measure(arguments.plan_of_load()?).await;
    }
    if arguments.instead.exports {
        return exports::measure(&arguments.entries).await;
    }
    if arguments.instead.flood {
        return flood::measure(&meter).await;
    }
    if arguments.instead.throttling {
        return throttling::measure(&meter).await;
    }
    if arguments.instead.worst {
        return worst::measure().await;
    }
    if !arguments.instead.start.is_empty() {
        return start::measure(&arguments.instead.start).await;
    }
    for entries in arguments.entries.clone() {
        let started = Instant::now();
        let report = Box::pin(measure(&arguments, entries, &meter)).await?;
        write!(std::io::stdout(), "{report}")?;
        progress(&format!("{entries} entries took {:.0} s", started.elapsed().as_secs_f64()));
    }
    Ok(())
}

/// Measures a log of one size.
async fn measure(arguments: &Arguments, entries: usize, meter: &Meter) -> Result<Report, Fault> {
    let log = Log::of(entries)?;
    let answers = Answers::of(&log);
    let (ours, mut service) = ours::measure(&log, &answers, meter, arguments.samples).await?;
    let busy = busy::measure(&mut service, &mut Rng::with_seed(13)).await?;
    service.stop().await;
    if arguments.ours_only {
        return Ok(Report { entries, ours, busy, conventional: None, postgres: None });
    }
    let conventional =
        Some(conventional::measure(&log, &answers, arguments.conventional_samples).await?);
    let postgres = Some(postgres::measure(&log, &answers, &arguments.postgres)?);
    Ok(Report { entries, ours, busy, conventional, postgres })
}

/// Prints progress to the standard error.
fn progress(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}
