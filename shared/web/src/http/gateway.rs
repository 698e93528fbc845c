//! Owns the form of requests and answers between API Gateway and a function.
//!
//! The event is read here and not by `lambda_http`, whose conversion fails or panics on what a
//! client can send (a control character in a header, a host or query that is not a URI): see
//! `docs/decisions/0006-reading-gateway-events.md`.

use super::{Answer, Request};
use data_encoding::BASE64;
use domain::identity::random_request_id;
use domain::trace::TraceContext;
use http::header::CONTENT_ENCODING;
use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// The header that names the trace of a request ("Trace Context", W3C Recommendation).
const TRACEPARENT: &str = "traceparent";

/// An event of an API Gateway HTTP API, payload format 2.0, with the fields that this service
/// reads. Source: "Working with AWS Lambda proxy integrations for HTTP APIs", API Gateway developer
/// guide.
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
#[serde(rename_all = "camelCase", default)]
struct HttpEventMethod {
    method: String,
    source_ip: Option<String>,
}

/// Reads null as an empty text. Without a query, API Gateway sends an empty text and
/// `cargo lambda watch` sends null.
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
        let HttpEventMethod { method, source_ip } = event.request_context.http;
        let headers: BTreeMap<_, _> = event
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        Self {
            method,
            path: event.raw_path,
            query: event.raw_query_string,
            trace: TraceContext::of(headers.get(TRACEPARENT).map(String::as_str)),
            headers,
            body,
            request_id: event
                .request_context
                .request_id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(random_request_id),
            source: source_ip.and_then(|address| address.parse().ok()),
        }
    }
}

impl Answer {
    /// The answer in the form that API Gateway takes from a function. A body with a
    /// `Content-Encoding` goes out in base64, which the gateway decodes.
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
    use http::StatusCode;

    fn request(event: &str) -> Request {
        serde_json::from_str::<HttpEvent>(event).unwrap().into()
    }

    #[test]
    fn an_event_with_hostile_parts_is_still_a_request() {
        let request = request(
            r#"{"rawPath":"/v1/%2e%2e","rawQueryString":"a=<\">&b=%zz",
                "headers":{"Host":"a b","user-agent":"x\u202e\u0001é"},
                "isBase64Encoded":true,"body":"not base64!",
                "requestContext":{"requestId":"r-1","http":{"method":"G E T"}}}"#,
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
    fn the_source_is_the_address_of_the_gateway_and_of_no_header() {
        let of = |address: &str| {
            request(&format!(
                r#"{{"headers":{{"x-forwarded-for":"198.51.100.1"}},
                    "requestContext":{{"http":{{"method":"GET","sourceIp":{address}}}}}}}"#
            ))
            .source
        };
        assert_eq!(of(r#""203.0.113.24""#), "203.0.113.24".parse().ok());
        assert_eq!(of(r#""2001:db8::1""#), "2001:db8::1".parse().ok());
        for none in ["null", r#""""#, r#""unknown""#] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn the_trace_is_that_of_the_caller_or_a_new_one() {
        let of = |header: &str| {
            request(&format!(r#"{{"headers":{{"TraceParent":"{header}"}}}}"#)).trace.to_string()
        };
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(of(sent), sent);
        let twice = of(&format!("{sent},{sent}"));
        assert!(twice.len() == sent.len() && twice != sent, "{twice}");
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
