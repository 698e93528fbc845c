use super::*;
use crate::json::parse;
use proptest::collection::vec;
use proptest::prelude::*;

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
        ("[1,2,3]", "[1,3]", r#"[{"change":"removed","path":"/1","old_value":2}]"#),
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
    let list = |count: usize, value: u32| Json::Array(vec![Json::Number(value.to_string()); count]);
    let at_the_limit = difference(Some(&list(1_000, 1)), Some(&list(1_000, 2))).unwrap();
    assert_eq!((at_the_limit.changes.len(), at_the_limit.truncated), (1_000, false));
    let above = difference(Some(&list(1_001, 1)), Some(&list(1_001, 2))).unwrap();
    assert_eq!((above.changes.len(), above.truncated), (1_000, true));

    let long = Json::Text("x".repeat(MAX_CHANGES_BYTES));
    assert!(difference(None, Some(&long)).unwrap().truncated);
}

/// Each change as `change path` or `change old_path path`.
fn short(old: &str, new: &str) -> Vec<String> {
    let [old, new] = [old, new].map(|text| parse(text.as_bytes()).unwrap());
    let changes = difference(Some(&old), Some(&new)).unwrap().changes;
    let line = |change: &Change| {
        let kind = serde_json::to_value(change.change).unwrap();
        let paths = change.old_path.iter().chain([&change.path]);
        [kind.as_str().unwrap()]
            .into_iter()
            .chain(paths.map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    };
    changes.iter().map(line).collect()
}

#[test]
fn elements_are_compared_with_those_that_they_belong_to() {
    let cases: [(&str, &str, &[&str]); 13] = [
        // One more in front of the others.
        ("[1,2,3]", "[0,1,2,3]", &["added /0"]),
        ("[1,2,3]", "[2,3]", &["removed /0"]),
        ("[1,2,3]", "[1,9,3]", &["changed /1"]),
        ("[1,2]", "[3,4,5]", &["changed /0", "changed /1", "added /2"]),
        ("[1,2,3]", "[3,1,2]", &["added /0", "removed /2"]),
        // By identity: the first is removed, the second has another role.
        (
            r#"[{"id":1,"role":"a"},{"id":2,"role":"a"},{"id":3}]"#,
            r#"[{"id":2,"role":"b"},{"id":3}]"#,
            &["removed /0", "changed /1/role /0/role"],
        ),
        // Another identity is another element, however alike.
        (r#"[{"id":1,"role":"a"}]"#, r#"[{"id":2,"role":"a"}]"#, &["removed /0", "added /0"]),
        (
            r#"[{"key":"x","v":1},{"key":"y","v":1}]"#,
            r#"[{"key":"w","v":1},{"key":"x","v":2},{"key":"y","v":1}]"#,
            &["added /0", "changed /0/v /1/v"],
        ),
        (r#"[{"name":"x","v":1}]"#, r#"[{"name":"x","v":2}]"#, &["changed /0/v"]),
        // An id that is there twice tells nothing apart.
        (r#"[{"id":1,"v":1},{"id":1,"v":2}]"#, r#"[{"id":1,"v":2}]"#, &["removed /0"]),
        // Without an identity, the members that are equal tell.
        (
            r#"[{"mail":"a","role":1},{"mail":"b","role":1},{"mail":"c","role":1}]"#,
            r#"[{"mail":"b","role":2},{"mail":"c","role":1}]"#,
            &["removed /0", "changed /1/role /0/role"],
        ),
        // Within what was moved by something in front of it.
        (
            r#"[{"id":1,"list":[1,2]}]"#,
            r#"[{"id":0},{"id":1,"list":[0,1]}]"#,
            &["added /0", "added /1/list/0", "removed /0/list/1"],
        ),
        ("[[1],[2]]", "[[0],[1],[2]]", &["added /0"]),
    ];
    for (old, new, expected) in cases {
        assert_eq!(short(old, new), expected, "{old} to {new}");
    }
}

#[test]
fn one_element_in_front_of_many_is_one_change() {
    let list = |numbers: std::ops::Range<u32>| {
        Json::Array(numbers.map(|number| Json::Number(number.to_string())).collect())
    };
    let changes = difference(Some(&list(1..10_000)), Some(&list(0..10_000))).unwrap();
    assert_eq!(changes.changes.len(), 1);
}

/// The new value, from the old one and the changes, as `docs/api.md` says to read them.
fn applied(old: &Json, (old_path, new_path): (&str, &str), changes: &[Change]) -> Json {
    let find = |kind: ChangeKind, path: &str| {
        changes.iter().find(|change| change.change == kind && change.path == path)
    };
    let value = |change: &Change| parse(change.new_value.as_ref().unwrap().as_str().as_bytes());
    if let Some(change) = find(ChangeKind::Changed, new_path) {
        assert_eq!(change.old_path.as_deref().unwrap_or(new_path), old_path);
        assert_eq!(change.old_value.as_ref().unwrap().as_str(), old.canonical());
        return value(change).unwrap();
    }
    let removed = |key: &str| find(ChangeKind::Removed, &pointer_to(old_path, key)).is_some();
    match old {
        Json::Array(elements) => {
            let mut kept = (0..).zip(elements).filter(|(index, _)| !removed(&index.to_string()));
            let element = |index: usize| {
                let path = pointer_to(new_path, &index.to_string());
                let inner = |(old_index, old): (i32, &Json)| {
                    let old_path = pointer_to(old_path, &old_index.to_string());
                    applied(old, (&old_path, &path), changes)
                };
                match find(ChangeKind::Added, &path) {
                    Some(change) => Some(value(change).unwrap()),
                    None => kept.next().map(inner),
                }
            };
            Json::Array((0..).map_while(element).collect())
        }
        Json::Object(members) => {
            let kept = members.iter().filter(|(key, _)| !removed(key)).map(|(key, old)| {
                let paths = (pointer_to(old_path, key), pointer_to(new_path, key));
                (key.clone(), applied(old, (&paths.0, &paths.1), changes))
            });
            let added = changes.iter().filter(|change| change.change == ChangeKind::Added);
            let added = added.filter_map(|change| {
                let key = change.path.strip_prefix(&format!("{new_path}/"))?;
                (!key.contains('/')).then(|| (key.to_owned(), value(change).unwrap()))
            });
            Json::Object(kept.chain(added).collect())
        }
        scalar => scalar.clone(),
    }
}

/// Small values of few names and numbers, so that two of them have much in common.
fn json() -> impl Strategy<Value = Json> {
    let number = (0..4_u32).prop_map(|number| Json::Number(number.to_string()));
    number.prop_recursive(4, 40, 6, |inner| {
        let key = prop::sample::select(vec!["id", "key", "name", "role"]);
        let members = prop::collection::btree_map(key, inner.clone(), 0..4);
        let object = members.prop_map(|members| {
            Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        });
        prop_oneof![vec(inner, 0..7).prop_map(Json::Array), object]
    })
}

proptest! {
    #[test]
    fn the_changes_lead_from_the_old_value_to_the_new_one(old in json(), new in json()) {
        let found = difference(Some(&old), Some(&new)).unwrap();
        prop_assert!(!found.truncated);
        let read = applied(&old, ("", ""), &found.changes);
        prop_assert_eq!(read.canonical(), new.canonical());
    }

    #[test]
    fn equal_values_have_no_changes(value in json()) {
        prop_assert_eq!(difference(Some(&value), Some(&value)).unwrap().changes, vec![]);
    }
}

/// A key of 512 control characters takes 3 KB of an answer, and stands in every path below it.
#[test]
fn what_is_listed_is_bounded_as_it_stands_in_an_answer() {
    let below = |value: u32| {
        let list = Json::Array(vec![Json::Number(value.to_string()); 1_000]);
        (0..20).fold(list, |json, _| Json::Object(vec![("\u{1}".repeat(512), json)]))
    };
    let changes = difference(Some(&below(1)), Some(&below(2))).unwrap();
    let answer = serde_json::to_vec(&changes.changes).unwrap();
    assert!(changes.truncated && !changes.changes.is_empty());
    assert!(answer.len() < MAX_CHANGES_BYTES + 100 * changes.changes.len(), "{}", answer.len());
}
