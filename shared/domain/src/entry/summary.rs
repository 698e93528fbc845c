//! Owns what an entry changed, in short, for the row of a list.

use crate::json::{Change, Json, JsonText, ParseError, difference, parse, pointer_to};
use serde::Serialize;
use std::fmt::Write;

/// The most differences that are told.
pub const MOST_TOLD: usize = 3;
/// The most characters of a text, of the spelling of a number, and of a path.
pub const MAX_TOLD_CHARS: usize = 40;
/// What stands for the rest of a text.
const REST: char = '…';
/// Longer values are not compared, because whoever records waits for it.
const MAX_COMPARED_BYTES: usize = 16 * 1_024;
/// How a value that is not there is stored: no simple value is an array.
const ABSENT: &str = "[]";

/// The differences between the old and the new value of an entry, the first of them told.
///
/// A difference is told if both its values are simple: texts, numbers, `true`, `false` or `null`.
/// An object that only one side has is told by its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many differences there are.
    pub total: u32,
    /// The first three of those that can be told. It is never empty.
    pub first: Vec<Brief>,
}

/// One difference between simple values. A text of more than 40 characters is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// The place in the new value, or in the old value of what was removed, as an RFC 6901 pointer.
    pub path: String,
    /// The value before; absent if something was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<JsonText>,
    /// The value after; absent if something was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<JsonText>,
}

impl Summary {
    /// What changed from an old to a new value. `None` means that nothing can be told.
    #[must_use]
    pub fn of(old: Option<&JsonText>, new: Option<&JsonText>) -> Option<Self> {
        let bytes: usize = old.iter().chain(&new).map(|value| value.as_str().len()).sum();
        if bytes > MAX_COMPARED_BYTES {
            return None;
        }
        let (old, new) = (read(old).ok()?, read(new).ok()?);
        let mut summary = Self { total: 0, first: Vec::new() };
        if old.is_some() && new.is_some() {
            let changes = difference(old.as_ref(), new.as_ref()).ok()?;
            if changes.truncated {
                return None;
            }
            for Change { path, old_value, new_value, .. } in &changes.changes {
                let (old, new) = (read(old_value.as_ref()).ok()?, read(new_value.as_ref()).ok()?);
                summary.add(path, (old.as_ref(), new.as_ref()));
            }
        } else {
            summary.add("", (old.as_ref(), new.as_ref()));
        }
        (!summary.first.is_empty()).then_some(summary)
    }

    fn add(&mut self, path: &str, sides: Sides<'_>) {
        match sides {
            (Some(old), None) => self.add_side(path, old, |old| (Some(old), None)),
            (None, Some(new)) => self.add_side(path, new, |new| (None, Some(new))),
            (None, None) => {}
            sides => self.tell(path, sides),
        }
    }

    /// Adds a value that only one side has or, if it is an object, its members.
    fn add_side(&mut self, path: &str, value: &Json, sides: fn(&Json) -> Sides<'_>) {
        match value {
            Json::Object(members) if !members.is_empty() => {
                for (key, member) in members {
                    self.add_side(&pointer_to(path, key), member, sides);
                }
            }
            _ => self.tell(path, sides(value)),
        }
    }

    fn tell(&mut self, path: &str, sides: Sides<'_>) {
        self.total = self.total.saturating_add(1);
        if self.first.len() < MOST_TOLD {
            self.first.extend(Brief::of(path, sides));
        }
    }

    /// The form in which it is stored: JSON, with the number of differences and then, for each that
    /// is told, the path, the old value and the new one, such as `[1,["/role","viewer","admin"]]`.
    /// A value that is not there is an empty array.
    #[must_use]
    pub fn stored(&self) -> String {
        let mut text = format!("[{}", self.total);
        for Brief { path, old, new } in &self.first {
            let path = serde_json::Value::from(path.as_str());
            let side = |value: &Option<JsonText>| {
                value.as_ref().map_or(ABSENT, JsonText::as_str).to_owned()
            };
            let _ = write!(text, ",[{path},{},{}]", side(old), side(new));
        }
        text.push(']');
        text
    }

    /// Reads the form in which it is stored. `None` means that this is not that form.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let Json::Array(parts) = parse(text.as_bytes()).ok()? else { return None };
        let (Json::Number(total), told) = parts.split_first()? else { return None };
        let first: Option<Vec<_>> = told.iter().map(Brief::from_stored).collect();
        Some(Self { total: total.parse().ok()?, first: first.filter(|first| !first.is_empty())? })
    }
}

/// The old and the new value.
type Sides<'a> = (Option<&'a Json>, Option<&'a Json>);

impl Brief {
    fn of(path: &str, (old, new): Sides<'_>) -> Option<Self> {
        let side = |value: Option<&Json>| match value {
            Some(value) => simple(value).map(Some),
            None => Some(None),
        };
        let (old, new) = (side(old)?, side(new)?);
        // Two long texts may begin alike: what is shown of them would not tell the difference.
        let is_told = path.chars().count() <= MAX_TOLD_CHARS && old != new;
        is_told.then(|| Self { path: path.to_owned(), old, new })
    }

    fn from_stored(part: &Json) -> Option<Self> {
        let Json::Array(parts) = part else { return None };
        let [Json::Text(path), old, new] = parts.as_slice() else { return None };
        let side = |value: &Json| match value {
            Json::Array(_) => Some(None),
            value => JsonText::of(value).ok().map(Some),
        };
        Some(Self { path: path.clone(), old: side(old)?, new: side(new)? })
    }
}

/// The text of a simple value, cut if it is long. `None` means that the value is not simple.
fn simple(value: &Json) -> Option<JsonText> {
    let value = match value {
        Json::Array(_) | Json::Object(_) => return None,
        Json::Number(number) if number.len() > MAX_TOLD_CHARS => return None,
        Json::Text(text) if text.chars().count() > MAX_TOLD_CHARS => {
            Json::Text(text.chars().take(MAX_TOLD_CHARS - 1).chain([REST]).collect())
        }
        value => value.clone(),
    };
    JsonText::of(&value).ok()
}

/// A value that is there or not.
fn read(value: Option<&JsonText>) -> Result<Option<Json>, ParseError> {
    value.map(|value| parse(value.as_str().as_bytes())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The wire form of a summary, and the same after it was stored and read.
    fn told(old: &str, new: &str) -> serde_json::Value {
        let text = |text: &str| {
            (!text.is_empty()).then(|| JsonText::of(&parse(text.as_bytes()).unwrap()).unwrap())
        };
        let summary = Summary::of(text(old).as_ref(), text(new).as_ref());
        if let Some(summary) = &summary {
            assert_eq!(Summary::from_stored(&summary.stored()).as_ref(), Some(summary));
        }
        serde_json::to_value(&summary).unwrap()
    }

    #[test]
    fn simple_values_are_told_with_their_place() {
        assert_eq!(
            told(r#"{"role":"viewer","seats":1.50}"#, r#"{"role":"admin","seats":1.50}"#),
            json!({ "total": 1, "first": [{ "path": "/role", "old": "viewer", "new": "admin" }] })
        );
        assert_eq!(
            told(r#"{"a":{"b~/c":null}}"#, r#"{"a":{"b~/c":true,"d":-1e9}}"#),
            json!({ "total": 2, "first": [
                { "path": "/a/b~0~1c", "old": null, "new": true },
                { "path": "/a/d", "new": -1e9 },
            ] })
        );
        assert_eq!(
            told("1", "\"x\""),
            json!({ "total": 1, "first": [{ "path": "", "old": 1, "new": "x" }] })
        );
    }

    #[test]
    fn what_only_one_side_has_is_told_by_its_members() {
        assert_eq!(
            told("", r#"{"name":"Apollo","by":{"id":7},"tags":[1],"open":true,"x":1}"#),
            json!({ "total": 5, "first": [
                { "path": "/by/id", "new": 7 },
                { "path": "/name", "new": "Apollo" },
                { "path": "/open", "new": true },
            ] })
        );
        assert_eq!(
            told(r#"{"a":{"b":"c"}}"#, "{}"),
            json!({ "total": 1, "first": [{ "path": "/a/b", "old": "c" }] })
        );
    }

    #[test]
    fn what_cannot_be_told_counts() {
        assert_eq!(
            told(r#"{"a":[1],"b":1}"#, r#"{"a":[1,{"c":2},[3]],"b":[]}"#),
            json!({ "total": 3, "first": [{ "path": "/a/1/c", "new": 2 }] })
        );
        assert_eq!(told(r#"{"a":[1]}"#, r#"{"a":{}}"#), json!(null), "nothing is left to tell");
        assert_eq!(told("{}", "{}"), json!(null));
        assert_eq!(told("", ""), json!(null));
        let long_path = format!(r#"{{"{}":1}}"#, "k".repeat(40));
        assert_eq!(told("{}", &long_path), json!(null));
        let long_number = format!(r#"{{"n":{},"m":1}}"#, "1".repeat(41));
        assert_eq!(
            told("{}", &long_number),
            json!({ "total": 2, "first": [{ "path": "/m", "new": 1 }] })
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = |count: usize| "ß".repeat(count);
        let exact = told("", &format!("\"{}\"", text(40)));
        assert_eq!(exact.pointer("/first/0/new").unwrap(), &json!(text(40)));
        let cut = told("", &format!("\"{}\"", text(41)));
        assert_eq!(cut.pointer("/first/0/new").unwrap(), &json!(format!("{}…", text(39))));
    }

    #[test]
    fn texts_that_differ_only_where_they_are_cut_are_not_told() {
        let text = |end: &str| format!(r#"{{"a":"{}{end}","b":{}}}"#, "x".repeat(45), end.len());
        assert_eq!(
            told(&text("y"), &text("yz")),
            json!({ "total": 2, "first": [{ "path": "/b", "old": 1, "new": 2 }] })
        );
    }

    #[test]
    fn values_that_take_long_to_compare_are_not() {
        let value = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
        assert_ne!(told("", &value(MAX_COMPARED_BYTES)), json!(null));
        assert_eq!(told("", &value(MAX_COMPARED_BYTES + 1)), json!(null));
    }

    #[test]
    fn what_is_stored_is_short_and_nothing_else_is_read() {
        let text = |text: &str| JsonText::from_stored(text.to_owned()).unwrap();
        let (old, new) = (text(r#"{"role":"viewer"}"#), text(r#"{"role":"admin","a":1}"#));
        let summary = Summary::of(Some(&old), Some(&new)).unwrap();
        assert_eq!(summary.stored(), r#"[2,["/a",[],1],["/role","viewer","admin"]]"#);
        for other in
            ["", "[]", "[1]", "{}", "[\"1\",[\"\",1,2]]", "[-1,[\"\",1,2]]", "[1,[\"\",1]]"]
        {
            assert_eq!(Summary::from_stored(other), None, "{other}");
        }
    }
}
