//! Measures exports: rows per second, capacity units, and the peak memory of the process that
//! writes them. That is a second process, because the embedded stores are in this one.

use crate::meter::Meter;
use crate::process::peak_kib;
use crate::workload::Log;
use crate::{Fault, progress};
use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use domain::clock::Clock;
use domain::entry::{Actor, ActorType, Requester};
use domain::filter::Filter;
use domain::job::{Compression, FileFormat, Job, Work};
use domain::plan::GraceDays;
use domain::ports::ReadJobs;
use domain::start_export::{ExportRequest, start_export};
use job::{Limits, Worker};
use local::embedded::{self, Embedded};
use local::jobs::LocalQueue;
use local::objects::{self, Objects};
use local::setup;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::time::Instant;
use tokio::net::TcpListener;
use web::service::Service;

/// The figures that a worker reports about itself.
#[derive(Debug, Serialize, Deserialize)]
struct Worked {
    seconds: f64,
    chunks: u32,
    read_units: f64,
    write_units: f64,
    peak_kib: u64,
}

/// One line of the table: one export.
#[derive(Debug)]
struct Line {
    entries: usize,
    format: FileFormat,
    compression: Compression,
    worked: Worked,
    rows: u64,
    bytes: u64,
}

/// Exports logs of these sizes in each format, and prints the table.
pub(crate) async fn measure(sizes: &[usize]) -> Result<(), Fault> {
    let mut lines = Vec::new();
    for size in sizes {
        lines.extend(of_size(*size).await?);
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| entries | file | MB | chunks | rows/s | RCU per 1,000 rows | WCU in all \
         | peak memory, MiB |"
    )?;
    writeln!(out, "|---:|---|---:|---:|---:|---:|---:|---:|")?;
    for Line { entries, format, compression, worked, rows, bytes } in lines {
        let name = if compression == Compression::Gzip {
            format!("{}, gzip", format.name())
        } else {
            format.name().to_owned()
        };
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "figures for people"
        )]
        let (per_second, per_thousand, mb) = (
            rows as f64 / worked.seconds,
            worked.read_units * 1_000.0 / rows as f64,
            bytes as f64 / 1e6,
        );
        let Worked { chunks, write_units, peak_kib, .. } = worked;
        writeln!(
            out,
            "| {entries} | {name} | {mb:.1} | {chunks} | {per_second:.0} | {per_thousand:.1} \
             | {write_units:.0} | {:.1} |",
            f64::from(u32::try_from(peak_kib)?) / 1_024.0
        )?;
    }
    Ok(())
}

/// Exports a log of this size in each format.
async fn of_size(size: usize) -> Result<Vec<Line>, Fault> {
    let log = Log::of(size)?;
    let folder = tempfile::tempdir()?;
    let database = embedded::open(Some(&folder.path().join("dynamodb.sqlite")))?;
    let embedded = Embedded::start(database, TcpListener::bind("127.0.0.1:0").await?)?;
    let objects =
        Objects::start(&folder.path().join("objects"), TcpListener::bind("127.0.0.1:0").await?)?;
    setup::import(&embedded.database, &embedded::tables().control, log.control_items()?)?;
    log.import(&embedded.database, 0..log.len())?;
    progress(&format!("{size} entries are imported"));
    let store = DynamoStore::new(embedded::client(&embedded.endpoint), embedded::tables());
    let mut lines = Vec::new();
    for (format, compression) in [
        (FileFormat::Csv, Compression::None),
        (FileFormat::Ndjson, Compression::None),
        (FileFormat::Ndjson, Compression::Gzip),
    ] {
        let actor = Actor::new(ActorType::System, "bench");
        let asked = ExportRequest {
            format,
            bom: false,
            compression,
            filter: Filter::default(),
            requester: Requester::program(actor, None),
            request_id: format!("{format:?}{compression:?}"),
        };
        // The export starts at the end of the log, when no entry has expired.
        let clock = Clock::manual(log.end().plus_ms(1));
        let started =
            start_export(&store, &log.workspace, &asked, GraceDays::default(), &clock).await?;
        let job = started.job;
        let mut command = std::process::Command::new(std::env::current_exe()?);
        command.args(["--work", &embedded.endpoint, &objects.endpoint]);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let worked: Worked =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {said}"))?;
        let Some(Job { work: Work::Export(work), completed_at: Some(_), .. }) =
            store.job(&job.key).await?
        else {
            return Err("the export did not complete".into());
        };
        progress(&format!("{size} entries as {} took {:.0} s", format.name(), worked.seconds));
        lines.push(Line {
            entries: size,
            format,
            compression,
            worked,
            rows: work.rows,
            bytes: work.bytes,
        });
    }
    objects.stop().await;
    embedded.stop().await;
    Ok(lines)
}

/// Works on jobs until all are closed, and prints the figures as JSON.
pub(crate) async fn work(dynamodb: &str, s3: &str, meter: &Meter) -> Result<(), Fault> {
    let store = DynamoStore::new(embedded::client(dynamodb), embedded::tables());
    let files = S3Files::new(objects::client(s3), objects::BUCKET.to_owned());
    let worker = Worker {
        service: Service::new(store, Clock::System),
        queue: LocalQueue::default(),
        files,
        limits: Limits::default(),
    };
    let (started, mut chunks) = (Instant::now(), 0);
    for key in worker.service.store.open_jobs().await? {
        if let Some(job) = worker.service.store.job(&key).await? {
            worker.queue.put(job.message());
        }
    }
    while let Some(message) = worker.queue.take() {
        worker.work_on(&message).await?;
        chunks += 1;
    }
    let (seconds, spent) = (started.elapsed().as_secs_f64(), meter.take());
    let peak_kib = peak_kib("self")?;
    let figures = Worked {
        seconds,
        chunks,
        read_units: spent.read_units,
        write_units: spent.write_units,
        peak_kib,
    };
    Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string(&figures)?)?)
}
