//! Owns who may talk to the ports of this machine: programs that name it as this machine, and no
//! page of another site.
//!
//! A web page can make a browser send requests to a loopback port. It can even read the answers if
//! its own name is made to resolve to the loopback address (DNS rebinding): then the browser takes
//! both for one site. Such a request carries the foreign name in `Host`, and a request across sites
//! carries the foreign site in `Origin`. Source: "Fetch", WHATWG, section 3.1; RFC 9110, section
//! 7.2.

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, Uri, header};

/// The names of this machine, as its own programs use them.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// The name of this machine inside a container, where `sam local` runs the functions. It cannot be
/// registered: `.internal` is reserved for private use (ICANN Board resolution 2024.07.29.06).
const FROM_CONTAINER: &str = "host.docker.internal";

/// What a port takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// The API and the page. A page of another site may call the API: without a token it is told
    /// nothing, and answers have no header that lets it read them.
    Api,
    /// The embedded DynamoDB. No browser uses it, so nothing with an `Origin` is admitted.
    DynamoDb,
    /// The embedded object store. The page on this machine may download from it.
    Objects,
}

impl Port {
    /// Whether a request is admitted.
    #[must_use]
    pub fn admits(self, uri: &Uri, headers: &HeaderMap) -> bool {
        // A request that names a host in its target goes there, whatever its header says (RFC 9110,
        // section 7.2). Two headers are not one host.
        let mut hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().ok());
        let (Some(Some(host)), None) = (hosts.next(), hosts.next()) else { return false };
        let named = uri.authority().map_or(host, |authority| authority.as_str());
        [host, named].into_iter().all(|host| self.is_named(host))
            && headers
                .get_all(header::ORIGIN)
                .iter()
                .all(|origin| origin.to_str().is_ok_and(|origin| self.is_own_origin(origin)))
    }

    /// Whether an authority, such as `localhost:8080`, names this machine.
    fn is_named(self, authority: &str) -> bool {
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => authority,
        };
        LOOPBACK.iter().any(|own| name.eq_ignore_ascii_case(own))
            || (self != Self::Api && name.eq_ignore_ascii_case(FROM_CONTAINER))
    }

    fn is_own_origin(self, origin: &str) -> bool {
        match self {
            Self::Api => true,
            Self::DynamoDb => false,
            Self::Objects => origin
                .strip_prefix("http://")
                .is_some_and(|authority| Self::Api.is_named(authority)),
        }
    }
}

/// The answer to a request that is not admitted.
#[must_use]
pub fn refusal() -> Response<Body> {
    let text = "This port answers programs on this machine only: use 127.0.0.1 or localhost.\n";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Whether a port admits a request; see [`Port::admits`].
#[must_use]
pub fn admits<B>(port: Port, request: &Request<B>) -> bool {
    port.admits(request.uri(), request.headers())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(port: Port, target: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        admits(port, &request.body(()).unwrap())
    }

    #[test]
    fn only_a_name_of_this_machine_is_admitted() {
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8000", "[::1]"] {
            for port in [Port::Api, Port::DynamoDb, Port::Objects] {
                assert!(admitted(port, "/", &[("host", host)]), "{host}");
            }
        }
        let foreign = [
            "evil.example", "evil.example:8000", "localhost.evil.example",
            "127.0.0.1.evil.example", "evil.example#localhost", "a@localhost", "0.0.0.0",
            "localhost:8000:1", "", ":80",
        ];
        for host in foreign {
            for port in [Port::Api, Port::DynamoDb, Port::Objects] {
                assert!(!admitted(port, "/", &[("host", host)]), "{host}");
            }
        }
        assert!(!admitted(Port::DynamoDb, "/", &[]), "no host");
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert!(!admitted(Port::DynamoDb, "/", &two));
        let absolute = "http://evil.example/";
        assert!(!admitted(Port::DynamoDb, absolute, &[("host", "localhost")]));
        let container = [("host", "host.docker.internal:8000")];
        assert!(admitted(Port::DynamoDb, "/", &container) && !admitted(Port::Api, "/", &container));
    }

    #[test]
    fn a_page_of_another_site_reaches_no_store() {
        let with = |port, origin| admitted(port, "/", &[("host", "localhost"), ("origin", origin)]);
        let own = ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1"];
        for origin in own {
            assert!(with(Port::Objects, origin) && with(Port::Api, origin), "{origin}");
            assert!(!with(Port::DynamoDb, origin), "{origin}");
        }
        for origin in ["null", "", "https://evil.example", "http://evil.example", "localhost"] {
            assert!(!with(Port::Objects, origin) && !with(Port::DynamoDb, origin), "{origin}");
        }
    }
}
