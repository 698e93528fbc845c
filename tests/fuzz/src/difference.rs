//! An old and a new value.
//!
//! - Each change is where its pointer says, in both values.
//! - The old value with all changes is the new value; so nothing is left out, unless it says so.
//! - What was added is removed, and the reverse, if the values are swapped.

use crate::parts;
use crate::world::at_pointer;
use domain::json::{Change, ChangeKind, Changes, Json, JsonText, difference, parse};

pub(crate) fn run(data: &[u8]) -> bool {
    let (old, new) = parts(data);
    let read = |text: &[u8]| if text.is_empty() { Ok(None) } else { parse(text).map(Some) };
    let (Ok(old), Ok(new)) = (read(old), read(new)) else { return false };
    let changes = difference(old.as_ref(), new.as_ref()).unwrap();
    for change in &changes.changes {
        check(change, old.as_ref(), new.as_ref());
    }
    if !changes.truncated {
        let patched = patched(old.clone(), &changes);
        let text = |json: &Option<Json>| json.as_ref().map(Json::canonical);
        assert_eq!(text(&patched), text(&new));
    }
    let back = difference(new.as_ref(), old.as_ref()).unwrap();
    let swapped: Vec<_> = back.changes.into_iter().map(swapped).collect();
    assert_eq!(swapped, changes.changes);
    !changes.changes.is_empty()
}

/// Holds a change against both values.
fn check(change: &Change, old: Option<&Json>, new: Option<&Json>) {
    let at = |root: Option<&Json>| {
        root.and_then(|root| at_pointer(root, &change.path)).map(Json::canonical)
    };
    let said = |value: &Option<JsonText>| value.as_ref().map(|text| text.as_str().to_owned());
    assert_eq!(at(old), said(&change.old_value), "{change:?}");
    assert_eq!(at(new), said(&change.new_value), "{change:?}");
    let kind = match (&change.old_value, &change.new_value) {
        (None, Some(_)) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Removed,
        (Some(old), Some(new)) if old != new => ChangeKind::Changed,
        _ => panic!("no change: {change:?}"),
    };
    assert_eq!(change.change, kind);
}

fn swapped(change: Change) -> Change {
    let kind = match change.change {
        ChangeKind::Added => ChangeKind::Removed,
        ChangeKind::Removed => ChangeKind::Added,
        ChangeKind::Changed => ChangeKind::Changed,
    };
    let (old_value, new_value) = (change.new_value, change.old_value);
    Change { change: kind, old_value, new_value, ..change }
}

/// The value with all changes. The last element is removed first, so that no index moves.
fn patched(mut value: Option<Json>, changes: &Changes) -> Option<Json> {
    let (removed, others): (Vec<_>, Vec<_>) =
        changes.changes.iter().partition(|change| change.change == ChangeKind::Removed);
    for change in others.into_iter().chain(removed.into_iter().rev()) {
        let to = change.new_value.as_ref().map(|text| parse(text.as_str().as_bytes()).unwrap());
        let segments: Vec<String> = change
            .path
            .split('/')
            .skip(1)
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
            .collect();
        match (segments.split_last(), &mut value) {
            (None, value) => *value = to,
            (Some((last, way)), Some(root)) => put(inside(root, way), last, to),
            (Some(_), None) => panic!("{change:?} of nothing"),
        }
    }
    value
}

fn inside<'j>(root: &'j mut Json, way: &[String]) -> &'j mut Json {
    way.iter().fold(root, |json, segment| match json {
        Json::Object(members) => &mut members.iter_mut().find(|(key, _)| key == segment).unwrap().1,
        Json::Array(elements) => &mut elements[segment.parse::<usize>().unwrap()],
        _ => panic!("nothing is inside a scalar"),
    })
}

fn put(container: &mut Json, name: &str, to: Option<Json>) {
    match (container, to) {
        (Json::Object(members), to) => {
            members.retain(|(key, _)| key != name);
            members.extend(to.map(|to| (name.to_owned(), to)));
        }
        (Json::Array(elements), Some(to)) => match name.parse::<usize>().unwrap() {
            index if index == elements.len() => elements.push(to),
            index => elements[index] = to,
        },
        (Json::Array(elements), None) => {
            let last = elements.pop().unwrap();
            assert_eq!(name.parse(), Ok(elements.len()), "{last:?}");
        }
        _ => panic!("nothing is inside a scalar"),
    }
}
