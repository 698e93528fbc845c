//! Reads JSON text into a [`Json`] tree. It refuses duplicate keys, keeps the text of numbers, and
//! never recurses deeper than [`MAX_PARSED_DEPTH`].
//!
//! `serde_json` parses one container at a time and gives its elements as raw text, so the text of a
//! number is never converted.
//!
//! A string may hold half of a surrogate pair: RFC 8259, section 8.2, allows it, and
//! `JSON.stringify` writes it for a name that was cut inside an emoji. Such a half is no Unicode
//! text. [`parse`] refuses it; [`parse_repaired`] replaces each half with U+FFFD where the caller
//! permits it, and says where.

use super::Json;
use super::pointer::Place;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// Containers are read down to this depth. Deeper ones become [`Json::TooDeep`].
///
/// A value begins at depth 1 of its entry and may have 32 levels ([`super::MAX_NESTING`]). One more
/// level detects the excess: 1 + 32 + 1 = 34. Each level scans the text below it once more, so the
/// bound also keeps hostile nesting cheap.
pub const MAX_PARSED_DEPTH: usize = 34;

/// The most repaired places that are listed. [`Repairs::has_more`] tells of further ones.
const MAX_LISTED_REPAIRS: usize = 20;

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

/// The places at which halves of surrogate pairs were replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repairs {
    /// The places, as RFC 6901 pointers; the smallest 20, whatever the order of the text. A
    /// repaired key is reported at its object.
    pub pointers: BTreeSet<String>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Reads one JSON text.
///
/// # Errors
/// [`ParseError::Malformed`] for anything but one RFC 8259 text in UTF-8 without a byte order mark
/// and lone surrogates; [`ParseError::DuplicateKey`] when an object repeats a key.
pub fn parse(bytes: &[u8]) -> Result<Json, ParseError> {
    parse_repaired(bytes, |_| false).map(|(json, _)| json)
}

/// Reads one JSON text, and replaces each lone surrogate with U+FFFD at the places that
/// `may_repair` permits. It gets the place as the segments of its pointer, at most the first three:
/// `["actor", "name"]`.
///
/// # Errors
/// Those of [`parse`]. A lone surrogate at any other place is [`ParseError::Malformed`].
pub fn parse_repaired(
    bytes: &[u8],
    may_repair: fn(&[&str]) -> bool,
) -> Result<(Json, Repairs), ParseError> {
    let raw: &RawValue = serde_json::from_slice(bytes).ok().ok_or(ParseError::Malformed)?;
    let mut reader = Reader { may_repair, repairs: Repairs::default() };
    let json = reader.read(raw, 0, &Place::Root)?;
    Ok((json, reader.repairs))
}

/// How many segments of a place decide whether it may be repaired.
const DECIDING_SEGMENTS: usize = 3;

struct Reader {
    may_repair: fn(&[&str]) -> bool,
    repairs: Repairs,
}

impl Reader {
    fn read(
        &mut self,
        raw: &RawValue,
        depth: usize,
        place: &Place<'_>,
    ) -> Result<Json, ParseError> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{' | b'[') if depth >= MAX_PARSED_DEPTH => Ok(Json::TooDeep),
            Some(b'{') => self.read_object(text, depth, place),
            Some(b'[') => {
                let elements: Vec<&RawValue> = read_as(text)?;
                elements
                    .into_iter()
                    .enumerate()
                    .map(|(index, element)| {
                        self.read(element, depth + 1, &Place::Index(place, index))
                    })
                    .collect::<Result<_, _>>()
                    .map(Json::Array)
            }
            Some(b'"') => {
                let Text { text, is_repaired } = read_as(text)?;
                if is_repaired {
                    self.note_repair(place)?;
                }
                Ok(Json::Text(text))
            }
            Some(b't') => Ok(Json::Bool(true)),
            Some(b'f') => Ok(Json::Bool(false)),
            Some(b'n') => Ok(Json::Null),
            _ => Ok(Json::Number(text.to_owned())),
        }
    }

    fn read_object(
        &mut self,
        text: &str,
        depth: usize,
        place: &Place<'_>,
    ) -> Result<Json, ParseError> {
        let Members(members) = read_as(text)?;
        let mut keys = HashSet::with_capacity(members.len());
        if !members.iter().all(|(key, _)| keys.insert(key.text.as_str())) {
            return Err(ParseError::DuplicateKey);
        }
        drop(keys);
        if members.iter().any(|(key, _)| key.is_repaired) {
            self.note_repair(place)?;
        }
        members
            .into_iter()
            .map(|(key, value)| {
                let value = self.read(value, depth + 1, &Place::Key(place, &key.text))?;
                Ok((key.text, value))
            })
            .collect::<Result<_, _>>()
            .map(Json::Object)
    }

    /// Lists a place at which something was replaced.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] when nothing may be replaced there.
    fn note_repair(&mut self, place: &Place<'_>) -> Result<(), ParseError> {
        let segments = place.segments();
        let deciding: Vec<_> = segments.iter().take(DECIDING_SEGMENTS).map(AsRef::as_ref).collect();
        if !(self.may_repair)(&deciding) {
            return Err(ParseError::Malformed);
        }
        self.repairs.pointers.insert(place.pointer(""));
        if self.repairs.pointers.len() > MAX_LISTED_REPAIRS {
            self.repairs.pointers.pop_last();
            self.repairs.has_more = true;
        }
        Ok(())
    }
}

fn read_as<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ParseError> {
    serde_json::from_str(text).ok().ok_or(ParseError::Malformed)
}

/// A decoded string, and whether lone surrogates in it were replaced.
struct Text {
    text: String,
    is_repaired: bool,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Decode;
        impl Visitor<'_> for Decode {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Text::of_wtf8(bytes))
            }
        }
        // As bytes, `serde_json` gives a string in WTF-8, which encodes a lone surrogate like any
        // other code point; as a `str` it would refuse one.
        deserializer.deserialize_bytes(Decode)
    }
}

impl Text {
    fn of_wtf8(bytes: &[u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self { text: text.to_owned(), is_repaired: false };
        }
        // In WTF-8 the only bytes that are not UTF-8 are lone surrogates: ED, then A0 to BF, then
        // one more byte. The decoder reports each of the three as an error of one byte, and no
        // other sequence begins with ED A0 to ED BF.
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if chunk.invalid() == [0xED] {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Self { text, is_repaired: true }
    }
}

/// The members of an object: decoded keys and raw values, including repeated keys.
struct Members<'a>(Vec<(Text, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(Text, &'de RawValue)>;

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

    #[test]
    fn a_lone_surrogate_is_replaced_where_that_is_permitted() {
        let names = |place: &[&str]| place == ["actor", "name"] || place.first() == Some(&"value");
        let text = concat!(
            r#"{"actor":{"name":"a\ud83d","id":"i"},"#,
            r#""value":{"k":["\udc00\ud800x","\ud83d\ude00"],"\udfff":"\ud800\u0041"}}"#
        );
        let (json, repairs) = parse_repaired(text.as_bytes(), names).unwrap();
        assert_eq!(
            json.canonical(),
            "{\"actor\":{\"id\":\"i\",\"name\":\"a\u{fffd}\"},\
             \"value\":{\"k\":[\"\u{fffd}\u{fffd}x\",\"😀\"],\"\u{fffd}\":\"\u{fffd}A\"}}"
        );
        let places = ["/actor/name", "/value", "/value/k/0", "/value/\u{fffd}"];
        assert!(repairs.pointers.iter().eq(&places));
        assert!(!repairs.has_more);
        for elsewhere in
            [r#"{"actor":{"id":"\ud83d"}}"#, r#"{"actor":{"\ud83d":1}}"#, r#""\ud83d""#]
        {
            assert_eq!(parse_repaired(elsewhere.as_bytes(), names), Err(ParseError::Malformed));
        }
        let twice = br#"{"value":{"\ud800":1,"\ud801":2}}"#;
        assert_eq!(parse_repaired(twice, names), Err(ParseError::DuplicateKey));
    }

    #[test]
    fn the_list_of_repairs_is_bounded() {
        let many = format!("[{}]", vec![r#""\ud83d""#; 21].join(","));
        let (_, repairs) = parse_repaired(many.as_bytes(), |_| true).unwrap();
        assert_eq!((repairs.pointers.len(), repairs.has_more), (20, true));
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
