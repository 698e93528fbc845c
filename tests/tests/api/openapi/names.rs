//! The names: published, in the code, in the catalogue.

use crate::openapi::document::Document;
use domain::adjusted::Reason;
use domain::catalog::{MAX_ACTION_CHARS, MAX_TARGET_TYPE_CHARS};
use domain::catalog::{UnknownActions, default_catalog, is_name};
use domain::credential::{Scope, VIEWER_SCOPES};
use domain::entry::{ActorType, Outcome};
use domain::job::{Compression, FileFormat, JobState, Phase};
use domain::plan::Plan;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names that a schema lists. `null` is left out.
fn listed(schema: &Value) -> BTreeSet<&str> {
    schema["enum"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

fn names(values: &Value) -> BTreeSet<&str> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn the_published_names_are_those_of_the_code() {
    let document = Document::load();
    let pairs = [
        ("PlanName", json!(Plan::ALL.map(Plan::name))),
        ("PlanInput", json!(Plan::ALL.map(Plan::name))),
        ("ActorTypeInput", json!(ActorType::ALL.map(ActorType::name))),
        ("UnknownActionsInput", json!([UnknownActions::Refuse, UnknownActions::Accept])),
        ("OutcomeInput", json!([Outcome::Success, Outcome::Failure, Outcome::Denied])),
        ("CompressionInput", json!([Compression::None, Compression::Gzip])),
        ("FileFormatInput", json!([FileFormat::Csv, FileFormat::Ndjson])),
        ("Scope", json!(Scope::ALL.map(Scope::name))),
        ("ActorType", json!(ActorType::ALL.map(ActorType::name))),
        ("Outcome", json!([Outcome::Success, Outcome::Failure, Outcome::Denied])),
        ("UnknownActions", json!([UnknownActions::Refuse, UnknownActions::Accept])),
        (
            "JobState",
            json!([JobState::Queued, JobState::Running, JobState::Done, JobState::Failed]),
        ),
        ("FileFormat", json!([FileFormat::Csv, FileFormat::Ndjson])),
        ("Compression", json!([Compression::None, Compression::Gzip])),
    ];
    for (schema, of_code) in pairs {
        assert_eq!(listed(document.schema(schema)), names(&of_code), "{schema}");
    }
    let phases = json!([Phase::FirstPass, Phase::SecondPass, Phase::FinalPass]);
    assert_eq!(document.schema("RetentionJob")["properties"]["phase"]["enum"], phases);
    let viewer = &document.schema("ViewerToken")["properties"]["scopes"]["const"];
    assert_eq!(*viewer, json!(VIEWER_SCOPES.map(Scope::name)));
    let retentions = &document.schema("Workspace")["properties"]["retention_days"]["enum"];
    assert_eq!(*retentions, json!(Plan::ALL.map(Plan::retention_days)));
    for operation in document.operations() {
        let scope = operation.node["x-scope"].as_str().unwrap();
        assert!(scope == "none" || Scope::named(scope).is_some(), "{scope}");
    }
}

/// Every reason is published, and its description says what it means. So does the guide.
#[test]
fn the_published_reasons_are_those_of_the_code() {
    let reasons = [
        Reason::Cut,
        Reason::Empty,
        Reason::NotText,
        Reason::LoneSurrogate,
        Reason::ControlCharacter,
        Reason::NotAnEmail,
        Reason::NotAnAddress,
        Reason::AddressOnly,
        Reason::NumberAsText,
        Reason::Schema,
        Reason::More,
    ]
    .map(Reason::name);
    let published = &Document::load().schema("Adjustment")["properties"]["reason"];
    assert_eq!(listed(published), reasons.into());
    let guide = include_str!("../../../../docs/api.md");
    for reason in reasons {
        let description = published["description"].as_str().unwrap();
        assert!(description.contains(&format!("- `{reason}`: ")), "{reason}");
        assert!(guide.contains(&format!("\n| `{reason}` | ")), "{reason}");
    }
}

/// The catalogue is data, so its names are published as what a name may be.
#[test]
fn the_published_patterns_are_the_rule_for_names() {
    let document = Document::load();
    let names = ["member.invite", "ConsoleLogin", "pods/exec.create", "s3:PutObject", "0"];
    let others = ["", "a b", "a#b", ".a", "é", "a\r\n", "a\u{202e}"];
    for (schema, most) in
        [("ActionName", MAX_ACTION_CHARS), ("TargetTypeName", MAX_TARGET_TYPE_CHARS)]
    {
        let (longest, too_long) = ("a".repeat(most), "a".repeat(most + 1));
        for name in names.into_iter().chain(others).chain([longest.as_str(), too_long.as_str()]) {
            let errors = document.errors(document.schema(schema), &json!(name));
            assert_eq!(errors.is_empty(), is_name(name, most), "{schema} {name:?}");
        }
    }
    let catalog = json!(default_catalog());
    assert_eq!(document.errors(document.schema("Catalog"), &catalog), [""; 0]);
}
