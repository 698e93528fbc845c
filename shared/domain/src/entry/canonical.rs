//! Owns the canonical form: the text from which the id of an entry is derived.

use super::Content;
use crate::identity::{EntryId, SCHEMA, Salt};
use crate::json::write_string;

impl Salt {
    /// The id of an entry with this content: its time and the digest of its canonical form.
    #[must_use]
    pub fn entry_id(&self, content: &Content) -> EntryId {
        self.id_of_form(content.occurred_at, &canonical_form(content))
    }
}

/// The canonical form of a content: one JSON text with a fixed order of fields, absent fields
/// omitted, canonical values and no white space.
///
/// It is derived from the stored form (time in UTC to the millisecond, canonical IP address,
/// truncated user agent, default outcome). So an id can be verified with the stored entry and the
/// salt alone.
#[must_use]
pub fn canonical_form(content: &Content) -> String {
    let mut out = format!("{{\"schema\":{SCHEMA}");
    let mut field = |name: &str, json: &str| {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        out.push_str(json);
    };
    let actor = [
        ("type", Some(content.actor.kind.name())),
        ("id", Some(&content.actor.id)),
        ("name", content.actor.name.as_deref()),
        ("email", content.actor.email.as_deref()),
    ];
    let target = [
        ("type", Some(content.target.kind.as_str())),
        ("id", Some(&content.target.id)),
        ("name", content.target.name.as_deref()),
    ];
    field("occurred_at", &quoted(&content.occurred_at.rfc3339()));
    field("actor", &object(&actor));
    field("action", &quoted(&content.action));
    field("target", &object(&target));
    let mut optional = |name: &str, text: Option<&str>| {
        if let Some(text) = text {
            field(name, &quoted(text));
        }
    };
    optional("ip_address", content.ip_address.as_deref());
    optional("user_agent", content.user_agent.as_deref());
    if content.user_agent_truncated {
        field("user_agent_truncated", "true");
    }
    field("outcome", &quoted(content.outcome.name()));
    if let Some(value) = &content.old_value {
        field("old_value", value.as_str());
    }
    if let Some(value) = &content.new_value {
        field("new_value", value.as_str());
    }
    let mut optional = |name: &str, text: Option<&str>| {
        if let Some(text) = text {
            field(name, &quoted(text));
        }
    };
    optional("external_id", content.external_id.as_deref());
    optional("request_id", content.request_id.as_deref());
    out.push('}');
    out
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

fn object(members: &[(&str, Option<&str>)]) -> String {
    let members: Vec<_> = members
        .iter()
        .filter_map(|(name, text)| Some(format!("\"{name}\":{}", quoted((*text)?))))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests;
