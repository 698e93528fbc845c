//! Collects the errors of a request, field by field.

use serde::Serialize;

/// The most errors that one answer lists.
const MAX_ERRORS: usize = 20;

/// The longest pointer of an error. A longer one is shortened to the nearest container that fits.
pub(crate) const MAX_POINTER_BYTES: usize = 256;

/// The error of one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field, as an RFC 6901 pointer into the body. For a query parameter, `/` and its name.
    pub pointer: String,
    /// The rule that the field breaks. It never has the received value, which may be a secret.
    pub detail: String,
}

/// The errors found in a request so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// Adds an error at `pointer`. After 20 errors, further ones are dropped.
    pub fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        if !self.is_full() {
            let pointer = shortened_pointer(pointer).to_owned();
            self.0.push(FieldError { pointer, detail: detail.into() });
        }
    }

    /// Whether further errors would be dropped, so that the caller need not look for them.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= MAX_ERRORS
    }

    /// `value`, if there is one and no error was added.
    ///
    /// # Errors
    /// The errors that were added.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }

    /// The errors that were added.
    #[must_use]
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}

/// A pointer, shortened to the nearest container whose pointer has at most 256 bytes.
pub(crate) fn shortened_pointer(mut pointer: &str) -> &str {
    while pointer.len() > MAX_POINTER_BYTES {
        pointer = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pointer_stops_at_the_container_that_fits() {
        let mut errors = Errors::default();
        errors.add(&format!("/old_value/a/{}", "k".repeat(300)), "detail");
        assert_eq!(errors.into_vec().remove(0).pointer, "/old_value/a");
    }

    #[test]
    fn at_most_twenty_errors_are_listed() {
        let mut errors = Errors::default();
        (0..30).for_each(|index| errors.add(&format!("/{index}"), "detail"));
        assert_eq!(errors.into_vec().len(), 20);
    }
}
