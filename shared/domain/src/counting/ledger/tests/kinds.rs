//! More kinds than an item can name: folding goes on, totals stay exact, and what the counts cannot
//! tell is not claimed.

use super::*;
use crate::filter::Selection;

/// Entries of so many kinds, with names as long as a name may be, in turns.
fn of_kinds(ago_ms: i64, count: u32, kinds: u32) -> [Step; 4] {
    let burst = Burst { ago_ms, spread_ms: HOUR_MS, count, kinds };
    [Step::Record(burst), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX), Step::Fold(u64::MAX)]
}

/// The browse of everything.
fn as_of(log: &Log) -> AsOf {
    AsOf { sealed: log.now(), recorded: log.now() }
}

/// Opens a ledger as a list does, and answers what it says of the newest rows: the ids of matching
/// entries, their total, and whether these are right.
fn newest(log: &Log, filter: &Filter) -> (Vec<EntryId>, u64, bool) {
    let store = guarded(&log.store);
    let (span, now) = (log.visible_span(), log.now());
    let opened =
        Ledger::open(&store, &log.workspace, filter, span, Browse::COUNTED, now, unlimited());
    let mut ledger = finish(opened).unwrap();
    let rows = finish(ledger.rows(0, 20)).unwrap();
    (ids(&rows), ledger.total(), ledger.is_exact())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn names_without_end_stop_no_folding_and_make_no_total_wrong(
        kinds in 800_u32..4_000,
        portions in prop::collection::vec((0..40 * DAY_MS, 1_u32..3_000), 1..4),
        named in 0_u32..6,
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&of_kinds(0, kinds, kinds));
        for (ago_ms, count) in portions {
            log.play(&of_kinds(ago_ms, count, kinds));
        }
        log.check_nodes();
        let total = u64::try_from(log.stored().len()).unwrap();
        prop_assert_eq!(log.folded().next, total, "nothing is left to be folded");
        let visible = log.plain(log.visible_span(), &Filter::default(), as_of(&log));
        let all = u64::try_from(visible.len()).unwrap();
        prop_assert_eq!(newest(&log, &Filter::default()), (slice(&visible, (0, 20)), all, true));
        let named = Selection::new([format!("action.{named}")]);
        let filter = Filter { action: named, ..Filter::default() };
        let plain = log.plain(log.visible_span(), &filter, as_of(&log));
        let matching = u64::try_from(plain.len()).unwrap();
        let (rows, counted, is_exact) = newest(&log, &filter);
        prop_assert!(counted <= matching, "at least so many: {} of {}", counted, matching);
        prop_assert!(!is_exact || (rows, counted) == (slice(&plain, (0, 20)), matching));
        prop_assert!(is_exact || kinds > 1_000, "{} kinds fit", kinds);
    }
}

/// What is recorded after the kinds were lost, and what was recorded after a browse began.
#[test]
fn a_browse_of_a_log_whose_kinds_are_lost_keeps_its_total() {
    let mut log = Log::new(Plan::Enterprise);
    log.play(&of_kinds(0, 4_000, 4_000));
    let (filter, span) = (Filter::default(), log.visible_span());
    let open = |log: &Log, browse| {
        let (store, now) = (guarded(&log.store), log.now());
        let opened = Ledger::open(&store, &log.workspace, &filter, span, browse, now, unlimited());
        let ledger = finish(opened).unwrap();
        (ledger.total(), ledger.as_of(), ledger.is_exact())
    };
    let (total, as_of, is_exact) = open(&log, Browse::COUNTED);
    assert_eq!((total, is_exact), (4_000, true));
    log.play(&[burst(0, HOUR_MS, 2_500), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    assert_eq!(open(&log, Browse::GoesOn(as_of)).0, 4_000);
    log.play(&[Step::Fold(u64::MAX)]);
    assert_eq!(open(&log, Browse::GoesOn(as_of)).0, 4_000);
    assert_eq!(open(&log, Browse::COUNTED).0, 6_500);
    assert!(log.nodes().iter().any(|node| node.counted.sum().untold() == 6_500));
}
