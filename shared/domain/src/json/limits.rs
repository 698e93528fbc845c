//! Owns the limits of an old or new value, and how a value is made to fit them.

use super::Json;
use super::pointer::Place;
use crate::adjusted::{Adjusted, Reason};
use crate::validation::Errors;

/// The most levels of containers in a value. `{"a":[1]}` has 2 levels.
pub const MAX_NESTING: usize = 32;
/// The most elements of an array, or members of an object.
pub const MAX_CONTAINER_ELEMENTS: usize = 10_000;
/// The most characters of an object key.
pub const MAX_KEY_CHARS: usize = 512;
/// The most characters in the text of a number that is kept as a number.
pub const MAX_NUMBER_CHARS: usize = 64;
/// The most characters in the text of a number that is kept as a string. RSA keys of 8,192 bits
/// have 2,467 digits.
pub const MAX_NUMBER_TEXT_CHARS: usize = 4_096;

/// Makes a value fit. Its structure is the program's: too many levels or elements and too long keys
/// are errors. Its numbers may be an end user's: a long one becomes a string with the same
/// characters, and `adjusted` says so. `pointer` is the place of `value`.
pub fn fit(value: Json, pointer: &str, errors: &mut Errors, adjusted: &mut Adjusted) -> Json {
    Fitting { root: pointer, errors, adjusted }.fit(value, &Place::Root, 0)
}

struct Fitting<'a> {
    /// The pointer to the value.
    root: &'a str,
    errors: &'a mut Errors,
    adjusted: &'a mut Adjusted,
}

impl Fitting<'_> {
    fn fit(&mut self, value: Json, place: &Place<'_>, depth: usize) -> Json {
        match value {
            Json::TooDeep => self.refuse_depth(place),
            Json::Array(_) | Json::Object(_) if depth == MAX_NESTING => self.refuse_depth(place),
            Json::Number(text) if text.len() > MAX_NUMBER_TEXT_CHARS => {
                self.refuse(place, || {
                    format!("a number may have at most {MAX_NUMBER_TEXT_CHARS} characters")
                });
                Json::Null
            }
            Json::Number(text) if text.len() > MAX_NUMBER_CHARS => {
                self.adjusted.add(&place.pointer(self.root), Reason::NumberAsText);
                Json::Text(text)
            }
            Json::Array(elements) => {
                self.check_count(elements.len(), place);
                let elements = elements.into_iter().enumerate();
                let fit =
                    |(index, element)| self.fit(element, &Place::Index(place, index), depth + 1);
                Json::Array(elements.map(fit).collect())
            }
            Json::Object(members) => {
                self.check_count(members.len(), place);
                let fit = |(key, member): (String, Json)| {
                    self.check_key(&key, place);
                    let member = self.fit(member, &Place::Key(place, &key), depth + 1);
                    (key, member)
                };
                Json::Object(members.into_iter().map(fit).collect())
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => value,
        }
    }

    /// Adds an error, unless as many are listed as may be: then no pointer is made for it. A value
    /// can have 80,000 places that are too deep.
    fn refuse(&mut self, place: &Place<'_>, detail: impl FnOnce() -> String) {
        if !self.errors.is_full() {
            self.errors.add(&place.pointer(self.root), detail());
        }
    }

    fn refuse_depth(&mut self, place: &Place<'_>) -> Json {
        self.refuse(place, || format!("nests more than {MAX_NESTING} levels"));
        Json::Null
    }

    fn check_count(&mut self, count: usize, place: &Place<'_>) {
        if count > MAX_CONTAINER_ELEMENTS {
            self.refuse(place, || format!("may have at most {MAX_CONTAINER_ELEMENTS} elements"));
        }
    }

    fn check_key(&mut self, key: &str, place: &Place<'_>) {
        if key.chars().count() > MAX_KEY_CHARS {
            self.refuse(place, || {
                format!("an object key may have at most {MAX_KEY_CHARS} characters")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use crate::json::pointer::made;

    /// The places of errors, the places of adjustments, and what is kept.
    fn fitted(text: &str) -> (Vec<String>, Vec<String>, Json) {
        let (mut errors, mut adjusted) = (Errors::default(), Adjusted::default());
        let json = parse(text.as_bytes()).unwrap();
        let kept = fit(json, "/new_value", &mut errors, &mut adjusted);
        let adjusted = adjusted.into_vec().into_iter().map(|one| one.pointer).collect();
        let errors = errors.into_vec().into_iter().map(|error| error.pointer).collect();
        (errors, adjusted, kept)
    }

    fn refused(text: &str) -> Vec<String> {
        fitted(text).0
    }

    fn nested(levels: usize) -> String {
        format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn each_limit_of_the_structure_holds_at_the_limit_and_one_above() {
        let pointer_of_level_33 = format!("/new_value{}", "/0".repeat(32));
        assert!(refused(&nested(32)).is_empty());
        assert_eq!(refused(&nested(33)), [pointer_of_level_33.as_str()]);
        assert_eq!(refused(&nested(5_000)), [pointer_of_level_33.as_str()]);

        let array = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert!(refused(&array(10_000)).is_empty());
        assert_eq!(refused(&array(10_001)), ["/new_value"]);

        let key = |chars: usize| format!(r#"{{"{}":1}}"#, "é".repeat(chars));
        assert!(refused(&key(512)).is_empty());
        assert_eq!(refused(&key(513)), ["/new_value"]);
    }

    #[test]
    fn a_pointer_is_made_only_for_an_error_that_is_listed() {
        let before = made();
        let errors =
            refused(&format!("{}{}{}", "[".repeat(32), "[],".repeat(999) + "[]", "]".repeat(32)));
        assert_eq!((errors.len(), made() - before), (20, 20));
    }

    #[test]
    fn a_long_number_becomes_a_string_with_the_same_characters() {
        let number = |digits: usize| fitted(&format!(r#"{{"n":{}}}"#, "1".repeat(digits)));
        assert_eq!(number(64).1, Vec::<String>::new());
        let (refused, adjusted, kept) = number(65);
        assert!(refused.is_empty());
        assert_eq!(adjusted, ["/new_value/n"]);
        let text = Json::Text("1".repeat(65));
        assert_eq!(kept, Json::Object(vec![("n".to_owned(), text)]));
        assert_eq!(number(4_096).0, Vec::<String>::new());
        assert_eq!(number(4_097).0, ["/new_value/n"]);
    }
}
