//! Owns the histogram: how many entries there are of each kind, and how many of them have not
//! expired.

use crate::entry::Entry;
use crate::filter::Filter;
use crate::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A kind of entry: what a filter can ask for, and how long the entry lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The action, such as `member.invite`.
    pub action: Arc<str>,
    /// The type of the target, such as `member`.
    pub target_type: Arc<str>,
    /// The life: milliseconds from the end of the UTC day on which it happened to its expiry, which
    /// is the retention of the plan that set the expiry. `None` means that it never expires.
    pub life_ms: Option<i64>,
}

impl Cell {
    /// The kind of this entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let content = &entry.content;
        let day_end = end_of_day(content.occurred_at);
        Self {
            action: content.action.as_str().into(),
            target_type: content.target.kind.as_str().into(),
            life_ms: entry.expires_at.map(|end| end.ms() - day_end.ms()),
        }
    }

    /// Whether an entry of this kind that happened at `occurred_at` has not expired at `now`.
    fn is_live(&self, occurred_at: Timestamp, now: Timestamp) -> bool {
        self.life_ms.is_none_or(|life_ms| end_of_day(occurred_at).plus_ms(life_ms) > now)
    }

    /// Whether the filter's action and target type let this kind pass.
    #[must_use]
    pub fn matches(&self, filter: &Filter) -> bool {
        let is = |wanted: &Option<String>, text: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == text)
        };
        is(&filter.action, &self.action) && is(&filter.target_type, &self.target_type)
    }
}

fn end_of_day(at: Timestamp) -> Timestamp {
    at.start_of_day().plus_days(1)
}

/// How many entries there are of each kind. Kinds without entries are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<Cell, u64>);

impl Histogram {
    /// Adds `count` entries of this kind.
    pub fn add(&mut self, cell: Cell, count: u64) {
        if count > 0 {
            *self.0.entry(cell).or_default() += count;
        }
    }

    /// Adds all entries of another histogram.
    pub fn add_all(&mut self, other: &Self) {
        for (cell, count) in &other.0 {
            self.add(cell.clone(), *count);
        }
    }

    /// The kinds and their counts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Cell, u64)> {
        self.0.iter().map(|(cell, count)| (cell, *count))
    }

    /// How many entries there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many pass the filter's action and target type.
    #[must_use]
    pub fn matching(&self, filter: &Filter) -> u64 {
        self.iter().filter(|(cell, _)| cell.matches(filter)).map(|(_, count)| count).sum()
    }

    /// The entries that have not expired at `now`, if everything counted happened from `first` to
    /// `last`. `None` means that a kind has expired in part, so that only a finer count can tell.
    #[must_use]
    pub fn visible(&self, first: Timestamp, last: Timestamp, now: Timestamp) -> Option<Self> {
        let mut visible = Self::default();
        for (cell, count) in self.iter() {
            match (cell.is_live(first, now), cell.is_live(last, now)) {
                (true, true) => visible.add(cell.clone(), count),
                (false, false) => {}
                _ => return None,
            }
        }
        Some(visible)
    }
}

impl FromIterator<(Cell, u64)> for Histogram {
    fn from_iter<I: IntoIterator<Item = (Cell, u64)>>(counts: I) -> Self {
        let mut histogram = Self::default();
        counts.into_iter().for_each(|(cell, count)| histogram.add(cell, count));
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(action: &str, days: Option<i64>) -> Cell {
        Cell {
            action: action.into(),
            target_type: "member".into(),
            life_ms: days.map(|days| days * 86_400_000),
        }
    }

    #[test]
    fn what_has_expired_is_left_out_and_what_is_in_between_is_not_guessed() {
        let day = |n: i64| Timestamp::clamped(0).plus_days(n);
        let counts: Histogram =
            [(cell("a", Some(30)), 3), (cell("a", None), 4), (cell("b", Some(90)), 5)]
                .into_iter()
                .collect();
        assert_eq!(counts.visible(day(0), day(9), day(20)).unwrap().total(), 12);
        assert_eq!(
            counts.visible(day(0), day(9), day(31)),
            None,
            "the first day's entries with 30 days are gone, the last one's are not"
        );
        assert_eq!(counts.visible(day(0), day(9), day(40).plus_ms(-1)), None);
        assert_eq!(counts.visible(day(0), day(9), day(40)).unwrap().total(), 9);
        assert_eq!(counts.visible(day(0), day(0), day(31).plus_ms(-1)).unwrap().total(), 12);
        assert_eq!(
            counts.visible(day(0), day(0), day(31)).unwrap().total(),
            9,
            "expired to the millisecond"
        );
        let only_a = Filter { action: Some("a".into()), ..Filter::default() };
        assert_eq!((counts.matching(&only_a), counts.matching(&Filter::default())), (7, 12));
    }
}
