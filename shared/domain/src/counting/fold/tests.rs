//! Folding: killed at each step, raced, and when it pays.

use super::super::plain::{Burst, DAY_MS, HOUR_MS, Log, MINUTE_MS, Step, steps, unlimited};
use super::*;
use crate::memory::fixtures::entry;
use crate::memory::{Call, Fate, finish, interleave};
use crate::plan::Plan;
use proptest::prelude::*;
use std::pin::Pin;

fn counted(log: &Log) -> u64 {
    let years = log.nodes().into_iter().filter(|node| node.period.level() == Level::Year);
    years.map(|node| node.counted.total()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_is_done_again_and_adds_nothing_twice(
        history in steps(),
        kills in prop::collection::vec(0_u64..40, 0..5),
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&history);
        log.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
        for calls in kills {
            let _ = log.fold(calls);
            log.check_nodes();
        }
        log.fold(u64::MAX).unwrap();
        log.check_nodes();
        prop_assert_eq!(counted(&log), u64::try_from(log.stored().len()).unwrap());
        prop_assert_eq!(log.folded().next, counted(&log));
    }

    #[test]
    fn racing_folders_add_nothing_twice(
        history in steps(),
        schedule in prop::collection::vec(0_usize..3, 0..120),
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&history);
        log.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
        let (store, budget) = (log.store.stepping(), unlimited());
        let task = || -> Pin<Box<dyn Future<Output = ()> + '_>> {
            Box::pin(async {
                fold(&store, &log.workspace.id, Fold::Now, &budget).await.unwrap();
            })
        };
        interleave([task(), task(), task()], schedule);
        log.check_nodes();
        log.fold(u64::MAX).unwrap();
        prop_assert_eq!(counted(&log), u64::try_from(log.stored().len()).unwrap());
    }
}

/// A period with few entries has no node, whichever fold reaches it and however far that fold goes.
/// Otherwise a fold that is held up could store a node after another fold has passed the period,
/// and the node would lack the entries in between.
#[test]
fn a_folder_that_is_overtaken_leaves_no_node_that_the_other_did_without() {
    let mut log = Log::new(Plan::Enterprise);
    let of = |count| Step::Record(Burst { ago_ms: 0, spread_ms: 0, count, kinds: 3 });
    let seal = |log: &mut Log| log.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    log.play(&[of(21)]);
    seal(&mut log);
    let (mut overtaking, mut is_overtaken) = (log.beside(), false);
    let store = log.store.scripted(move |asked| {
        if asked.call == Call::Keep && !std::mem::replace(&mut is_overtaken, true) {
            // Two more of the same hour, and many of another month.
            overtaking.play(&[of(2), Step::Pass(40 * DAY_MS), of(300)]);
            overtaking.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX), Step::Fold(u64::MAX)]);
        }
        Fate::Pass
    });
    let folding = finish(fold(&store, &log.workspace.id, Fold::Now, &unlimited())).unwrap();
    assert!(!folding.is_finished, "it was overtaken");
    assert_eq!(log.folded().next, 323);
    log.check_nodes();
}

/// An entry that landed when its recorded time was closed has no number until the check of the day
/// enters it into the journal. A node that had it before would count it twice then.
#[test]
fn a_node_that_is_made_later_does_not_count_what_has_no_number() {
    let mut log = Log::new(Plan::Enterprise);
    let of = |count| Step::Record(Burst { ago_ms: 0, spread_ms: 0, count, kinds: 3 });
    let fold = |log: &mut Log| {
        log.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX), Step::Fold(u64::MAX)]);
    };
    log.play(&[of(21)]);
    fold(&mut log);
    let hour = Period::holding(Level::Hour, log.now());
    let frozen = (0..5).map(|n| {
        let happened = log.now().plus_ms(-MINUTE_MS - i64::from(n));
        entry(&log.workspace, happened, 1_000 + n)
    });
    log.store.load(&frozen.collect::<Vec<_>>());
    log.play(&[of(60)]);
    fold(&mut log);
    assert!(log.nodes().iter().any(|node| node.period == hour), "it has more than a few now");
    log.check_nodes();
}

#[test]
fn it_folds_when_it_pays() {
    let mut log = Log::new(Plan::Enterprise);
    let burst = |count| Step::Record(Burst { ago_ms: 0, spread_ms: MINUTE_MS, count, kinds: 3 });
    let when_it_pays = |log: &Log| {
        finish(fold(&log.store, &log.workspace.id, Fold::WhenItPays, &unlimited())).unwrap()
    };
    log.play(&[burst(90), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    assert_eq!(when_it_pays(&log), Folding { is_finished: true, ..Folding::default() });
    log.play(&[burst(400), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    let folding = when_it_pays(&log);
    assert_eq!((folding.entries, folding.is_finished), (490, true));
    // 110 entries into ten hours that have nodes stay loose.
    let into_hours =
        |count| Step::Record(Burst { ago_ms: DAY_MS, spread_ms: 10 * HOUR_MS, count, kinds: 3 });
    log.play(&[into_hours(1_000), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    assert_eq!(when_it_pays(&log).entries, 1_000);
    log.play(&[into_hours(110), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    assert_eq!(when_it_pays(&log).entries, 0);
}

/// Each entry has a segment of its own, which weighs seven times as much as an entry of a full one.
#[test]
fn a_quiet_log_is_folded_before_its_many_segments_cost_each_list_much() {
    let mut log = Log::new(Plan::Enterprise);
    let (mut most, mut folds, mut written) = (0, 0, 0.0);
    let entries = 700;
    for _ in 0..entries {
        let one = Burst { ago_ms: 0, spread_ms: 0, count: 1, kinds: 3 };
        log.play(&[Step::Record(one), Step::Pass(5 * MINUTE_MS), Step::Seal(u64::MAX)]);
        let store = log.store.metered();
        let budget = unlimited();
        let folding = fold(&store, &log.workspace.id, Fold::WhenItPays, &budget);
        folds += i32::from(finish(folding).unwrap().entries > 0);
        written += store.spent().write_units;
        let folded = log.folded().next;
        let loose = log.segments().iter().filter(|segment| segment.first >= folded).count();
        most = most.max(loose);
    }
    assert!(most <= 100 && folds >= 7, "{most} loose segments, {folds} folds");
    let each = written / f64::from(entries);
    assert!(each <= 0.126, "{each} WCU an entry, an eighth of what numbering it cost");
    log.check_nodes();
}

/// Numbers and folds everything.
fn count(log: &mut Log) {
    log.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX), Step::Fold(u64::MAX)]);
    log.check_nodes();
}

fn levels(log: &Log, level: Level) -> usize {
    log.nodes().iter().filter(|node| node.period.level() == level).count()
}

#[test]
fn periods_with_few_entries_have_no_node() {
    let mut log = Log::new(Plan::Enterprise);
    // 20 entries an hour in the older days, 2 an hour in the newer ones, one a day in the last.
    for (ago_days, days, per_day) in [(60, 4, 480), (30, 10, 48), (0, 12, 1)] {
        let (ago_ms, spread_ms) = (ago_days * DAY_MS, i64::from(days) * DAY_MS);
        let burst = Burst { ago_ms, spread_ms, count: days * per_day, kinds: 3 };
        log.play(&[Step::Record(burst)]);
    }
    count(&mut log);
    // The four days and the edge of a fifth.
    assert!((4..=5).contains(&levels(&log, Level::Day)), "{}", levels(&log, Level::Day));
    assert_eq!(levels(&log, Level::Hour), 0);
}

#[test]
fn a_period_that_grows_gets_a_node_with_what_was_folded_before() {
    let mut log = Log::new(Plan::Enterprise);
    let older = |count| Step::Record(Burst { ago_ms: DAY_MS, spread_ms: 0, count, kinds: 3 });
    log.play(&[
        older(40),
        Step::Pass(MINUTE_MS),
        Step::Record(Burst { ago_ms: 0, spread_ms: 0, count: 1, kinds: 1 }),
    ]);
    count(&mut log);
    assert_eq!(levels(&log, Level::Hour), 0);
    // Others of the same hour are there, and not folded yet when the node is made.
    log.play(&[older(25), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX), older(30)]);
    log.fold(u64::MAX).unwrap();
    log.check_nodes();
    let hour = log
        .nodes()
        .into_iter()
        .find(|node| node.period.level() == Level::Hour && node.counted.total() == 65);
    assert!(hour.is_some(), "{:?}", log.nodes());
    count(&mut log);
    assert_eq!(counted(&log), 96);
}

#[test]
fn a_recount_makes_another_generation() {
    let mut log = Log::new(Plan::Enterprise);
    let burst = Burst { ago_ms: 0, spread_ms: HOUR_MS, count: 500, kinds: 3 };
    log.play(&[
        Step::Record(burst),
        Step::Pass(MINUTE_MS),
        Step::Seal(u64::MAX),
        Step::Fold(u64::MAX),
    ]);
    let before = log.nodes();
    let folding = finish(recount(&log.store, &log.workspace.id, &unlimited())).unwrap();
    assert_eq!(folding.entries, 500);
    assert_eq!(log.folded().generation, 2);
    assert_eq!(log.nodes(), before);
}
