//! Owns a request as the functions see it, and an answer as they give it. Its submodule reads and
//! writes them as API Gateway does.

mod gateway;

pub use gateway::HttpEvent;

use domain::trace::TraceContext;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// The most bytes that a body may take in the event of a function ([`Request::event_bytes`]). If an
/// event is larger than Lambda takes, no function is called, and the gateway answers. Source:
/// "Lambda quotas", AWS Lambda developer guide: 6 MB, which are 6,291,456 bytes. Of these, 64 KiB
/// are for the rest of the event: the request line and the headers have at most 10,240 bytes
/// ("Quotas for HTTP APIs", API Gateway developer guide).
pub const MAX_EVENT_BODY_BYTES: usize = 6 * 1024 * 1024 - 64 * 1024;

/// The most bytes that a body may take in the response of a function
/// ([`Answer::response_bytes`]): with more, the gateway answers 5xx. Source: "Lambda quotas", AWS
/// Lambda developer guide: 6 MB for the whole response, of which 64 KiB are for the headers here.
pub const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024 - 64 * 1024;

/// A request as it was sent: no part of it is decoded yet.
#[derive(Clone, Default)]
pub struct Request {
    /// The method, in the spelling that was sent.
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query string, as sent, without the question mark.
    pub query: String,
    /// The headers; names in lower case, repeated ones joined with commas, as API Gateway does.
    pub headers: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The id of the request in logs and answers. A client cannot choose it.
    pub request_id: String,
    /// The trace that the request belongs to: that of its `traceparent`, or else a new one.
    pub trace: TraceContext,
    /// The address from which the request came to the gateway, which no header can change. `None`
    /// means that the gateway did not say. It bounds guesses, and is neither logged nor stored.
    pub source: Option<IpAddr>,
}

impl fmt::Debug for Request {
    /// Shows only what may be logged: no query, headers or body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The bytes of the body in the event of a function. There it is a text within JSON: a quote, a
    /// backslash and a line break take two bytes each, and other control characters six.
    #[must_use]
    pub fn event_bytes(&self) -> usize {
        let escape = |byte: &u8| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
            0..0x20 => 5,
            _ => 0,
        };
        self.body.len() + self.body.iter().map(escape).sum::<usize>()
    }
}

/// An answer to a request.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: UTF-8 text, or bytes if there is a `Content-Encoding`.
    pub body: Vec<u8>,
}

impl Answer {
    /// Makes an answer whose body is `body` as JSON.
    #[must_use]
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::text(status, body),
            Err(error) => {
                tracing::error!(%error, "an answer is not JSON");
                Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::default() }
            }
        }
    }

    /// Makes an answer whose body is JSON text already.
    #[must_use]
    pub fn text(status: StatusCode, body: Vec<u8>) -> Self {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self { status, headers, body }
    }

    /// The bytes of the body, which must be JSON, in the response of a function: there it is a text
    /// within JSON, in which each quote and each backslash takes one byte more.
    #[must_use]
    pub fn response_bytes(&self) -> usize {
        let escaped = self.body.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        self.body.len() + escaped
    }

    /// Adds a header. A value that no header can hold is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_measured_as_it_stands_in_an_event() {
        let all: String = (0..=0x2_ffff).filter_map(char::from_u32).collect();
        let in_event = serde_json::to_string(&all).unwrap();
        let request = Request { body: all.into_bytes(), ..Request::default() };
        assert_eq!(request.event_bytes() + 2, in_event.len(), "without the quotes around it");
    }
}
