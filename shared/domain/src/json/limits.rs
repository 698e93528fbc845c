//! Owns the limits of an old or new value.

use super::{Json, pointer_to};
use crate::validation::Errors;

/// The most levels of containers in a value. `{"a":[1]}` has 2 levels.
pub const MAX_NESTING: usize = 16;
/// The most elements of an array, or members of an object.
pub const MAX_CONTAINER_ELEMENTS: usize = 1_000;
/// The most characters of an object key.
pub const MAX_KEY_CHARS: usize = 512;
/// The most characters in the text of a number.
pub const MAX_NUMBER_CHARS: usize = 64;

/// Adds an error for every part of `value` that exceeds a limit. `pointer` is the place of `value`.
pub fn check_limits(value: &Json, pointer: &str, errors: &mut Errors) {
    check(value, pointer, 0, errors);
}

fn check(value: &Json, pointer: &str, depth: usize, errors: &mut Errors) {
    let too_deep = || format!("nests more than {MAX_NESTING} levels");
    match value {
        Json::TooDeep => errors.add(pointer, too_deep()),
        Json::Array(_) | Json::Object(_) if depth == MAX_NESTING => errors.add(pointer, too_deep()),
        Json::Number(text) if text.len() > MAX_NUMBER_CHARS => {
            errors.add(pointer, format!("a number may have at most {MAX_NUMBER_CHARS} characters"));
        }
        Json::Array(elements) => {
            check_count(elements.len(), pointer, errors);
            for (index, element) in elements.iter().enumerate() {
                check(element, &pointer_to(pointer, &index.to_string()), depth + 1, errors);
            }
        }
        Json::Object(members) => {
            check_count(members.len(), pointer, errors);
            for (key, member) in members {
                if key.chars().count() > MAX_KEY_CHARS {
                    errors.add(
                        pointer,
                        format!("an object key may have at most {MAX_KEY_CHARS} characters"),
                    );
                }
                check(member, &pointer_to(pointer, key), depth + 1, errors);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

fn check_count(count: usize, pointer: &str, errors: &mut Errors) {
    if count > MAX_CONTAINER_ELEMENTS {
        errors.add(pointer, format!("may have at most {MAX_CONTAINER_ELEMENTS} elements"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn found(text: &str) -> Vec<String> {
        let mut errors = Errors::default();
        check_limits(&parse(text.as_bytes()).unwrap(), "/new_value", &mut errors);
        errors.into_vec().into_iter().map(|error| error.pointer).collect()
    }

    fn nested(levels: usize) -> String {
        format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn each_limit_holds_at_the_limit_and_one_above() {
        let pointer_of_level_17 = format!("/new_value{}", "/0".repeat(16));
        assert!(found(&nested(16)).is_empty());
        assert_eq!(found(&nested(17)), [pointer_of_level_17.as_str()]);
        assert_eq!(found(&nested(5_000)), [pointer_of_level_17.as_str()]);

        let array = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert!(found(&array(1_000)).is_empty());
        assert_eq!(found(&array(1_001)), ["/new_value"]);

        let key = |chars: usize| format!(r#"{{"{}":1}}"#, "é".repeat(chars));
        assert!(found(&key(512)).is_empty());
        assert_eq!(found(&key(513)), ["/new_value"]);

        assert!(found(&format!(r#"{{"n":{}}}"#, "1".repeat(64))).is_empty());
        assert_eq!(found(&format!(r#"{{"n":{}}}"#, "1".repeat(65))), ["/new_value/n"]);
    }
}
