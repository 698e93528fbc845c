//! Owns the alternatives of one condition of a filter.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::str::FromStr;

/// The most alternatives of a condition. DynamoDB's `IN` takes 100 operands ("Comparison operator
/// and function reference", DynamoDB Developer Guide), and an address has room for the names of 50
/// actions.
pub const MAX_ALTERNATIVES: usize = 50;

/// One value or more, of which an entry must have one. It is never empty.
///
/// Its text has the values in their order, each once, with commas in between, such as
/// `member.invite,member.remove`. No value has a comma: names of actions and target types cannot
/// ([`crate::catalog::is_name`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOf<T>(BTreeSet<T>);

/// A text that does not name one value or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one value or more")]
pub struct MalformedAlternatives;

impl<T: Ord> OneOf<T> {
    /// These alternatives. `None` means that there are no values.
    pub fn new(values: impl IntoIterator<Item = T>) -> Option<Self> {
        let values: BTreeSet<T> = values.into_iter().collect();
        (!values.is_empty()).then_some(Self(values))
    }

    /// Whether a value is one of them.
    pub fn has<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains(value)
    }

    /// The values, in their order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.0.iter()
    }

    /// The value, if it is the only one.
    #[must_use]
    pub fn only(&self) -> Option<&T> {
        self.0.first().filter(|_| self.0.len() == 1)
    }
}

impl From<String> for OneOf<String> {
    fn from(value: String) -> Self {
        Self(BTreeSet::from([value]))
    }
}

impl From<&str> for OneOf<String> {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl<T: Display> Display for OneOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, value) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{value}")?;
        }
        Ok(())
    }
}

impl<T: Ord + FromStr> FromStr for OneOf<T> {
    type Err = MalformedAlternatives;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value = |text: &str| text.parse().ok().filter(|_| !text.is_empty());
        let values: BTreeSet<T> =
            text.split(',').map(value).collect::<Option<_>>().ok_or(MalformedAlternatives)?;
        Ok(Self(values))
    }
}

impl<T: Display> Serialize for OneOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Ord + FromStr> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_each_value_once_in_order_and_reads_back() {
        let names = ["b.c", "a.b", "b.c"].map(str::to_owned);
        let one_of = OneOf::new(names).unwrap();
        assert_eq!(one_of.to_string(), "a.b,b.c");
        assert_eq!("b.c,a.b".parse(), Ok(one_of.clone()));
        assert!(one_of.has("a.b") && !one_of.has("a"));
        assert_eq!((one_of.only(), OneOf::from("x").only()), (None, Some(&"x".to_owned())));
        let stored = serde_json::to_string(&one_of).unwrap();
        assert_eq!(stored, "\"a.b,b.c\"");
        assert_eq!(serde_json::from_str::<OneOf<String>>(&stored).unwrap(), one_of);
    }

    #[test]
    fn a_condition_without_an_alternative_is_none() {
        assert_eq!(OneOf::<String>::new([]), None);
        for text in ["", ",", "a,", ",a", "a,,b"] {
            assert_eq!(text.parse::<OneOf<String>>(), Err(MalformedAlternatives), "{text}");
        }
        assert!(serde_json::from_str::<OneOf<String>>("[\"a\"]").is_err());
    }
}
