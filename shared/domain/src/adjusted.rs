//! Owns adjustments: what the service changed of a field that an end user influences, so that the
//! field does not keep the entry out of the log.
//!
//! An adjustment depends on nothing but the text that was sent, and comes before the id is made. So
//! a retry gives the same entry, and a stored entry proves its id. The exception is a value that
//! does not fit the catalogue's schema: nothing is changed, the catalogue may be another one when
//! the client tries again, and so this note is no part of the id.

use crate::validation::shortened_pointer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most adjustments that an entry lists. One more says that there were more.
const MAX_LISTED: usize = 20;

/// What was changed of one field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Adjustment {
    /// The field, as an RFC 6901 pointer into the entry.
    pub pointer: String,
    /// What did not fit, and so what was done.
    pub reason: Reason,
}

/// What did not fit, and so what was done; `Adjustment` in `openapi.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The text was too long. Its first characters are kept.
    Cut,
    /// The text was empty. The field is left out.
    Empty,
    /// The value was no string. Its JSON text is kept.
    NotText,
    /// The text had halves of surrogate pairs. Each is U+FFFD now.
    LoneSurrogate,
    /// The text had control, format or separator characters. Each is U+FFFD now.
    ControlCharacter,
    /// The text is no email address. It is kept as it was sent.
    NotAnEmail,
    /// The text is no IP address. It is kept in `ip_address_text`.
    NotAnAddress,
    /// The address had white space, a port, brackets or a zone. They are left out.
    AddressOnly,
    /// The number was too long for a number. It is a string with the same characters now.
    NumberAsText,
    /// The value does not fit the schema that the catalogue had for it. It is kept all the same.
    Schema,
    /// More was adjusted than is listed.
    More,
}

impl Reason {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Empty => "empty",
            Self::NotText => "not_text",
            Self::LoneSurrogate => "lone_surrogate",
            Self::ControlCharacter => "control_character",
            Self::NotAnEmail => "not_an_email",
            Self::NotAnAddress => "not_an_address",
            Self::AddressOnly => "address_only",
            Self::NumberAsText => "number_as_text",
            Self::Schema => "schema",
            Self::More => "more",
        }
    }
}

/// The adjustments of an entry so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjusted {
    first: BTreeSet<Adjustment>,
    has_more: bool,
    /// Apart, so that they never take the place of what is part of the id.
    schema: BTreeSet<Adjustment>,
}

impl Adjusted {
    /// Adds an adjustment. A long pointer is shortened to the nearest container that fits. Of more
    /// than 20, the smallest 20 are listed, so that the order of the members that were sent does
    /// not matter.
    pub fn add(&mut self, pointer: &str, reason: Reason) {
        self.first.insert(Adjustment { pointer: shortened_pointer(pointer).to_owned(), reason });
        if self.first.len() > MAX_LISTED {
            self.first.pop_last();
            self.has_more = true;
        }
    }

    /// Notes that the value of a key of the metadata does not fit its schema. There are at most 50
    /// such keys.
    pub fn note_schema(&mut self, pointer: &str) {
        let pointer = shortened_pointer(pointer).to_owned();
        self.schema.insert(Adjustment { pointer, reason: Reason::Schema });
    }

    /// Notes that there were more than those that were added.
    pub fn add_more(&mut self) {
        self.has_more = true;
    }

    /// The adjustments, in order of their pointers.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Adjustment> {
        let more = Adjustment { pointer: String::new(), reason: Reason::More };
        self.first.append(&mut self.schema);
        self.first.into_iter().chain(self.has_more.then_some(more)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_adjustments_are_listed_and_more_are_said() {
        let mut adjusted = Adjusted::default();
        let mut backwards = Adjusted::default();
        (0..20).for_each(|index| adjusted.add(&format!("/{index}"), Reason::Cut));
        assert_eq!(adjusted.clone().into_vec().len(), 20);
        (20..25).for_each(|index| adjusted.add(&format!("/{index}"), Reason::Cut));
        (0..25).rev().for_each(|index| backwards.add(&format!("/{index}"), Reason::Cut));
        assert_eq!(adjusted, backwards, "whatever the order");
        let listed = adjusted.into_vec();
        assert_eq!(listed.len(), 21);
        assert_eq!(
            listed.last(),
            Some(&Adjustment { pointer: String::new(), reason: Reason::More })
        );
    }

    #[test]
    fn what_does_not_fit_a_schema_takes_no_place_from_what_was_adjusted() {
        let mut adjusted = Adjusted::default();
        (0..20).for_each(|index| adjusted.add(&format!("/metadata/{index}"), Reason::Cut));
        let without = adjusted.clone().into_vec();
        (0..50).for_each(|index| adjusted.note_schema(&format!("/metadata/{index}")));
        let mut with = adjusted.into_vec();
        assert_eq!(with.len(), 70);
        with.retain(|one| one.reason != Reason::Schema);
        assert_eq!(with, without);
    }

    #[test]
    fn a_reason_has_the_same_name_in_rust_and_in_json() {
        let all = [
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
        ];
        for reason in all {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
