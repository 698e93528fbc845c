//! Owns the rule for fields that end users influence: whatever such a field holds, it never keeps
//! the entry out of the log. What does not fit is changed, and the entry says so.
//!
//! `docs/api.md` has the table of all fields. This module is the only place that reads them.

use super::Actor;
use crate::adjusted::{Adjusted, Reason};
use crate::fields::Fields;
use crate::json::{Json, JsonText, Repairs, fit};
use crate::text;
use crate::validation::Errors;

/// The most characters of a reason.
pub(super) const MAX_REASON_CHARS: usize = 1_024;
/// The most characters of a location.
pub(super) const MAX_LOCATION_CHARS: usize = 256;
/// The most characters that are kept of a text that was sent as an address and is no address.
/// Forwarded addresses of a chain of ten proxies have 450.
const MAX_ADDRESS_TEXT_CHARS: usize = 512;

/// The fields in which everything is an end user's.
const ANYTHING: [&str; 7] =
    ["old_value", "new_value", "metadata", "ip_address", "user_agent", "location", "reason"];

/// Whether a lone surrogate at this place is replaced: end users influence the text there. The
/// place is the first segments of its pointer.
#[must_use]
pub fn may_be_repaired(place: &[&str]) -> bool {
    match place {
        [field, ..] if ANYTHING.contains(field) => true,
        ["actor" | "on_behalf_of", "name" | "email", ..] | ["target", "name", ..] => true,
        ["targets", _, name] => *name == "name",
        _ => false,
    }
}

/// Notes the places at which lone surrogates were replaced.
pub(super) fn note_repairs(repairs: &Repairs, adjusted: &mut Adjusted) {
    for pointer in &repairs.pointers {
        adjusted.add(pointer, Reason::LoneSurrogate);
    }
    if repairs.has_more {
        adjusted.add_more();
    }
}

/// Takes the text `name` of an object. Nothing that it may hold is an error:
///
/// - `null` is like an absent field;
/// - an empty text is left out;
/// - a value that is no string becomes its JSON text;
/// - of more than `max_chars` characters, the first are kept.
pub(super) fn optional_text(
    fields: &mut Fields,
    name: &str,
    max_chars: usize,
    adjusted: &mut Adjusted,
) -> Option<String> {
    let value = fields.take(name)?;
    text_of(value, &fields.pointer_to(name), max_chars, adjusted)
}

/// The text of a value, by the rule of [`optional_text`].
pub(super) fn text_of(
    value: Json,
    pointer: &str,
    max_chars: usize,
    adjusted: &mut Adjusted,
) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::Text(text) => text,
        other => {
            adjusted.add(pointer, Reason::NotText);
            other.canonical()
        }
    };
    if text.is_empty() {
        adjusted.add(pointer, Reason::Empty);
        return None;
    }
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => {
            adjusted.add(pointer, Reason::Cut);
            Some(text.get(..end).unwrap_or_default().to_owned())
        }
        None => Some(text),
    }
}

/// Takes an email address. Control characters, which could forge a mail header, become U+FFFD.
fn optional_email(fields: &mut Fields, adjusted: &mut Adjusted) -> Option<String> {
    let email = optional_text(fields, "email", text::MAX_EMAIL_CHARS, adjusted)?;
    let pointer = fields.pointer_to("email");
    let visible = text::with_invisible_replaced(&email);
    if visible != email {
        adjusted.add(&pointer, Reason::ControlCharacter);
    }
    if !text::is_email(&visible) {
        adjusted.add(&pointer, Reason::NotAnEmail);
    }
    Some(visible)
}

/// Takes the IP address: the address in canonical text, or the text that is no address.
///
/// An address with white space, a port, brackets or a zone gives the address. A list of addresses
/// is kept as text: which of them is the user's, only the publisher can know.
pub(super) fn address(
    fields: &mut Fields,
    adjusted: &mut Adjusted,
) -> (Option<String>, Option<String>) {
    let name = "ip_address";
    let Some(text) = optional_text(fields, name, MAX_ADDRESS_TEXT_CHARS, adjusted) else {
        return (None, None);
    };
    if let Some(address) = text::ip_address(&text) {
        return (Some(address), None);
    }
    let pointer = fields.pointer_to(name);
    if let Some(address) = text::ip_address(text::bare_address(&text)) {
        adjusted.add(&pointer, Reason::AddressOnly);
        return (Some(address), None);
    }
    adjusted.add(&pointer, Reason::NotAnAddress);
    (None, Some(text))
}

/// A name and an email address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// The name.
    pub(super) name: Option<String>,
    /// The email address.
    pub(super) email: Option<String>,
}

/// Takes the name and the email address of a person.
pub(super) fn read_person(fields: &mut Fields, adjusted: &mut Adjusted) -> Person {
    let name = optional_text(fields, "name", text::MAX_NAME_CHARS, adjusted);
    Person { name, email: optional_email(fields, adjusted) }
}

impl Actor {
    /// The actor with the name and the email address of a person.
    pub(super) fn named(self, person: Person) -> Self {
        Self { name: person.name, email: person.email, ..self }
    }
}

/// Takes a user agent.
pub(super) fn user_agent(fields: &mut Fields, adjusted: &mut Adjusted) -> Option<String> {
    optional_text(fields, "user_agent", text::MAX_USER_AGENT_CHARS, adjusted)
}

/// Takes the name of a target.
pub(super) fn target_name(fields: &mut Fields, adjusted: &mut Adjusted) -> Option<String> {
    optional_text(fields, "name", text::MAX_NAME_CHARS, adjusted)
}

/// Takes an old or new value.
pub(super) fn value(
    fields: &mut Fields,
    name: &str,
    errors: &mut Errors,
    adjusted: &mut Adjusted,
) -> Option<JsonText> {
    let pointer = fields.pointer_to(name);
    let value = fit(fields.take(name)?, &pointer, errors, adjusted);
    JsonText::of(&value).map_err(|_not_json| errors.add(&pointer, "must be JSON")).ok()
}

#[cfg(test)]
mod tests;
