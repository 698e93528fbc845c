//! Owns the rules: from when on something is unusual, and which actions are sensitive.

use crate::catalog::Catalog;
use crate::directory::{MOST_EARLY, SHORTEST_GAP_DAYS, Sighting};
use crate::entry::Entry;
use std::collections::BTreeSet;
use std::str::FromStr;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// From when on something is unusual. They are settings of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Days from the first entry of a log during which only bursts are unusual.
    pub learning_days: u16,
    /// Days after the first entry of an actor from which on a new network is unusual.
    pub new_address_after_days: u16,
    /// Entries of an actor after which a new action is unusual.
    pub new_action_after_entries: u16,
    /// Days without an entry of an actor after which the next one is unusual.
    pub returned_after_days: u16,
    /// Days after the first entry of an actor from which on a new hour of the day is unusual.
    pub unusual_hour_after_days: u16,
    /// How many times the count of the busiest usual hour a burst exceeds.
    pub burst_factor: u16,
    /// Sensitive entries of an hour that are a burst at least.
    pub burst_entries: u16,
    /// Denied entries of an hour that are many at least.
    pub many_denied_entries: u16,
    /// Hours after which an entry is recorded late.
    pub recorded_late_after_hours: u16,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            learning_days: 14,
            new_address_after_days: 7,
            new_action_after_entries: 30,
            returned_after_days: 60,
            unusual_hour_after_days: 30,
            burst_factor: 5,
            burst_entries: 20,
            many_denied_entries: 10,
            recorded_late_after_hours: 24,
        }
    }
}

/// A text that does not give thresholds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedRules {
    /// A part is not a name, an equals sign and a number.
    #[error("must be name=number, separated by commas")]
    Shape,
    /// No threshold has this name.
    #[error("there is no threshold {0}")]
    Name(String),
    /// A threshold is out of its bounds.
    #[error("{name} must be from {least} to {most}")]
    Bounds {
        /// The threshold.
        name: &'static str,
        /// The least number.
        least: u16,
        /// The greatest number.
        most: u16,
    },
}

impl Thresholds {
    /// Each threshold with its name and its bounds.
    fn all(&mut self) -> [(&'static str, &mut u16, u16, u16); 9] {
        let early = u16::try_from(MOST_EARLY).unwrap_or(u16::MAX);
        [
            ("learning_days", &mut self.learning_days, 0, 366),
            ("new_address_after_days", &mut self.new_address_after_days, 0, 366),
            ("new_action_after_entries", &mut self.new_action_after_entries, 1, early),
            ("returned_after_days", &mut self.returned_after_days, SHORTEST_GAP_DAYS, 364),
            ("unusual_hour_after_days", &mut self.unusual_hour_after_days, 0, 366),
            ("burst_factor", &mut self.burst_factor, 1, 1_000),
            ("burst_entries", &mut self.burst_entries, 2, 10_000),
            ("many_denied_entries", &mut self.many_denied_entries, 2, 10_000),
            ("recorded_late_after_hours", &mut self.recorded_late_after_hours, 1, 8_760),
        ]
    }
}

/// Reads thresholds such as `learning_days=7,burst_entries=50`. Those that are not named have their
/// defaults, so an empty text gives the defaults.
impl FromStr for Thresholds {
    type Err = MalformedRules;

    fn from_str(text: &str) -> Result<Self, MalformedRules> {
        let mut thresholds = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(MalformedRules::Shape)?;
            let (name, value) = (name.trim(), value.trim());
            let mut all = thresholds.all().into_iter();
            let Some((name, threshold, least, most)) = all.find(|one| one.0 == name) else {
                return Err(MalformedRules::Name(name.to_owned()));
            };
            let value = value.parse().ok().filter(|value| (least..=most).contains(value));
            *threshold = value.ok_or(MalformedRules::Bounds { name, least, most })?;
        }
        Ok(thresholds)
    }
}

/// The rules by which entries are judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// From when on something is unusual.
    pub thresholds: Thresholds,
    /// The actions of which many in an hour are a burst.
    sensitive: BTreeSet<String>,
}

impl Rules {
    /// The rules with these thresholds, and the sensitive actions of a catalogue.
    #[must_use]
    pub fn of(thresholds: Thresholds, catalog: &Catalog) -> Self {
        let sensitive = catalog.actions.iter().filter(|action| action.sensitive);
        Self::new(thresholds, sensitive.map(|action| action.name.clone()))
    }

    /// The rules with these thresholds and sensitive actions.
    #[must_use]
    pub fn new(thresholds: Thresholds, sensitive: impl IntoIterator<Item = String>) -> Self {
        Self { thresholds, sensitive: sensitive.into_iter().collect() }
    }

    /// What an entry with this sequence number tells.
    #[must_use]
    pub fn sighting(&self, entry: &Entry, number: u64) -> Sighting {
        let late_ms = entry.recorded_at.ms() - entry.content.occurred_at.ms();
        let hours = i64::from(self.thresholds.recorded_late_after_hours);
        Sighting {
            is_sensitive: self.is_sensitive(&entry.content.action),
            is_late: late_ms >= hours * HOUR_MS,
            ..Sighting::of(entry, number)
        }
    }

    /// Whether an action is sensitive.
    #[must_use]
    pub fn is_sensitive(&self, action: &str) -> bool {
        self.sensitive.contains(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_and_what_is_wrong_is_named() {
        let read = |text: &str| text.parse::<Thresholds>();
        let default = Thresholds::default();
        assert_eq!(read(""), Ok(default));
        let some = Thresholds { learning_days: 0, burst_entries: 50, ..default };
        assert_eq!(read(" learning_days = 0, burst_entries=50,"), Ok(some));
        assert_eq!(read("learning_days"), Err(MalformedRules::Shape));
        assert_eq!(read("x=1"), Err(MalformedRules::Name("x".to_owned())));
        for bad in ["learning_days=-1", "learning_days=367", "learning_days=1.5"] {
            let error = read(bad).unwrap_err().to_string();
            assert_eq!(error, "learning_days must be from 0 to 366", "{bad}");
        }
        for (name, _, least, most) in Thresholds::default().all() {
            assert!(read(&format!("{name}={least}")).is_ok());
            assert!(read(&format!("{name}={most}")).is_ok());
            assert!(read(&format!("{name}={}", u32::from(most) + 1)).is_err());
        }
    }

    #[test]
    fn sensitive_actions_come_from_the_catalogue() {
        let rules = Rules::of(Thresholds::default(), crate::catalog::default_catalog());
        assert!(rules.is_sensitive("member.remove"));
        assert!(!rules.is_sensitive("project.create") && !rules.is_sensitive("unknown"));
    }
}
