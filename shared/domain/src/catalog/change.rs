//! Owns what differs between two catalogues.

use super::{Action, Catalog, TargetType, UnknownActions};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What differs between two catalogues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The actions.
    pub actions: Names,
    /// The target types.
    pub target_types: Names,
    /// What happens to unknown actions now, if that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_actions: Option<UnknownActions>,
    /// Whether the names that both catalogues have stand in another order.
    pub is_reordered: bool,
}

/// What differs between the names of two catalogues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// Those that only the second has.
    pub added: Vec<String>,
    /// Those that say something else in the second.
    pub changed: Vec<ChangedName>,
    /// Those that are retired in the second only.
    pub retired: Vec<String>,
    /// Those that only the first has.
    pub removed: Vec<String>,
}

/// A name that says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedName {
    /// The name.
    pub name: String,
    /// Its members that differ, such as `label`.
    pub fields: Vec<String>,
}

impl Difference {
    /// What differs between two catalogues, except their versions.
    #[must_use]
    pub fn between(before: &Catalog, after: &Catalog) -> Self {
        let (actions, actions_moved) = names(&before.actions, &after.actions);
        let (target_types, types_moved) = names(&before.target_types, &after.target_types);
        let unknown_actions =
            (before.unknown_actions != after.unknown_actions).then_some(after.unknown_actions);
        Self { actions, target_types, unknown_actions, is_reordered: actions_moved || types_moved }
    }

    /// Whether the catalogues say the same.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What actions and target types have in common.
trait Named: Serialize {
    fn name(&self) -> &str;
    fn is_retired(&self) -> bool;
}

impl Named for Action {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_retired(&self) -> bool {
        self.retired
    }
}

impl Named for TargetType {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_retired(&self) -> bool {
        self.retired
    }
}

/// What differs between two lists of names, and whether the names of both stand in another order.
fn names<T: Named>(before: &[T], after: &[T]) -> (Names, bool) {
    let by_name = |all: &'_ [T]| -> HashMap<String, usize> {
        all.iter().enumerate().map(|(place, one)| (one.name().to_owned(), place)).collect()
    };
    let (places_before, places_after) = (by_name(before), by_name(after));
    let mut names = Names::default();
    let mut common = Vec::new();
    for one in after {
        let Some((place, other)) =
            places_before.get(one.name()).and_then(|place| Some((*place, before.get(*place)?)))
        else {
            names.added.push(one.name().to_owned());
            continue;
        };
        common.push(place);
        let retires = one.is_retired() && !other.is_retired();
        if retires {
            names.retired.push(one.name().to_owned());
        }
        let mut fields = changed_fields(other, one);
        fields.retain(|field| !(retires && field == "retired"));
        if !fields.is_empty() {
            names.changed.push(ChangedName { name: one.name().to_owned(), fields });
        }
    }
    let gone = before.iter().filter(|one| !places_after.contains_key(one.name()));
    names.removed = gone.map(|one| one.name().to_owned()).collect();
    (names, !common.is_sorted())
}

/// The members that differ, in the order of their names.
fn changed_fields(before: &impl Serialize, after: &impl Serialize) -> Vec<String> {
    let (before, after) = (members(before), members(after));
    let mut fields: Vec<_> = before
        .keys()
        .chain(after.keys())
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn members(one: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(one) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
