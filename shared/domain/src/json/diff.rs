//! Owns the structural difference between an old and a new value.
//!
//! Members are compared by key, in the byte order of the keys. Elements are [aligned](align) and
//! then compared, so one that was inserted is one change. A value is changed if its type or the
//! spelling of its number is different (`1` and `1.0`). Without an old value the whole new value is
//! added; without a new value the whole old value is removed.

mod align;

use super::{Json, JsonText, pointer_to, write_string};
use align::align;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most changes that are listed. An entry of 256 KiB can have far more, and their paths could
/// exceed the size of an answer.
const MAX_CHANGES: usize = 1_000;
/// The most bytes of paths and values that are listed, as they stand in an answer: 1 MiB of the 6
/// MB that an answer of a Lambda function may have ("Lambda quotas", Lambda developer guide).
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
    /// The place in the new value, or in the old value of what was removed, as an RFC 6901 pointer.
    /// The empty pointer is the whole value.
    pub path: String,
    /// The place in the old value of what was changed, if it is another: elements before it were
    /// inserted or removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// The value before. `None` means that the path was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<JsonText>,
    /// The value after. `None` means that the path was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<JsonText>,
}

/// The changes between two values, in the order of keys and of aligned elements.
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
    changes.compare(old, new, &Place::Whole)?;
    Ok(changes)
}

/// A place in both values. It becomes a pointer only where there is a change.
enum Place<'a> {
    Whole,
    Member(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, align::Pair),
}

impl Place<'_> {
    /// The pointers to this place in the old and in the new value. An element that only one value
    /// has is at the same place in both.
    fn pointers(&self) -> (String, String) {
        match self {
            Self::Whole => (String::new(), String::new()),
            Self::Member(parent, key) => {
                let (old, new) = parent.pointers();
                (pointer_to(&old, key), pointer_to(&new, key))
            }
            Self::Element(parent, (old_index, new_index)) => {
                let (old, new) = parent.pointers();
                let step = |index: &Option<usize>, other: &Option<usize>| {
                    index.or(*other).unwrap_or_default().to_string()
                };
                (
                    pointer_to(&old, &step(old_index, new_index)),
                    pointer_to(&new, &step(new_index, old_index)),
                )
            }
        }
    }
}

impl Changes {
    fn compare(
        &mut self,
        old: Option<&Json>,
        new: Option<&Json>,
        place: &Place<'_>,
    ) -> Result<(), serde_json::Error> {
        match (old, new) {
            _ if self.truncated => Ok(()),
            (old, new) if old == new => Ok(()),
            (Some(Json::Object(old)), Some(Json::Object(new))) => {
                let mut members: BTreeMap<&str, (Option<&Json>, Option<&Json>)> = BTreeMap::new();
                for (key, value) in old {
                    members.entry(key).or_default().0 = Some(value);
                }
                for (key, value) in new {
                    members.entry(key).or_default().1 = Some(value);
                }
                members.into_iter().try_for_each(|(key, (old, new))| {
                    self.compare(old, new, &Place::Member(place, key))
                })
            }
            (Some(Json::Array(old)), Some(Json::Array(new))) => {
                align(old, new).into_iter().try_for_each(|pair| {
                    let old = pair.0.and_then(|index| old.get(index));
                    let new = pair.1.and_then(|index| new.get(index));
                    self.compare(old, new, &Place::Element(place, pair))
                })
            }
            (old, new) => self.push(old, new, place),
        }
    }

    fn push(
        &mut self,
        old: Option<&Json>,
        new: Option<&Json>,
        place: &Place<'_>,
    ) -> Result<(), serde_json::Error> {
        let (old_path, new_path) = place.pointers();
        let (change, path, old_path) = match (old, new) {
            (None, _) => (ChangeKind::Added, new_path, None),
            (_, None) => (ChangeKind::Removed, old_path, None),
            _ if old_path == new_path => (ChangeKind::Changed, new_path, None),
            _ => (ChangeKind::Changed, new_path, Some(old_path)),
        };
        let change = Change {
            change,
            path,
            old_path,
            old_value: old.map(JsonText::of).transpose()?,
            new_value: new.map(JsonText::of).transpose()?,
        };
        let values = [&change.old_value, &change.new_value];
        let paths = [Some(&change.path), change.old_path.as_ref()];
        let paths: usize = paths.into_iter().flatten().map(|path| written_bytes(path)).sum();
        self.bytes +=
            paths + values.into_iter().flatten().map(|value| value.as_str().len()).sum::<usize>();
        if self.changes.len() == MAX_CHANGES || self.bytes > MAX_CHANGES_BYTES {
            self.truncated = true;
        } else {
            self.changes.push(change);
        }
        Ok(())
    }
}

/// The bytes of a text as JSON. A control character in a key takes six.
fn written_bytes(text: &str) -> usize {
    let mut written = String::with_capacity(text.len() + 2);
    write_string(&mut written, text);
    written.len()
}

#[cfg(test)]
mod tests;
