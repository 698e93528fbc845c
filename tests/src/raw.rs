//! An HTTP/1.1 client that sends exactly the bytes it is given. A library in between would mend a
//! path, join headers or refuse a request.

use crate::client::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it goes over the wire. `content-length` and `connection` are added, and `host` if
/// the request has none.
#[derive(Debug, Clone)]
pub struct RawRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers, in order, repeated ones included.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl RawRequest {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// This request with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// This request without the headers of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self
    }

    /// This request to another host than the address's own.
    #[must_use]
    pub fn with_host(self, host: &str) -> Self {
        self.without("host").with("host", host)
    }

    /// This request with the bearer token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.without("authorization").with("authorization", format!("Bearer {token}"))
    }

    /// This request with a body that is declared as JSON.
    #[must_use]
    pub fn json(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.without("content-type").with("content-type", "application/json")
    }

    /// Sends it to `address`, for example `http://127.0.0.1:43211`, and reads the whole answer.
    ///
    /// # Panics
    /// When there is no answer, or it is not HTTP.
    #[expect(clippy::unwrap_used, reason = "a service that does not answer fails the test")]
    pub async fn send(&self, address: &str) -> Response {
        let host = address.trim_start_matches("http://");
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.target)
                .into_bytes();
        if self.headers.iter().all(|(name, _)| name != "host") {
            bytes.extend(format!("host: {host}\r\n").into_bytes());
        }
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).into_bytes());
        bytes.extend(&self.body);
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        read(&answer).unwrap()
    }
}

/// Parses an answer. `None` means that it is not HTTP.
fn read(answer: &[u8]) -> Option<Response> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end + 4)?;
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).ok()?,
            HeaderValue::from_str(value.trim()).ok()?,
        );
    }
    let text = String::from_utf8(body.to_vec()).ok()?;
    let json = serde_json::from_str(&text).unwrap_or_default();
    Some(Response { status, headers, text, json })
}
