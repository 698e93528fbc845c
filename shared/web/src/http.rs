//! Owns a request as the functions see it and an answer as they give it, and the gateway's event
//! and response around them.
//!
//! The event is read here and not by `lambda_http`, whose conversion fails or panics on what a
//! client can send (a control character in a header, a host or query that is no URI): see
//! `docs/decisions/0006-reading-gateway-events.md`.

use data_encoding::BASE64;
use domain::identity::random_request_id;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A request, as sent: nothing of it is decoded yet.
#[derive(Clone, Default)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query string, as sent, without the question mark.
    pub query: String,
    /// The headers; names in lower case, repeated ones joined with commas, as API Gateway does.
    pub headers: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The id under which logs and answers know the request. Never the client's.
    pub request_id: String,
}

impl fmt::Debug for Request {
    /// Only what may be logged: no query, no headers, no body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// The header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An API Gateway HTTP API event, payload format 2.0: the fields this service reads.
/// Source: "Working with AWS Lambda proxy integrations for HTTP APIs", API Gateway developer guide.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpEvent {
    raw_path: String,
    #[serde(deserialize_with = "null_is_empty")]
    raw_query_string: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    is_base64_encoded: bool,
    request_context: HttpEventContext,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HttpEventContext {
    request_id: Option<String>,
    http: HttpEventMethod,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HttpEventMethod {
    method: String,
}

/// API Gateway sends an empty text where there is no query; `cargo lambda watch` sends null.
fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl fmt::Debug for HttpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpEvent")
            .field("method", &self.request_context.http.method)
            .finish_non_exhaustive()
    }
}

impl From<HttpEvent> for Request {
    fn from(event: HttpEvent) -> Self {
        let body = event.body.unwrap_or_default().into_bytes();
        let body =
            if event.is_base64_encoded { BASE64.decode(&body).unwrap_or(body) } else { body };
        Self {
            method: event.request_context.http.method,
            path: event.raw_path,
            query: event.raw_query_string,
            headers: event
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            body,
            request_id: event
                .request_context
                .request_id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(random_request_id),
        }
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: UTF-8 text, unless a `Content-Encoding` says what became of it.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with a JSON body.
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

    /// An answer whose body is JSON text already.
    #[must_use]
    pub fn text(status: StatusCode, body: Vec<u8>) -> Self {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self { status, headers, body }
    }

    /// This answer with one more header; a value that no header can hold is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The answer as API Gateway wants it from a function: an encoded body in base64, which the
    /// gateway takes off again.
    #[must_use]
    pub fn into_response(self) -> ApiGatewayV2httpResponse {
        let mut response = ApiGatewayV2httpResponse::default();
        response.status_code = i64::from(self.status.as_u16());
        response.is_base64_encoded = self.headers.contains_key(CONTENT_ENCODING);
        response.headers = self.headers;
        let text = |body: &[u8]| Body::Text(String::from_utf8_lossy(body).into_owned());
        response.body = Some(if response.is_base64_encoded {
            Body::Binary(self.body)
        } else {
            text(&self.body)
        });
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(event: &str) -> Request {
        serde_json::from_str::<HttpEvent>(event).unwrap().into()
    }

    #[test]
    fn an_event_with_hostile_parts_is_still_a_request() {
        let request = request(
            r#"{"rawPath":"/v1/%2e%2e","rawQueryString":"a=<\">&b=%zz","headers":{"Host":"a b","user-agent":"x\u202e\u0001é"},
                "isBase64Encoded":true,"body":"not base64!","requestContext":{"requestId":"r-1","http":{"method":"G E T"}}}"#,
        );
        assert_eq!(request.path, "/v1/%2e%2e");
        assert_eq!(request.query, "a=<\">&b=%zz");
        assert_eq!(request.header("host"), Some("a b"));
        assert_eq!(request.body, b"not base64!");
        assert_eq!(request.request_id, "r-1");
    }

    #[test]
    fn a_body_in_base64_is_decoded_and_an_empty_event_has_a_request_id() {
        assert_eq!(request(r#"{"isBase64Encoded":true,"body":"e30="}"#).body, b"{}");
        assert_eq!(request("{}").request_id.len(), 32);
    }

    #[test]
    fn an_encoded_body_goes_out_in_base64_and_text_as_it_is() {
        let text = Answer::text(StatusCode::OK, b"{}".to_vec());
        let encoded = Answer { body: vec![0x1f, 0x8b, 0xff], ..text.clone() }
            .with_header(CONTENT_ENCODING, "gzip");
        let sent = |answer: Answer| serde_json::to_value(answer.into_response()).unwrap();
        assert_eq!(
            (&sent(text.clone())["body"], &sent(text)["isBase64Encoded"]),
            (&"{}".into(), &false.into())
        );
        assert_eq!(
            (&sent(encoded.clone())["body"], &sent(encoded)["isBase64Encoded"]),
            (&"H4v/".into(), &true.into())
        );
    }

    #[test]
    fn a_query_that_is_null_is_empty() {
        assert_eq!(request(r#"{"rawQueryString":null}"#).query, "");
    }

    #[test]
    fn debug_text_shows_no_secret() {
        let request = request(
            r#"{"headers":{"authorization":"s3cret"},"body":"s3cret","rawQueryString":"s3cret"}"#,
        );
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}
