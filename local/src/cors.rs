//! Owns which pages of other sites may read the API (CORS), as the HTTP API of the template does:
//! the gateway answers a preflight by itself, and adds its headers to the answers for origins that
//! are named. Source: "Configure CORS for HTTP APIs", API Gateway developer guide.

use aws::config::optional_setting;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use web::http::Answer;

/// The setting with the origins, separated by commas. The stack's parameter is `CorsOrigins`.
const CORS_ORIGINS: &str = "CORS_ORIGINS";

/// The origins whose pages may read. An empty setting allows no origin.
#[derive(Debug, Default)]
pub(crate) struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// The origins of the environment.
    pub(crate) fn from_environment() -> Self {
        Self::of(&optional_setting(CORS_ORIGINS).unwrap_or_default())
    }

    fn of(setting: &str) -> Self {
        let origins = setting.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        Self { origins: origins.map(str::to_owned).collect() }
    }

    /// Whether a request is a preflight, which no function sees.
    pub(crate) fn is_preflight(&self, method: &Method, headers: &HeaderMap) -> bool {
        *method == Method::OPTIONS
            && self.allowed(headers).is_some()
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Adds to an answer that the page which asked may read it, if it may.
    pub(crate) fn allow(&self, asked: &HeaderMap, mut answer: Answer) -> Answer {
        let Some(origin) = self.allowed(asked) else { return answer };
        let fixed = HeaderValue::from_static;
        answer.headers.extend([
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
            (header::ACCESS_CONTROL_ALLOW_METHODS, fixed("GET,HEAD")),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, fixed("authorization")),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, fixed("link,retry-after,x-request-id")),
            (header::ACCESS_CONTROL_MAX_AGE, fixed("600")),
        ]);
        answer.headers.append(header::VARY, fixed("origin"));
        answer
    }

    fn allowed<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(setting: &str, origin: &'static str) -> Option<HeaderValue> {
        let asked = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))]);
        let mut answer = Cors::of(setting).allow(&asked, Answer::default());
        answer.headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN)
    }

    #[test]
    fn only_pages_of_a_named_origin_may_read() {
        let two = "https://app.example.com, https://admin.example.com";
        for origin in ["https://app.example.com", "https://admin.example.com"] {
            assert_eq!(answered(two, origin).unwrap(), origin);
            assert_eq!(answered("", origin), None, "by default none");
        }
        for other in ["https://app.example.com:444", "http://app.example.com", "null", "*"] {
            assert_eq!(answered(two, other), None, "{other}");
        }
    }

    #[test]
    fn a_preflight_is_one_of_a_named_origin() {
        let cors = Cors::of("https://app.example.com");
        let mut asked = HeaderMap::from_iter([(
            header::ORIGIN,
            HeaderValue::from_static("https://app.example.com"),
        )]);
        assert!(!cors.is_preflight(&Method::OPTIONS, &asked));
        asked.insert(header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET"));
        assert!(cors.is_preflight(&Method::OPTIONS, &asked));
        assert!(!cors.is_preflight(&Method::GET, &asked));
        assert!(!Cors::default().is_preflight(&Method::OPTIONS, &asked));
    }
}
