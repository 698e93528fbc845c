//! Owns JSON as evidence: a tree that keeps the text of every number, every key and the nesting
//! exactly as they were sent.
//!
//! `serde_json::Value` would alter evidence: of two equal keys it keeps the last, it turns 2^64
//! into a float, and 1e-400 into 0.

mod diff;
mod limits;
mod parse;
mod pointer;
mod split;

pub use diff::{Change, ChangeKind, Changes, difference};
pub use limits::{
    MAX_CONTAINER_ELEMENTS, MAX_KEY_CHARS, MAX_NESTING, MAX_NUMBER_CHARS, MAX_NUMBER_TEXT_CHARS,
    fit,
};
pub use parse::{MAX_PARSED_DEPTH, ParseError, Repairs, parse, parse_repaired};
pub use pointer::pointer_to;
pub use split::{RawMember, split_array, split_object};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value. A number is its text; an object is the list of its members in the order sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its text.
    Number(String),
    /// A string, decoded.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object; no two members have the same key.
    Object(Vec<(String, Json)>),
    /// A container nested deeper than [`MAX_PARSED_DEPTH`]. It is well-formed but was not read, and
    /// [`fit`] always refuses it.
    TooDeep,
}

impl Json {
    /// The canonical text: no white space, object members sorted by the UTF-8 bytes of their keys,
    /// the text of numbers unchanged.
    ///
    /// The id of an entry is derived from this form, so golden tests keep it from changing.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    fn write_canonical(&self, out: &mut String) {
        match self {
            Self::Null | Self::TooDeep => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => write_string(out, text),
            Self::Array(elements) => {
                write_separated(out, ('[', ']'), elements.iter(), |out, element| {
                    element.write_canonical(out);
                });
            }
            Self::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
                write_separated(out, ('{', '}'), sorted.into_iter(), |out, (key, value)| {
                    write_string(out, key);
                    out.push(':');
                    value.write_canonical(out);
                });
            }
        }
    }
}

/// Writes a JSON string. Only `"`, `\` and characters below U+0020 are escaped.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn write_separated<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}

/// Canonical JSON text. An old or new value is stored in this form and returned byte for byte.
#[derive(Debug, Clone)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    /// The canonical text of a value.
    ///
    /// # Errors
    /// Never in practice, because canonical text is JSON; `serde_json` checks it again.
    pub fn of(value: &Json) -> Result<Self, serde_json::Error> {
        Self::from_stored(value.canonical())
    }

    /// Reads text that was stored in canonical form.
    ///
    /// # Errors
    /// When the text is not JSON, so that this service cannot have stored it.
    pub fn from_stored(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden: changing any of these would change the ids of stored entries.
    #[test]
    fn canonical_form_is_fixed() {
        for (sent, canonical) in [
            (r#" { "b" : 1 , "a" : [ ] , "" : { } } "#, r#"{"":{},"a":[],"b":1}"#),
            (
                r"[-0, 1.0, 1E2, 1e-400, 18446744073709551616]",
                r"[-0,1.0,1E2,1e-400,18446744073709551616]",
            ),
            (
                r#""\u0041\/\u00e9\u0000\n\u007f\u2028\ud83d\ude00""#,
                "\"A/é\\u0000\\n\u{7f}\u{2028}😀\"",
            ),
            (
                r#"{"\uffff":1,"\ud83d\ude00":2,"a":3,"B":4}"#,
                "{\"B\":4,\"a\":3,\"\u{ffff}\":1,\"😀\":2}",
            ),
            (
                concat!(
                    r#"{"__proto__":null,"$serde_json::private::RawValue":"1","#,
                    r#""$serde_json::private::Number":"2"}"#
                ),
                concat!(
                    r#"{"$serde_json::private::Number":"2","#,
                    r#""$serde_json::private::RawValue":"1","__proto__":null}"#
                ),
            ),
        ] {
            assert_eq!(parse(sent.as_bytes()).unwrap().canonical(), canonical);
        }
    }
}
