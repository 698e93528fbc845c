//! Reads the members of a JSON object one by one and collects an error, with its pointer, for every
//! member that is invalid.

use crate::json::{Json, pointer_to};
use crate::validation::Errors;
use std::collections::BTreeMap;

/// The longest key that an error names. A longer one is reported at its object.
const MAX_NAMED_KEY_CHARS: usize = 64;

/// An object of a request. Known members are taken by name; the remaining ones are refused.
#[derive(Debug)]
pub struct Fields {
    pointer: String,
    members: BTreeMap<String, Json>,
}

impl Fields {
    /// The members of an object. Any other value adds an error at `pointer` and gives `None`.
    pub fn of(json: Json, pointer: &str, errors: &mut Errors) -> Option<Self> {
        if let Json::Object(members) = json {
            return Some(Self {
                pointer: pointer.to_owned(),
                members: members.into_iter().collect(),
            });
        }
        errors.add(pointer, "must be an object");
        None
    }

    /// Takes the member `name`. `None` means that it is absent; a `null` member is `Some`.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        self.members.remove(name)
    }

    /// Takes the member `name`. If it is absent, adds an error and gives `None`.
    pub fn required(&mut self, name: &str, errors: &mut Errors) -> Option<Json> {
        let value = self.take(name);
        if value.is_none() {
            errors.add(&self.pointer_to(name), "is required");
        }
        value
    }

    /// Takes the object `name`. If it is absent or no object, adds an error and gives `None`.
    pub fn object(&mut self, name: &str, errors: &mut Errors) -> Option<Fields> {
        let pointer = self.pointer_to(name);
        self.required(name, errors).and_then(|json| Fields::of(json, &pointer, errors))
    }

    /// Takes the object `name`. `None` means that it is absent or `null`, or that an error was
    /// added.
    pub fn optional_object(&mut self, name: &str, errors: &mut Errors) -> Option<Fields> {
        let value = self.take(name).filter(|value| *value != Json::Null)?;
        Fields::of(value, &self.pointer_to(name), errors)
    }

    /// Takes the text `name` and checks it with `rule`. If it is absent, no text or against the
    /// rule, adds an error and gives `None`.
    pub fn text<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        rule: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.required(name, errors)?;
        self.read(name, value, errors, rule)
    }

    /// Takes the text `name` and checks it with `rule`. `None` means that it is absent or `null`,
    /// or that an error was added.
    pub fn optional_text<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        rule: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(name).filter(|value| *value != Json::Null)?;
        self.read(name, value, errors, rule)
    }

    fn read<T>(
        &self,
        name: &str,
        value: Json,
        errors: &mut Errors,
        rule: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        let read = match value {
            Json::Text(text) => rule(text),
            _ => Err("must be a string".to_owned()),
        };
        read.map_err(|detail| errors.add(&self.pointer_to(name), detail)).ok()
    }

    /// Takes these members out, as an object whose pointer is `pointer`.
    #[must_use]
    pub fn split_off(&mut self, names: &[&str], pointer: &str) -> Self {
        let members = names.iter().filter_map(|name| self.members.remove_entry(*name)).collect();
        Self { pointer: pointer.to_owned(), members }
    }

    /// The pointer to the member `name` of this object.
    #[must_use]
    pub fn pointer_to(&self, name: &str) -> String {
        pointer_to(&self.pointer, name)
    }

    /// Adds an error for every member that was not taken, so that a typo never drops data silently.
    pub fn refuse_the_rest(self, errors: &mut Errors) {
        for key in self.members.keys() {
            if key.chars().count() > MAX_NAMED_KEY_CHARS {
                errors.add(&self.pointer, "has a field that is not known");
            } else {
                errors.add(&self.pointer_to(key), "is not a known field");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn unknown_fields_are_refused_by_name_unless_the_name_is_long() {
        let mut errors = Errors::default();
        let long = "k".repeat(65);
        let json = parse(format!(r#"{{"acton":1,"a/b":2,"{long}":3}}"#).as_bytes()).unwrap();
        Fields::of(json, "/x", &mut errors).unwrap().refuse_the_rest(&mut errors);
        let pointers: Vec<_> = errors.into_vec().into_iter().map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/x/a~1b", "/x/acton", "/x"]);
    }
}
