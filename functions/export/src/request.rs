//! Reads the request for an export.

use domain::catalog::Catalog;
use domain::fields::Fields;
use domain::filter::Filter;
use domain::job::{Compression, FileFormat};
use domain::validation::Errors;
use web::body::json_body;
use web::http::Request;
use web::list_query::read_filter_fields;
use web::problem::ApiError;

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Reads the format, the compression and the filters of an export from the body of a request.
///
/// # Errors
/// What [`json_body`] refuses; [`ApiError::ValidationFailed`] with every wrong field.
pub(crate) fn read_export_request(
    request: &Request,
    catalog: &Catalog,
) -> Result<(FileFormat, Compression, Filter), ApiError> {
    let mut errors = Errors::default();
    let read =
        Fields::of(json_body(request, MAX_BODY_BYTES)?, "", &mut errors).and_then(|mut fields| {
            let format = |text: String| {
                FileFormat::named(&text).ok_or_else(|| "must be csv or ndjson".to_owned())
            };
            let format = fields.text("format", &mut errors, format);
            let compression = |text: String| {
                Compression::named(&text).ok_or_else(|| "must be none or gzip".to_owned())
            };
            let compression = fields.optional_text("compression", &mut errors, compression);
            let filter = read_filter_fields(&mut fields, catalog, &mut errors);
            fields.refuse_the_rest(&mut errors);
            Some((format?, compression.unwrap_or_default(), filter))
        });
    errors.into_result(read).map_err(ApiError::ValidationFailed)
}
