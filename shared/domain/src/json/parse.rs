//! Reads JSON text into a [`Json`] tree. It refuses duplicate keys, keeps the text of numbers, and
//! never recurses deeper than [`MAX_PARSED_DEPTH`].
//!
//! `serde_json` parses one container at a time and gives its elements as raw text, so the text of a
//! number is never converted.

use super::Json;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// Containers are read down to this depth. Deeper ones become [`Json::TooDeep`].
///
/// In a batch, a value begins at depth 3 (`{"entries":[{"new_value":…`) and may have 16 levels
/// ([`super::MAX_NESTING`]). One more level detects the excess: 3 + 16 + 1 = 20. Each level scans
/// the text below it once more, so the bound also keeps hostile nesting cheap.
pub const MAX_PARSED_DEPTH: usize = 20;

/// Why a text is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is not exactly one JSON text in UTF-8 (RFC 8259).
    #[error("not one JSON text in UTF-8")]
    Malformed,
    /// An object has the same key twice after decoding of escapes.
    #[error("an object has the same key twice")]
    DuplicateKey,
}

/// Reads one JSON text.
///
/// # Errors
/// [`ParseError::Malformed`] for anything but one RFC 8259 text in UTF-8 without a byte order mark
/// and lone surrogates; [`ParseError::DuplicateKey`] when an object repeats a key.
pub fn parse(bytes: &[u8]) -> Result<Json, ParseError> {
    let raw: &RawValue = serde_json::from_slice(bytes).ok().ok_or(ParseError::Malformed)?;
    read(raw, 0)
}

fn read(raw: &RawValue, depth: usize) -> Result<Json, ParseError> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth >= MAX_PARSED_DEPTH => Ok(Json::TooDeep),
        Some(b'{') => read_object(text, depth),
        Some(b'[') => {
            let elements: Vec<&RawValue> = read_as(text)?;
            elements
                .into_iter()
                .map(|element| read(element, depth + 1))
                .collect::<Result<_, _>>()
                .map(Json::Array)
        }
        Some(b'"') => read_as(text).map(Json::Text),
        Some(b't') => Ok(Json::Bool(true)),
        Some(b'f') => Ok(Json::Bool(false)),
        Some(b'n') => Ok(Json::Null),
        _ => Ok(Json::Number(text.to_owned())),
    }
}

fn read_as<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ParseError> {
    serde_json::from_str(text).ok().ok_or(ParseError::Malformed)
}

fn read_object(text: &str, depth: usize) -> Result<Json, ParseError> {
    let Members(members) = read_as(text)?;
    let mut keys = HashSet::with_capacity(members.len());
    if !members.iter().all(|(key, _)| keys.insert(key.as_str())) {
        return Err(ParseError::DuplicateKey);
    }
    drop(keys);
    members
        .into_iter()
        .map(|(key, value)| Ok((key, read(value, depth + 1)?)))
        .collect::<Result<_, _>>()
        .map(Json::Object)
}

/// The members of an object: decoded keys and raw values, including repeated keys.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_one_json_text() {
        let cases: [&[u8]; 14] = [
            b"", b"  ", b"{,}", b"[1,]", b"{} {}", b"{'a':1}", b"NaN", b"\xef\xbb\xbf{}",
            b"\xff\xfe{\0}\0", b"\"\xc0\xaf\"", b"\"\xed\xa0\x80\"", br#""\udc00\ud800""#,
            b"\"a\tb\"", b"01",
        ];
        for case in cases {
            assert_eq!(parse(case), Err(ParseError::Malformed), "{case:?}");
        }
    }

    #[test]
    fn refuses_a_repeated_key_at_any_depth_and_in_any_spelling() {
        for text in [r#"{"a":1,"a":1}"#, r#"[[{"x":{"a":1,"\u0061":2}}]]"#, r#"{"":1,"":2}"#] {
            assert_eq!(parse(text.as_bytes()), Err(ParseError::DuplicateKey), "{text}");
        }
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_is_read() {
        let open = "[".repeat(100_000);
        assert_eq!(parse(open.as_bytes()), Err(ParseError::Malformed));
        let mut json = parse(format!("{open}{}", "]".repeat(100_000)).as_bytes()).unwrap();
        for _ in 0..MAX_PARSED_DEPTH {
            let Json::Array(mut elements) = json else { panic!("an array at every level read") };
            json = elements.remove(0);
        }
        assert_eq!(json, Json::TooDeep);
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?".prop_map(Json::Number),
            any::<String>().prop_map(Json::Text),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_text_reads_back_as_the_same_tree(json in any_json()) {
            prop_assert_eq!(parse(json.canonical().as_bytes()), Ok(json));
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = parse(&bytes);
        }
    }
}
