//! Reads the cost of a request from the line that every function logs for it. Operators see the
//! same figures.

use domain::ports::Spent;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Adds up the costs that the functions of this process log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Spent>>);

impl Meter {
    /// Installs a meter that reads every log line from now on. A process can have only one.
    pub(crate) fn install() -> Self {
        let meter = Self::default();
        let targets = Targets::new()
            .with_target("web", LevelFilter::INFO)
            .with_target("tally", LevelFilter::INFO)
            .with_target("job", LevelFilter::INFO);
        tracing_subscriber::registry().with(meter.clone().with_filter(targets)).init();
        meter
    }

    /// What was spent since the last call.
    pub(crate) fn take(&self) -> Spent {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber> Layer<S> for Meter {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        event.record(&mut Line(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

/// One line of the log.
struct Line<'a>(&'a mut Spent);

impl Visit for Line<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "store_calls" {
            self.0.calls += u32::try_from(value).unwrap_or(u32::MAX);
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        match field.name() {
            "read_units" => self.0.read_units += value,
            "write_units" => self.0.write_units += value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}
