//! Owns the form of the functions' log lines: one JSON object a line, with the fields of the event
//! under `fields` and Lambda's own id of the invocation under `span`.

use lambda_http::tracing::subscriber::filter::LevelFilter;
use lambda_http::tracing::subscriber::fmt::MakeWriter;
use lambda_http::tracing::{Subscriber, subscriber};
use std::io;

/// Lambda sets them by `LoggingConfig` of the template. Source: "Advanced logging controls", Lambda
/// developer guide.
const FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";
const LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Has this process write its log to standard output, as JSON if Lambda says so, and else as text
/// for people. `setting` reads a variable of the environment.
pub fn init(setting: impl Fn(&str) -> Option<String>) {
    let level = setting(LEVEL).and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    if setting(FORMAT).is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        subscriber::util::SubscriberInitExt::init(lines(level, io::stdout));
    } else {
        subscriber::fmt().with_max_level(level).with_target(false).without_time().init();
    }
}

/// Writes the lines to `writer`. The span is that of the invocation. There is never another around
/// it, so a list of all spans would say the same once more.
pub fn lines<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync + 'static
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    subscriber::fmt()
        .json()
        .with_span_list(false)
        .with_max_level(level)
        .with_target(false)
        .without_time()
        .with_writer(writer)
        .finish()
}
