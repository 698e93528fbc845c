//! An old and a new value.
//!
//! - Each change is where its pointers say, in both values.
//! - Without the listed changes, both values are equal, unless the list says that it is truncated.
//! - The list is bounded, and equal values have no changes.

use crate::parts;
use crate::world::at_pointer;
use domain::json::{Change, ChangeKind, Json, JsonText, difference, parse};

/// The most changes that are listed.
const MOST: usize = 1_000;

pub(crate) fn run(data: &[u8]) -> bool {
    let (old, new) = parts(data);
    let read = |text: &[u8]| if text.is_empty() { Ok(None) } else { parse(text).map(Some) };
    let (Ok(old), Ok(new)) = (read(old), read(new)) else { return false };
    let found = difference(old.as_ref(), new.as_ref()).unwrap();
    assert!(found.changes.len() <= MOST);
    for change in &found.changes {
        check(change, old.as_ref(), new.as_ref());
    }
    if !found.truncated {
        let old = without(old.clone(), &found.changes, ChangeKind::Removed, in_old);
        let new = without(new.clone(), &found.changes, ChangeKind::Added, in_new);
        let text = |json: Option<Json>| json.map(|json| json.canonical());
        assert_eq!(text(old), text(new));
    }
    for same in [&old, &new] {
        assert!(difference(same.as_ref(), same.as_ref()).unwrap().changes.is_empty());
    }
    !found.changes.is_empty()
}

/// The pointer of a change in the old value.
fn in_old(change: &Change) -> &str {
    change.old_path.as_ref().unwrap_or(&change.path)
}

fn in_new(change: &Change) -> &str {
    &change.path
}

/// Checks a change against both values.
fn check(change: &Change, old: Option<&Json>, new: Option<&Json>) {
    let at = |root: Option<&Json>, path: &str| {
        root.and_then(|root| at_pointer(root, path)).map(Json::canonical)
    };
    let said = |value: &Option<JsonText>| value.as_ref().map(|text| text.as_str().to_owned());
    if change.change != ChangeKind::Added {
        assert_eq!(at(old, in_old(change)), said(&change.old_value), "{change:?}");
    }
    if change.change != ChangeKind::Removed {
        assert_eq!(at(new, in_new(change)), said(&change.new_value), "{change:?}");
    }
    let kind = match (&change.old_value, &change.new_value) {
        (None, Some(_)) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Removed,
        (Some(old), Some(new)) if old != new => ChangeKind::Changed,
        _ => panic!("no change: {change:?}"),
    };
    assert_eq!(change.change, kind);
}

/// The value with `null` in place of each change, and without the parts that only this value has.
/// Elements are removed from the last to the first, so that indexes stay valid.
fn without(
    mut value: Option<Json>,
    changes: &[Change],
    own: ChangeKind,
    path: fn(&Change) -> &str,
) -> Option<Json> {
    for change in changes.iter().filter(|change| change.change == ChangeKind::Changed) {
        match (segments(path(change)).split_last(), &mut value) {
            (None, value) => *value = Some(Json::Null),
            (Some((last, way)), Some(root)) => *member(inside(root, way), last) = Json::Null,
            (Some(_), None) => panic!("{change:?} of nothing"),
        }
    }
    for change in changes.iter().rev().filter(|change| change.change == own) {
        match (segments(path(change)).split_last(), &mut value) {
            (None, value) => *value = None,
            (Some((last, way)), Some(root)) => remove(inside(root, way), last),
            (Some(_), None) => panic!("{change:?} of nothing"),
        }
    }
    value
}

fn segments(path: &str) -> Vec<String> {
    let segments = path.split('/').skip(1);
    segments.map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

fn inside<'j>(root: &'j mut Json, way: &[String]) -> &'j mut Json {
    way.iter().fold(root, |json, segment| member(json, segment))
}

fn member<'j>(json: &'j mut Json, segment: &str) -> &'j mut Json {
    match json {
        Json::Object(members) => &mut members.iter_mut().find(|(key, _)| key == segment).unwrap().1,
        Json::Array(elements) => &mut elements[segment.parse::<usize>().unwrap()],
        _ => panic!("nothing is inside a scalar"),
    }
}

fn remove(container: &mut Json, segment: &str) {
    match container {
        Json::Object(members) => members.retain(|(key, _)| key != segment),
        Json::Array(elements) => drop(elements.remove(segment.parse().unwrap())),
        _ => panic!("nothing is inside a scalar"),
    }
}
