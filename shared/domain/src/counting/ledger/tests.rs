//! Ledgers over random histories, against the plain list.

mod kinds;

use super::super::fold::{Fold, fold};
use super::super::plain::{
    Burst, DAY_MS, HOUR_MS, Log, MINUTE_MS, SECOND_MS, Step, filters, mixed, steps, unlimited,
};
use super::super::timeline::{Interval, Timeline, Unit};
use super::*;
use crate::entry::Entry;
use crate::filter::Selection;
use crate::memory::{Failure, Fate, MemoryStore, finish};
use crate::plan::Plan;
use crate::ports::Metered;
use crate::sequencing::seal;
use crate::tally::Cell;
use proptest::prelude::*;

/// More calls than any of these ledgers makes. A ledger that makes more goes in circles.
const MOST_CALLS: u64 = 5_000;

/// The same store with nothing spent, which fails when a ledger goes in circles.
fn guarded(store: &MemoryStore) -> MemoryStore {
    store.scripted(|asked| match asked.number {
        0..MOST_CALLS => Fate::Pass,
        _ => Fate::FailBefore(Failure::Refused),
    })
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

/// Ids to ask about: those of some entries and their neighbours, and the ends.
fn probes(plain: &[Entry], span: Span, seed: u64) -> Vec<EntryId> {
    let some = (0..4).filter_map(|n| {
        let place = mixed(seed, n) % u64::try_from(plain.len()).unwrap().max(1);
        plain.get(usize::try_from(place).unwrap()).map(|entry| entry.id)
    });
    let near = some.flat_map(|id| [id.before(), Some(id), id.after()]).flatten();
    near.chain([span.low, span.high]).collect()
}

/// Ranks to ask for: some in the middle, the first and last ones, and past the end.
fn ranges(total: u64, seed: u64) -> Vec<(u64, u64)> {
    let some = (0..3).map(|n| mixed(seed, n) % (total + 1)).map(|first| (first, first + 20));
    some.chain([(0, 1), (total.saturating_sub(1), total), (total, total + 9), (3, 3)]).collect()
}

fn slice(plain: &[Entry], (first, end): (u64, u64)) -> Vec<EntryId> {
    let place = |rank: u64| usize::try_from(rank).unwrap().min(plain.len());
    ids(&plain[place(first)..place(end)])
}

fn intervals() -> impl Iterator<Item = Interval> {
    Unit::ALL.into_iter().map(Interval::Of).chain([Interval::Auto])
}

/// All that a ledger answers.
fn check(log: &Log, filter: &Filter, span: Span, as_of: Option<AsOf>, seed: u64) -> AsOf {
    let store = guarded(&log.store);
    let newest = usize::try_from(mixed(seed, 8) % 50).unwrap();
    let browse = as_of.map_or(Browse::Begins { newest }, Browse::GoesOn);
    let open_by = |store| {
        let now = log.now();
        let opened = Ledger::open(store, &log.workspace, filter, span, browse, now, unlimited());
        finish(opened).unwrap()
    };
    // The process that asked before, or one that remembers nothing.
    let new_process = store.of_new_process();
    let open = || open_by(if mixed(seed, 9).is_multiple_of(4) { &new_process } else { &store });
    let mut ledger = open();
    let held = ledger.as_of();
    assert!(as_of.is_none_or(|as_of| as_of == held), "a browse keeps its moment");
    let plain = log.plain(span, filter, held);
    if as_of.is_none() {
        let stored = log.stored();
        let inside = stored.iter().filter(|entry| span.contains(entry.id));
        let newest = inside.map(|entry| entry.recorded_at).max();
        assert!(newest.is_none_or(|newest| newest <= held.recorded), "nothing is left out");
    }
    let total = u64::try_from(plain.len()).unwrap();
    assert!(ledger.is_exact());
    assert_eq!(ledger.total(), total);
    let all_kinds = log.plain(span, &Filter::default(), held);
    let histogram: Histogram = all_kinds.iter().map(|entry| (Cell::of(entry), 1)).collect();
    assert_eq!(ledger.histogram(), histogram);
    for interval in intervals() {
        let timeline = finish(open().timeline(interval)).unwrap();
        assert_eq!(timeline, Timeline::of(&ids(&plain), interval), "{interval:?}");
    }
    // All questions to one ledger, which remembers, and some to a ledger of their own.
    for (place, id) in probes(&plain, span, seed).into_iter().enumerate() {
        let newer = u64::try_from(plain.iter().filter(|entry| entry.id > id).count()).unwrap();
        assert_eq!(finish(ledger.newer_than(id)).unwrap(), newer);
        if place < 2 {
            assert_eq!(finish(open().newer_than(id)).unwrap(), newer);
        }
    }
    for (place, range) in ranges(total, seed).into_iter().enumerate() {
        let rows = slice(&plain, range);
        assert_eq!(ids(&finish(ledger.rows(range.0, range.1)).unwrap()), rows);
        if place < 2 {
            assert_eq!(ids(&finish(open().rows(range.0, range.1)).unwrap()), rows);
        }
    }
    assert_eq!((ledger.total(), ledger.is_exact()), (total, true), "opening changes no total");
    held
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_ledger_answers_as_the_plain_list(
        history in steps(),
        plan in prop_oneof![Just(Plan::Free), Just(Plan::Enterprise)],
        filter in filters(),
        seed: u64,
        ends in (0..40 * DAY_MS, 0..40 * DAY_MS),
    ) {
        let mut log = Log::new(plan);
        log.play(&history);
        log.check_journal();
        log.check_nodes();
        let visible = log.visible_span();
        let id = |ago_ms: i64| EntryId::new(log.now().plus_ms(-ago_ms), u128::from(seed));
        let part = Span { low: id(ends.0.max(ends.1)), high: id(ends.0.min(ends.1)) };
        for span in [part.within(visible), Some(visible)].into_iter().flatten() {
            check(&log, &filter, span, None, seed);
        }
        log.check_journal();
        log.check_nodes();
    }

    /// A browse shows the entries with which it began, whatever is recorded after its first page:
    /// late or ahead of the clock, numbered and folded or not.
    #[test]
    fn a_browse_stays_what_it_was(
        before in steps(),
        meanwhile in prop::collection::vec(steps(), 1..3),
        filter in filters(),
        seed: u64,
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&before);
        let span = log.visible_span();
        let as_of = check(&log, &filter, span, None, seed);
        let plain = ids(&log.plain(span, &filter, as_of));
        for steps in &meanwhile {
            // What is on its way when a browse begins may be recorded by its moment.
            log.pass(1);
            log.play(steps);
            check(&log, &filter, span, Some(as_of), seed);
            prop_assert_eq!(&ids(&log.plain(span, &filter, as_of)), &plain);
        }
    }

    /// Eventually consistent reads may show an older store: an answer may lag, but nothing wrong is
    /// stored, and nothing is counted twice or in part.
    #[test]
    fn a_read_that_lags_spoils_nothing(before in steps(), after in steps(), seed: u64) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&before);
        let version = log.store.version();
        log.play(&after);
        let store = log.store.scripted(move |asked| match mixed(seed, asked.number) % 2 {
            0 => Fate::Stale(version),
            _ => Fate::Pass,
        });
        let (filter, span, now) = (Filter::default(), log.visible_span(), log.now());
        let browse = Browse::COUNTED;
        let opened = Ledger::open(&store, &log.workspace, &filter, span, browse, now, unlimited());
        let total = finish(opened).unwrap().total();
        prop_assert!(total <= u64::try_from(log.stored().len()).unwrap());
        log.check_journal();
        log.check_nodes();
    }

    /// DynamoDB ends a page where it likes.
    #[test]
    fn pages_of_the_store_may_be_short(
        history in steps(),
        filter in filters(),
        page in 1_usize..40,
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&history);
        let store = log.store.scripted(move |_| Fate::ShortPage(page));
        let (span, now) = (log.visible_span(), log.now());
        let browse = Browse::COUNTED;
        let opened = Ledger::open(&store, &log.workspace, &filter, span, browse, now, unlimited());
        let mut ledger = finish(opened).unwrap();
        let plain = log.plain(span, &filter, ledger.as_of());
        prop_assert_eq!(ledger.total(), u64::try_from(plain.len()).unwrap());
        prop_assert_eq!(ids(&finish(ledger.rows(0, 30)).unwrap()), slice(&plain, (0, 30)));
    }
}

fn burst(ago_ms: i64, spread_ms: i64, count: u32) -> Step {
    Step::Record(Burst { ago_ms, spread_ms, count, kinds: 3 })
}

/// What a page costs a process that remembers nothing, in read units, once the log is counted.
fn units_of_a_page(log: &Log, page: u64) -> f64 {
    units_with(&log.store.of_new_process(), log, &Filter::default(), page)
}

/// What a page costs the process of this store.
fn units_with(store: &MemoryStore, log: &Log, filter: &Filter, page: u64) -> f64 {
    let (store, span, now) = (&store.metered(), log.visible_span(), log.now());
    let opened =
        Ledger::open(store, &log.workspace, filter, span, Browse::COUNTED, now, unlimited());
    let mut ledger = finish(opened).unwrap();
    let plain = log.plain(span, filter, ledger.as_of());
    let rows = finish(ledger.rows(page * 20, page * 20 + 20)).unwrap();
    assert_eq!(ledger.total(), u64::try_from(plain.len()).unwrap());
    assert_eq!(ids(&rows), slice(&plain, (page * 20, page * 20 + 20)));
    store.spent().read_units
}

/// A log of 40,000 entries in 20 days, all counted.
fn counted() -> Log {
    let mut log = Log::new(Plan::Enterprise);
    log.play(&[
        burst(5 * DAY_MS, 20 * DAY_MS, 40_000),
        Step::Pass(MINUTE_MS),
        Step::Seal(u64::MAX),
        Step::Fold(u64::MAX),
    ]);
    log
}

/// What some pages cost.
fn units_of_pages(log: &Log) -> [f64; 3] {
    [0, 10, 200].map(|page| units_of_a_page(log, page))
}

/// Segments, newest entries and markers take 0.5 read units each, twenty rows 1 to 2.
#[test]
fn a_page_of_a_log_that_the_process_knows_costs_little_more_than_its_rows() {
    let log = counted();
    let known = |page| units_with(&log.store, &log, &Filter::default(), page);
    for page in [0, 10, 200, 900] {
        let (first, again) = (known(page), known(page));
        assert!(first <= 7.5 && again <= 4.0, "page {page}: {first}, {again}");
    }
    assert!(known(201) <= 4.0, "beside a page that was asked for: {}", known(201));
}

/// A period with few entries has no node. Its first page reads its own rows and no others.
#[test]
fn rows_are_read_only_as_far_as_the_page_goes() {
    let mut log = Log::new(Plan::Enterprise);
    log.play(&[burst(0, 3 * HOUR_MS, 60), Step::Pass(MINUTE_MS)]);
    log.play(&[Step::Seal(u64::MAX), Step::Fold(u64::MAX)]);
    let known = |page| units_with(&log.store, &log, &Filter::default(), page);
    known(0);
    let [first, last] = [known(0), known(2)];
    assert!(first + 1.0 <= last, "{first} for twenty rows, {last} for sixty");
}

/// What is expected by the counts of a month is not where it is looked for: all entries of a kind
/// are older than those of the others.
#[test]
fn entries_that_lie_unevenly_are_found_by_the_nodes() {
    let mut log = Log::new(Plan::Enterprise);
    let of_kinds =
        |ago_ms, kinds| Step::Record(Burst { ago_ms, spread_ms: 10 * DAY_MS, count: 4_000, kinds });
    log.play(&[of_kinds(20 * DAY_MS, 2), of_kinds(9 * DAY_MS, 1), Step::Pass(MINUTE_MS)]);
    log.play(&[Step::Seal(u64::MAX), Step::Fold(u64::MAX)]);
    let action = Selection::new(["action.1".to_owned()]);
    let filter = Filter { action, ..Filter::default() };
    let units = units_with(&log.store.of_new_process(), &log, &filter, 0);
    assert!(units <= 15.0, "{units}");
}

#[test]
fn late_entries_into_hundreds_of_hours_cost_a_page_little() {
    let mut log = counted();
    let quiet = units_of_pages(&log);
    assert!(quiet.iter().all(|units| *units <= 8.0), "{quiet:?}");
    // One entry in each of 480 hours, over the counted ones, in batches of 100.
    log.play(&[burst(5 * DAY_MS, 20 * DAY_MS, 480)]);
    let at_once = units_of_pages(&log);
    assert!(at_once.iter().all(|units| *units <= 30.0), "{at_once:?}");
    log.pass(9 * SECOND_MS);
    let unsettled = units_of_pages(&log);
    assert!(unsettled.iter().all(|units| *units <= 30.0), "{unsettled:?}");
    let store = log.store.metered();
    log.pass(MINUTE_MS);
    finish(seal(&store, &log.workspace.id, log.now(), &unlimited())).unwrap();
    let numbering = store.spent().read_units;
    assert!(numbering <= 30.0, "{numbering}");
    log.check_journal();
    let sealed = units_of_pages(&log);
    assert!(sealed.iter().all(|units| *units <= 30.0), "{sealed:?}");
    log.play(&[Step::Fold(u64::MAX)]);
    let folded = units_of_pages(&log);
    assert!(folded.iter().all(|units| *units <= 8.0), "{folded:?}");
}

/// An entry that is recorded by itself is not confirmed. A list that has read many of them one by
/// one numbers them first.
#[test]
fn late_entries_that_were_recorded_one_by_one_are_numbered_by_the_first_list() {
    let mut log = counted();
    for n in 0..60_u32 {
        log.play(&[burst(5 * DAY_MS + i64::from(n) * 8 * HOUR_MS, 0, 1)]);
    }
    let at_once = units_of_a_page(&log, 0);
    assert!((30.0..=45.0).contains(&at_once), "{at_once}");
    log.pass(MINUTE_MS);
    let first = units_of_a_page(&log, 0);
    let second = units_of_a_page(&log, 0);
    assert!(first <= 120.0 && second <= 12.0, "{first}, {second}");
    log.check_journal();
}

/// A publisher that sends what happened two minutes ago, all the time: every entry is out of order.
#[test]
fn a_publisher_that_is_always_late_costs_a_page_little() {
    let mut log = counted();
    let mut most: f64 = 0.0;
    for _ in 0..12 {
        log.play(&[burst(2 * MINUTE_MS, 25 * SECOND_MS, 10), Step::Pass(25 * SECOND_MS)]);
        // Before the stream's hint, and after it.
        most = most.max(units_of_a_page(&log, 0));
        log.play(&[Step::Seal(u64::MAX)]);
        finish(fold(&log.store, &log.workspace.id, Fold::WhenItPays, &unlimited())).unwrap();
        for page in [0, 10, 500] {
            most = most.max(units_of_a_page(&log, page));
        }
    }
    assert!(most <= 20.0, "{most}");
}

#[test]
fn more_than_2000_loose_entries_are_folded_first() {
    let mut log = Log::new(Plan::Enterprise);
    log.play(&[burst(0, HOUR_MS, 2_100), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    assert_eq!(log.folded().next, 0);
    units_of_a_page(&log, 3);
    assert_eq!(log.folded().next, 2_100);
    log.check_nodes();
}
