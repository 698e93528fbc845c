//! Reads the body of a request in which the backend says for which admin it acts.

use domain::entry::may_be_repaired_in_admin;
use domain::json::{Json, Repairs, parse_repaired};
use web::body::json_text;
use web::http::Request;
use web::problem::ApiError;

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The body as JSON. Lone surrogates in what the admin chooses are replaced, so that an admin's
/// name never makes the request fail; the second value says where.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`], [`ApiError::PayloadTooLarge`], [`ApiError::MalformedJson`]
/// or [`ApiError::DuplicateKey`], in this order.
pub(crate) fn admin_body(request: &Request) -> Result<(Json, Repairs), ApiError> {
    let text = json_text(request, MAX_BODY_BYTES)?;
    parse_repaired(text, may_be_repaired_in_admin).map_err(ApiError::from)
}
