//! Owns the figures of the local service, for Prometheus. They are those of the log lines, from
//! which a deployment makes its metrics, too: this is a layer that reads the same events.
//!
//! The text is `OpenMetrics` 1.0, which Prometheus scrapes
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Where the figures are. Only the local service has this path.
pub const PATH: &str = "/metrics";
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
/// The upper ends of the buckets of durations, in seconds. The last is the deadline of a request.
const DURATIONS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 18.0];

type Labels = Vec<(&'static str, String)>;
type Count = Family<Labels, Counter>;
type Units = Family<Labels, Counter<f64, AtomicU64>>;
type Seconds = Gauge<f64, AtomicU64>;

/// The figures since the service was started. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Count,
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    entries: Count,
    adjusted: Counter,
    chunks: Count,
    batches: Count,
    store_calls: Count,
    store_retries: Count,
    read_units: Units,
    write_units: Units,
    counting_lag: Seconds,
    job_lag: Seconds,
}

/// Gives a metric its name and its help, and returns it.
fn registered<M: Metric + Clone>(registry: &mut Registry, metric: M, name: &str, help: &str) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl Default for Metrics {
    fn default() -> Self {
        let mut of = Registry::with_prefix("audit_log");
        let durations: fn() -> Histogram = || Histogram::new(DURATIONS);
        let durations = Family::new_with_constructor(durations);
        let (count, units) = (Count::default, Units::default);
        let calls = "Calls of DynamoDB that were answered";
        let retries = "Attempts at calls of DynamoDB that came to nothing";
        let counting = "How long the oldest new entry had waited when its number was made";
        let job = "How long a message had waited when its chunk began";
        Self {
            requests: registered(&mut of, count(), "requests", "Requests that were answered"),
            durations: registered(
                &mut of,
                durations,
                "request_duration_seconds",
                "From the first line of a function to its answer",
            ),
            entries: registered(&mut of, count(), "entries", "Entries that were sent"),
            adjusted: registered(
                &mut of,
                Counter::default(),
                "entries_adjusted",
                "Recorded entries in which something was adjusted",
            ),
            chunks: registered(&mut of, count(), "job_chunks", "Chunks of jobs"),
            batches: registered(&mut of, count(), "stream_batches", "Batches of the stream"),
            store_calls: registered(&mut of, count(), "store_calls", calls),
            store_retries: registered(&mut of, count(), "store_retries", retries),
            read_units: registered(&mut of, units(), "read_units", "Read capacity units"),
            write_units: registered(&mut of, units(), "write_units", "Write capacity units"),
            counting_lag: registered(&mut of, Seconds::default(), "counting_lag_seconds", counting),
            job_lag: registered(&mut of, Seconds::default(), "job_lag_seconds", job),
            registry: Arc::new(of),
        }
    }
}

impl Metrics {
    /// The figures as `OpenMetrics` has them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }

    /// The answer to `GET /metrics`.
    #[must_use]
    pub fn answer(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.text()));
        response.headers_mut().insert(header::CONTENT_TYPE, OPEN_METRICS);
        response
    }

    /// Adds the figures of a line.
    fn add(&self, line: &Line) {
        let function = vec![("function", line.text("function"))];
        match line.text("message").as_str() {
            "request" => {
                let mut labels = function.clone();
                labels.push(("operation", line.text("operation")));
                labels.push(("status", line.whole("status").to_string()));
                self.requests.get_or_create(&labels).inc();
                self.durations.get_or_create(&function).observe(line.seconds("duration_ms"));
                for outcome in ["recorded", "duplicate", "rejected"] {
                    if let Some(count) = line.numbers.get(outcome) {
                        let labels = vec![("outcome", outcome.to_owned())];
                        self.entries.get_or_create(&labels).inc_by(whole(*count));
                    }
                }
                self.adjusted.inc_by(line.whole("adjusted"));
            }
            "chunk" => {
                let labels = vec![("is_done", line.text("is_done"))];
                self.chunks.get_or_create(&labels).inc();
                self.job_lag.set(line.seconds("lag_ms"));
            }
            "batch" => {
                let labels = vec![("failures", line.whole("failures").to_string())];
                self.batches.get_or_create(&labels).inc();
                if line.numbers.contains_key("lag_ms") {
                    self.counting_lag.set(line.seconds("lag_ms"));
                }
            }
            _ => return,
        }
        self.store_calls.get_or_create(&function).inc_by(line.whole("store_calls"));
        self.store_retries.get_or_create(&function).inc_by(line.whole("store_retries"));
        self.read_units.get_or_create(&function).inc_by(line.number("read_units"));
        self.write_units.get_or_create(&function).inc_by(line.number("write_units"));
    }
}

impl<S: Subscriber> Layer<S> for Metrics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Only lines with figures name what they cost.
        if event.metadata().fields().field("store_calls").is_some() {
            let mut line = Line::default();
            event.record(&mut line);
            self.add(&line);
        }
    }
}

/// The fields of a log line.
#[derive(Debug, Default)]
struct Line {
    numbers: BTreeMap<&'static str, f64>,
    texts: BTreeMap<&'static str, String>,
}

impl Line {
    fn number(&self, name: &str) -> f64 {
        self.numbers.get(name).copied().unwrap_or_default()
    }

    fn whole(&self, name: &str) -> u64 {
        whole(self.number(name))
    }

    fn seconds(&self, name: &str) -> f64 {
        self.number(name) / 1_000.0
    }

    /// A text; empty if the line does not have it.
    fn text(&self, name: &str) -> String {
        self.texts.get(name).cloned().unwrap_or_default()
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and counts are far below 2^53"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.numbers.insert(field.name(), value);
    }

    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts below 2^53")]
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.numbers.insert(field.name(), value as f64);
    }

    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts below 2^53")]
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.numbers.insert(field.name(), value as f64);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.texts.insert(field.name(), value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.texts.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.texts.insert(field.name(), format!("{value:?}"));
    }
}
