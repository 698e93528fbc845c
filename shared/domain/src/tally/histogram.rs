//! Owns the histogram: how many entries there are of each kind.

use crate::entry::{Entry, Outcome};
use crate::filter::Filter;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The action and the target type of entries whose kinds are not told apart. No name is like it,
/// and it is before all names.
const UNTOLD: &str = "*";

/// A kind of entry: what a filter of a counted list can ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The action, such as `member.invite`.
    pub action: Arc<str>,
    /// The type of the target, such as `member`.
    pub target_type: Arc<str>,
    /// How the action ended.
    pub outcome: Outcome,
}

impl Cell {
    /// The kind of this entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let content = &entry.content;
        Self {
            action: content.action.as_str().into(),
            target_type: content.target.kind.as_str().into(),
            outcome: content.outcome,
        }
    }

    /// What stands for the kinds of entries that are not told apart.
    fn untold() -> Self {
        Self { action: UNTOLD.into(), target_type: UNTOLD.into(), outcome: Outcome::Success }
    }

    /// Whether it stands for entries whose kinds are not told apart.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        &*self.action == UNTOLD
    }

    /// Whether this kind meets the filter's conditions on kinds. Entries whose kinds are not told
    /// apart meet none that is sure.
    #[must_use]
    pub fn matches(&self, filter: &Filter) -> bool {
        if self.is_untold() {
            return !filter.has_kind();
        }
        filter.is_of_kind(&self.action, &self.target_type, self.outcome)
    }
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

    /// How many kinds there are.
    #[must_use]
    pub fn kinds(&self) -> usize {
        self.0.len()
    }

    /// How many entries there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many entries have kinds that are not told apart.
    #[must_use]
    pub fn untold(&self) -> u64 {
        let first = self.0.first_key_value().filter(|(cell, _)| cell.is_untold());
        first.map_or(0, |(_, count)| *count)
    }

    /// The same entries, with kinds that are not told apart.
    pub(super) fn without_kinds(&self) -> Self {
        [(Cell::untold(), self.total())].into_iter().collect()
    }

    /// How many are of a kind that meets the filter's conditions.
    #[must_use]
    pub fn matching(&self, filter: &Filter) -> u64 {
        self.iter().filter(|(cell, _)| cell.matches(filter)).map(|(_, count)| count).sum()
    }

    /// Takes `count` entries of this kind away. Those that are not counted as such are among the
    /// entries whose kinds are not told apart.
    pub fn remove(&mut self, cell: &Cell, count: u64) {
        let left = count - self.take(cell, count);
        if left > 0 {
            self.take(&Cell::untold(), left);
        }
    }

    /// Takes at most `count` entries of this kind away. Answers how many.
    fn take(&mut self, cell: &Cell, count: u64) -> u64 {
        let Some(counted) = self.0.get_mut(cell) else { return 0 };
        let taken = count.min(*counted);
        *counted -= taken;
        if *counted == 0 {
            self.0.remove(cell);
        }
        taken
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
    use crate::filter::Selection;

    #[test]
    fn counts_are_added_taken_away_and_filtered() {
        let cell = |action: &str| {
            let outcome = if action == "b" { Outcome::Denied } else { Outcome::Success };
            Cell { action: action.into(), target_type: "member".into(), outcome }
        };
        let mut counts: Histogram =
            [(cell("a"), 3), (cell("a"), 4), (cell("b"), 5), (cell("c"), 0)].into_iter().collect();
        let only_a = Filter { action: Some("a".into()), ..Filter::default() };
        let denied = Filter { outcome: Selection::new([Outcome::Denied]), ..Filter::default() };
        let all = Filter::default();
        assert_eq!([&only_a, &denied, &all].map(|filter| counts.matching(filter)), [7, 5, 12]);
        counts.remove(&cell("a"), 2);
        counts.remove(&cell("b"), 5);
        counts.remove(&cell("d"), 1);
        assert_eq!(counts.iter().collect::<Vec<_>>(), [(&cell("a"), 5)]);
    }
}
