//! Decodes strings, also those that hold halves of surrogate pairs.

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::fmt;

/// A decoded string, and whether lone surrogates in it were replaced.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) is_repaired: bool,
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
    /// Decodes a string of a well-formed text, with its quotes. `None` means that it is not
    /// a string.
    pub(super) fn of(quoted: &str) -> Option<Self> {
        match quoted.strip_prefix('"')?.strip_suffix('"')? {
            plain if !plain.contains('\\') => {
                Some(Self { text: plain.to_owned(), is_repaired: false })
            }
            _ => serde_json::from_str(quoted).ok(),
        }
    }

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
