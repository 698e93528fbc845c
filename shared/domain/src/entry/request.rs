//! Reads the JSON of a client into [`Content`] and collects an error for each invalid field.
//!
//! Fields that the publishing program chooses are refused when they are invalid. Fields that its
//! end users influence never are; [`super::adjust`] reads them.

use super::adjust::{
    MAX_LOCATION_CHARS, MAX_REASON_CHARS, address, note_repairs, optional_text, read_person,
    target_name, user_agent, value,
};
use super::metadata::metadata;
use super::{Actor, ActorType, Content, Outcome, Target};
use crate::adjusted::Adjusted;
use crate::catalog::Catalog;
use crate::fields::Fields;
use crate::json::{Json, Repairs, pointer_to};
use crate::text;
use crate::timestamp::Timestamp;
use crate::validation::{Errors, FieldError};
use crate::workspace::Workspace;
use std::cell::Cell;

/// How far `occurred_at` may be ahead of the server's clock: 5 min = 300,000 ms.
pub const MAX_CLOCK_SKEW_MS: i64 = 5 * 60 * 1_000;
/// Up to how far ahead a clock is probably wrong, so that sending the entry again later helps: 15
/// min. A time further ahead is wrong itself.
const MAX_CLOCK_ERROR_MS: i64 = 15 * 60 * 1_000;
/// The most targets of an entry beside the first.
pub const MAX_FURTHER_TARGETS: usize = 10;
/// The id of an anonymous actor for whom the client gives none.
const ANONYMOUS_ID: &str = "anonymous";

/// What an entry is read against.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The workspace, whose plan says how old an entry may be.
    pub workspace: &'a Workspace,
    /// The actions and target types.
    pub catalog: &'a Catalog,
    /// The current time.
    pub now: Timestamp,
}

/// Why an entry is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentError {
    /// These fields are missing, unknown or invalid.
    Invalid(Vec<FieldError>),
    /// The only error is that `occurred_at` is too far ahead of the clock. The same entry is
    /// accepted after some seconds.
    ClockAhead {
        /// Seconds until the entry is accepted, rounded up.
        retry_after: u32,
    },
}

/// Reads one entry of a request. `repairs` are the places at which its lone surrogates were
/// replaced.
///
/// # Errors
/// [`ContentError::Invalid`] with one error for every field of the program that is missing, unknown
/// or invalid; [`ContentError::ClockAhead`] if the time is all that is wrong.
pub fn read_content(
    json: Json,
    repairs: &Repairs,
    reading: Reading<'_>,
) -> Result<Content, ContentError> {
    let mut errors = Errors::default();
    let ahead_ms = Cell::new(0);
    let content = Fields::of(json, "", &mut errors).and_then(|fields| {
        let mut adjusted = Adjusted::default();
        note_repairs(repairs, &mut adjusted);
        read(fields, reading, &ahead_ms, &mut errors, &mut adjusted)
            .map(|content| Content { adjusted: adjusted.into_vec(), ..content })
    });
    errors.into_result(content).map_err(|errors| match (errors.len(), ahead_ms.get()) {
        (1, 1..=MAX_CLOCK_ERROR_MS) => {
            ContentError::ClockAhead { retry_after: seconds_rounded_up(ahead_ms.get()) }
        }
        _ => ContentError::Invalid(errors),
    })
}

fn seconds_rounded_up(ms: i64) -> u32 {
    u32::try_from(ms.saturating_add(999) / 1_000).unwrap_or(u32::MAX)
}

/// Reads every field before it fails for any, so that one answer lists all errors.
fn read(
    mut fields: Fields,
    reading: Reading<'_>,
    ahead_ms: &Cell<i64>,
    errors: &mut Errors,
    adjusted: &mut Adjusted,
) -> Option<Content> {
    let catalog = reading.catalog;
    let occurred_at =
        fields.text("occurred_at", errors, |text| acceptable_time(&text, reading, ahead_ms));
    let actor =
        fields.object("actor", errors).and_then(|actor| read_actor(actor, errors, adjusted));
    let on_behalf_of = fields
        .optional_object("on_behalf_of", errors)
        .and_then(|actor| read_actor(actor, errors, adjusted));
    let action = fields.text("action", errors, |text| catalog.recordable_action(text));
    let target = fields
        .object("target", errors)
        .and_then(|target| read_target(target, catalog, errors, adjusted));
    let targets = read_targets(&mut fields, target.as_ref(), catalog, errors, adjusted);
    let outcome =
        fields.optional_text("outcome", errors, |text| one_of(&text, Outcome::ALL, Outcome::name));
    let reason = optional_text(&mut fields, "reason", MAX_REASON_CHARS, adjusted);
    let (ip_address, ip_address_text) = address(&mut fields, adjusted);
    let user_agent = user_agent(&mut fields, adjusted);
    let location = optional_text(&mut fields, "location", MAX_LOCATION_CHARS, adjusted);
    let session_id = fields.optional_text("session_id", errors, text::id);
    let old_value = value(&mut fields, "old_value", errors, adjusted);
    let new_value = value(&mut fields, "new_value", errors, adjusted);
    let metadata = metadata(
        &mut fields,
        action.as_deref().and_then(|action| catalog.metadata_schema(action)),
        errors,
        adjusted,
    );
    let external_id = fields.optional_text("external_id", errors, text::id);
    let request_id = fields.optional_text("request_id", errors, text::id);
    fields.refuse_the_rest(errors);
    let (action, target) = (action?, target?);
    catalog.check_kind(&action, &target.kind, errors);
    Some(Content {
        on_behalf_of,
        targets,
        outcome: outcome.unwrap_or_default(),
        reason,
        ip_address,
        ip_address_text,
        user_agent,
        location,
        session_id,
        old_value,
        new_value,
        metadata,
        external_id,
        request_id,
        ..Content::new(occurred_at?, actor?, action, target)
    })
}

/// Reads the time. If it is too far ahead of the clock, `ahead_ms` says by how much.
fn acceptable_time(
    text: &str,
    reading: Reading<'_>,
    ahead_ms: &Cell<i64>,
) -> Result<Timestamp, String> {
    let occurred_at = Timestamp::parse(text).map_err(|error| error.to_string())?;
    let latest = reading.now.plus_ms(MAX_CLOCK_SKEW_MS);
    if occurred_at > latest {
        ahead_ms.set(occurred_at.ms() - latest.ms());
        return Err("must be at most 5 minutes ahead of the server's clock".to_owned());
    }
    if reading.workspace.visible_from(reading.now).is_some_and(|from| occurred_at < from) {
        return Err("is older than the workspace's plan keeps entries".to_owned());
    }
    Ok(occurred_at)
}

fn read_actor(mut fields: Fields, errors: &mut Errors, adjusted: &mut Adjusted) -> Option<Actor> {
    let kind = fields.text("type", errors, |text| one_of(&text, ActorType::ALL, ActorType::name));
    let id = if kind == Some(ActorType::Anonymous) {
        let id = fields.optional_text("id", errors, text::id);
        Some(id.unwrap_or_else(|| ANONYMOUS_ID.to_owned()))
    } else {
        fields.text("id", errors, text::id)
    };
    let person = read_person(&mut fields, adjusted);
    fields.refuse_the_rest(errors);
    Some(Actor::new(kind?, id?).named(person))
}

fn read_target(
    mut fields: Fields,
    catalog: &Catalog,
    errors: &mut Errors,
    adjusted: &mut Adjusted,
) -> Option<Target> {
    let kind = fields.text("type", errors, |text| catalog.recordable_target_type(text));
    let id = fields.text("id", errors, text::id);
    let name = target_name(&mut fields, adjusted);
    fields.refuse_the_rest(errors);
    Some(Target { kind: kind?, id: id?, name })
}

/// Reads the further targets. None of them, nor the first, may be named twice.
fn read_targets(
    fields: &mut Fields,
    first: Option<&Target>,
    catalog: &Catalog,
    errors: &mut Errors,
    adjusted: &mut Adjusted,
) -> Vec<Target> {
    let pointer = fields.pointer_to("targets");
    let elements = match fields.take("targets") {
        None | Some(Json::Null) => return Vec::new(),
        Some(Json::Array(elements)) if elements.len() <= MAX_FURTHER_TARGETS => elements,
        Some(_) => {
            errors.add(
                &pointer,
                format!("must be an array of at most {MAX_FURTHER_TARGETS} targets"),
            );
            return Vec::new();
        }
    };
    let mut targets: Vec<Target> = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        let pointer = pointer_to(&pointer, &index.to_string());
        let target = Fields::of(element, &pointer, errors)
            .and_then(|fields| read_target(fields, catalog, errors, adjusted));
        let Some(target) = target else { continue };
        let is_same = |other: &&Target| other.kind == target.kind && other.id == target.id;
        if first.into_iter().chain(&targets).any(|other| is_same(&other)) {
            errors.add(&pointer, "names a target of the entry again");
        }
        targets.push(target);
    }
    targets
}

/// The value of `all` with this name.
///
/// # Errors
/// The names that are accepted.
pub(crate) fn one_of<T: Copy, const N: usize>(
    text: &str,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let names = all.map(name).join(", ");
    all.into_iter()
        .find(|value| name(*value) == text)
        .ok_or_else(|| format!("must be one of {names}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::default_catalog as catalog;
    use crate::entry::may_be_repaired;
    use crate::identity::Salt;
    use crate::json::parse_repaired;
    use crate::plan::Plan;
    use crate::workspace::WorkspaceId;

    fn read_text(text: &str) -> Result<Content, Vec<String>> {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let workspace = Workspace::new(
            WorkspaceId::parse("w").unwrap(),
            Plan::Free,
            Salt::from_bytes([0; 32]),
            now,
        );
        let reading = Reading { workspace: &workspace, catalog: catalog(), now };
        let (json, repairs) = parse_repaired(text.as_bytes(), may_be_repaired).unwrap();
        let read = read_content(json, &repairs, reading);
        read.map_err(|error| match error {
            ContentError::Invalid(errors) => {
                errors.into_iter().map(|error| error.pointer).collect()
            }
            ContentError::ClockAhead { retry_after } => vec![format!("after {retry_after} s")],
        })
    }

    fn with(extra: &str) -> String {
        let required = concat!(
            r#""occurred_at":"2026-11-22T11:00:00Z","actor":{"type":"user","id":"u"},"#,
            r#""action":"member.invite","target":{"type":"member","id":"m"}"#
        );
        format!("{{{required}{extra}}}")
    }

    #[test]
    fn null_is_absent_for_a_text_and_a_value_for_a_value() {
        let absent = read_text(&with("")).unwrap();
        let fields = [
            "on_behalf_of", "targets", "reason", "ip_address", "user_agent", "location",
            "session_id", "metadata", "outcome", "external_id", "request_id",
        ];
        let nulls = fields.map(|name| format!(r#","{name}":null"#));
        let null = read_text(&with(&nulls.concat())).unwrap();
        assert_eq!(null, absent);
        let value = read_text(&with(r#","old_value":null"#)).unwrap();
        assert_eq!(value.old_value.unwrap().as_str(), "null");
    }

    #[test]
    fn one_answer_names_every_wrong_field() {
        let errors = read_text(concat!(
            r#"{"occurred_at":5,"actor":{"type":"robot","id":"","x":1},"target":[],"#,
            r#""targets":[{"type":"?"}],"metadata":[],"outcome":"maybe","acton":1}"#
        ));
        let expected = [
            "/occurred_at", "/actor/type", "/actor/id", "/actor/x", "/action", "/target",
            "/targets/0/type", "/targets/0/id", "/outcome", "/metadata", "/acton",
        ];
        assert_eq!(errors.unwrap_err(), expected);
        assert_eq!(read_text("[]").unwrap_err(), [""]);
        assert_eq!(read_text("null").unwrap_err(), [""]);
    }

    #[test]
    fn a_time_is_accepted_from_the_plans_retention_to_five_minutes_ahead() {
        let at = |time: &str| {
            read_text(&with("").replace("2026-11-22T11:00:00Z", time))
                .map(|content| content.occurred_at.rfc3339())
        };
        assert_eq!(at("2026-11-22T12:05:00.000Z").as_deref(), Ok("2026-11-22T12:05:00.000Z"));
        assert_eq!(at("2026-11-22T12:05:00.001Z"), Err(vec!["after 1 s".to_owned()]));
        assert_eq!(at("2026-11-22T12:20:00Z"), Err(vec!["after 900 s".to_owned()]));
        assert_eq!(at("2026-11-22T12:20:00.001Z"), Err(vec!["/occurred_at".to_owned()]));
        assert_eq!(at("2026-10-23T00:00:00Z").as_deref(), Ok("2026-10-23T00:00:00.000Z"));
        assert_eq!(at("2026-10-22T23:59:59.999Z"), Err(vec!["/occurred_at".to_owned()]));
    }
}
