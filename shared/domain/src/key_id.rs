//! Owns the id of a credential: the public part of its token.

use data_encoding::HEXLOWER;

/// The first character of the id of a viewer token.
const VIEWER: char = 'v';

/// The public part of a credential: 16 lower-case hexadecimal digits; or, of a viewer token, `v`
/// and 15 such digits.
///
/// The two kinds are stored under different keys, so that a function which may make viewer tokens
/// cannot make a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The id of a key with these bits.
    #[must_use]
    pub(crate) fn of_bytes(bytes: [u8; 8]) -> Self {
        Self(HEXLOWER.encode(&bytes))
    }

    /// The id of a viewer token with the last 60 of these bits.
    #[must_use]
    pub(crate) fn of_viewer(bytes: [u8; 8]) -> Self {
        Self(HEXLOWER.encode(&bytes).chars().skip(1).fold(VIEWER.to_string(), |mut id, digit| {
            id.push(digit);
            id
        }))
    }

    /// Reads a key id. `None` means that the text is not a key id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(VIEWER).unwrap_or(text);
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 16 && is_hex).then(|| Self(text.to_owned()))
    }

    /// Whether it is the id of a viewer token.
    #[must_use]
    pub fn is_of_viewer(&self) -> bool {
        self.0.starts_with(VIEWER)
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_has_one_spelling_of_each_kind() {
        let key = KeyId::of_bytes([0x0a; 8]);
        let viewer = KeyId::of_viewer([0x0a; 8]);
        assert_eq!((key.as_str(), viewer.as_str()), ("0a0a0a0a0a0a0a0a", "va0a0a0a0a0a0a0a"));
        assert!(!key.is_of_viewer() && viewer.is_of_viewer());
        for id in [key, viewer] {
            assert_eq!(KeyId::parse(id.as_str()), Some(id));
        }
        let wrong = ["", "v", "va0a0a0a0a0a0a0a0", "vva0a0a0a0a0a0a0", "Va0a0a0a0a0a0a0a"];
        for text in wrong.into_iter().chain(["0a0a0a0a0a0a0a0v", "a0a0a0a0a0a0a0a"]) {
            assert_eq!(KeyId::parse(text), None, "{text}");
        }
    }
}
