//! Owns the canonical form: the text from which the id of an entry is derived, made of sections.

use super::{Actor, Content, Target};
use crate::adjusted::{Adjustment, Reason};
use crate::identity::{EntryId, SCHEMA, Salt};
use crate::json::{JsonText, write_string};

/// A part of an entry that can be removed by itself, for example when a law demands that a name is
/// erased, while the commitment to the rest still verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Time, actor, action, targets, outcome, reason and external id, without names.
    What,
    /// Names and email addresses of the actor, and of the person on whose behalf it acted.
    Who,
    /// Address, user agent, location and session.
    Where,
    /// The names of the targets.
    TargetName,
    /// The value before.
    Old,
    /// The value after.
    New,
    /// The metadata.
    Metadata,
}

impl Section {
    /// All sections, in the order of the canonical form.
    pub const ALL: [Self; 7] = [
        Self::What,
        Self::Who,
        Self::Where,
        Self::TargetName,
        Self::Old,
        Self::New,
        Self::Metadata,
    ];

    /// The name in the canonical form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::What => "what",
            Self::Who => "who",
            Self::Where => "where",
            Self::TargetName => "target_name",
            Self::Old => "old",
            Self::New => "new",
            Self::Metadata => "metadata",
        }
    }

    /// The section that says what was adjusted at `pointer`.
    pub(super) fn of_pointer(pointer: &str) -> Self {
        let mut segments = pointer.split('/').skip(1);
        match segments.next() {
            Some("actor" | "on_behalf_of") => Self::Who,
            Some("ip_address" | "user_agent" | "location") => Self::Where,
            Some("target" | "targets") => Self::TargetName,
            Some("old_value") => Self::Old,
            Some("new_value") => Self::New,
            Some("metadata") => Self::Metadata,
            _ => Self::What,
        }
    }
}

impl Salt {
    /// The id of an entry with this content: its time and the digest of its canonical form.
    #[must_use]
    pub fn entry_id(&self, content: &Content) -> EntryId {
        self.id_of_form(content.occurred_at, &canonical_form(content))
    }
}

/// The canonical form of a content: one JSON object with the sections in a fixed order, empty ones
/// omitted, without white space.
///
/// It is derived from the stored form (time in UTC to the millisecond, canonical IP address,
/// adjusted texts, default outcome). So an id can be verified with the stored entry and the salt
/// alone.
#[must_use]
pub fn canonical_form(content: &Content) -> String {
    let mut form = Members::default();
    form.add("schema", &SCHEMA.to_string());
    for section in Section::ALL {
        form.add(section.name(), &section_form(content, section));
    }
    form.into_object()
}

/// The canonical form of one section: a JSON object with its fields in a fixed order. An empty
/// section is the empty text.
pub(super) fn section_form(content: &Content, section: Section) -> String {
    let mut form = match section {
        Section::What => what(content),
        Section::Who => who(content),
        Section::Where => where_(content),
        Section::TargetName => target_name(content),
        Section::Old => value(content.old_value.as_ref()),
        Section::New => value(content.new_value.as_ref()),
        Section::Metadata => value(content.metadata.as_ref()),
    };
    form.add("adjusted", &adjusted(&content.adjusted, section));
    form.into_object()
}

fn what(content: &Content) -> Members {
    let mut form = Members::default();
    let actor = |actor: &Actor| {
        let mut form = Members::default();
        form.text("type", Some(actor.kind.name()));
        form.text("id", Some(&actor.id));
        form.into_object()
    };
    let target = |target: &Target| {
        let mut form = Members::default();
        form.text("type", Some(&target.kind));
        form.text("id", Some(&target.id));
        form.into_object()
    };
    form.text("occurred_at", Some(&content.occurred_at.rfc3339()));
    form.add("actor", &actor(&content.actor));
    form.add("on_behalf_of", &content.on_behalf_of.as_ref().map(actor).unwrap_or_default());
    form.text("action", Some(&content.action));
    form.add("target", &target(&content.target));
    form.add("targets", &array(content.targets.iter().map(target)));
    form.text("outcome", Some(content.outcome.name()));
    form.text("reason", content.reason.as_deref());
    form.text("external_id", content.external_id.as_deref());
    form
}

fn who(content: &Content) -> Members {
    let person = |actor: &Actor| {
        let mut form = Members::default();
        form.text("name", actor.name.as_deref());
        form.text("email", actor.email.as_deref());
        form.into_object()
    };
    let mut form = Members::default();
    form.add("actor", &person(&content.actor));
    form.add("on_behalf_of", &content.on_behalf_of.as_ref().map(person).unwrap_or_default());
    form
}

fn where_(content: &Content) -> Members {
    let mut form = Members::default();
    form.text("ip_address", content.ip_address.as_deref());
    form.text("ip_address_text", content.ip_address_text.as_deref());
    form.text("user_agent", content.user_agent.as_deref());
    form.text("location", content.location.as_deref());
    form.text("session_id", content.session_id.as_deref());
    form
}

/// The names of the targets. If a further target has a name, each has an element: a name or `null`.
fn target_name(content: &Content) -> Members {
    let mut form = Members::default();
    form.text("target", content.target.name.as_deref());
    if content.targets.iter().any(|target| target.name.is_some()) {
        let name = |target: &Target| target.name.as_deref().map_or("null".to_owned(), quoted);
        form.add("targets", &array(content.targets.iter().map(name)));
    }
    form
}

fn value(value: Option<&JsonText>) -> Members {
    let mut form = Members::default();
    form.add("value", value.map_or("", JsonText::as_str));
    form
}

/// What was adjusted in a section. What does not fit a schema is left out: the catalogue may be
/// another one when a client tries again, and a retry must stay a retry.
fn adjusted(adjusted: &[Adjustment], section: Section) -> String {
    let of_section = adjusted
        .iter()
        .filter(|one| one.reason != Reason::Schema && Section::of_pointer(&one.pointer) == section);
    array(of_section.map(|one| {
        let mut form = Members::default();
        form.text("pointer", Some(&one.pointer));
        form.text("reason", Some(one.reason.name()));
        form.into_object()
    }))
}

/// The members of a JSON object that were added so far.
#[derive(Default)]
struct Members(String);

impl Members {
    /// Adds a member, unless its JSON is the empty text: then there is nothing to say.
    fn add(&mut self, name: &str, json: &str) {
        if !json.is_empty() {
            self.0.push(if self.0.is_empty() { '{' } else { ',' });
            self.0.extend(["\"", name, "\":", json]);
        }
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        self.add(name, &text.map(quoted).unwrap_or_default());
    }

    /// The object. One without members is the empty text.
    fn into_object(mut self) -> String {
        if !self.0.is_empty() {
            self.0.push('}');
        }
        self.0
    }
}

/// A JSON array. One without elements is the empty text.
fn array(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<_> = elements.collect();
    if elements.is_empty() { String::new() } else { format!("[{}]", elements.join(",")) }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

#[cfg(test)]
mod tests;
