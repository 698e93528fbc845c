//! Measures this service: its own functions over the embedded store, with a clock that moves along
//! the log.

use crate::cases::{Answers, Ask, Case};
use crate::figures::{Figures, Measured};
use crate::meter::Meter;
use crate::workload::{Log, WORKSPACE};
use crate::{Fault, IMPORTED_AT_ONCE, progress};
use aws::dynamodb::{DynamoStore, items_of_entry};
use domain::clock::Clock;
use domain::entry::Content;
use domain::identity::EntryId;
use domain::ports::Spent;
use domain::timestamp::Timestamp;
use fastrand::Rng;
use local::embedded::{self, Embedded};
use local::setup;
use serde_json::{Value, json};
use std::collections::BTreeMap;
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
/// Lambda collects a batch of the stream for a minute, or up to 1,000 entries (`EntriesStream` in
/// `template.yaml`).
const BATCH_MS: i64 = 60_000;
const BATCH_ENTRIES: usize = 1_000;
/// How many late entries are recorded at the end, one an hour.
const LATE: i64 = 20;

/// The figures of this service.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The pages of each case, in the order of [`Case::all`].
    pub(crate) pages: Vec<Figures>,
    /// How many entries were imported.
    pub(crate) imported: usize,
    /// What counting the imported entries cost.
    pub(crate) back_fill: Spent,
    /// How many entries were recorded live.
    pub(crate) live: usize,
    /// What recording each of them cost.
    pub(crate) recorded: Figures,
    /// What the `tally` function spent on counting them.
    pub(crate) tally: Spent,
    /// How many batches of the stream made the `tally` function spend anything.
    pub(crate) tally_batches: usize,
    /// The write capacity units that pages spent on storing counts.
    pub(crate) written_by_pages: f64,
    /// What recording each late entry cost.
    pub(crate) late: Figures,
    /// What counting the time of the late entries again cost.
    pub(crate) late_tally: Spent,
}

/// The service, and how much of the log it has recorded.
struct Ours<'a> {
    log: &'a Log,
    meter: &'a Meter,
    /// What the `tally` function remembers.
    planned: Planned,
    embedded: Embedded,
    service: Service<DynamoStore>,
    authorization: String,
    recorded: usize,
    /// The places of the entries that the stream has not delivered yet.
    batch: Vec<usize>,
    /// When the first of them was recorded.
    batch_since: Timestamp,
}

/// Imports the log but for its end, records the end live, and measures `samples` pages of each case
/// meanwhile.
pub(crate) async fn measure(
    log: &Log,
    answers: &Answers<'_>,
    meter: &Meter,
    samples: usize,
) -> Result<Report, Fault> {
    let live_since = log.end().plus_ms(1).plus_days(-LIVE_DAYS);
    let imported = log
        .ids
        .partition_point(|id| id.occurred_at() < live_since)
        .min(log.len().saturating_sub(LIVE_ENTRIES));
    let mut ours = Ours::start(log, meter).await?;
    ours.import(imported)?;
    let mut report = Report { imported, live: log.len() - imported, ..Report::default() };
    report.back_fill = ours.count().await?;
    progress(&format!("ours: {imported} entries are imported and counted"));
    let cases = Case::all();
    report.pages = cases.iter().map(|_| Figures::default()).collect();
    let mut rng = Rng::with_seed(11);
    for look in 1..=LOOKS {
        while ours.recorded < imported + report.live * look / LOOKS {
            ours.live(&mut report).await?;
        }
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
    ours.embedded.stop().await;
    progress("ours: pages are measured");
    Ok(report)
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
            batch: Vec::new(),
            batch_since: Timestamp::MIN,
        })
    }

    /// Imports the first entries of the log, and sets the clock to the last of them.
    fn import(&mut self, entries: usize) -> Result<(), Fault> {
        while self.recorded < entries {
            let end = entries.min(self.recorded + IMPORTED_AT_ONCE);
            let mut items = Vec::new();
            for place in self.recorded..end {
                items.extend(items_of_entry(&self.log.new_entry(place)?)?);
            }
            setup::import(&self.embedded.database, &embedded::tables().entries, items)?;
            self.recorded = end;
        }
        let now = self
            .log
            .ids
            .get(entries.saturating_sub(1))
            .map_or(self.log.workspace.created_at, EntryId::occurred_at);
        self.service.clock.set(now);
        Ok(())
    }

    /// Records the next entry at its time, after the stream has delivered the batch that was due
    /// before.
    async fn live(&mut self, report: &mut Report) -> Result<(), Fault> {
        let content = self.log.content(self.recorded)?;
        let now = content.occurred_at.plus_ms(150);
        let due = self.batch_since.plus_ms(BATCH_MS);
        if !self.batch.is_empty() && (now > due || self.batch.len() >= BATCH_ENTRIES) {
            self.service.clock.set(due.min(now));
            self.hand_over(report).await?;
        }
        self.service.clock.set(now);
        report.recorded.add(self.record(&content).await?);
        if self.batch.is_empty() {
            self.batch_since = now;
        }
        self.batch.push(self.recorded);
        self.recorded += 1;
        Ok(())
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
            self.service.clock.set(self.log.end().plus_ms(hour * 3_600_000 + 2 * BATCH_MS));
            add(&mut report.late_tally, self.count().await?);
        }
        Ok(())
    }

    /// Delivers the batch that the stream has collected to the `tally` function.
    async fn hand_over(&mut self, report: &mut Report) -> Result<(), Fault> {
        let records = std::mem::take(&mut self.batch)
            .into_iter()
            .filter_map(|place| self.log.ids.get(place).copied());
        let spent = self.tally(records.collect()).await?;
        add(&mut report.tally, spent);
        report.tally_batches += usize::from(spent.calls > 0);
        Ok(())
    }

    /// Lets the `tally` function count everything that is not counted yet. It is called again as
    /// often as it asks for.
    async fn count(&self) -> Result<Spent, Fault> {
        // The id is only a hint: no entry needs to have it.
        self.tally(vec![EntryId::first_of(self.service.clock.now())]).await
    }

    /// Calls the `tally` function with a batch of the stream that has these ids.
    async fn tally(&self, ids: Vec<EntryId>) -> Result<Spent, Fault> {
        let records = ids.iter().map(|id| {
            let keys = json!({ "workspace_id": { "S": WORKSPACE }, "id": { "S": id.to_string() } });
            json!({ "eventName": "INSERT", "dynamodb": { "SequenceNumber": "1", "Keys": keys } })
        });
        let event = json!({ "Records": records.collect::<Vec<_>>() });
        self.meter.take();
        let handle = async || {
            let event = serde_json::from_value(event.clone())?;
            Ok::<_, serde_json::Error>(tally::handle(&self.service, &self.planned, event).await)
        };
        while handle().await?.failures() > 0 {}
        Ok(self.meter.take())
    }

    /// Records one entry.
    async fn record(&self, content: &Content) -> Result<Measured, Fault> {
        let body = json!({
            "occurred_at": content.occurred_at,
            "actor": content.actor,
            "action": content.action,
            "target": content.target,
            "ip_address": content.ip_address,
            "user_agent": content.user_agent,
            "old_value": content.old_value,
            "new_value": content.new_value,
            "outcome": content.outcome,
            "external_id": content.external_id,
            "request_id": content.request_id,
        });
        let (answer, measured) = self
            .timed(self.request("POST", String::new(), serde_json::to_vec(&without_nulls(body))?))
            .await;
        if answer.status.as_u16() != 201 {
            return Err(format!(
                "recording: {} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )
            .into());
        }
        Ok(measured)
    }

    /// Requests a page and checks it; also returns the write capacity units that it spent.
    async fn page(&self, ask: &Ask) -> Result<(Measured, f64), Fault> {
        let mut query = ask.query();
        let mut written = 0.0;
        if ask.by_token {
            let before =
                list::answer(&self.service, self.request("GET", query.clone(), Vec::new())).await;
            written += self.meter.take().write_units;
            let before: Value = serde_json::from_slice(&before.body)?;
            let token = before
                .pointer("/page/next_page_token")
                .and_then(Value::as_str)
                .ok_or("a page without a token for the next one")?;
            query = format!("page_token={token}");
        }
        let (answer, measured) = self.timed(self.request("GET", query, Vec::new())).await;
        let page: Value = serde_json::from_slice(&answer.body)?;
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

    fn request(&self, method: &str, query: String, body: Vec<u8>) -> Request {
        let headers =
            [("authorization", self.authorization.as_str()), ("content-type", "application/json")];
        Request {
            method: method.to_owned(),
            path: format!("/v1/workspaces/{WORKSPACE}/entries"),
            query,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            body,
            request_id: "bench".to_owned(),
            source: None,
        }
    }
}

fn add(sum: &mut Spent, spent: Spent) {
    sum.calls += spent.calls;
    sum.read_units += spent.read_units;
    sum.write_units += spent.write_units;
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect())
        }
        other => other,
    }
}
