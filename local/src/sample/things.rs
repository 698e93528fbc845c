//! Owns what a workspace of the sample holds: members, projects, keys, integrations and settings.
//! Each has a value in canonical JSON.

use super::fields::{Field, INTEGRATIONS, PROJECT, SETTINGS};
use super::names;
use domain::entry::Target;
use domain::json::{Json, JsonText};
use domain::timestamp::Timestamp;
use fastrand::Rng;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A JSON object. Its keys need no escapes, its values are canonical JSON, and the map sorts the
/// keys as the canonical form does.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(BTreeMap<&'static str, Cow<'static, str>>);

impl Members {
    /// Adds or replaces a member.
    pub(super) fn with(mut self, key: &'static str, json: impl Into<Cow<'static, str>>) -> Self {
        self.0.insert(key, json.into());
        self
    }

    /// Adds or replaces a member that is a text.
    pub(super) fn with_text(self, key: &'static str, text: &str) -> Self {
        self.with(key, quoted(text))
    }

    /// The object as canonical text.
    fn text(&self) -> String {
        let mut text = String::new();
        for (key, json) in &self.0 {
            text.push(if text.is_empty() { '{' } else { ',' });
            text.extend(["\"", key, "\":", json]);
        }
        text + if self.0.is_empty() { "{}" } else { "}" }
    }

    /// The object as a value of an entry.
    pub(super) fn value(&self) -> Option<JsonText> {
        JsonText::from_stored(self.text()).ok()
    }
}

/// A text as canonical JSON.
fn quoted(text: &str) -> String {
    Json::Text(text.to_owned()).canonical()
}

/// An array as canonical JSON.
fn array(elements: impl Iterator<Item = String>) -> String {
    format!("[{}]", elements.collect::<Vec<_>>().join(","))
}

/// Something that a deed changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Thing {
    kind: &'static str,
    id: String,
    /// The present name.
    pub(super) name: Option<String>,
    /// The present value.
    pub(super) members: Members,
}

impl Thing {
    /// The thing as an entry names it.
    pub(super) fn target(&self) -> Target {
        Target { kind: self.kind.to_owned(), id: self.id.clone(), name: self.name.clone() }
    }

    /// Chooses other values for one to three of the fields, and returns the old and the new values.
    pub(super) fn change(&self, rng: &mut Rng, fields: &[Field]) -> (Members, Members) {
        let (mut before, mut after) = (Members::default(), Members::default());
        for _ in 0..rng.u8(1..=3) {
            let Some((key, options)) = rng.choice(fields) else { continue };
            let present = self.members.0.get(key).cloned().unwrap_or(Cow::Borrowed("null"));
            let others: Vec<_> = options.iter().filter(|option| **option != present).collect();
            if let Some(option) = rng.choice(others) {
                before = before.with(key, present);
                after = after.with(key, *option);
            }
        }
        (before, after)
    }

    /// Applies the new values of a change.
    pub(super) fn take(&mut self, after: &Members) {
        self.members.0.extend(after.0.clone());
    }
}

/// A random value for each field.
fn filled(rng: &mut Rng, fields: &[Field]) -> Members {
    fields.iter().fold(Members::default(), |members, (key, options)| {
        members.with(key, names::any(rng, options))
    })
}

/// The date that is `days` days after a moment.
fn date(at: Timestamp, days: i64) -> String {
    at.plus_days(days).rfc3339().chars().take(10).collect()
}

/// The screens of settings, with a value for each field.
pub(super) fn settings(rng: &mut Rng) -> Vec<Thing> {
    let page = |(id, name, fields): (&str, &str, _)| Thing {
        kind: "settings",
        id: id.to_owned(),
        name: Some(name.to_owned()),
        members: filled(rng, fields),
    };
    SETTINGS.into_iter().map(page).collect()
}

/// The fields of a screen of settings.
pub(super) fn settings_fields(thing: &Thing) -> &'static [Field] {
    SETTINGS.into_iter().find(|(id, ..)| *id == thing.id).map_or(&[], |(_, _, fields)| fields)
}

/// A new member.
pub(super) fn member(rng: &mut Rng, at: Timestamp) -> Thing {
    let (name, email) = names::member(rng);
    let members = Members::default()
        .with_text("email", &email)
        .with_text("name", &name)
        .with_text(
            "role",
            names::any(rng, &["member", "member", "member", "admin", "guest", "billing"]),
        )
        .with(
            "teams",
            names::any(
                rng,
                &["[]", r#"["design"]"#, r#"["platform","on-call"]"#, r#"["sales-emea"]"#],
            ),
        )
        .with_text("invited_at", &at.rfc3339());
    Thing { kind: "member", id: names::id(rng, "mbr"), name: Some(name), members }
}

/// A new project.
pub(super) fn project(rng: &mut Rng, at: Timestamp) -> Thing {
    let name = names::project(rng);
    let days = rng.i64(14..200);
    let members = filled(rng, PROJECT)
        .with("archived", "false")
        .with_text("status", "planned")
        .with_text("name", &name)
        .with_text("due_on", &date(at, days));
    Thing { kind: "project", id: names::id(rng, "prj"), name: Some(name), members }
}

/// A new API key. Its value shows only the end of the secret.
pub(super) fn key(rng: &mut Rng, at: Timestamp) -> Thing {
    const SCOPES: [&str; 7] = [
        "projects:read", "projects:write", "members:read", "members:write", "settings:read",
        "webhooks:manage", "*",
    ];
    let name = names::key(rng);
    let start = rng.usize(0..SCOPES.len());
    let count = rng.usize(1..4);
    let scopes = array(SCOPES.into_iter().skip(start).take(count).map(quoted));
    let members = Members::default()
        .with(
            "allowed_networks",
            names::any(
                rng,
                &["[]", r#"["192.0.2.0/24"]"#, r#"["203.0.113.0/24","2001:db8::/32"]"#],
            ),
        )
        .with(
            "expires_at",
            if rng.bool() {
                Cow::from(quoted(&at.plus_days(90).rfc3339()))
            } else {
                Cow::from("null")
            },
        )
        .with_text("name", &name)
        .with("scopes", scopes)
        .with_text("secret_ends_in", &names::id(rng, "").chars().skip(9).collect::<String>());
    Thing { kind: "api_key", id: names::id(rng, "key"), name: Some(name), members }
}

/// A new integration. Integrations that map many fields have values of several kilobytes.
pub(super) fn integration(rng: &mut Rng, _at: Timestamp) -> Thing {
    let (kind, name, endpoint, fields) = rng.choice(INTEGRATIONS).unwrap_or_default();
    let mapping = (1..=fields).map(|number| {
        let required = rng.bool();
        let (from, to) = (format!("source.field_{number:02}"), format!("custom/{kind}_{number}"));
        format!(r#"{{"from":"{from}","required":{required},"to":"{to}"}}"#)
    });
    let mapping = array(mapping);
    let events = names::any(
        rng,
        &[
            r#"["*"]"#,
            r#"["project.created","project.updated"]"#,
            r#"["member.joined","member.left","key.created"]"#,
        ],
    );
    let retry = names::any(
        rng,
        &[
            r#"{"backoff_seconds":[1,2,4.0,8],"max_attempts":5}"#,
            r#"{"backoff_seconds":[],"max_attempts":0}"#,
            r#"{"max_attempts":1e1}"#,
        ],
    );
    let secret = names::id(rng, "").chars().skip(9).collect::<String>();
    let shown = format!("Bearer (hidden, ends in {secret})");
    let headers = format!(
        r#"[{{"name":"X-Workspace","value":"1"}},{{"name":"Authorization","value":"{shown}"}}]"#
    );
    let members = Members::default()
        .with("enabled", "true")
        .with_text("endpoint", endpoint)
        .with("events", events)
        .with("field_mapping", mapping)
        .with("headers", headers)
        .with("retry", retry)
        .with_text("type", kind);
    Thing { kind: "integration", id: names::id(rng, "int"), name: Some(name.to_owned()), members }
}
