//! Measures this service: its own functions over the embedded store, with a clock that moves along
//! the log.

mod journal;

use crate::cases::{Answers, Ask, Case};
use crate::client::{body, list_request, request};
use crate::figures::{Figures, Measured};
use crate::meter::Meter;
use crate::stream::Stream;
use crate::workload::Log;
use crate::{Fault, progress};
use aws::dynamodb::DynamoStore;
use domain::clock::Clock;
use domain::entry::Content;
use domain::identity::EntryId;
use domain::ports::Spent;
use domain::timestamp::Timestamp;
use fastrand::Rng;
use local::embedded::{self, Embedded};
use local::setup;
use serde_json::{Value, json};
use std::time::Instant;
use tally::Planned;
use tokio::net::TcpListener;
use web::http::{Answer, Request};
use web::rates::Rates;
use web::service::Service;

/// At least these last days and entries of the log are recorded live, one by one. The entries
/// before are imported.
const LIVE_DAYS: i64 = 3;
const LIVE_ENTRIES: usize = 3_000;
/// How many times pages are requested while entries are recorded live.
const LOOKS: usize = 20;
/// How long after the last entry of the log the last look may be, in milliseconds.
const GAP_MS: i64 = 60_000;
/// How many late entries are recorded at the end, one an hour.
const LATE: i64 = 20;

/// The figures of this service.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The pages of each case, in the order of [`Case::all`].
    pub(crate) pages: Vec<Figures>,
    /// How many entries were imported.
    pub(crate) imported: usize,
    /// What numbering the imported entries cost.
    pub(crate) numbering: Spent,
    /// What counting them for the first time cost, once they had their numbers.
    pub(crate) back_fill: Spent,
    /// How many entries were recorded live.
    pub(crate) live: usize,
    /// What recording each of them cost.
    pub(crate) recorded: Figures,
    /// What the `tally` function spent on numbering and counting them.
    pub(crate) tally: Spent,
    /// How many batches of the stream made the `tally` function spend anything.
    pub(crate) tally_batches: usize,
    /// The write capacity units that pages spent on storing counts.
    pub(crate) written_by_pages: f64,
    /// What recording each late entry cost.
    pub(crate) late: Figures,
    /// What numbering and counting them cost.
    pub(crate) late_tally: Spent,
    /// What following the whole log cost, each part.
    pub(crate) feed: Figures,
    /// How many entries the follower got.
    pub(crate) followed: usize,
}

/// The service, and how much of the log it has recorded.
pub(crate) struct Ours<'a> {
    pub(crate) log: &'a Log,
    meter: &'a Meter,
    /// What the `tally` function remembers.
    planned: Planned,
    embedded: Embedded,
    pub(crate) service: Service<DynamoStore>,
    authorization: String,
    recorded: usize,
    stream: Stream,
}

/// Imports the log but for its end, records the end live, and measures `samples` pages of each case
/// meanwhile.
pub(crate) async fn measure<'a>(
    log: &'a Log,
    answers: &Answers<'_>,
    meter: &'a Meter,
    samples: usize,
) -> Result<(Report, Ours<'a>), Fault> {
    let live_since = log.end().plus_ms(1).plus_days(-LIVE_DAYS);
    let imported = log
        .ids
        .partition_point(|id| id.occurred_at() < live_since)
        .min(log.len().saturating_sub(LIVE_ENTRIES));
    let mut ours = Ours::start(log, meter).await?;
    ours.import(imported)?;
    let mut report = Report { imported, live: log.len() - imported, ..Report::default() };
    report.numbering = ours.number().await?;
    report.back_fill = ours.count().await?;
    progress(&format!("ours: {imported} entries are imported and counted"));
    let cases = Case::all();
    report.pages = cases.iter().map(|_| Figures::default()).collect();
    let mut rng = Rng::with_seed(11);
    for look in 1..=LOOKS {
        while ours.recorded < imported + report.live * look / LOOKS {
            ours.live(&mut report).await?;
        }
        ours.wait(&mut report, &mut rng).await?;
        let count = samples * look / LOOKS - samples * (look - 1) / LOOKS;
        for (case, figures) in cases.iter().zip(&mut report.pages) {
            for _ in 0..count {
                let now = ours.service.clock.now();
                let Some(ask) = answers.ask(*case, ours.recorded, now, &mut rng) else { continue };
                let (measured, written) = ours.page(&ask).await?;
                figures.add(measured);
                figures.matches = ask.total;
                report.written_by_pages += written;
            }
        }
    }
    ours.late(&mut report, &mut rng).await?;
    ours.follow(&mut report).await?;
    progress("ours: pages are measured");
    Ok((report, ours))
}

impl<'a> Ours<'a> {
    /// Starts the service with an empty log.
    async fn start(log: &'a Log, meter: &'a Meter) -> Result<Self, Fault> {
        let embedded =
            Embedded::start(embedded::open(None)?, TcpListener::bind("127.0.0.1:0").await?)?;
        setup::import(&embedded.database, &embedded::tables().control, log.control_items()?)?;
        let token = setup::create_demo_key(&embedded.database, log.workspace.created_at)?;
        let store = DynamoStore::new(embedded::client(&embedded.endpoint), embedded::tables());
        let service = Service::new(store, Clock::manual(log.workspace.created_at))
            .with_rates(Rates::UNLIMITED);
        let authorization = format!("Bearer {}", token.text());
        Ok(Self {
            log,
            meter,
            planned: Planned::default(),
            embedded,
            service,
            authorization,
            recorded: 0,
            stream: Stream::new(),
        })
    }

    /// Imports the first entries of the log, and sets the clock to the last of them.
    fn import(&mut self, entries: usize) -> Result<(), Fault> {
        self.log.import(&self.embedded.database, self.recorded..entries)?;
        self.recorded = self.recorded.max(entries);
        let now = self
            .log
            .ids
            .get(entries.saturating_sub(1))
            .map_or(self.log.workspace.created_at, EntryId::occurred_at);
        self.service.clock.set(now);
        Ok(())
    }

    /// Records the next entry at its time.
    async fn live(&mut self, report: &mut Report) -> Result<(), Fault> {
        let content = self.log.content(self.recorded)?;
        let now = content.occurred_at.plus_ms(150);
        report.tally_batches += self.pass(now, &mut report.tally).await?;
        report.recorded.add(self.record(&content).await?);
        let id = self.log.ids.get(self.recorded).ok_or("no entry has this place")?;
        self.stream.add(*id, now);
        self.recorded += 1;
        Ok(())
    }

    /// Waits until some moment before the next entry comes: nobody looks at a log just when it has
    /// got an entry.
    async fn wait(&mut self, report: &mut Report, rng: &mut Rng) -> Result<(), Fault> {
        let now = self.service.clock.now();
        let next = match self.log.ids.get(self.recorded) {
            Some(next) => next.occurred_at(),
            None => now.plus_ms(GAP_MS),
        };
        let moment = now.plus_ms(rng.i64(0..=(next.ms() - now.ms()).max(0)));
        report.tally_batches += self.pass(moment, &mut report.tally).await?;
        Ok(())
    }

    /// Records entries now, in one request, and adds them to the stream.
    pub(crate) async fn record_live(
        &mut self,
        contents: &[Content],
        now: Timestamp,
    ) -> Result<Measured, Fault> {
        let measured = match contents {
            [one] => self.record(one).await?,
            all => self.record_batch(all).await?,
        };
        for content in contents {
            self.stream.add(EntryId::first_of(content.occurred_at), now);
        }
        Ok(measured)
    }

    /// Records late entries, and lets the `tally` function count their time again after each. Their
    /// contents are those of random entries of the log.
    async fn late(&mut self, report: &mut Report, rng: &mut Rng) -> Result<(), Fault> {
        for hour in 1..=LATE {
            self.service.clock.set(self.log.end().plus_ms(hour * 3_600_000));
            let place = rng.usize(self.log.len() / 20..self.log.len());
            let content =
                Content { external_id: Some(format!("late_{hour}")), ..self.log.content(place)? };
            report.late.add(self.record(&content).await?);
            self.service.clock.set(self.log.end().plus_ms(hour * 3_600_000 + 120_000));
            add(&mut report.late_tally, self.count().await?);
        }
        Ok(())
    }

    /// Requests something of the workspace.
    pub(crate) async fn get(&self, path: &str, query: &str) -> Result<(Value, Measured), Fault> {
        let (answer, measured) = self.timed(list_request(&self.authorization, path, query)).await;
        if answer.status.as_u16() != 200 {
            let said = String::from_utf8_lossy(&answer.body);
            return Err(format!("{path}?{query}: {} {said}", answer.status).into());
        }
        Ok((serde_json::from_slice(&answer.body)?, measured))
    }

    /// Ends the service.
    pub(crate) async fn stop(self) {
        self.embedded.stop().await;
    }

    /// Where the store listens.
    pub(crate) fn endpoint(&self) -> &str {
        &self.embedded.endpoint
    }

    /// What a client sends to be admitted.
    pub(crate) fn authorization(&self) -> &str {
        &self.authorization
    }

    /// Records one entry.
    async fn record(&self, content: &Content) -> Result<Measured, Fault> {
        self.post("/entries", &body(content), 201).await
    }

    /// Records a batch.
    async fn record_batch(&self, contents: &[Content]) -> Result<Measured, Fault> {
        let entries: Vec<Value> = contents.iter().map(body).collect();
        self.post("/entries/batch", &json!({ "entries": entries }), 200).await
    }

    async fn post(&self, path: &str, body: &Value, status: u16) -> Result<Measured, Fault> {
        let body = serde_json::to_vec(body)?;
        let (answer, measured) =
            self.timed(request(&self.authorization, "POST", path, "", body)).await;
        let said = String::from_utf8_lossy(&answer.body);
        if answer.status.as_u16() != status || said.contains(r#""status":"rejected""#) {
            return Err(format!("recording: {} {said}", answer.status).into());
        }
        Ok(measured)
    }

    /// Requests a page and checks it; also returns the write capacity units that it spent.
    async fn page(&self, ask: &Ask) -> Result<(Measured, f64), Fault> {
        let mut query = ask.query();
        let mut written = 0.0;
        if ask.by_token {
            let before = list_request(&self.authorization, "/entries", &query);
            let before = list::answer(&self.service, before).await;
            written += self.meter.take().write_units;
            let before: Value = serde_json::from_slice(&before.body)?;
            let token = before
                .pointer("/page/next_page_token")
                .and_then(Value::as_str)
                .ok_or("a page without a token for the next one")?;
            query = format!("page_token={token}");
        }
        let (page, measured) = self.get("/entries", &query).await?;
        let found = (
            page.pointer("/page/total_entries").and_then(Value::as_u64),
            page.pointer("/entries/0/id").and_then(Value::as_str),
        );
        let newest = ask.newest.map(|id| id.to_string());
        let is_exact = page.pointer("/page/total_is_exact") == Some(&Value::Bool(true));
        if found != (u64::try_from(ask.total).ok(), newest.as_deref()) || !is_exact {
            return Err(format!("a wrong page: {ask:?} got {found:?}").into());
        }
        Ok((measured, written + measured.write_units))
    }

    /// Answers a request and measures it.
    async fn timed(&self, request: Request) -> (Answer, Measured) {
        self.meter.take();
        let started = Instant::now();
        let answer = match request.method.as_str() {
            "POST" => record::answer(&self.service, request).await,
            _ => list::answer(&self.service, request).await,
        };
        let ms = started.elapsed().as_secs_f64() * 1_000.0;
        let spent = self.meter.take();
        (
            answer,
            Measured {
                read_units: spent.read_units,
                write_units: spent.write_units,
                calls: f64::from(spent.calls),
                ms,
            },
        )
    }
}

fn add(sum: &mut Spent, spent: Spent) {
    sum.calls += spent.calls;
    sum.read_units += spent.read_units;
    sum.write_units += spent.write_units;
}
