//! Owns the structural difference between an old and a new value.
//!
//! Members are compared by key, in the byte order of the keys. Elements are compared by index. A
//! value is changed if its type or the spelling of its number is different (`1` and `1.0`). Without
//! an old value the whole new value is added; without a new value the whole old value is removed.

use super::{Json, JsonText, pointer_to};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most changes that are listed. An entry of 256 KiB can have far more, and their paths could
/// exceed the size of an answer.
const MAX_CHANGES: usize = 1_000;
/// The most bytes of paths and values that are listed: 1 MiB of the 6 MB that an answer of a Lambda
/// function may have ("Lambda quotas", Lambda developer guide).
const MAX_CHANGES_BYTES: usize = 1024 * 1024;

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the new value has it.
    Added,
    /// Only the old value has it.
    Removed,
    /// Both have it, with different values.
    Changed,
}

/// One difference, for example
/// `{"change":"changed","path":"/role","old_value":"admin","new_value":"owner"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The kind of the change.
    pub change: ChangeKind,
    /// The place, as an RFC 6901 pointer. The empty pointer is the whole value.
    pub path: String,
    /// The value before. `None` means that the path was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<JsonText>,
    /// The value after. `None` means that the path was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<JsonText>,
}

/// The changes between two values, in the order of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// At most 1,000 changes with at most 1 MiB of paths and values.
    pub changes: Vec<Change>,
    /// Whether there are more changes than listed.
    pub truncated: bool,
    bytes: usize,
}

/// Lists the changes between two values.
///
/// # Errors
/// Never in practice, because canonical text is JSON.
pub fn difference(old: Option<&Json>, new: Option<&Json>) -> Result<Changes, serde_json::Error> {
    let mut changes = Changes::default();
    compare(old, new, "", &mut changes)?;
    Ok(changes)
}

fn compare(
    old: Option<&Json>,
    new: Option<&Json>,
    path: &str,
    changes: &mut Changes,
) -> Result<(), serde_json::Error> {
    match (old, new) {
        _ if changes.truncated => Ok(()),
        (Some(Json::Object(old)), Some(Json::Object(new))) => {
            let mut members: BTreeMap<&str, (Option<&Json>, Option<&Json>)> = BTreeMap::new();
            for (key, value) in old {
                members.entry(key).or_default().0 = Some(value);
            }
            for (key, value) in new {
                members.entry(key).or_default().1 = Some(value);
            }
            members.into_iter().try_for_each(|(key, (old, new))| {
                compare(old, new, &pointer_to(path, key), changes)
            })
        }
        (Some(Json::Array(old)), Some(Json::Array(new))) => (0..old.len().max(new.len()))
            .try_for_each(|index| {
                compare(
                    old.get(index),
                    new.get(index),
                    &pointer_to(path, &index.to_string()),
                    changes,
                )
            }),
        (Some(old), Some(new)) if old == new => Ok(()),
        (None, None) => Ok(()),
        (old, new) => changes.push(old, new, path),
    }
}

impl Changes {
    fn push(
        &mut self,
        old: Option<&Json>,
        new: Option<&Json>,
        path: &str,
    ) -> Result<(), serde_json::Error> {
        let change = Change {
            change: match (old, new) {
                (None, _) => ChangeKind::Added,
                (_, None) => ChangeKind::Removed,
                _ => ChangeKind::Changed,
            },
            path: path.to_owned(),
            old_value: old.map(JsonText::of).transpose()?,
            new_value: new.map(JsonText::of).transpose()?,
        };
        let values = [&change.old_value, &change.new_value];
        self.bytes += path.len()
            + values.into_iter().flatten().map(|value| value.as_str().len()).sum::<usize>();
        if self.changes.len() == MAX_CHANGES || self.bytes > MAX_CHANGES_BYTES {
            self.truncated = true;
        } else {
            self.changes.push(change);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn changes(old: &str, new: &str) -> String {
        let read = |text: &str| (!text.is_empty()).then(|| parse(text.as_bytes()).unwrap());
        serde_json::to_string(&difference(read(old).as_ref(), read(new).as_ref()).unwrap().changes)
            .unwrap()
    }

    #[test]
    fn lists_added_removed_and_changed_in_a_stable_order() {
        for (old, new, expected) in [
            ("", "", "[]"),
            ("{}", "{}", "[]"),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, "[]"),
            ("", "null", r#"[{"change":"added","path":"","new_value":null}]"#),
            ("7", "", r#"[{"change":"removed","path":"","old_value":7}]"#),
            ("1", "1.0", r#"[{"change":"changed","path":"","old_value":1,"new_value":1.0}]"#),
            ("[]", "{}", r#"[{"change":"changed","path":"","old_value":[],"new_value":{}}]"#),
            (
                r#"{"z":1,"a":{"x":true}}"#,
                r#"{"b":null,"a":{"x":"true"}}"#,
                concat!(
                    r#"[{"change":"changed","path":"/a/x","old_value":true,"new_value":"true"},"#,
                    r#"{"change":"added","path":"/b","new_value":null},"#,
                    r#"{"change":"removed","path":"/z","old_value":1}]"#
                ),
            ),
            (
                "[1,2,3]",
                "[1,3]",
                concat!(
                    r#"[{"change":"changed","path":"/1","old_value":2,"new_value":3},"#,
                    r#"{"change":"removed","path":"/2","old_value":3}]"#
                ),
            ),
            (
                r#"{"a/b":1,"~":2}"#,
                r#"{"a/b":2,"~":3}"#,
                concat!(
                    r#"[{"change":"changed","path":"/a~1b","old_value":1,"new_value":2},"#,
                    r#"{"change":"changed","path":"/~0","old_value":2,"new_value":3}]"#
                ),
            ),
        ] {
            assert_eq!(changes(old, new), expected, "{old} to {new}");
        }
    }

    #[test]
    fn a_difference_too_large_for_an_answer_is_cut_and_says_so() {
        let list =
            |count: usize, value: u32| Json::Array(vec![Json::Number(value.to_string()); count]);
        let at_the_limit = difference(Some(&list(1_000, 1)), Some(&list(1_000, 2))).unwrap();
        assert_eq!((at_the_limit.changes.len(), at_the_limit.truncated), (1_000, false));
        let above = difference(Some(&list(1_001, 1)), Some(&list(1_001, 2))).unwrap();
        assert_eq!((above.changes.len(), above.truncated), (1_000, true));

        let long = Json::Text("x".repeat(MAX_CHANGES_BYTES));
        assert!(difference(None, Some(&long)).unwrap().truncated);
    }
}
