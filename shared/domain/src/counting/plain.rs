//! Random logs for tests: a log in memory, nodes that may be stored of it, and the plain list that
//! every answer is compared with.

use crate::entry::Entry;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::memory::{MemoryStore, finish, fixtures};
use crate::plan::Plan;
use crate::ports::{Consistency, KeepTally, ReadTally, ReopenTally};
use crate::span::Span;
use crate::tally::{Cell, Counted, Histogram, Level, Node, Period};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// When the tests ask: early in a month, so that a closed month, day and hour are near.
pub(super) fn now() -> Timestamp {
    fixtures::at("2026-12-02T14:05:30Z")
}

/// Entries that happened one after the other, or all in the same millisecond.
#[derive(Debug, Clone)]
pub(super) struct Burst {
    /// How long before `now` the newest of them happened.
    pub(super) ago_ms: i64,
    /// From the oldest to the newest.
    pub(super) spread_ms: i64,
    pub(super) count: u32,
    /// How many kinds take turns.
    pub(super) kinds: u32,
    /// The retentions that take turns, in days. `None` means that the entry never expires.
    pub(super) lives: Vec<Option<i64>>,
}

pub(super) fn bursts() -> impl Strategy<Value = Vec<Burst>> {
    let ago = prop_oneof![0..5 * MINUTE_MS, 0..DAY_MS, 0..40 * DAY_MS, 0..400 * DAY_MS];
    let spread = prop_oneof![Just(0), Just(1_000), Just(HOUR_MS), Just(3 * DAY_MS)];
    let count = prop_oneof![1_u32..20, 40_u32..300];
    let life = prop_oneof![Just(None), Just(Some(30)), Just(Some(90)), Just(Some(365))];
    let lives = proptest::collection::vec(life, 1..3);
    let burst = (ago, spread, count, 1..5_u32, lives).prop_map(
        |(ago_ms, spread_ms, count, kinds, lives)| Burst { ago_ms, spread_ms, count, kinds, lives },
    );
    proptest::collection::vec(burst, 1..6)
}

/// What a filter may ask for, by one of the kinds that [`Burst`] makes.
pub(super) fn filters() -> impl Strategy<Value = Filter> {
    let action = proptest::option::of((0..4_u32).prop_map(action));
    let target_type = proptest::option::of((0..3_u32).prop_map(target_type));
    (action, target_type).prop_map(|(action, target_type)| Filter {
        action,
        target_type,
        ..Filter::default()
    })
}

pub(super) fn plans() -> impl Strategy<Value = Plan> {
    prop_oneof![Just(Plan::Free), Just(Plan::Pro), Just(Plan::Enterprise)]
}

fn action(kind: u32) -> String {
    format!("action.{kind}")
}

fn target_type(kind: u32) -> String {
    format!("target{}", kind % 2)
}

/// A log: what is stored, and the same as a plain list.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) store: MemoryStore,
    pub(super) workspace: Workspace,
    /// Every entry that ever was, by id.
    pub(super) entries: BTreeMap<EntryId, Entry>,
}

impl Log {
    pub(super) fn new(plan: Plan, bursts: &[Burst]) -> Self {
        let workspace = fixtures::workspace("ws_a", plan, now().plus_days(-1_000));
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace);
        let mut log = Self { store, workspace, entries: BTreeMap::new() };
        for burst in bursts {
            log.record(burst);
        }
        log
    }

    /// Stores the entries of a burst, as if each was recorded when it happened.
    pub(super) fn record(&mut self, burst: &Burst) {
        let template = fixtures::entry(&self.workspace, now(), 0);
        let entries: Vec<_> = (0..burst.count).map(|n| burst.entry(&template, n)).collect();
        self.store.load(&entries);
        self.entries.extend(entries.into_iter().map(|entry| (entry.id, entry)));
    }

    /// Stores the entries of a burst after their time was reopened, just so long ago that it may
    /// be counted again.
    pub(super) fn record_late(&mut self, burst: &Burst) {
        let template = fixtures::entry(&self.workspace, now(), 0);
        for number in 0..burst.count {
            let at = burst.entry(&template, number).id.occurred_at();
            for period in Period::all_holding(at) {
                let marked_at = now().plus_ms(-MINUTE_MS);
                finish(self.store.reopen(&self.workspace, period, marked_at)).unwrap();
            }
        }
        self.record(burst);
    }

    /// The plain list: what a reader sees of a span, the newest first.
    pub(super) fn plain(&self, span: Span, filter: &Filter) -> Vec<Entry> {
        let entries = self.entries.range(span.low..=span.high).rev().map(|(_, entry)| entry);
        entries
            .filter(|entry| entry.is_visible(&self.workspace, now()) && filter.matches_kind(entry))
            .cloned()
            .collect()
    }

    /// Everything that can be seen now.
    pub(super) fn visible_span(&self) -> Span {
        Span::of(&Filter::default(), None, &self.workspace, now()).unwrap()
    }

    /// The true count of a period up to `through`.
    pub(super) fn true_count(&self, period: Period, through: Timestamp) -> Counted {
        let mut counted = Counted::nothing(through);
        let entries = self.entries.range(period.span().low..EntryId::first_of(through));
        let Some(below) = period.level().below() else {
            counted.push_entries(entries.map(|(id, entry)| (*id, Cell::of(entry))));
            return counted;
        };
        let mut parts = BTreeMap::<Period, Histogram>::new();
        for (id, entry) in entries {
            let part = parts.entry(Period::holding(below, id.occurred_at())).or_default();
            part.add(Cell::of(entry), 1);
        }
        for (part, counts) in parts {
            counted.push(part, counts);
        }
        counted
    }

    /// Stores a true node of some periods, up to now or to an earlier moment, and reopens others.
    /// The choice follows from the seed.
    pub(super) fn store_nodes(&self, seed: u64) {
        let periods: std::collections::BTreeSet<_> =
            self.entries.keys().flat_map(|id| Period::all_holding(id.occurred_at())).collect();
        for (number, period) in (0..).zip(periods) {
            let choice = mixed(seed, number);
            let reopen = |ago_ms: i64| {
                let marked_at = now().plus_ms(-ago_ms);
                finish(self.store.reopen(&self.workspace, period, marked_at)).unwrap();
            };
            match choice % 8 {
                0 | 1 => {}
                // So short a time ago that nobody can have counted it since.
                2 => reopen(30_000),
                3 => reopen(DAY_MS),
                4 => {
                    reopen(DAY_MS);
                    self.store_node(period, false);
                }
                5 => self.store_node(period, true),
                _ => self.store_node(period, false),
            }
        }
    }

    /// Stores the true node of a period over what is there, as far as it can be counted, or, if it
    /// `is_behind`, one whole part less.
    pub(super) fn store_node(&self, period: Period, is_behind: bool) {
        let start = |below, at| Period::holding(below, at).start();
        let closed = super::closed_until(now()).min(period.end());
        let through = match period.level().below() {
            None if is_behind => closed.plus_ms(-MINUTE_MS),
            None => closed,
            Some(below) if is_behind => start(below, start(below, closed).plus_ms(-1)),
            Some(below) => start(below, closed),
        };
        if through > period.start() {
            let there = self.nodes_between(period.level(), period.start(), period.start());
            let reopened_at = there.first().and_then(|node| node.reopened_at);
            let counted = Some(self.true_count(period, through));
            let node = Node { period, reopened_at, counted };
            assert!(finish(self.store.keep(&self.workspace, &node)).unwrap());
        }
    }

    /// Every node that is stored.
    pub(super) fn nodes(&self) -> Vec<Node> {
        let of_level = |level| self.nodes_between(level, Timestamp::MIN, Timestamp::MAX);
        Level::ALL.into_iter().flat_map(of_level).collect()
    }

    fn nodes_between(&self, level: Level, first: Timestamp, last: Timestamp) -> Vec<Node> {
        let strong = Consistency::Strong;
        finish(self.store.nodes(&self.workspace.id, level, first, last, strong)).unwrap()
    }

    /// The claim of the proof for every stored node; see [`Log::check_count`].
    pub(super) fn check_nodes(&self) {
        for node in self.nodes() {
            if let Some(counted) = &node.counted {
                self.check_count(node.period, counted);
            }
        }
    }

    /// The claim of the proof: every entry that happened in the period before `through` and can be
    /// seen is counted once, in its part. Besides, at most entries that cannot be seen are counted.
    pub(super) fn check_count(&self, period: Period, counted: &Counted) {
        let period_span = period.span();
        assert!(counted.through <= period.end() && counted.through >= period.start(), "{period}");
        let kinds = |span: Span, is_counted: &dyn Fn(&Entry) -> bool| -> Histogram {
            let entries = self.entries.range(span.low..=span.high).map(|(_, entry)| entry);
            entries.filter(|entry| is_counted(entry)).map(|entry| (Cell::of(entry), 1)).collect()
        };
        let visible = |entry: &Entry| entry.is_visible(&self.workspace, now());
        let mut seen = Histogram::default();
        for (span, part) in counted.spans(period.level()) {
            let (least, most) = (kinds(span, &visible), kinds(span, &|_| true));
            let has = |of: &Histogram, cell: &Cell| {
                of.iter().find(|(kind, _)| *kind == cell).map_or(0, |(_, count)| count)
            };
            for (cell, count) in most.iter().chain(part.counts.iter()) {
                let counted = has(&part.counts, cell);
                let (least, most) = (has(&least, cell), has(&most, cell));
                assert!(
                    least <= counted && counted <= most,
                    "{period}, part {}: {counted} of {cell:?} are counted, {least} can be seen, \
                     there are {most} ({count})",
                    span.low
                );
            }
            seen.add_all(&least);
        }
        let through = EntryId::first_of(counted.through).before().unwrap();
        let all = Span { high: through, ..period_span }.within(period_span);
        let all = all.map_or_else(Histogram::default, |all| kinds(all, &visible));
        assert_eq!(seen, all, "{period}: every entry that can be seen lies in a part");
    }
}

impl Burst {
    fn entry(&self, template: &Entry, number: u32) -> Entry {
        let back = self.spread_ms * i64::from(number) / i64::from(self.count);
        let at = now().plus_ms(-self.ago_ms - back);
        let digest = u128::from(mixed(u64::from(number), self.ago_ms.unsigned_abs())) << 64;
        let kind = number % self.kinds;
        let mut entry = template.clone();
        entry.id = EntryId::new(at, digest | u128::from(number));
        entry.recorded_at = at;
        entry.content.occurred_at = at;
        entry.content.action = action(kind);
        entry.content.target.kind = target_type(kind);
        let life = self.lives[usize::try_from(number).unwrap() % self.lives.len()];
        entry.expires_at = life.map(|days| at.start_of_day().plus_days(1 + days));
        entry
    }
}

/// A number that looks random and follows from two others (splitmix64).
pub(super) fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
