//! Owns the page with the figures of the local service, for people: `GET /status`. It shows what
//! `GET /metrics` has, which is for Prometheus.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Where the page is. Only the local service has this path.
pub const PATH: &str = "/status";
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// The page has no script, and may be shown nowhere else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
);
/// Its head. It is loaded again every 5 seconds.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>Status of the audit-log service</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
table { border-collapse: collapse; margin-bottom: 2rem; }
caption { font-weight: 600; padding: .25rem 0; text-align: start; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem .25rem 0; text-align: end; }
th:first-child { text-align: start; }
div { overflow-x: auto; }
</style>
</head>
<body>
<h1>Status</h1>
<p>Since the start of this process. The page is loaded again every 5 seconds;
<a href="/metrics">/metrics</a> has the same figures for Prometheus.</p>
"#;

/// The page, made of the text for Prometheus.
#[must_use]
pub fn answer(metrics: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(page(&Samples::read(metrics))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HTML);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The samples of a text of `OpenMetrics`: names, labels and values.
struct Samples<'a>(Vec<(&'a str, BTreeMap<&'a str, &'a str>, f64)>);

impl<'a> Samples<'a> {
    /// Reads the text that this process has made. Its labels are names of functions, operations and
    /// outcomes and numbers, so none needs to be escaped.
    fn read(text: &'a str) -> Self {
        let sample = |line: &'a str| {
            let (series, value) = line.rsplit_once(' ')?;
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let labels = labels.trim_end_matches('}').split(',').filter_map(|label| {
                let (name, value) = label.split_once('=')?;
                Some((name, value.trim_matches('"')))
            });
            Some((name.strip_prefix("audit_log_")?, labels.collect(), value.parse().ok()?))
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect())
    }

    /// The sum of the samples of a name that have these labels.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |of: &BTreeMap<&str, &str>| {
            labels.iter().all(|(label, value)| of.get(label) == Some(value))
        };
        let of_name = self.0.iter().filter(|(one, of, _)| *one == name && has(of));
        of_name.fold(0.0, |sum, (_, _, value)| sum + value)
    }

    /// The values that a label has.
    fn values(&self, label: &str) -> BTreeSet<&'a str> {
        self.0.iter().filter_map(|(_, labels, _)| labels.get(label).copied()).collect()
    }

    /// In how many of a function's requests the answer had a status of this hundred.
    fn answers(&self, function: &str, hundred: char) -> f64 {
        let statuses = self.values("status").into_iter().filter(|one| one.starts_with(hundred));
        let of = |status| [("function", function), ("status", status)];
        statuses.fold(0.0, |sum, status| sum + self.sum("requests_total", &of(status)))
    }
}

fn page(samples: &Samples<'_>) -> String {
    let mut page = HEAD.to_owned();
    let functions = samples.values("function");
    let columns =
        ["requests", "4xx", "5xx", "mean ms", "calls of DynamoDB", "retries", "RCU", "WCU"];
    let rows = functions.iter().map(|function| {
        let of = |name| samples.sum(name, &[("function", function)]);
        let seconds = of("request_duration_seconds_sum");
        let requests = of("requests_total");
        let mean =
            if requests > 0.0 { decimal(seconds * 1_000.0 / requests) } else { "–".to_owned() };
        let cells = [
            whole(requests),
            whole(samples.answers(function, '4')),
            whole(samples.answers(function, '5')),
            mean,
            whole(of("store_calls_total")),
            whole(of("store_retries_total")),
            decimal(of("read_units_total")),
            decimal(of("write_units_total")),
        ];
        (*function, cells.to_vec())
    });
    table(&mut page, "Functions", &columns, rows.collect());
    let entries = ["recorded", "duplicate", "rejected"]
        .map(|outcome| (outcome, samples.sum("entries_total", &[("outcome", outcome)])));
    let adjusted = ("adjusted", samples.sum("entries_adjusted_total", &[]));
    let rows = entries.into_iter().chain([adjusted]).map(|(name, sum)| (name, vec![whole(sum)]));
    table(&mut page, "Entries", &["entries"], rows.collect());
    let lags = [
        ("numbering, of the last batch", "counting_lag_seconds"),
        ("jobs, of the last chunk", "job_lag_seconds"),
    ];
    let rows = lags.map(|(name, series)| (name, vec![decimal(samples.sum(series, &[]))]));
    table(&mut page, "How long work waited", &["seconds"], rows.to_vec());
    page.push_str("</body>\n</html>\n");
    page
}

fn table(page: &mut String, caption: &str, columns: &[&str], rows: Vec<(&str, Vec<String>)>) {
    let cells = |tag: &str, texts: &mut dyn Iterator<Item = &str>| {
        texts.fold(String::new(), |cells, text| cells + &format!("<{tag}>{text}</{}>", &tag[..2]))
    };
    let head = cells("th scope=\"col\"", &mut columns.iter().copied());
    let _ = write!(page, "<div><table>\n<caption>{caption}</caption>\n<tr><td></td>{head}</tr>\n");
    for (name, values) in rows {
        let values = cells("td", &mut values.iter().map(String::as_str));
        let _ = writeln!(page, "<tr><th scope=\"row\">{name}</th>{values}</tr>");
    }
    page.push_str("</table></div>\n");
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

fn decimal(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = r#"# HELP audit_log_requests Requests that were answered.
# TYPE audit_log_requests counter
audit_log_requests_total{function="list",operation="listEntries",status="200"} 3
audit_log_requests_total{function="list",operation="listEntries",status="404"} 1
audit_log_requests_total{function="record",operation="recordEntry",status="201"} 2
audit_log_request_duration_seconds_sum{function="list"} 0.05
audit_log_request_duration_seconds_count{function="list"} 4
audit_log_request_duration_seconds_bucket{le="0.005",function="list"} 1
audit_log_read_units_total{function="list"} 7.5
audit_log_store_calls_total{function="tally"} 9
audit_log_entries_total{outcome="recorded"} 2
audit_log_entries_adjusted_total 1
audit_log_counting_lag_seconds 10.25
# EOF
"#;

    #[test]
    fn the_page_has_a_row_for_each_function() {
        let page = page(&Samples::read(METRICS));
        let row = |name: &str, cells: &[&str]| {
            let cells = cells.join("</td><td>");
            format!("<tr><th scope=\"row\">{name}</th><td>{cells}</td></tr>\n")
        };
        for row in [
            row("list", &["4", "1", "0", "12.5", "0", "0", "7.5", "0.0"]),
            row("record", &["2", "0", "0", "0.0", "0", "0", "0.0", "0.0"]),
            row("tally", &["0", "0", "0", "–", "9", "0", "0.0", "0.0"]),
            row("recorded", &["2"]),
            row("rejected", &["0"]),
            row("adjusted", &["1"]),
            row("numbering, of the last batch", &["10.2"]),
        ] {
            assert!(page.contains(&row), "{row} is not in {page}");
        }
    }

    #[test]
    fn a_process_that_has_done_nothing_has_a_page() {
        let page = page(&Samples::read("# EOF\n"));
        assert!(page.contains("<caption>Functions</caption>") && page.ends_with("</html>\n"));
    }
}
