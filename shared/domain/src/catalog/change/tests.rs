//! What differs between catalogues.

use super::*;
use crate::catalog::read_catalog;
use serde_json::json;

fn action(name: &str, mut change: Value) -> Value {
    let mut action = json!({ "name": name, "label": "A label", "group": "A group" });
    action.as_object_mut().unwrap().append(change.as_object_mut().unwrap());
    action
}

fn file(actions: &[Value], target_types: &[&str]) -> Value {
    let target_types: Vec<_> =
        target_types.iter().map(|name| json!({ "name": name, "label": "A label" })).collect();
    json!({ "actions": actions, "target_types": target_types })
}

fn read(file: &Value) -> Catalog {
    read_catalog(file.to_string().as_bytes()).unwrap()
}

fn between(before: &Value, after: &Value) -> Difference {
    Difference::between(&read(before), &read(after))
}

#[test]
fn names_are_added_changed_retired_and_removed() {
    let before = file(
        &[
            action("a", json!({})),
            action("b", json!({})),
            action("c", json!({})),
            action("d", json!({ "retired": true })),
        ],
        &["x", "y"],
    );
    let after = file(
        &[
            action("a", json!({ "label": "Another", "sensitive": true })),
            action("c", json!({ "retired": true, "group": "Another" })),
            action("d", json!({})),
            action("e", json!({})),
        ],
        &["x", "z"],
    );
    let changed = |name: &str, fields: &[&str]| ChangedName {
        name: name.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
    };
    let Difference { actions, target_types, unknown_actions, is_reordered } =
        between(&before, &after);
    assert_eq!(actions.added, ["e"]);
    assert_eq!(
        actions.changed,
        [
            changed("a", &["label", "sensitive"]),
            changed("c", &["group"]),
            changed("d", &["retired"])
        ]
    );
    assert_eq!((actions.retired, actions.removed), (vec!["c".to_owned()], vec!["b".to_owned()]));
    assert_eq!(
        (target_types.added, target_types.removed),
        (vec!["z".to_owned()], vec!["y".to_owned()])
    );
    assert_eq!((unknown_actions, is_reordered), (None, false));
}

#[test]
fn the_order_and_what_happens_to_unknown_actions_are_part_of_a_catalogue() {
    let (a, b, c) = (action("a", json!({})), action("b", json!({})), action("c", json!({})));
    let one = file(&[a.clone(), b.clone()], &[]);
    let moved = between(&one, &file(&[b.clone(), a.clone()], &[]));
    assert!(moved.is_reordered && !moved.is_nothing());
    assert!(!between(&one, &file(&[a, c, b], &[])).is_reordered, "a new one in between");
    let mut accepting = one.clone();
    accepting["unknown_actions"] = "accept".into();
    assert_eq!(between(&one, &accepting).unknown_actions, Some(UnknownActions::Accept));
    assert!(between(&one, &one).is_nothing());
}
