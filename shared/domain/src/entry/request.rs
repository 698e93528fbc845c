//! Reads the JSON of a client into [`Content`] and collects an error for each invalid field.

use super::{Actor, ActorType, Content, Outcome, Target};
use crate::fields::Fields;
use crate::json::{Json, JsonText, check_limits};
use crate::timestamp::Timestamp;
use crate::validation::{Errors, FieldError};
use crate::workspace::Workspace;
use crate::{catalog, text};

/// How far `occurred_at` may be ahead of the server's clock: 5 min = 300,000 ms.
pub const MAX_CLOCK_SKEW_MS: i64 = 5 * 60 * 1_000;

/// Reads one entry of a request.
///
/// # Errors
/// One error for every field that is missing, unknown or invalid.
pub fn read_content(
    json: Json,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<Content, Vec<FieldError>> {
    let mut errors = Errors::default();
    let content = Fields::of(json, "", &mut errors)
        .and_then(|fields| read(fields, workspace, now, &mut errors));
    errors.into_result(content)
}

/// Reads every field before it fails for any, so that one answer lists all errors.
fn read(
    mut fields: Fields,
    workspace: &Workspace,
    now: Timestamp,
    errors: &mut Errors,
) -> Option<Content> {
    let occurred_at =
        fields.text("occurred_at", errors, |text| acceptable_time(&text, workspace, now));
    let actor = fields.object("actor", errors).and_then(|actor| read_actor(actor, errors));
    let action = fields.text("action", errors, catalog::action);
    let target = fields.object("target", errors).and_then(|target| read_target(target, errors));
    let ip_address = fields.optional_text("ip_address", errors, |text| text::ip_address(&text));
    let user_agent = fields.optional_text("user_agent", errors, |text| Ok(text::user_agent(text)));
    let old_value = read_value(&mut fields, "old_value", errors);
    let new_value = read_value(&mut fields, "new_value", errors);
    let outcome =
        fields.optional_text("outcome", errors, |text| one_of(&text, Outcome::ALL, Outcome::name));
    let external_id = fields.optional_text("external_id", errors, text::id);
    let request_id = fields.optional_text("request_id", errors, text::id);
    fields.refuse_the_rest(errors);
    let (user_agent, user_agent_truncated) =
        user_agent.map_or((None, false), |(text, cut)| (Some(text), cut));
    Some(Content {
        occurred_at: occurred_at?,
        actor: actor?,
        action: action?,
        target: target?,
        ip_address,
        user_agent,
        user_agent_truncated,
        old_value,
        new_value,
        outcome: outcome.unwrap_or_default(),
        external_id,
        request_id,
    })
}

fn acceptable_time(text: &str, workspace: &Workspace, now: Timestamp) -> Result<Timestamp, String> {
    let occurred_at = Timestamp::parse(text).map_err(|error| error.to_string())?;
    if occurred_at > now.plus_ms(MAX_CLOCK_SKEW_MS) {
        return Err("must be at most 5 minutes ahead of the server's clock".to_owned());
    }
    if workspace.visible_from(now).is_some_and(|from| occurred_at < from) {
        return Err("is older than the workspace's plan keeps entries".to_owned());
    }
    Ok(occurred_at)
}

fn read_actor(mut fields: Fields, errors: &mut Errors) -> Option<Actor> {
    let kind = fields.text("type", errors, |text| one_of(&text, ActorType::ALL, ActorType::name));
    let id = fields.text("id", errors, text::id);
    let name = fields.optional_text("name", errors, text::name);
    let email = fields.optional_text("email", errors, text::email);
    fields.refuse_the_rest(errors);
    Some(Actor { kind: kind?, id: id?, name, email })
}

fn read_target(mut fields: Fields, errors: &mut Errors) -> Option<Target> {
    let kind = fields.text("type", errors, catalog::target_type);
    let id = fields.text("id", errors, text::id);
    let name = fields.optional_text("name", errors, text::name);
    fields.refuse_the_rest(errors);
    Some(Target { kind: kind?, id: id?, name })
}

fn read_value(fields: &mut Fields, name: &str, errors: &mut Errors) -> Option<JsonText> {
    let pointer = fields.pointer_to(name);
    let value = fields.take(name)?;
    check_limits(&value, &pointer, errors);
    JsonText::of(&value).map_err(|_not_json| errors.add(&pointer, "must be JSON")).ok()
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
    use crate::identity::Salt;
    use crate::json::parse;
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
        let read = read_content(parse(text.as_bytes()).unwrap(), &workspace, now);
        read.map_err(|errors| errors.into_iter().map(|error| error.pointer).collect())
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
        let fields = ["ip_address", "user_agent", "outcome", "external_id", "request_id"];
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
            r#""ip_address":"x","outcome":"maybe","acton":1}"#
        ));
        let expected = [
            "/occurred_at", "/actor/type", "/actor/id", "/actor/x", "/action", "/target",
            "/ip_address", "/outcome", "/acton",
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
        assert_eq!(at("2026-11-22T12:05:00.001Z"), Err(vec!["/occurred_at".to_owned()]));
        assert_eq!(at("2026-10-23T00:00:00Z").as_deref(), Ok("2026-10-23T00:00:00.000Z"));
        assert_eq!(at("2026-10-22T23:59:59.999Z"), Err(vec!["/occurred_at".to_owned()]));
    }
}
