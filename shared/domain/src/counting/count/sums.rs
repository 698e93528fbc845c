//! Adds up counts: an hour from its entries, a longer period from the periods of the level below.

use super::Counting;
use crate::identity::EntryId;
use crate::span::Span;
use crate::tally::{Counted, Histogram, Level, Period};
use crate::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

impl<S> Counting<'_, S> {
    /// The periods of a level in which an entry was read, or of which something is counted on this
    /// level or below it.
    pub(super) fn candidates(&self, level: Level) -> BTreeSet<Period> {
        let read = self.hours.keys().copied();
        let counted =
            self.seen.values().filter(|node| node.counted.is_some()).map(|node| node.period);
        let known = read.chain(counted).chain(self.fresh.keys().copied());
        known
            .filter(|period| period.level() >= level)
            .map(|period| Period::holding(level, period.start()))
            .collect()
    }

    /// Whether everything between two moments that can be seen is counted or read. Hidden time need
    /// not be known, because it stays hidden (A4).
    pub(super) fn knows(&self, from: Timestamp, to: Timestamp) -> bool {
        let visible_from = self.source.workspace.visible_from(self.source.now);
        let needed = Span {
            low: EntryId::first_of(visible_from.map_or(from, |visible| visible.max(from))),
            high: EntryId::first_of(to).before().unwrap_or(EntryId::LAST),
        };
        let known_from = self.span.low.max(self.read_from);
        needed.low > needed.high || (needed.low >= known_from && needed.high <= self.span.high)
    }

    /// The count of a period that continues the one before it up to `through`. `None` means that a
    /// part in between is not counted to its end.
    pub(super) fn extended(
        &self,
        period: Period,
        before: &Counted,
        through: Timestamp,
    ) -> Option<Counted> {
        let mut counted = Counted { through, ..before.clone() };
        match period.level().below() {
            None => counted.push_entries(self.entries(period, before.through, through)),
            Some(below) => {
                for (part, sum) in self.sums(below, before.through, through) {
                    counted.push(part, sum?);
                }
            }
        }
        Some(counted)
    }

    /// The entries of an hour that were read and happened between two moments, the oldest first.
    fn entries(
        &self,
        hour: Period,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = (EntryId, crate::tally::Cell)> {
        let entries = self.hours.get(&hour).into_iter().flatten().rev();
        entries.filter(move |(id, _)| (from..to).contains(&id.occurred_at())).cloned()
    }

    /// What each period of a level between two moments holds, the oldest first. `None` in place of
    /// a sum means that the period is not counted to its end.
    fn sums(
        &self,
        level: Level,
        from: Timestamp,
        to: Timestamp,
    ) -> BTreeMap<Period, Option<Histogram>> {
        let range = Period::holding(level, from)..Period::holding(level, to);
        let stored = self.seen.range(range.clone()).filter_map(|(period, node)| {
            let counted = node.counted.as_ref()?;
            Some((*period, counted))
        });
        let made = self.fresh.range(range).map(|(period, counted)| (*period, counted));
        // A count made within this pass comes later and replaces the stored one that it continues.
        let counts: BTreeMap<Period, &Counted> = stored.chain(made).collect();
        let sum = |period: Period, counted: &Counted| {
            (counted.through >= period.end()).then(|| counted.sum())
        };
        counts.into_iter().map(|(period, counted)| (period, sum(period, counted))).collect()
    }
}
