//! An HTTP client for tests, and its answers.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

/// A client of the service, with one credential or without any.
#[derive(Debug, Clone)]
pub struct Api {
    address: String,
    token: Option<String>,
    http: Client,
}

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's text.
    pub text: String,
    /// The body as JSON, or null if it is not JSON. Large numbers are rounded here: to compare
    /// evidence, use `text`.
    pub json: Value,
}

impl Response {
    /// The problem's type, or an empty text if the answer is no problem.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.json.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// The pointers of a 422.
    #[must_use]
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.json.get("errors").and_then(Value::as_array);
        errors.into_iter().flatten().filter_map(|error| error.get("pointer")?.as_str()).collect()
    }

    /// A header's text, or an empty text if the header is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A text of the body by its RFC 6901 pointer, or an empty text if it is absent.
    #[must_use]
    pub fn text_at(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Api {
    /// A client of the service at `address`.
    #[must_use]
    pub fn new(address: &str, token: Option<&str>) -> Self {
        Self { address: address.to_owned(), token: token.map(str::to_owned), http: Client::new() }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None, &[]).await
    }

    /// `POST` of JSON
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(
            Method::POST,
            path,
            Some(body.to_string().into_bytes()),
            &[("content-type", "application/json")],
        )
        .await
    }

    /// `POST` of JSON text as it is
    pub async fn post_text(&self, path: &str, body: &str) -> Response {
        self.send(
            Method::POST,
            path,
            Some(body.as_bytes().to_vec()),
            &[("content-type", "application/json")],
        )
        .await
    }

    /// `PUT` of JSON
    pub async fn put(&self, path: &str, body: &Value) -> Response {
        self.send(
            Method::PUT,
            path,
            Some(body.to_string().into_bytes()),
            &[("content-type", "application/json")],
        )
        .await
    }

    /// Any request.
    ///
    /// # Panics
    /// When there is no answer at all.
    #[expect(clippy::unwrap_used, reason = "a service that does not answer fails the test")]
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Response { status, headers, text, json }
    }
}
