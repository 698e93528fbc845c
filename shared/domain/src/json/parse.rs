//! Reads JSON text into a [`Json`] tree. It refuses duplicate keys, keeps the text of numbers, and
//! never recurses deeper than [`MAX_PARSED_DEPTH`].
//!
//! `serde_json` says whether the text is well-formed, and decodes its strings. In between, the text
//! is walked through once, so that the text of a number is never converted, and a deep text costs
//! no more than a flat one.
//!
//! A string may hold half of a surrogate pair: RFC 8259, section 8.2, allows it, and
//! `JSON.stringify` writes it for a name that was cut inside an emoji. Such a half is no Unicode
//! text. [`parse`] refuses it; [`parse_repaired`] replaces each half with U+FFFD where the caller
//! permits it, and says where.

mod text;

use super::Json;
use super::pointer::Place;
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashSet};
use text::Text;

/// Containers are read down to this depth. Deeper ones become [`Json::TooDeep`].
///
/// A value begins at depth 1 of its entry and may have 32 levels ([`super::MAX_NESTING`]). One more
/// level detects the excess: 1 + 32 + 1 = 34. The bound also keeps hostile nesting off the stack.
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
    let mut reader = Reader { text: raw.get(), at: 0, may_repair, repairs: Repairs::default() };
    let json = reader.value(0, &Place::Root)?;
    Ok((json, reader.repairs))
}

/// How many segments of a place decide whether it may be repaired.
const DECIDING_SEGMENTS: usize = 3;

/// Reads a text that is known to be well-formed, from its first byte to its last, each once.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    may_repair: fn(&[&str]) -> bool,
    repairs: Repairs,
}

impl<'t> Reader<'t> {
    /// The next byte that is no white space, which stays the next one.
    fn peek(&mut self) -> Option<u8> {
        loop {
            #[cfg(test)]
            STEPS.set(STEPS.get() + 1);
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Takes the next byte that is no white space.
    fn take(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn value(&mut self, depth: usize, place: &Place<'_>) -> Result<Json, ParseError> {
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_PARSED_DEPTH => {
                self.pass_over();
                Ok(Json::TooDeep)
            }
            Some(b'{') => self.object(depth, place),
            Some(b'[') => self.array(depth, place),
            Some(b'"') => {
                let Text { text, is_repaired } = self.string()?;
                if is_repaired {
                    self.note_repair(place)?;
                }
                Ok(Json::Text(text))
            }
            _ => Ok(match self.scalar() {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                "null" => Json::Null,
                number => Json::Number(number.to_owned()),
            }),
        }
    }

    fn array(&mut self, depth: usize, place: &Place<'_>) -> Result<Json, ParseError> {
        let mut elements = Vec::new();
        self.take();
        if self.peek() == Some(b']') {
            self.take();
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1, &Place::Index(place, elements.len()))?);
            match self.take() {
                Some(b',') => {}
                Some(b']') => return Ok(Json::Array(elements)),
                _ => return Err(ParseError::Malformed),
            }
        }
    }

    fn object(&mut self, depth: usize, place: &Place<'_>) -> Result<Json, ParseError> {
        let (mut members, mut is_repaired) = (Vec::new(), false);
        self.take();
        if self.peek() == Some(b'}') {
            self.take();
            return Ok(Json::Object(members));
        }
        loop {
            self.peek();
            let key = self.string()?;
            is_repaired |= key.is_repaired;
            if self.take() != Some(b':') {
                return Err(ParseError::Malformed);
            }
            let value = self.value(depth + 1, &Place::Key(place, &key.text))?;
            members.push((key.text, value));
            match self.take() {
                Some(b',') => {}
                Some(b'}') => break,
                _ => return Err(ParseError::Malformed),
            }
        }
        let mut keys = HashSet::with_capacity(members.len());
        if !members.iter().all(|(key, _)| keys.insert(key.as_str())) {
            return Err(ParseError::DuplicateKey);
        }
        if is_repaired {
            self.note_repair(place)?;
        }
        Ok(Json::Object(members))
    }

    /// The text from `start` to the present place.
    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A number or a literal: what is before the next sign or white space.
    fn scalar(&mut self) -> &'t str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
        self.at += rest.iter().position(is_end).unwrap_or(rest.len());
        self.since(start)
    }

    /// A string. An escaped quote does not end it.
    fn string(&mut self) -> Result<Text, ParseError> {
        let start = self.at;
        self.pass_over_string();
        Text::of(self.since(start)).ok_or(ParseError::Malformed)
    }

    fn pass_over_string(&mut self) {
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            self.at += end.unwrap_or(rest.len()) + 1;
            match end.and_then(|end| rest.get(end)) {
                // What it escapes is passed over.
                Some(b'\\') => self.at += 1,
                _ => return,
            }
        }
    }

    /// Passes over a container, whatever is in it.
    fn pass_over(&mut self) {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.pass_over_string();
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    /// Lists a place at which something was replaced.
    ///
    /// # Errors
    /// [`ParseError::Malformed`] when nothing may be replaced there.
    fn note_repair(&mut self, place: &Place<'_>) -> Result<(), ParseError> {
        let segments = place.first_segments(DECIDING_SEGMENTS);
        let deciding: Vec<_> = segments.iter().map(AsRef::as_ref).collect();
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

#[cfg(test)]
thread_local! {
    /// The bytes that this thread's readers have looked at one by one.
    static STEPS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests;
