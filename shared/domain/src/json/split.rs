//! Splits the text of a batch into the texts of its entries before any of them is judged, so that
//! whatever is wrong inside one entry stays that entry's own fault.
//!
//! It looks at strings and brackets only. An element ends at the comma or bracket that closes it,
//! whether or not the text in between is JSON: `[{"a":NaN},{"b":1}]` has two elements.

use super::ParseError;

/// The raw texts of the key and the value of a member of an object.
pub type RawMember<'a> = (&'a [u8], &'a [u8]);

/// An object, split into its members: the raw text of each key and value.
///
/// # Errors
/// [`ParseError::Malformed`] when the text is no object as far as strings and brackets show.
pub fn split_object(bytes: &[u8]) -> Result<Vec<RawMember<'_>>, ParseError> {
    let mut scanner = Scanner { bytes, at: 0 };
    let mut members = Vec::new();
    scanner.expect(b'{')?;
    if !scanner.skips(b'}') {
        loop {
            let key = scanner.string()?;
            scanner.expect(b':')?;
            members.push((key, scanner.element()?));
            if scanner.skips(b'}') {
                break;
            }
            scanner.expect(b',')?;
        }
    }
    scanner.end()?;
    Ok(members)
}

/// An array, split into the raw texts of its elements. `None` means that the text is no array.
///
/// # Errors
/// [`ParseError::Malformed`] when the array does not end as its brackets say.
pub fn split_array(bytes: &[u8]) -> Result<Option<Vec<&[u8]>>, ParseError> {
    let mut scanner = Scanner { bytes, at: 0 };
    if !scanner.skips(b'[') {
        return Ok(None);
    }
    let mut elements = Vec::new();
    if !scanner.skips(b']') {
        loop {
            elements.push(scanner.element()?);
            if scanner.skips(b']') {
                break;
            }
            scanner.expect(b',')?;
        }
    }
    scanner.end()?;
    Ok(Some(elements))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips white space and then `byte`, if that comes next.
    fn skips(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), ParseError> {
        if self.skips(byte) { Ok(()) } else { Err(ParseError::Malformed) }
    }

    fn end(&mut self) -> Result<(), ParseError> {
        self.skip_white_space();
        if self.peek().is_none() { Ok(()) } else { Err(ParseError::Malformed) }
    }

    fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// A string with its quotes. An escaped character never ends it.
    fn string(&mut self) -> Result<&'a [u8], ParseError> {
        self.skip_white_space();
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek().ok_or(ParseError::Malformed)? {
                b'"' => {
                    self.at += 1;
                    return Ok(self.since(start));
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// One element: everything up to the comma or bracket that ends it.
    fn element(&mut self) -> Result<&'a [u8], ParseError> {
        self.skip_white_space();
        let start = self.at;
        let mut open = Vec::new();
        loop {
            match self.peek().ok_or(ParseError::Malformed)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                bracket @ (b'{' | b'[') => open.push(bracket),
                b',' | b'}' | b']' if open.is_empty() => break,
                b'}' if open.pop() != Some(b'{') => return Err(ParseError::Malformed),
                b']' if open.pop() != Some(b'[') => return Err(ParseError::Malformed),
                _ => {}
            }
            self.at += 1;
        }
        Ok(self.since(start).trim_ascii_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Json, parse};
    use proptest::prelude::*;

    fn elements(text: &str) -> Result<Option<Vec<&str>>, ParseError> {
        let split = split_array(text.as_bytes())?;
        Ok(split.map(|elements| {
            elements.into_iter().map(|element| std::str::from_utf8(element).unwrap()).collect()
        }))
    }

    #[test]
    fn what_is_wrong_inside_an_element_does_not_move_the_others() {
        let cases = [
            (r"[]", vec![]),
            (r" [ ] ", vec![]),
            (r#"[{"a":1}, {"b":[1,2]} ]"#, vec![r#"{"a":1}"#, r#"{"b":[1,2]}"#]),
            (
                r#"[{"a":NaN},{"a":1,"a":2},{"b":1}]"#,
                vec![r#"{"a":NaN}"#, r#"{"a":1,"a":2}"#, r#"{"b":1}"#],
            ),
            (
                r#"[{"a":"]},[\"\\"},{"\ud83d":0x1},undefined]"#,
                vec![r#"{"a":"]},[\"\\"}"#, r#"{"\ud83d":0x1}"#, "undefined"],
            ),
            ("[,1]", vec!["", "1"]),
            ("[1,]", vec!["1", ""]),
        ];
        for (text, expected) in cases {
            assert_eq!(elements(text), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_array_or_ends_wrongly_is_not_split() {
        for text in ["{}", "1", "", "\"[]\"", "null"] {
            assert_eq!(elements(text), Ok(None), "{text}");
        }
        for text in ["[", "[1", "[1}", "[{]", "[[}]", "[\"]", "[\"\\", "[] x", "[1],", "[{}}]"] {
            assert_eq!(elements(text), Err(ParseError::Malformed), "{text}");
        }
    }

    #[test]
    fn an_object_is_split_into_keys_and_values() {
        let split = split_object(br#" {"entries" : [1, {"a":NaN}] , "\u0061":"x"} "#).unwrap();
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        let split: Vec<_> =
            split.into_iter().map(|(key, value)| (text(key), text(value))).collect();
        assert_eq!(split, [(r#""entries""#, r#"[1, {"a":NaN}]"#), (r#""\u0061""#, r#""x""#)]);
        assert_eq!(split_object(b"{}"), Ok(vec![]));
        for text in ["", "[]", "{", "{a:1}", r#"{"a"}"#, r#"{"a":1"#, r#"{"a":1}}"#, "{,}"] {
            assert_eq!(split_object(text.as_bytes()), Err(ParseError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn json_is_split_as_it_is_parsed(
            values in prop::collection::vec("[\\[\\]{},\"\\\\ab]{0,8}", 0..6),
        ) {
            let values: Vec<_> = values.into_iter().map(Json::Text).collect();
            let text = Json::Array(values.clone()).canonical();
            let split = split_array(text.as_bytes()).unwrap().unwrap();
            let read: Vec<_> = split.into_iter().map(|element| parse(element).unwrap()).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn any_bytes_are_split_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = split_array(&bytes);
            let _ = split_object(&bytes);
        }
    }
}
