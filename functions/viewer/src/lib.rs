//! The `viewer` function: serves the admin's page and the files that it loads.
//!
//! The files are compiled in. The function uses neither the store nor credentials: the page itself
//! calls the API, with the token that it was opened with.

mod asset;
mod policy;
mod source;

use asset::{Asset, PAGE, named};
use domain::ports::Spent;
use lambda_http::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::http::{HeaderMap, HeaderValue, StatusCode};
pub use policy::{FrameAncestors, InvalidFrameAncestors};
use std::time::Instant;
use web::facts::{Facts, Finished};
use web::http::{Answer, Request};
use web::problem::ApiError;
use web::query::Query;
use web::routes::{Operation, matched};
use web::service::conclude;

/// The features of a browser that the page must not use (W3C "Permissions Policy").
const PERMISSIONS: &str = "camera=(), clipboard-read=(), display-capture=(), geolocation=(), \
                           microphone=(), payment=(), usb=()";

/// Answers a request. Only pages of `ancestors` may show the page in a frame.
#[must_use]
pub fn answer(ancestors: &FrameAncestors, request: &Request) -> Answer {
    let (started, facts) = (Instant::now(), &Facts::default());
    let outcome = handle(ancestors, request);
    let spent = Spent::default();
    conclude(request, outcome, &Finished { function: "viewer", started, spent, facts })
}

fn handle(ancestors: &FrameAncestors, request: &Request) -> Result<Answer, ApiError> {
    let matched = matched(request)?;
    match (matched.operation, matched.segments.as_slice()) {
        (Operation::GetViewer, []) => Ok(page(ancestors, request)),
        (Operation::GetViewerAsset, [name]) => file(ancestors, request, name),
        _ => Err(ApiError::NotFound),
    }
}

/// `GET /v1/viewer`
///
/// 1. The page: 200, or 304 if the client has it already. The query is for the page's own script
///    and is not read here.
fn page(ancestors: &FrameAncestors, request: &Request) -> Answer {
    served(&PAGE, ancestors, request)
}

/// `GET /v1/viewer/{asset}`
///
/// 1. The name of a file: 404.
/// 2. Query, which must be empty: 400.
/// 3. The file: 200, or 304 if the client has it already.
fn file(ancestors: &FrameAncestors, request: &Request, name: &str) -> Result<Answer, ApiError> {
    let asset = named(name).ok_or(ApiError::NotFound)?;
    Query::parse(&request.query, &[])?;
    Ok(served(asset, ancestors, request))
}

/// Serves an asset in the encoding that the client accepts, or 304 if the client has this text.
///
/// Names stay the same from version to version. Therefore a browser asks each time (`no-cache`),
/// and nearly always gets 304.
fn served(asset: &Asset, ancestors: &FrameAncestors, request: &Request) -> Answer {
    let is_zipped = takes_gzip(request);
    let tag = asset.tag(is_zipped);
    let fixed = |value| HeaderValue::from_static(value);
    let headers = HeaderMap::from_iter([
        (CACHE_CONTROL, fixed("no-cache")),
        (VARY, fixed("accept-encoding")),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (REFERRER_POLICY, fixed("no-referrer")),
        (HeaderName::from_static("permissions-policy"), fixed(PERMISSIONS)),
        (HeaderName::from_static("cross-origin-resource-policy"), fixed(asset.sharing)),
        (CONTENT_TYPE, fixed(asset.media_type)),
    ]);
    let mut answer =
        Answer { status: StatusCode::OK, headers, body: Vec::new() }.with_header(ETAG, &tag);
    answer = answer.with_header(
        HeaderName::from_static("content-security-policy"),
        &ancestors.policy(asset.frames),
    );
    if request.header(IF_NONE_MATCH.as_str()).is_some_and(|known| knows(known, &tag)) {
        answer.headers.remove(CONTENT_TYPE);
        return Answer { status: StatusCode::NOT_MODIFIED, ..answer };
    }
    if is_zipped {
        answer = answer.with_header(CONTENT_ENCODING, "gzip");
    }
    Answer { body: asset.body(is_zipped).to_vec(), ..answer }
}

/// Whether `If-None-Match` names the tag. The header is `*` or a list, and tags are compared weakly
/// (RFC 9110, section 13.1.2).
fn knows(known: &str, tag: &str) -> bool {
    known
        .split(',')
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// Whether `Accept-Encoding` names gzip with a weight above zero (RFC 9110, section 12.5.3). `*` is
/// not read as gzip, because no client relies on it.
fn takes_gzip(request: &Request) -> bool {
    let accepted = request.header(ACCEPT_ENCODING.as_str()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=").unwrap_or("1");
        name.trim().eq_ignore_ascii_case("gzip")
            && weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(header: &str, value: &str) -> Request {
        let headers = [(header.to_owned(), value.to_owned())].into();
        Request {
            method: "GET".to_owned(),
            path: "/v1/viewer/viewer.js".to_owned(),
            headers,
            ..Request::default()
        }
    }

    #[test]
    fn gzip_is_sent_to_who_takes_it_and_unzips_to_the_plain_text() {
        use std::io::Read;
        let ancestors = FrameAncestors::default();
        let plain = answer(&ancestors, &asking("accept-encoding", "br, identity"));
        assert_eq!(plain.headers.get(CONTENT_ENCODING), None);
        for refusal in ["", "gzip;q=0", "gzip; q=0.0", "deflate", "xgzip", "gzip;q=x"] {
            assert_eq!(
                answer(&ancestors, &asking("accept-encoding", refusal)).body,
                plain.body,
                "{refusal}"
            );
        }
        for consent in ["gzip", "br, GZIP", "gzip;q=0.5", "deflate,gzip ; q=1"] {
            let zipped = answer(&ancestors, &asking("accept-encoding", consent));
            assert_eq!(zipped.headers[CONTENT_ENCODING], "gzip", "{consent}");
            assert_ne!(
                zipped.headers[ETAG], plain.headers[ETAG],
                "a strong tag is of one encoding"
            );
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(zipped.body.as_slice()).read_to_end(&mut text).unwrap();
            assert!(text == plain.body && zipped.body.len() < plain.body.len() / 2, "{consent}");
        }
    }

    #[test]
    fn who_has_the_text_is_told_so_without_it() {
        let ancestors = FrameAncestors::default();
        let first = answer(&ancestors, &asking("accept", "*/*"));
        let tag = first.headers[ETAG].to_str().unwrap();
        for known in [tag, "*", &format!("\"a\", W/{tag}")] {
            let again = answer(&ancestors, &asking("if-none-match", known));
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            assert_eq!(again.headers[ETAG], first.headers[ETAG]);
            assert_eq!(again.headers.get(CONTENT_TYPE), None);
        }
        for other in ["", "\"a\"", tag.trim_matches('"')] {
            assert_eq!(
                answer(&ancestors, &asking("if-none-match", other)).status,
                StatusCode::OK,
                "{other}"
            );
        }
    }
}
