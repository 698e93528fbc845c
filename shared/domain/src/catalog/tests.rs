//! The default catalogue, what a deployment may set, and what each name is good for.

use super::*;
use std::collections::HashSet;

fn read(json: &serde_json::Value) -> Result<Catalog, Vec<String>> {
    read_catalog(json.to_string().as_bytes())
        .map_err(|errors| errors.into_iter().map(|error| error.pointer).collect())
}

fn catalog(unknown_actions: &str) -> Catalog {
    read(&serde_json::json!({
        "unknown_actions": unknown_actions,
        "actions": [
            { "name": "repo.create", "label": "Repository created", "group": "Repositories",
              "labels": { "de": "Repository angelegt" }, "target_types": ["repo"] },
            { "name": "repo.rename", "label": "Renamed", "group": "Repositories", "retired": true },
        ],
        "target_types": [
            { "name": "repo", "label": "Repository" },
            { "name": "org", "label": "Organization" },
            { "name": "gist", "label": "Gist", "retired": true },
        ],
    }))
    .unwrap()
}

#[test]
fn the_default_is_a_catalogue_with_distinct_names() {
    let default: Catalog = serde_json::from_str(DEFAULT_JSON).unwrap();
    assert_eq!(&default, default_catalog());
    let names: HashSet<_> = default.actions.iter().map(|action| &action.name).collect();
    assert_eq!(names.len(), default.actions.len());
    assert_eq!(read_catalog(DEFAULT_JSON.as_bytes()).as_ref(), Ok(default_catalog()));
}

#[test]
fn what_the_service_records_is_part_of_every_catalogue_and_no_client_may_record_it() {
    let catalog = catalog("accept");
    for name in ["audit_log.export", "audit_log.viewer_token.create", "workspace.plan.update"] {
        assert!(catalog.action(name).is_some_and(|action| action.service), "{name}");
        assert!(catalog.recordable_action(name.to_owned()).is_err(), "{name}");
        assert!(catalog.filterable_action(name.to_owned()).is_ok(), "{name}");
    }
    assert!(catalog.recordable_action("audit_log.else".to_owned()).is_err());
    assert!(
        catalog.target_type("audit_log").is_some() && catalog.target_type("workspace").is_some()
    );
    assert_eq!(catalog.target_types.len(), 5);
}

#[test]
fn an_unknown_action_is_refused_with_the_nearest_or_taken() {
    let refuse = catalog("refuse");
    let refused = refuse.recordable_action("repo.created".to_owned()).unwrap_err();
    assert!(refused.ends_with("the nearest is repo.create"), "{refused}");
    let far = refuse.recordable_action("zzz".to_owned()).unwrap_err();
    assert!(!far.contains("nearest"), "{far}");
    assert!(refuse.filterable_action("repo.created".to_owned()).is_err());
    let accept = catalog("accept");
    assert!(accept.recordable_action("repo.created".to_owned()).is_ok());
    assert!(accept.filterable_action("repo.created".to_owned()).is_ok());
    for never in ["", "a b", "a#b", "a\r\n", &"a".repeat(129)] {
        assert!(accept.recordable_action(never.to_owned()).is_err(), "{never:?}");
    }
}

#[test]
fn a_filter_can_name_whatever_may_have_been_recorded() {
    let refuse = catalog("refuse");
    let of_actions =
        |catalog: &Catalog, name: &str| catalog.filterable_action(name.to_owned()).is_ok();
    let of_types =
        |catalog: &Catalog, name: &str| catalog.filterable_target_type(name.to_owned()).is_ok();
    assert!(refuse.action("member.invite").is_none() && refuse.target_type("member").is_none());
    assert!(of_actions(&refuse, "member.invite") && of_types(&refuse, "member"), "the default");
    assert!(refuse.recordable_action("member.invite".to_owned()).is_err());
    assert!(!of_actions(default_catalog(), "repo.created"), "nothing unknown was ever recorded");
    assert!(!of_types(default_catalog(), "planet"));

    let since = Catalog { accepted_unknown: true, ..refuse };
    assert!(of_actions(&since, "repo.created"));
    assert!(since.recordable_action("repo.created".to_owned()).is_err());
    for never in ["", "a b", "a#b", "a\r\n", "audit_log.else", &"a".repeat(129)] {
        assert!(!of_actions(&since, never), "{never:?}");
    }
    assert!(!of_types(&since, "planet"), "unknown target types are never recorded");
}

#[test]
fn what_is_retired_can_be_asked_for_and_not_recorded() {
    let catalog = catalog("accept");
    assert!(catalog.recordable_action("repo.rename".to_owned()).is_err());
    assert!(catalog.filterable_action("repo.rename".to_owned()).is_ok());
    assert!(catalog.recordable_target_type("gist".to_owned()).is_err());
    assert!(catalog.filterable_target_type("gist".to_owned()).is_ok());
}

#[test]
fn an_action_has_its_own_target_types() {
    let catalog = catalog("accept");
    let refused = |action: &str, target_type: &str| {
        let mut errors = Errors::default();
        catalog.check_kind(action, target_type, &mut errors);
        !errors.into_vec().is_empty()
    };
    assert!(!refused("repo.create", "repo"));
    assert!(refused("repo.create", "org"));
    assert!(!refused("unknown", "org") && !refused("repo.rename", "org"));
}

#[test]
fn every_part_that_is_wrong_is_named() {
    let action = |change: serde_json::Value| {
        let mut action = serde_json::json!({ "name": "a", "label": "A", "group": "G" });
        action.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::json!({ "actions": [action], "target_types": [] })
    };
    for (change, pointer) in [
        (serde_json::json!({ "name": "a#b" }), "/actions/0/name"),
        (serde_json::json!({ "name": "" }), "/actions/0/name"),
        (serde_json::json!({ "label": "" }), "/actions/0/label"),
        (serde_json::json!({ "group": "x".repeat(129) }), "/actions/0/group"),
        (serde_json::json!({ "labels": { "d": "x" } }), "/actions/0/labels"),
        (serde_json::json!({ "labels": { "de": "" } }), "/actions/0/labels/de"),
        (serde_json::json!({ "description": "" }), "/actions/0/description"),
        (serde_json::json!({ "target_types": ["x"] }), "/actions/0/target_types/0"),
        (serde_json::json!({ "service": true }), "/actions/0/service"),
        (serde_json::json!({ "name": "audit_log.else" }), "/actions/0/service"),
        (serde_json::json!({ "nam": "x" }), ""),
    ] {
        assert_eq!(read(&action(change.clone())), Err(vec![pointer.to_owned()]), "{change}");
    }
    let twice = serde_json::json!({ "actions": [], "target_types": [
        { "name": "a", "label": "A" }, { "name": "a", "label": "A" } ] });
    assert_eq!(read(&twice), Err(vec!["/target_types/1/name".to_owned()]));
    assert_eq!(read(&serde_json::json!([])), Err(vec![String::new()]));
}

#[test]
fn a_catalogue_has_at_most_a_thousand_actions() {
    let of = |count: usize| {
        let actions: Vec<_> = (0..count)
            .map(|n| serde_json::json!({ "name": format!("a{n}"), "label": "A", "group": "G" }))
            .collect();
        read(&serde_json::json!({ "actions": actions, "target_types": [] }))
    };
    let full = of(1_000).unwrap();
    assert_eq!(read(&serde_json::to_value(&full).unwrap()), Ok(full), "what is shown can be set");
    assert_eq!(of(1_001), Err(vec!["/actions".to_owned()]));
}
