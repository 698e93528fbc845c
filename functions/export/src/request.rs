//! Reads the request for an export.

use domain::catalog::Catalog;
use domain::fields::Fields;
use domain::filter::Filter;
use domain::job::{Compression, FileFormat};
use domain::json::Json;
use domain::validation::Errors;
use web::body::json_body;
use web::http::Request;
use web::list_query::read_filter_fields;
use web::problem::ApiError;

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) format: FileFormat,
    pub(crate) bom: bool,
    pub(crate) compression: Compression,
    pub(crate) filter: Filter,
}

/// Reads what is asked for from the body of a request.
///
/// # Errors
/// What [`json_body`] refuses; [`ApiError::ValidationFailed`] with every wrong field.
pub(crate) fn read_export_request(
    request: &Request,
    catalog: &Catalog,
) -> Result<Wanted, ApiError> {
    let mut errors = Errors::default();
    let read =
        Fields::of(json_body(request, MAX_BODY_BYTES)?, "", &mut errors).and_then(|mut fields| {
            let format = |text: String| {
                FileFormat::named(&text).ok_or_else(|| "must be csv or ndjson".to_owned())
            };
            let format = fields.text("format", &mut errors, format);
            let bom = read_bom(&mut fields, format, &mut errors);
            let compression = |text: String| {
                Compression::named(&text).ok_or_else(|| "must be none or gzip".to_owned())
            };
            let compression = fields.optional_text("compression", &mut errors, compression);
            let filter = read_filter_fields(&mut fields, catalog, &mut errors);
            fields.refuse_the_rest(&mut errors);
            let compression = compression.unwrap_or_default();
            Some(Wanted { format: format?, bom, compression, filter })
        });
    errors.into_result(read).map_err(ApiError::ValidationFailed)
}

/// Whether the file is to begin with a byte order mark. JSON texts must not have one (RFC 8259,
/// section 8.1), so it is refused for any format but CSV.
fn read_bom(fields: &mut Fields, format: Option<FileFormat>, errors: &mut Errors) -> bool {
    let detail = match fields.take("bom") {
        None | Some(Json::Null | Json::Bool(false)) => return false,
        Some(Json::Bool(true)) if format != Some(FileFormat::Ndjson) => return true,
        Some(Json::Bool(true)) => "must be false with the format ndjson: only CSV can have one",
        Some(_) => "must be true or false",
    };
    errors.add(&fields.pointer_to("bom"), detail);
    false
}
