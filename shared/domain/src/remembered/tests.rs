use super::*;
use crate::entry::Outcome;
use crate::journal::Numbered;
use crate::memory::fixtures::at;
use crate::tally::{Cell, Level};

const NOON: &str = "2026-11-27T12:00:00Z";

fn moment(seconds: i64) -> Timestamp {
    at(NOON).plus_ms(seconds * 1_000)
}

fn workspace(number: usize) -> WorkspaceId {
    WorkspaceId::parse(&format!("ws_{number}")).unwrap()
}

fn kind(number: usize) -> Cell {
    Cell {
        action: format!("action.{number}").into(),
        target_type: "target".into(),
        outcome: Outcome::Success,
    }
}

/// A segment of ten seconds, of entries that happened at these moments.
fn segment(from: i64, first: u64, happened: &[Timestamp]) -> Segment {
    let (through, number) = (moment(from + 10), |place| u128::try_from(place).unwrap());
    let entries = happened.iter().enumerate().map(|(place, happened)| Numbered {
        recorded_at: through,
        id: EntryId::new(*happened, number(place)),
        kind: kind(0),
    });
    Segment { from: moment(from), through, first, entries: entries.collect() }
}

fn folded(next: u64, through: i64) -> Folded {
    Folded { next, through: moment(through), ..Folded::nothing(1) }
}

/// A log of which nothing is sealed since the checkpoint.
fn known(next: u64) -> KnownLog {
    KnownLog::new(folded(next, 0), moment(0), moment(0), Vec::new())
}

/// A node with so many kinds in one part.
fn node(period: Period, kinds: usize) -> Arc<Node> {
    let id = EntryId::first_of(period.start());
    let entries = (0..kinds).map(|number| (0, id, kind(number)));
    Arc::new(Node::empty(period).folded(entries, 1))
}

fn day(days: i64) -> Period {
    Period::holding(Level::Day, at(NOON).plus_days(days))
}

fn remember(log: &KnownLog, period: Period, kinds: usize) {
    log.remember(period..=period, &BTreeMap::from([(period, node(period, kinds))]));
}

fn knows(log: &KnownLog, period: Period) -> bool {
    log.nodes(&(period..=period)).is_some()
}

#[test]
fn a_checkpoint_is_read_again_after_a_minute_or_when_much_was_numbered_since() {
    let log = known(5);
    assert!(log.is_current(moment(0)) && log.is_current(moment(59)));
    assert!(!log.is_current(moment(60)));
    assert!(!log.is_current(moment(-1)), "a clock set back does not lengthen the life");
    let many = log.extended(vec![segment(0, 5, &[moment(0); 501])]);
    assert!(!many.is_current(moment(1)));
    assert!(log.extended(vec![segment(0, 5, &[moment(0); 500])]).is_current(moment(1)));
}

#[test]
fn a_later_checkpoint_forgets_the_nodes_that_were_touched() {
    let log = known(5);
    for period in [day(0), day(-1), day(-2)] {
        remember(&log, period, 1);
    }
    // An entry of today and a late one, of which the checkpoint has followed the second only later.
    let yesterday = moment(0).plus_days(-1);
    let log = log.extended(vec![segment(0, 5, &[moment(9)]), segment(10, 6, &[yesterday])]);
    let later = log.refolded(folded(6, 10), moment(30));
    assert_eq!([0, -1, -2].map(|days| knows(&later, day(days))), [false, true, true]);
    let last = later.refolded(folded(7, 20), moment(31));
    assert_eq!([0, -1, -2].map(|days| knows(&last, day(days))), [false, false, true]);
    assert_eq!(last.next(), 7);
}

#[test]
fn it_knows_of_which_periods_there_is_no_node() {
    let log = known(5);
    let range = day(-9)..=day(0);
    log.remember(range.clone(), &BTreeMap::from([(day(-3), node(day(-3), 1))]));
    let of = |first, last| log.nodes(&(day(first)..=day(last))).map(|nodes| nodes.len());
    assert_eq!((of(-9, 0), of(-3, -3), of(-2, 0)), (Some(1), Some(1), Some(0)));
    assert_eq!((of(-10, 0), of(0, 1), of(1, 1)), (None, None, None));
    let hour = Period::holding(Level::Hour, at(NOON));
    assert!(!knows(&log, hour), "of other levels nothing is known");
}

#[test]
fn segments_tell_the_numbers_of_what_was_recorded_while_they_lasted() {
    let log = known(5).extended(vec![segment(0, 5, &[moment(1), moment(2)])]);
    let id = |seconds, place| EntryId::new(moment(seconds), place);
    assert_eq!(log.number_of(id(2, 1), moment(10)), Some(Some(6)));
    assert_eq!(log.number_of(id(3, 1), moment(10)), Some(None), "it has none");
    assert_eq!(log.number_of(id(2, 1), moment(0)), None, "recorded before the first segment");
    assert_eq!(log.number_of(id(2, 1), moment(11)), None, "recorded after the last one");
}

#[test]
fn old_segments_are_kept_for_a_while_and_no_longer() {
    let mut log = known(0);
    let (mut next, mut from) = (0, 0);
    for _ in 0..60 {
        log = log.extended(vec![segment(from, next, &[moment(from); 100])]);
        (next, from) = (next + 100, from + 10);
        log = log.refolded(folded(next, from), moment(from));
    }
    let entries: usize = log.after(log.start()).map(|one| one.entries.len()).sum();
    assert_eq!((log.next(), entries), (6_000, ENTRIES_KEPT));
    assert_eq!(log.start(), moment(from - 400));
}

#[test]
fn what_is_remembered_of_a_log_is_bounded_and_what_is_used_stays() {
    let log = known(5);
    let used = day(-5_000);
    remember(&log, used, 100);
    for days in 0..4_000 {
        remember(&log, day(-days), 100);
        assert!(knows(&log, used));
    }
    assert!(!knows(&log, day(0)) && knows(&log, day(-3_999)));
    assert!(log.weight() <= 151_000, "{}", log.weight());
}

#[test]
fn the_log_that_was_not_used_for_longest_is_forgotten() {
    let memory = LogMemory::default();
    for number in 0..10 {
        let log = Arc::new(known(5));
        (0..300).for_each(|days| remember(&log, day(-days), 100));
        memory.keep(&workspace(number), &log);
        assert!(memory.of(&workspace(0)).is_some(), "it is used each time");
    }
    let kept: Vec<_> = (0..10).filter(|number| memory.of(&workspace(*number)).is_some()).collect();
    assert_eq!(kept, [0, 5, 6, 7, 8, 9]);
}

#[test]
fn what_is_older_does_not_replace_what_is_newer() {
    let (memory, id) = (LogMemory::default(), workspace(0));
    let newer = Arc::new(known(5).extended(vec![segment(0, 5, &[moment(1)])]));
    memory.keep(&id, &newer);
    memory.keep(&id, &Arc::new(known(5)));
    assert_eq!(memory.of(&id).unwrap().next(), 6);
    let recounted = Folded { next: 0, ..Folded::nothing(2) };
    let log = KnownLog::new(recounted, moment(0), moment(0), Vec::new());
    memory.keep(&id, &Arc::new(log));
    assert_eq!(memory.of(&id).unwrap().folded.generation, 2);
    memory.keep(&id, &newer);
    assert_eq!(memory.of(&id).unwrap().folded.generation, 2);
}
