//! Random logs for tests: entries that are recorded, numbered and folded as the service does it,
//! and the plain list that every answer is compared with.

use super::{Budget, FEW_ENTRIES, Fold, fold};
use crate::clock::Clock;
use crate::entry::{Entry, NewEntry, Outcome};
use crate::filter::{Filter, Selection};
use crate::identity::EntryId;
use crate::journal::{AsOf, Folded, Numbered, Segment};
use crate::memory::{Asked, Fate, MemoryStore, finish, fixtures};
use crate::plan::Plan;
use crate::ports::{Consistency, ReadJournal, ReadTally, StoreError, Tally};
use crate::recording::record_all;
use crate::sequencing::seal;
use crate::span::Span;
use crate::tally::{Cell, Histogram, Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const SECOND_MS: i64 = 1_000;
pub(crate) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// A part of a history.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Entries are recorded, which happened one after the other, the newest so long before now.
    Record(Burst),
    /// Entries that were recorded already are recorded again.
    Again(u64),
    /// Time passes.
    Pass(i64),
    /// A sequencer, which is killed after this many calls of the store.
    Seal(u64),
    /// A fold, which is killed after this many calls of the store.
    Fold(u64),
}

/// Entries that happened one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Burst {
    /// How long before now the newest of them happened; less than nothing is ahead of the clock.
    pub(crate) ago_ms: i64,
    /// From the oldest to the newest.
    pub(crate) spread_ms: i64,
    pub(crate) count: u32,
    /// How many kinds take turns.
    pub(crate) kinds: u32,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kills = || prop_oneof![2 => Just(u64::MAX), 1 => 0..12_u64];
    let step = prop_oneof![
        6 => bursts().prop_map(Step::Record),
        1 => any::<u64>().prop_map(Step::Again),
        3 => prop_oneof![0..15 * SECOND_MS, 0..3 * HOUR_MS, 0..20 * DAY_MS].prop_map(Step::Pass),
        3 => kills().prop_map(Step::Seal),
        3 => kills().prop_map(Step::Fold),
    ];
    proptest::collection::vec(step, 1..14)
}

fn bursts() -> impl Strategy<Value = Burst> {
    let ago = prop_oneof![
        3 => 0..4 * SECOND_MS,
        1 => -4 * MINUTE_MS..0,
        1 => 0..2 * MINUTE_MS,
        1 => 0..DAY_MS,
        1 => 0..25 * DAY_MS,
    ];
    let spread = prop_oneof![Just(0), Just(1_000), Just(HOUR_MS), Just(3 * DAY_MS)];
    let count = prop_oneof![3 => 1_u32..20, 1 => 40_u32..300];
    (ago, spread, count, 1..5_u32).prop_map(|(ago_ms, spread_ms, count, kinds)| Burst {
        ago_ms,
        spread_ms,
        count,
        kinds,
    })
}

/// What a filter may ask for, by one of the kinds that [`Burst`] makes.
pub(crate) fn filters() -> impl Strategy<Value = Filter> {
    let some = |of| (any::<bool>(), proptest::collection::vec(0..of, 0..3));
    (some(4_u32), some(3), some(3)).prop_map(|(actions, target_types, outcomes)| Filter {
        action: selection(actions, action),
        target_type: selection(target_types, target_type),
        outcome: selection(outcomes, outcome),
        ..Filter::default()
    })
}

/// These values or, if so chosen, all but these.
fn selection<T: Ord>(
    (excludes, kinds): (bool, Vec<u32>),
    value: fn(u32) -> T,
) -> Option<Selection<T>> {
    let values = kinds.into_iter().map(value);
    if excludes { Selection::all_but(values) } else { Selection::new(values) }
}

/// The first kinds have short names, the others names as long as a name may be.
fn action(kind: u32) -> String {
    if kind < 5 { format!("action.{kind}") } else { format!("action.{kind:0>121}") }
}

fn target_type(kind: u32) -> String {
    format!("target{}", kind % 2)
}

fn outcome(kind: u32) -> Outcome {
    Outcome::ALL[usize::try_from(kind % 3).unwrap()]
}

/// A log and its history.
pub(crate) struct Log {
    pub(crate) store: MemoryStore,
    pub(crate) workspace: Workspace,
    pub(crate) clock: Clock,
    number: u32,
}

impl Log {
    pub(crate) fn new(plan: Plan) -> Self {
        let start = fixtures::at("2026-12-02T14:05:30Z");
        let workspace = fixtures::workspace("ws_a", plan, start.plus_days(-1_000));
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        Self { store, workspace, clock: Clock::manual(start), number: 0 }
    }

    /// Another handle on the same log, which records other entries.
    pub(crate) fn beside(&self) -> Self {
        let Self { store, workspace, clock, number } = self;
        let (store, clock) = (store.clone(), clock.clone());
        Self { store, workspace: workspace.clone(), clock, number: number + 1_000_000 }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn play(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Record(burst) => self.record(burst),
                Step::Again(seed) => self.record_again(*seed),
                Step::Pass(ms) => self.pass(*ms),
                Step::Seal(calls) => drop(self.seal(*calls)),
                Step::Fold(calls) => drop(self.fold(*calls)),
            }
        }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.set(self.now().plus_ms(ms));
    }

    /// Records the entries of a burst in batches of up to 100, some milliseconds apart.
    pub(crate) fn record(&mut self, burst: &Burst) {
        let now = self.now();
        let new = |n| NewEntry { entry: self.entry(burst, now, n), delete_at: None };
        let mut entries: Vec<_> = (0..burst.count).map(new).collect();
        self.number += burst.count;
        for batch in entries.chunks_mut(100) {
            self.record_batch(batch);
            self.pass(3);
        }
    }

    fn record_batch(&self, entries: &mut [NewEntry]) {
        let recording = record_all(&self.store, &self.clock, entries);
        assert!(finish(recording).iter().all(Result::is_ok));
    }

    fn record_again(&self, seed: u64) {
        let stored = self.stored();
        let mut again: Vec<_> = (0..5)
            .filter_map(|n| {
                let place = mixed(seed, n) % u64::try_from(stored.len()).unwrap().max(1);
                stored.get(usize::try_from(place).unwrap()).cloned()
            })
            .collect();
        again.sort_by_key(|entry| entry.id);
        again.dedup_by_key(|entry| entry.id);
        let new = |entry| NewEntry { entry, delete_at: None };
        let mut again: Vec<_> = again.into_iter().map(new).collect();
        self.record_batch(&mut again);
        assert_eq!(self.stored(), stored, "a duplicate changes nothing");
    }

    /// The same data through a handle that is killed after so many calls.
    fn killed_after(&self, calls: u64) -> MemoryStore {
        let killed = Fate::FailBefore(crate::memory::Failure::Unavailable);
        let script = move |asked: Asked| if asked.number < calls { Fate::Pass } else { killed };
        self.store.scripted(script)
    }

    pub(crate) fn seal(&self, calls: u64) -> Result<(), StoreError> {
        let (store, now) = (self.killed_after(calls), self.now());
        finish(seal(&store, &self.workspace.id, now, &unlimited())).map(drop)
    }

    pub(crate) fn fold(&self, calls: u64) -> Result<(), StoreError> {
        let store = self.killed_after(calls);
        finish(fold(&store, &self.workspace.id, Fold::Now, &unlimited())).map(drop)
    }

    /// Everything that is stored, the oldest first.
    pub(crate) fn stored(&self) -> Vec<Entry> {
        self.store.stored(&self.workspace)
    }

    /// The plain list: what a browse of this moment sees of a span, the newest first.
    pub(crate) fn plain(&self, span: Span, filter: &Filter, as_of: AsOf) -> Vec<Entry> {
        let mut entries = self.stored();
        entries.reverse();
        entries.retain(|entry| {
            entry.is_visible(&self.workspace, self.now())
                && (span.low..=span.high).contains(&entry.id)
                && entry.journal_time() <= as_of.recorded
                && filter.matches_kind(entry)
        });
        entries
    }

    /// Everything that can be seen now.
    pub(crate) fn visible_span(&self) -> Span {
        Span::of(&Filter::default(), &self.workspace, self.now()).unwrap()
    }

    /// All segments.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        let (id, strong) = (&self.workspace.id, Consistency::Strong);
        let (mut segments, mut from) = (Vec::new(), Timestamp::MIN);
        loop {
            let page = finish(self.store.segments(id, from, usize::MAX, strong)).unwrap();
            segments.extend(page.items);
            match page.stopped_at {
                Some(last) => from = last.plus_ms(1),
                None => return segments,
            }
        }
    }

    pub(crate) fn folded(&self) -> Folded {
        let folded = finish(self.store.folded(&self.workspace.id, Consistency::Strong)).unwrap();
        folded.unwrap_or_else(|| Folded::nothing(1))
    }

    /// Every node that is stored.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let tally = Tally { workspace: &self.workspace.id, generation: self.folded().generation };
        let (first, last) = (Timestamp::MIN, Timestamp::MAX);
        let of_level = |level| {
            finish(self.store.nodes(tally, level, first, last, Consistency::Strong)).unwrap()
        };
        Level::ALL.into_iter().flat_map(of_level).collect()
    }

    /// The claim of the journal: the numbers from 0 on name every entry that was recorded by the
    /// end of the last segment, once, in order.
    pub(crate) fn check_journal(&self) {
        let (mut at, mut next) = (Timestamp::MIN, 0);
        let mut numbered = Vec::new();
        for segment in self.segments() {
            assert_eq!((segment.from, segment.first), (at, next), "segments are a chain");
            assert!(segment.through > segment.from);
            (at, next) = (segment.through, segment.next());
            numbered.extend(segment.entries);
        }
        let mut expected: Vec<_> = self
            .stored()
            .iter()
            .filter(|entry| entry.journal_time() <= at)
            .map(|entry| (entry.journal_time(), entry.id, Cell::of(entry)))
            .collect();
        expected.sort();
        let numbered: Vec<_> =
            numbered.into_iter().map(|entry| (entry.recorded_at, entry.id, entry.kind)).collect();
        assert_eq!(numbered, expected);
    }

    /// Entries have numbers.
    pub(crate) fn check_numbers_of<const N: usize>(&self, ids: [EntryId; N]) {
        let segments = self.segments();
        let numbered = |id: &EntryId| segments.iter().any(|one| one.number_of(*id).is_some());
        assert!(ids.iter().all(numbered), "{ids:?}");
    }

    /// Checks claim 2 of `docs/table.md`: a node counts every entry of its period that has a number
    /// below its `through`, or below the checkpoint, once and in the right part, and no other
    /// entry.
    pub(crate) fn check_nodes(&self) {
        let segments = self.segments();
        let numbered: Vec<_> = segments.iter().flat_map(Segment::numbered).collect();
        let (folded, nodes) = (self.folded(), self.nodes());
        for node in &nodes {
            let through = node.through.max(folded.next);
            let counted = |span: Span| -> Histogram {
                let inside = numbered.iter().filter(|(number, entry)| {
                    *number < through && (span.low..=span.high).contains(&entry.id)
                });
                inside.map(|(_, entry)| (entry.kind.clone(), 1)).collect()
            };
            let mut sum = Histogram::default();
            if node.counted.sum().untold() > 0 {
                for (span, part) in node.counted.spans(node.period.level()) {
                    assert_eq!(part.counts.kinds(), 1, "{}", node.period);
                    assert_eq!(part.counts.total(), counted(span).total(), "{}", node.period);
                }
                assert_eq!(node.counted.total(), counted(node.period.span()).total());
                continue;
            }
            for (span, part) in node.counted.spans(node.period.level()) {
                assert_eq!(part.counts, counted(span), "{} from {}", node.period, span.low);
                sum.add_all(&part.counts);
            }
            assert_eq!(sum, counted(node.period.span()), "{}", node.period);
        }
        let is_folded = |(number, _): &&(u64, &Numbered)| *number < folded.next;
        let mut totals: BTreeMap<Period, u64> = BTreeMap::new();
        for (_, entry) in numbered.iter().filter(is_folded) {
            for period in Period::all_holding(entry.id.occurred_at()) {
                *totals.entry(period).or_default() += 1;
            }
        }
        totals.retain(|period, total| period.level() == Level::Year || *total > FEW_ENTRIES);
        for node in &nodes {
            totals.remove(&node.period);
        }
        assert!(totals.is_empty(), "a period with many folded entries has a node: {totals:?}");
    }

    fn entry(&self, burst: &Burst, now: Timestamp, number: u32) -> Entry {
        let back = burst.spread_ms * i64::from(number) / i64::from(burst.count);
        let at = now.plus_ms(-burst.ago_ms - back);
        let kind = number % burst.kinds;
        fixtures::entry_of(&self.workspace, at, self.number + number, |content| {
            content.action = action(kind);
            content.target.kind = target_type(kind);
            content.outcome = outcome(kind);
            content.actor.id = format!("u_{}", number % 5);
            content.ip_address =
                (!number.is_multiple_of(3)).then(|| format!("192.0.2.{}", number % 7));
        })
    }
}

pub(crate) fn unlimited() -> Budget {
    Budget::new(f64::INFINITY, Duration::from_mins(1))
}

/// A number that looks random and follows from two others (splitmix64).
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
