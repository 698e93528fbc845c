//! Owns what a client is told when its request fails: problems of RFC 9457, and the one table that
//! gives each of them its status. Its submodule maps the domain's errors to them.

mod cause;

pub use cause::StoreFailures;

use crate::http::{Answer, MAX_EVENT_BODY_BYTES};
use domain::job::MAX_OPEN_EXPORTS;
use domain::validation::FieldError;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

/// Why a request fails, in the words of HTTP. It knows nothing of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The request has no credential that is in force.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The credential lacks this scope.
    #[error("insufficient scope")]
    InsufficientScope(&'static str),
    /// There is nothing here, or it belongs to another workspace.
    #[error("not found")]
    NotFound,
    /// The path is of no route.
    #[error("no such route")]
    NoRoute,
    /// The path is known, but only with these methods.
    #[error("method not allowed")]
    MethodNotAllowed(Vec<Method>),
    /// The body is not declared as JSON in UTF-8.
    #[error("unsupported media type")]
    UnsupportedMediaType,
    /// The body, or an entry of a batch, is larger than this many bytes.
    #[error("payload too large")]
    PayloadTooLarge(usize),
    /// The body has this many bytes in the event of a function, and no function can take them
    /// ([`MAX_EVENT_BODY_BYTES`]).
    #[error("event too large")]
    EventTooLarge(usize),
    /// The body is not one JSON text.
    #[error("malformed json")]
    MalformedJson,
    /// An object of the body has a key twice.
    #[error("duplicate key")]
    DuplicateKey,
    /// The query string is not percent-encoded UTF-8.
    #[error("malformed query")]
    MalformedQuery,
    /// The query string has a parameter that this route does not know.
    #[error("unknown parameter")]
    UnknownParameter(String),
    /// The query string has this parameter twice.
    #[error("duplicate parameter")]
    DuplicateParameter(String),
    /// The page token was not made by this service for this workspace and these filters.
    #[error("invalid page token")]
    InvalidPageToken,
    /// The request is readable, but these fields are not acceptable.
    #[error("validation failed")]
    ValidationFailed(Vec<FieldError>),
    /// An entry is too far ahead of the clock, and will be accepted after so many seconds.
    #[error("ahead of the clock")]
    ClockAhead(u32),
    /// What is stored under the id of the entry was altered after it was recorded.
    #[error("entry altered")]
    EntryAltered,
    /// The stored state contradicts the request.
    #[error("conflict")]
    Conflict,
    /// The store asks to slow down.
    #[error("rate limited")]
    RateLimited,
    /// The rate of the key, of the workspace or of unknown keys is used up for so many seconds.
    #[error("too fast")]
    TooFast(u32),
    /// The workspace has as many open exports as it may.
    #[error("too many exports")]
    TooManyExports,
    /// The store did not answer in time. It may or may not have written.
    #[error("store unavailable")]
    StoreUnavailable,
    /// A fault of this service.
    #[error("internal")]
    Internal,
}

/// Seconds a client is asked to wait before it tries again.
const RETRY_AFTER_SECONDS: u32 = 1;
/// The same while exports are open. Most are written within a minute.
const RETRY_EXPORT_AFTER_SECONDS: u32 = 10;

/// The wire form of a problem (RFC 9457, section 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stable name of the kind of problem, for programs.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind in words, for people.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request, for people.
    pub detail: String,
    /// The id under which the logs know this request.
    pub request_id: String,
    /// For `clock-ahead`: the seconds after which the entry is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// For `validation-failed` and `clock-ahead`: the fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl ApiError {
    /// The status, type and title of the problem. A test pins the table.
    #[must_use]
    pub fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as Code;
        match self {
            Self::MalformedJson => (Code::BAD_REQUEST, "malformed-json", "Malformed JSON"),
            Self::DuplicateKey => (Code::BAD_REQUEST, "duplicate-key", "Duplicate key"),
            Self::MalformedQuery => {
                (Code::BAD_REQUEST, "malformed-query", "Malformed query string")
            }
            Self::UnknownParameter(_) => {
                (Code::BAD_REQUEST, "unknown-parameter", "Unknown parameter")
            }
            Self::DuplicateParameter(_) => {
                (Code::BAD_REQUEST, "duplicate-parameter", "Duplicate parameter")
            }
            Self::InvalidPageToken => {
                (Code::BAD_REQUEST, "invalid-page-token", "Invalid page token")
            }
            Self::Unauthenticated => (Code::UNAUTHORIZED, "unauthenticated", "Unauthenticated"),
            Self::InsufficientScope(_) => {
                (Code::FORBIDDEN, "insufficient-scope", "Insufficient scope")
            }
            Self::NotFound | Self::NoRoute => (Code::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed(_) => {
                (Code::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Conflict => (Code::CONFLICT, "conflict", "Conflict"),
            Self::EntryAltered => (Code::CONFLICT, "entry-altered", "Stored entry altered"),
            Self::PayloadTooLarge(_) | Self::EventTooLarge(_) => {
                (Code::PAYLOAD_TOO_LARGE, "payload-too-large", "Payload too large")
            }
            Self::UnsupportedMediaType => {
                (Code::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
            }
            Self::ValidationFailed(_) => {
                (Code::UNPROCESSABLE_ENTITY, "validation-failed", "Validation failed")
            }
            Self::ClockAhead(_) => {
                (Code::UNPROCESSABLE_ENTITY, "clock-ahead", "Ahead of the clock")
            }
            Self::RateLimited | Self::TooFast(_) | Self::TooManyExports => {
                (Code::TOO_MANY_REQUESTS, "rate-limited", "Rate limited")
            }
            Self::StoreUnavailable => {
                (Code::SERVICE_UNAVAILABLE, "store-unavailable", "Store unavailable")
            }
            Self::Internal => (Code::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    /// Says what is wrong, for people. It repeats no received value, only names of parameters.
    fn detail(&self) -> String {
        let text = match self {
            Self::MalformedJson => "The body must be one JSON text in UTF-8 (RFC 8259).",
            Self::DuplicateKey => {
                "An object in the body has the same key twice; which of the two is meant cannot be \
                 known."
            }
            Self::MalformedQuery => "The query string must be percent-encoded UTF-8.",
            Self::UnknownParameter(name) => {
                return format!("The parameter {name} is not known here.");
            }
            Self::DuplicateParameter(name) => {
                return format!("The parameter {name} may be given once.");
            }
            Self::InvalidPageToken => {
                "The page token is not one that this workspace's list gave for these parameters. \
                 Start again without it."
            }
            Self::Unauthenticated => {
                "Send a credential that is in force: Authorization: Bearer cwa_…."
            }
            Self::InsufficientScope(scope) => {
                return format!("The credential lacks the scope {scope}.");
            }
            Self::NotFound => "There is nothing here that this credential can see.",
            Self::NoRoute => "There is no such route. GET /v1 leads to the routes that there are.",
            Self::MethodNotAllowed(_) => "This path has other methods: see the Allow header.",
            Self::Conflict => "What is stored contradicts this request. Read it, then decide.",
            Self::EntryAltered => {
                "This entry was recorded before, and what is stored of it was altered since. \
                 Nothing was stored now. The operators are told; sending it again does not help."
            }
            Self::PayloadTooLarge(limit) => return format!("The limit is {limit} bytes."),
            Self::EventTooLarge(bytes) => {
                return format!(
                    "With two bytes for each quote, backslash and line break, the body has \
                     {bytes} bytes, and the limit is {MAX_EVENT_BODY_BYTES}. Send fewer entries \
                     at once."
                );
            }
            Self::UnsupportedMediaType => {
                "Send Content-Type: application/json, in UTF-8, without Content-Encoding."
            }
            Self::ValidationFailed(_) => "The request is readable, but not acceptable: see errors.",
            Self::ClockAhead(_) => {
                "The entry is more than 5 minutes ahead of the server's clock. Send it again then."
            }
            Self::RateLimited => "The store asks to slow down. Send the same request again.",
            Self::TooFast(_) => {
                "Requests come faster than the service takes them. Send this one again after the \
                 seconds of Retry-After."
            }
            Self::TooManyExports => {
                return format!(
                    "{MAX_OPEN_EXPORTS} exports of this workspace are being written. Wait for one."
                );
            }
            Self::StoreUnavailable => {
                "The store did not confirm in time. Sending the same request again is safe."
            }
            Self::Internal => {
                "The service failed. Its operators can find the cause by the request id."
            }
        };
        text.to_owned()
    }

    /// The problem as its wire form.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let (status, kind, title) = self.kind();
        let errors = match self {
            Self::ValidationFailed(errors) => errors.clone(),
            Self::ClockAhead(_) => vec![FieldError {
                pointer: "/occurred_at".to_owned(),
                detail: "must be at most 5 minutes ahead of the server's clock".to_owned(),
            }],
            _ => Vec::new(),
        };
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail: self.detail(),
            request_id: request_id.to_owned(),
            retry_after: match self {
                Self::ClockAhead(seconds) => Some(*seconds),
                _ => None,
            },
            errors,
        }
    }

    /// The problem as an HTTP answer.
    #[must_use]
    pub fn answer(&self, request_id: &str) -> Answer {
        let mut answer = Answer::json(self.kind().0, &self.problem(request_id));
        answer
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            answer.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        match self {
            Self::Unauthenticated => {
                answer.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::MethodNotAllowed(allowed) => {
                let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
                answer = answer.with_header(header::ALLOW, &allowed.join(", "));
            }
            _ => {}
        }
        answer
    }

    /// After how many seconds the same request may succeed. `None` means that time changes nothing.
    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::ClockAhead(seconds) | Self::TooFast(seconds) => Some(*seconds),
            Self::RateLimited | Self::StoreUnavailable => Some(RETRY_AFTER_SECONDS),
            Self::TooManyExports => Some(RETRY_EXPORT_AFTER_SECONDS),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_has_its_status_and_type() {
        let text = String::new;
        for (error, status, kind) in [
            (ApiError::MalformedJson, 400, "malformed-json"),
            (ApiError::DuplicateKey, 400, "duplicate-key"),
            (ApiError::MalformedQuery, 400, "malformed-query"),
            (ApiError::UnknownParameter(text()), 400, "unknown-parameter"),
            (ApiError::DuplicateParameter(text()), 400, "duplicate-parameter"),
            (ApiError::InvalidPageToken, 400, "invalid-page-token"),
            (ApiError::Unauthenticated, 401, "unauthenticated"),
            (ApiError::InsufficientScope("scope"), 403, "insufficient-scope"),
            (ApiError::NotFound, 404, "not-found"),
            (ApiError::NoRoute, 404, "not-found"),
            (ApiError::MethodNotAllowed(Vec::new()), 405, "method-not-allowed"),
            (ApiError::Conflict, 409, "conflict"),
            (ApiError::EntryAltered, 409, "entry-altered"),
            (ApiError::PayloadTooLarge(1), 413, "payload-too-large"),
            (ApiError::EventTooLarge(1), 413, "payload-too-large"),
            (ApiError::UnsupportedMediaType, 415, "unsupported-media-type"),
            (ApiError::ValidationFailed(Vec::new()), 422, "validation-failed"),
            (ApiError::ClockAhead(1), 422, "clock-ahead"),
            (ApiError::RateLimited, 429, "rate-limited"),
            (ApiError::TooFast(1), 429, "rate-limited"),
            (ApiError::TooManyExports, 429, "rate-limited"),
            (ApiError::Internal, 500, "internal"),
            (ApiError::StoreUnavailable, 503, "store-unavailable"),
        ] {
            let problem = error.problem("r");
            assert_eq!((problem.status, problem.kind), (status, kind));
            assert!(!problem.detail.is_empty() && !problem.detail.contains('\n'), "{problem:?}");
        }
    }

    #[test]
    fn a_problem_carries_what_a_client_needs_to_go_on() {
        let answer = ApiError::MethodNotAllowed(vec![Method::GET, Method::PUT]).answer("r-1");
        assert_eq!(answer.headers[header::ALLOW], "GET, PUT");
        for (error, seconds) in [
            (ApiError::RateLimited, "1"),
            (ApiError::TooFast(7), "7"),
            (ApiError::TooManyExports, "10"),
            (ApiError::ClockAhead(8), "8"),
        ] {
            assert_eq!(error.answer("r").headers[header::RETRY_AFTER], seconds);
        }
        assert_eq!(
            ApiError::Unauthenticated.answer("r").headers[header::WWW_AUTHENTICATE],
            "Bearer"
        );
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["type"], "method-not-allowed");
        assert_eq!(body["request_id"], "r-1");
    }
}
