//! What the service logs during a test: the lines that a deployment would keep, and those of them
//! that a metric filter of the template counts.

use local::template;
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::instrument::WithSubscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Collects lines, as JSON in the form of the functions.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lines").finish()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// Runs `work`, and collects what it logs. What other tasks log meanwhile is not collected.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        work.with_subscriber(web::logging::lines(LevelFilter::INFO, self.clone())).await
    }

    /// All that was logged so far.
    ///
    /// # Panics
    /// When it is not text.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test of lines that are no text fails")]
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
    }

    /// The lines with this message.
    ///
    /// # Panics
    /// When a line is not JSON.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test of lines that are no JSON fails")]
    pub fn with_message(&self, message: &str) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line.pointer("/fields/message").is_some_and(|one| one == message))
            .collect()
    }

    /// The lines that this metric filter of the template counts.
    ///
    /// # Panics
    /// When there is no such filter, or it compares something else than the message.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test of a filter that is not there fails")]
    pub fn counted_by(&self, filter: &str) -> Vec<Value> {
        let document = template::document().unwrap();
        let pattern = document
            .pointer(&format!("/Resources/{filter}/Properties/FilterPattern"))
            .and_then(Value::as_str);
        let message = pattern
            .and_then(|pattern| pattern.strip_prefix("{ $.fields.message = \""))
            .and_then(|pattern| pattern.strip_suffix("\" }"));
        self.with_message(message.unwrap())
    }
}
