//! Reads one parameter of a query string by its rule.

use crate::query::Query;
use domain::validation::Errors;

/// Takes a parameter and reads it by its rule. `None` means that it is absent or that its error was
/// added.
pub(super) fn read<T>(
    query: &mut Query,
    name: &str,
    errors: &mut Errors,
    rule: impl FnOnce(String) -> Result<T, String>,
) -> Option<T> {
    rule(query.take(name)?).map_err(|detail| errors.add(&format!("/{name}"), detail)).ok()
}

/// Reads a whole number from 1 to `most`, in its one spelling: digits without a leading zero.
pub(super) fn whole_number<
    T: std::str::FromStr + PartialOrd + From<u8> + std::fmt::Display + Copy,
>(
    text: &str,
    most: T,
) -> Result<T, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let number = if is_plain { text.parse().ok() } else { None };
    number
        .filter(|number| (T::from(1)..=most).contains(number))
        .ok_or_else(|| format!("must be a whole number from 1 to {most}"))
}
