//! Owns the nodes of one log that a process remembers.

use crate::tally::{Node, Period};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What is kept of a log, in counts of one kind in one part: half of it at least is what was used
/// last.
const MOST_KEPT: usize = 150_000;

/// Nodes of one log, and the periods that are known to have no node.
#[derive(Debug, Default)]
pub(super) struct KnownNodes {
    recent: Generation,
    /// What has not been used since the recent ones were half of what is kept.
    older: Generation,
}

/// Ranges of periods of one level, by their first periods.
#[derive(Debug, Default)]
struct Generation {
    ranges: BTreeMap<Period, Range>,
    weight: usize,
}

/// A range of periods of one level, with all nodes that there are of them.
#[derive(Debug, Clone)]
struct Range {
    last: Period,
    nodes: BTreeMap<Period, Arc<Node>>,
}

impl KnownNodes {
    /// The nodes of a range of periods, if it is known which of them there are.
    pub(super) fn get(
        &mut self,
        asked: &RangeInclusive<Period>,
    ) -> Option<BTreeMap<Period, Arc<Node>>> {
        let is_recent = self.recent.holding(asked).is_some();
        let (first, range) = self.recent.holding(asked).or_else(|| self.older.holding(asked))?;
        let (first, range) = (*first, range.clone());
        let within = range.nodes.range(asked.clone());
        let nodes = within.map(|(period, node)| (*period, Arc::clone(node))).collect();
        if !is_recent {
            self.older.remove(first);
            self.insert(first, range);
        }
        Some(nodes)
    }

    /// Puts in all nodes that there are of a range of periods.
    pub(super) fn put(
        &mut self,
        asked: RangeInclusive<Period>,
        nodes: BTreeMap<Period, Arc<Node>>,
    ) {
        let (first, last) = asked.into_inner();
        self.insert(first, Range { last, nodes });
    }

    fn insert(&mut self, first: Period, range: Range) {
        self.recent.insert(first, range);
        if self.recent.weight > MOST_KEPT / 2 {
            self.older = std::mem::take(&mut self.recent);
        }
    }

    /// These nodes without the ranges in which one of these periods lies.
    pub(super) fn without(&self, periods: &BTreeSet<Period>) -> Self {
        Self { recent: self.recent.without(periods), older: self.older.without(periods) }
    }

    pub(super) fn weight(&self) -> usize {
        self.recent.weight + self.older.weight
    }
}

impl Generation {
    /// The range that holds all of the asked periods.
    fn holding(&self, asked: &RangeInclusive<Period>) -> Option<(&Period, &Range)> {
        let (first, range) = self.ranges.range(..=*asked.start()).next_back()?;
        (first.level() == asked.start().level() && *asked.end() <= range.last)
            .then_some((first, range))
    }

    fn insert(&mut self, first: Period, range: Range) {
        self.remove(first);
        self.weight += range.weight();
        self.ranges.insert(first, range);
    }

    fn remove(&mut self, first: Period) {
        if let Some(range) = self.ranges.remove(&first) {
            self.weight -= range.weight();
        }
    }

    fn without(&self, periods: &BTreeSet<Period>) -> Self {
        let mut rest = Self::default();
        for (first, range) in &self.ranges {
            if periods.range(*first..=range.last).next().is_none() {
                rest.insert(*first, range.clone());
            }
        }
        rest
    }
}

impl Range {
    fn weight(&self) -> usize {
        1 + self.nodes.values().map(|node| node.counted.weight()).sum::<usize>()
    }
}
