//! Reads a query string strictly: nothing in it is guessed or ignored, because a mistyped filter
//! must not widen a query.

use crate::problem::ApiError;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// The parameters of a query string, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads `application/x-www-form-urlencoded` text, in which `+` is a space. Each parameter must
    /// be `known` and given once.
    ///
    /// It takes the raw query string, because API Gateway joins repeated parameters with commas in
    /// `queryStringParameters`.
    ///
    /// # Errors
    /// [`ApiError::MalformedQuery`], [`ApiError::UnknownParameter`] or
    /// [`ApiError::DuplicateParameter`].
    pub fn parse(raw: &str, known: &[&str]) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if !known.contains(&name.as_str()) {
                return Err(ApiError::UnknownParameter(shown(&name)));
            }
            if parameters.insert(name.clone(), value).is_some() {
                return Err(ApiError::DuplicateParameter(name));
            }
        }
        Ok(Self(parameters))
    }

    /// Takes out the value of a parameter, if it was given.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Whether no parameter is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn decode(text: &str) -> Result<String, ApiError> {
    let is_encoded = |(at, _): (usize, char)| {
        let digits = text.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    if !text.is_ascii() || !text.char_indices().filter(|(_, c)| *c == '%').all(is_encoded) {
        return Err(ApiError::MalformedQuery);
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(std::borrow::Cow::into_owned);
    decoded.ok().ok_or(ApiError::MalformedQuery)
}

/// The name of an unknown parameter as an answer may show it: only if it is plain and short,
/// because a name may be a secret sent in the wrong place.
fn shown(name: &str) -> String {
    let is_plain = name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if is_plain { name.to_owned() } else { "(its name is not shown)".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: [&str; 2] = ["a", "b"];

    #[test]
    fn reads_form_encoding() {
        let mut query = Query::parse("a=x%20y+z%2B%C3%A9&b", &KNOWN).unwrap();
        assert_eq!(query.take("a").as_deref(), Some("x y z+é"));
        assert_eq!(query.take("b").as_deref(), Some(""));
        assert!(query.is_empty());
        assert!(Query::parse("", &KNOWN).unwrap().is_empty());
        assert_eq!(Query::parse("a=1=2", &KNOWN).unwrap().take("a").as_deref(), Some("1=2"));
    }

    #[test]
    fn refuses_what_cannot_be_meant() {
        for bad in ["a=%", "a=%z", "a=%zz", "a=%2", "a=%ff", "a=%c3", "%zz=1", "a=é", "a=%+1"] {
            assert_eq!(Query::parse(bad, &KNOWN), Err(ApiError::MalformedQuery), "{bad}");
        }
        assert_eq!(
            Query::parse("a=1&c=2", &KNOWN),
            Err(ApiError::UnknownParameter("c".to_owned()))
        );
        assert_eq!(Query::parse("A=1", &KNOWN), Err(ApiError::UnknownParameter("A".to_owned())));
        assert_eq!(
            Query::parse("<b>=1", &KNOWN),
            Err(ApiError::UnknownParameter("(its name is not shown)".to_owned()))
        );
        assert_eq!(
            Query::parse("a=1&a=1", &KNOWN),
            Err(ApiError::DuplicateParameter("a".to_owned()))
        );
        assert_eq!(
            Query::parse("a=1&%61=1", &KNOWN),
            Err(ApiError::DuplicateParameter("a".to_owned()))
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,60}") {
            let _ = Query::parse(&text, &KNOWN);
        }
    }
}
