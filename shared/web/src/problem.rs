//! Owns what a client is told when its request is not answered: RFC 9457 problems, one table from
//! cause to status.

use crate::http::Answer;
use domain::plan_change::PlanChangeError;
use domain::ports::{StoreError, chain};
use domain::start_export::StartExportError;
use domain::validation::FieldError;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

/// Why a request is not answered. It knows HTTP and nothing of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No credential, or not one in force.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The credential lacks this scope.
    #[error("insufficient scope")]
    InsufficientScope(&'static str),
    /// Nothing here, or another workspace's.
    #[error("not found")]
    NotFound,
    /// The path is known, the method is not; these are.
    #[error("method not allowed")]
    MethodNotAllowed(Vec<Method>),
    /// The body is not declared as JSON in UTF-8.
    #[error("unsupported media type")]
    UnsupportedMediaType,
    /// The body, or an entry of a batch, is larger than this many bytes.
    #[error("payload too large")]
    PayloadTooLarge(usize),
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
    /// Readable, but not acceptable: these fields.
    #[error("validation failed")]
    ValidationFailed(Vec<FieldError>),
    /// What is stored contradicts the request.
    #[error("conflict")]
    Conflict,
    /// The store asks to slow down.
    #[error("rate limited")]
    RateLimited,
    /// The store did not answer in time, so whether it wrote is not known.
    #[error("store unavailable")]
    StoreUnavailable,
    /// A fault of this service.
    #[error("internal")]
    Internal,
}

/// Seconds a client is asked to wait before it tries again.
const RETRY_AFTER_SECONDS: u16 = 1;

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
    /// For `validation-failed`: the fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl ApiError {
    /// Status, type and title: the whole policy, pinned by a test.
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
            Self::NotFound => (Code::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed(_) => {
                (Code::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Conflict => (Code::CONFLICT, "conflict", "Conflict"),
            Self::PayloadTooLarge(_) => {
                (Code::PAYLOAD_TOO_LARGE, "payload-too-large", "Payload too large")
            }
            Self::UnsupportedMediaType => {
                (Code::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
            }
            Self::ValidationFailed(_) => {
                (Code::UNPROCESSABLE_ENTITY, "validation-failed", "Validation failed")
            }
            Self::RateLimited => (Code::TOO_MANY_REQUESTS, "rate-limited", "Rate limited"),
            Self::StoreUnavailable => {
                (Code::SERVICE_UNAVAILABLE, "store-unavailable", "Store unavailable")
            }
            Self::Internal => (Code::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    /// What is wrong, in a sentence; it never repeats a value that was received, only the names of
    /// parameters.
    fn detail(&self) -> String {
        match self {
            Self::MalformedJson => "The body must be one JSON text in UTF-8 (RFC 8259).".to_owned(),
            Self::DuplicateKey => "An object in the body has the same key twice; which of the two is meant cannot be known.".to_owned(),
            Self::MalformedQuery => "The query string must be percent-encoded UTF-8.".to_owned(),
            Self::UnknownParameter(name) => format!("The parameter {name} is not known here."),
            Self::DuplicateParameter(name) => format!("The parameter {name} may be given once."),
            Self::InvalidPageToken => {
                "The page token is not one that this workspace's list gave for these parameters. Start again without it.".to_owned()
            }
            Self::Unauthenticated => "Send a credential that is in force: Authorization: Bearer cwa_….".to_owned(),
            Self::InsufficientScope(scope) => format!("The credential lacks the scope {scope}."),
            Self::NotFound => "There is nothing here that this credential can see.".to_owned(),
            Self::MethodNotAllowed(_) => "This path has other methods: see the Allow header.".to_owned(),
            Self::Conflict => "What is stored contradicts this request. Read it, then decide.".to_owned(),
            Self::PayloadTooLarge(limit) => format!("The limit is {limit} bytes."),
            Self::UnsupportedMediaType => "Send Content-Type: application/json, in UTF-8, without Content-Encoding.".to_owned(),
            Self::ValidationFailed(_) => "The request is readable, but not acceptable: see errors.".to_owned(),
            Self::RateLimited => "The store asks to slow down. Send the same request again.".to_owned(),
            Self::StoreUnavailable => "The store did not confirm in time. Sending the same request again is safe.".to_owned(),
            Self::Internal => "The service failed. Its operators can find the cause by the request id.".to_owned(),
        }
    }

    /// The problem as its wire form.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let (status, kind, title) = self.kind();
        let errors = match self {
            Self::ValidationFailed(errors) => errors.clone(),
            _ => Vec::new(),
        };
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail: self.detail(),
            request_id: request_id.to_owned(),
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
        match self {
            Self::Unauthenticated => {
                answer.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::MethodNotAllowed(allowed) => {
                let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
                answer = answer.with_header(header::ALLOW, &allowed.join(", "));
            }
            Self::RateLimited | Self::StoreUnavailable => {
                answer.headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        answer
    }
}

/// The one conversion from the store's words to HTTP's. The cause is logged here, once.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let api_error = match error {
            StoreError::AlreadyExists | StoreError::Changed => Self::Conflict,
            StoreError::Throttled(_) => Self::RateLimited,
            StoreError::Unavailable(_) => Self::StoreUnavailable,
            StoreError::Malformed(_) | StoreError::Refused(_) => Self::Internal,
        };
        tracing::warn!(error = %chain(&error), problem = api_error.kind().1, "store");
        api_error
    }
}

impl From<PlanChangeError> for ApiError {
    fn from(error: PlanChangeError) -> Self {
        match error {
            PlanChangeError::Contended => Self::Conflict,
            PlanChangeError::Store(error) => error.into(),
            PlanChangeError::Random(_) | PlanChangeError::Json(_) => internal(&error),
        }
    }
}

impl From<StartExportError> for ApiError {
    fn from(error: StartExportError) -> Self {
        match error {
            StartExportError::Store(error) => error.into(),
            StartExportError::Json(_) => internal(&error),
        }
    }
}

/// A fault of this service: the log gets the cause, the client does not.
fn internal(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(error = %chain(error), "a use case failed");
    ApiError::Internal
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ports::Cause;

    #[test]
    fn each_store_error_has_one_answer() {
        let cause = || Cause::from("cause");
        for (error, status, kind) in [
            (StoreError::AlreadyExists, 409, "conflict"),
            (StoreError::Changed, 409, "conflict"),
            (StoreError::Throttled(cause()), 429, "rate-limited"),
            (StoreError::Unavailable(cause()), 503, "store-unavailable"),
            (StoreError::Malformed(cause()), 500, "internal"),
            (StoreError::Refused(cause()), 500, "internal"),
        ] {
            let problem = ApiError::from(error).problem("r");
            assert_eq!((problem.status, problem.kind), (status, kind));
        }
    }

    #[test]
    fn a_problem_carries_what_a_client_needs_to_go_on() {
        let answer = ApiError::MethodNotAllowed(vec![Method::GET, Method::PUT]).answer("r-1");
        assert_eq!(answer.headers[header::ALLOW], "GET, PUT");
        assert_eq!(ApiError::RateLimited.answer("r").headers[header::RETRY_AFTER], "1");
        assert_eq!(
            ApiError::Unauthenticated.answer("r").headers[header::WWW_AUTHENTICATE],
            "Bearer"
        );
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["type"], "method-not-allowed");
        assert_eq!(body["request_id"], "r-1");
    }
}
