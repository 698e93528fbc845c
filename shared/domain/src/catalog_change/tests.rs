//! What may be stored over what.

use super::*;
use crate::memory::{MemoryStore, finish};
use crate::ports::WriteCatalog;
use serde_json::{Value, json};

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

fn set(store: &MemoryStore, file: &Value) -> Result<CatalogChange, CatalogChangeError> {
    finish(async {
        let change = compare_with_current(store, file.to_string().as_bytes()).await?;
        change.check()?;
        if change.is_new() {
            store.put_catalog(&change.catalog).await?;
        }
        Ok(change)
    })
}

#[test]
fn each_catalogue_that_is_set_is_a_version_and_the_same_one_again_is_none() {
    let store = MemoryStore::new();
    let first = file(&[action("a", json!({}))], &["x"]);
    let second = file(&[action("a", json!({})), action("b", json!({}))], &["x"]);
    for (file, version, is_new) in
        [(&first, 1, true), (&first, 1, false), (&second, 2, true), (&second, 2, false)]
    {
        let change = set(&store, file).unwrap();
        assert_eq!((change.catalog.version, change.is_new()), (version, is_new));
    }
    let stored = finish(store.catalog()).unwrap().unwrap();
    assert!(stored.version == 2 && stored.action("b").is_some());
}

#[test]
fn what_was_set_can_be_retired_but_not_dropped() {
    let store = MemoryStore::new();
    let change = set(&store, &file(&[action("a", json!({}))], &["x", "y"])).unwrap();
    let default = crate::catalog::default_catalog();
    let of_clients = default.actions.iter().filter(|action| !action.service).count();
    assert_eq!(change.difference.actions.removed.len(), of_clients, "the default may be dropped");
    let dropped = set(&store, &file(&[action("b", json!({}))], &["x"]));
    let Err(CatalogChangeError::Invalid(errors)) = dropped else { panic!("{dropped:?}") };
    let errors: Vec<_> = errors.iter().map(|one| (&*one.pointer, &*one.detail)).collect();
    assert_eq!(
        errors,
        [
            ("/actions", "must have a, as version 1 has: set retired: true"),
            ("/target_types", "must have y, as version 1 has: set retired: true"),
        ]
    );
    let retired = action("a", json!({ "retired": true }));
    assert_eq!(set(&store, &file(&[retired], &["x", "y"])).unwrap().catalog.version, 2);
}

#[test]
fn a_catalogue_made_from_another_version_is_not_stored() {
    let store = MemoryStore::new();
    let file = |label: &str, version: Value| {
        let mut file = file(&[action("a", json!({ "label": label }))], &[]);
        file["version"] = version;
        file
    };
    let is_changed = |answer: Result<CatalogChange, CatalogChangeError>| {
        matches!(answer, Err(CatalogChangeError::Store(StoreError::Changed)))
    };
    assert!(is_changed(set(&store, &file("first", json!(1)))));
    assert_eq!(set(&store, &file("first", json!(0))).unwrap().catalog.version, 1);
    assert_eq!(set(&store, &file("second", json!(1))).unwrap().catalog.version, 2);
    assert!(is_changed(set(&store, &file("third", json!(1)))));
    assert_eq!(
        set(&store, &file("second", json!(1))).unwrap().catalog.version,
        2,
        "a retry of what was stored"
    );
}

#[test]
fn a_version_remembers_that_an_earlier_one_accepted_unknown_actions() {
    let store = MemoryStore::new();
    let file = |label: &str, unknown: &str| {
        let mut file = file(&[action("a", json!({ "label": label }))], &["x"]);
        file["unknown_actions"] = unknown.into();
        file
    };
    let mut claimed = file("zero", "refuse");
    claimed["accepted_unknown"] = true.into();
    for (sent, accepted) in [
        (claimed, false),
        (file("one", "accept"), false),
        (file("two", "accept"), true),
        (file("three", "refuse"), true),
        (file("four", "refuse"), true),
    ] {
        let change = set(&store, &sent).unwrap();
        assert_eq!(change.catalog.accepted_unknown, accepted, "{sent}");
        let name = "z.unknown".to_owned();
        let can_filter = accepted || sent["unknown_actions"] == "accept";
        assert_eq!(change.catalog.filterable_action(name).is_ok(), can_filter, "{sent}");
    }
    let shown = serde_json::to_value(finish(store.catalog()).unwrap().unwrap()).unwrap();
    let again = set(&store, &shown).unwrap();
    assert!(!again.is_new(), "what is shown can be set, and says the same");
}
