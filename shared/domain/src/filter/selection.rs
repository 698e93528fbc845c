//! Owns what one condition of a filter selects: some values, or all but some.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::str::FromStr;

/// The most values of a condition. DynamoDB's `IN` takes 100 operands ("Comparison operator and
/// function reference", DynamoDB Developer Guide), and an address has room for the names of 50
/// actions.
pub const MAX_SELECTED: usize = 50;

/// One value or more, of which an entry must have one; or, if they are excluded, none.
///
/// Its text has the values in their order, each once, with commas in between, such as
/// `member.invite,member.remove`. A value that is excluded follows a minus:
/// `-member.invite,-member.remove`. No value has a comma or begins with a minus: names of actions
/// and target types cannot ([`crate::catalog::is_name`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<T> {
    values: BTreeSet<T>,
    excludes: bool,
}

/// A text that does not select one value or more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedSelection {
    /// There are more values than a condition may have.
    #[error("must be at most {MAX_SELECTED} values")]
    TooMany,
    /// Some values follow a minus, and others do not.
    #[error("must have a minus before each value, to leave them out, or before none")]
    Mixed,
    /// One of the values breaks its rule.
    #[error("{0}")]
    Value(String),
}

impl<T: Ord> Selection<T> {
    /// Only these. `None` means that there are no values.
    pub fn new(values: impl IntoIterator<Item = T>) -> Option<Self> {
        let values: BTreeSet<T> = values.into_iter().collect();
        (!values.is_empty()).then_some(Self { values, excludes: false })
    }

    /// All but these. `None` means that there are no values.
    pub fn all_but(values: impl IntoIterator<Item = T>) -> Option<Self> {
        Some(Self { excludes: true, ..Self::new(values)? })
    }

    /// Reads a text whose values follow a rule.
    ///
    /// # Errors
    /// When there are too many values, only some follow a minus, or one of them breaks the rule.
    pub fn read(
        text: &str,
        rule: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Self, MalformedSelection> {
        if text.split(',').count() > MAX_SELECTED {
            return Err(MalformedSelection::TooMany);
        }
        let excludes = text.starts_with('-');
        let mut values = BTreeSet::new();
        for value in text.split(',') {
            let name = value.strip_prefix('-');
            if name.is_some() != excludes {
                return Err(MalformedSelection::Mixed);
            }
            values.insert(rule(name.unwrap_or(value)).map_err(MalformedSelection::Value)?);
        }
        Ok(Self { values, excludes })
    }

    /// All of what several selections name. `None` means that there are no selections.
    ///
    /// # Errors
    /// When they name too many values, or only some exclude what they name.
    pub fn merged(
        selections: impl IntoIterator<Item = Self>,
    ) -> Result<Option<Self>, MalformedSelection> {
        let mut selections = selections.into_iter();
        let Some(mut merged) = selections.next() else { return Ok(None) };
        for Self { values, excludes } in selections {
            if excludes != merged.excludes {
                return Err(MalformedSelection::Mixed);
            }
            merged.values.extend(values);
        }
        let is_short = merged.values.len() <= MAX_SELECTED;
        if is_short { Ok(Some(merged)) } else { Err(MalformedSelection::TooMany) }
    }

    /// Whether it selects this value.
    pub fn has<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.values.contains(value) != self.excludes
    }

    /// The values that it names, in their order.
    #[must_use]
    pub fn named(&self) -> impl ExactSizeIterator<Item = &T> {
        self.values.iter()
    }

    /// Whether it selects all but what it names.
    #[must_use]
    pub fn excludes(&self) -> bool {
        self.excludes
    }

    /// The value, if it selects no other.
    #[must_use]
    pub fn only(&self) -> Option<&T> {
        self.values.first().filter(|_| self.values.len() == 1 && !self.excludes)
    }
}

impl From<String> for Selection<String> {
    fn from(value: String) -> Self {
        Self { values: BTreeSet::from([value]), excludes: false }
    }
}

impl From<&str> for Selection<String> {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl<T: Display> Display for Selection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.excludes { "-" } else { "" };
        for (place, value) in self.values.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{minus}{value}")?;
        }
        Ok(())
    }
}

impl<T: Ord + FromStr> FromStr for Selection<T> {
    type Err = MalformedSelection;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text, |value| {
            let parsed = value.parse().ok().filter(|_| !value.is_empty());
            parsed.ok_or_else(|| "must be a value".to_owned())
        })
    }
}

impl<T: Display> Serialize for Selection<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Ord + FromStr> Deserialize<'de> for Selection<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> [String; 3] {
        ["b.c", "a.b", "b.c"].map(str::to_owned)
    }

    #[test]
    fn the_text_has_each_value_once_in_order_and_reads_back() {
        let selection = Selection::new(names()).unwrap();
        assert_eq!(selection.to_string(), "a.b,b.c");
        assert_eq!("b.c,a.b".parse(), Ok(selection.clone()));
        assert!(selection.has("a.b") && !selection.has("a") && !selection.excludes());
        assert_eq!((selection.only(), Selection::from("x").only()), (None, Some(&"x".to_owned())));
        let stored = serde_json::to_string(&selection).unwrap();
        assert_eq!(stored, "\"a.b,b.c\"");
        assert_eq!(serde_json::from_str::<Selection<String>>(&stored).unwrap(), selection);
    }

    #[test]
    fn what_is_excluded_follows_a_minus_and_all_else_is_selected() {
        let selection = Selection::all_but(names()).unwrap();
        assert_eq!(selection.to_string(), "-a.b,-b.c");
        assert_eq!("-b.c,-a.b,-b.c".parse(), Ok(selection.clone()));
        assert!(!selection.has("a.b") && selection.has("a") && selection.excludes());
        assert_eq!("-a.b".parse::<Selection<String>>().unwrap().only(), None);
        let stored = serde_json::to_string(&selection).unwrap();
        assert_eq!(serde_json::from_str::<Selection<String>>(&stored).unwrap(), selection);
    }

    #[test]
    fn a_condition_without_a_value_is_none() {
        assert_eq!(Selection::<String>::new([]), None);
        assert_eq!(Selection::<String>::all_but([]), None);
        for text in ["", ",", "a,", ",a", "a,,b", "-", "-a,-"] {
            let error = text.parse::<Selection<String>>().unwrap_err();
            assert_eq!(error.to_string(), "must be a value", "{text}");
        }
        assert!(serde_json::from_str::<Selection<String>>("[\"a\"]").is_err());
    }

    #[test]
    fn selections_of_one_sort_are_merged() {
        let merged = |texts: &[&str]| {
            let selections = texts.iter().map(|text| text.parse::<Selection<u32>>().unwrap());
            Selection::merged(selections).map(|merged| merged.map(|it| it.to_string()))
        };
        assert_eq!(merged(&[]), Ok(None));
        assert_eq!(merged(&["2,1", "3,1"]), Ok(Some("1,2,3".to_owned())));
        assert_eq!(merged(&["-2", "-1"]), Ok(Some("-1,-2".to_owned())));
        assert_eq!(merged(&["-2", "1"]), Err(MalformedSelection::Mixed));
        let many = |from: u32, to: u32| {
            (from..to).map(|value| value.to_string()).collect::<Vec<_>>().join(",")
        };
        assert!(merged(&[&many(0, 30), &many(20, 50)]).is_ok());
        assert_eq!(merged(&[&many(0, 30), &many(20, 51)]), Err(MalformedSelection::TooMany));
    }

    #[test]
    fn all_values_are_excluded_or_none() {
        for text in ["-a,b", "a,-b", "-a,", "a,-"] {
            assert_eq!(text.parse::<Selection<String>>(), Err(MalformedSelection::Mixed), "{text}");
        }
    }
}
