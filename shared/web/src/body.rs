//! Reads the body of a request: checks its media type and size, then parses its JSON.

use crate::http::{MAX_EVENT_BODY_BYTES, Request};
use crate::problem::ApiError;
use domain::json::{Json, ParseError, parse};

/// Reads a JSON body of at most `limit` bytes.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`], [`ApiError::PayloadTooLarge`], [`ApiError::EventTooLarge`],
/// [`ApiError::MalformedJson`] or [`ApiError::DuplicateKey`], in this order.
pub fn json_body(request: &Request, limit: usize) -> Result<Json, ApiError> {
    parse(json_text(request, limit)?).map_err(ApiError::from)
}

/// The text of a JSON body of at most `limit` bytes, before it is parsed.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`], [`ApiError::PayloadTooLarge`] or
/// [`ApiError::EventTooLarge`], in this order.
pub fn json_text(request: &Request, limit: usize) -> Result<&[u8], ApiError> {
    let is_json = request.header("content-type").is_some_and(is_json_in_utf8);
    if !is_json
        || request
            .header("content-encoding")
            .is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(ApiError::UnsupportedMediaType);
    }
    if request.body.len() > limit {
        return Err(ApiError::PayloadTooLarge(limit));
    }
    let bytes = request.event_bytes();
    if bytes > MAX_EVENT_BODY_BYTES {
        return Err(ApiError::EventTooLarge(bytes));
    }
    Ok(&request.body)
}

impl From<ParseError> for ApiError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Malformed => Self::MalformedJson,
            ParseError::DuplicateKey => Self::DuplicateKey,
        }
    }
}

/// Whether a media type is `application/json`, with no parameter or only `charset=utf-8`. RFC 8259
/// makes that parameter redundant.
fn is_json_in_utf8(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let is_json =
        parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|part| {
            part.is_empty()
                || ["charset=utf-8", "charset=\"utf-8\""]
                    .iter()
                    .any(|utf8| part.eq_ignore_ascii_case(utf8))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf8_is_read() {
        for good in [
            "application/json", "Application/JSON", "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"", "application/json;",
        ] {
            assert!(is_json_in_utf8(good), "{good}");
        }
        for bad in [
            "", "text/json", "application/json; charset=utf-16", "application/json, text/plain",
            "application/problem+json", "application/jsonp", "application/json; q=1",
        ] {
            assert!(!is_json_in_utf8(bad), "{bad}");
        }
    }

    #[test]
    fn the_limit_is_checked_before_the_body_is_read() {
        let headers = [("content-type".to_owned(), "application/json".to_owned())].into();
        let request = Request { headers, body: b"\"xx\"".to_vec(), ..Request::default() };
        assert!(json_body(&request, 4).is_ok());
        assert_eq!(json_body(&request, 3), Err(ApiError::PayloadTooLarge(3)));
    }
}
