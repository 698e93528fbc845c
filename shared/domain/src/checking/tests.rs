//! Checks of random logs in which entries came too late, were deleted before their time, or were
//! altered.

use super::*;
use crate::counting::plain::{Burst, DAY_MS, Log, MINUTE_MS, Step, mixed, steps};
use crate::entry::Entry;
use crate::journal::settled_until;
use crate::memory::fixtures::{entry_of, value_of};
use crate::memory::{Asked, Failure, Fate, MemoryStore, finish};
use crate::plan::Plan;
use proptest::prelude::*;

/// Everything that a check of the whole log finds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    entries: u64,
    stragglers: Vec<EntryId>,
    missing: Vec<EntryId>,
    altered: Vec<EntryId>,
}

fn check_all(log: &Log, store: &MemoryStore) -> Result<Found, StoreError> {
    let until = settled_until(log.now());
    let (mut found, mut from) = (Found::default(), Timestamp::MIN);
    while from < until {
        let part = finish(check(store, &log.workspace, from, until, &log.clock))?;
        assert!(part.through > from && part.through <= until, "each part goes on");
        from = part.through;
        found.entries += part.entries;
        found.stragglers.extend(part.stragglers);
        found.missing.extend(part.missing);
        found.altered.extend(part.altered);
    }
    for ids in [&mut found.stragglers, &mut found.missing, &mut found.altered] {
        ids.sort_unstable();
    }
    Ok(found)
}

/// Numbers everything, an entry of this moment included: so all that was recorded before it is
/// closed.
fn number(log: &mut Log) {
    let now = Burst { ago_ms: 0, spread_ms: 0, count: 1, kinds: 1 };
    log.play(&[Step::Record(now), Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
}

/// An entry that landed without a marker when its recorded time was closed already.
fn frozen(log: &Log, recorded_ago_ms: i64, happened_before_ms: i64, n: u32) -> Entry {
    let recorded_at = log.now().plus_ms(-recorded_ago_ms);
    let happened = recorded_at.plus_ms(-happened_before_ms);
    let entry = entry_of(&log.workspace, happened, n, |content| {
        content.action = "frozen".to_owned();
        if n.is_multiple_of(2) {
            content.old_value = Some(value_of(2_000));
        }
    });
    Entry { recorded_at, ..entry }
}

fn sorted(mut ids: Vec<EntryId>) -> Vec<EntryId> {
    ids.sort_unstable();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is found is what was done to the log, and stragglers get numbers like everything else.
    #[test]
    fn it_finds_what_was_done_and_nothing_else(
        history in steps(),
        stragglers in prop::collection::vec((MINUTE_MS..20 * DAY_MS, 0..4_000_i64), 0..6),
        picks in prop::collection::vec(any::<u64>(), 0..6),
        seed: u64,
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&history);
        number(&mut log);
        let late: Vec<_> = (0..)
            .zip(&stragglers)
            .map(|(n, (ago, before))| frozen(&log, *ago + MINUTE_MS, *before, 1_000_000 + n))
            .collect();
        let numbered = log.stored();
        let mut picked: BTreeMap<EntryId, (bool, Entry)> = BTreeMap::new();
        for (n, pick) in (0..).zip(&picks) {
            let place = mixed(*pick, n) % u64::try_from(numbered.len()).unwrap().max(1);
            if let Some(entry) = numbered.get(usize::try_from(place).unwrap()) {
                picked.insert(entry.id, (mixed(seed, n).is_multiple_of(2), entry.clone()));
            }
        }
        log.store.load(&late);
        let (mut missing, mut altered) = (Vec::new(), Vec::new());
        for (id, (is_altered, mut entry)) in picked {
            if is_altered {
                entry.content.reason = Some("forged".to_owned());
                log.store.load(&[entry]);
                altered.push(id);
            } else {
                log.store.destroy(&entry);
                missing.push(id);
            }
        }
        let stragglers = sorted(late.iter().map(|entry| entry.id).collect());
        let entries = u64::try_from(log.stored().len()).unwrap();
        let numbered = entries - u64::try_from(stragglers.len()).unwrap();
        let found = check_all(&log, &log.store).unwrap();
        prop_assert_eq!(&found, &Found { entries: numbered, stragglers, missing, altered });
        number(&mut log);
        let again = check_all(&log, &log.store).unwrap();
        // One more: the entry that `number` records.
        let entries = entries + 1;
        prop_assert_eq!(&again, &Found { entries, stragglers: Vec::new(), ..found });
    }

    /// Killed anywhere and done again: each straggler gets one number.
    #[test]
    fn it_is_done_again_and_numbers_nothing_twice(
        history in steps(),
        stragglers in prop::collection::vec((MINUTE_MS..20 * DAY_MS, 0..4_000_i64), 1..4),
        kills in prop::collection::vec(0_u64..25, 0..4),
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&history);
        number(&mut log);
        log.play(&[Step::Fold(u64::MAX)]);
        let late: Vec<_> = (0..)
            .zip(&stragglers)
            .map(|(n, (ago, before))| frozen(&log, *ago + MINUTE_MS, *before, 1_000_000 + n))
            .collect();
        log.store.load(&late);
        for calls in kills {
            let killed = Fate::FailBefore(Failure::Unavailable);
            let script = move |asked: Asked| if asked.number < calls { Fate::Pass } else { killed };
            let _ = check_all(&log, &log.store.scripted(script));
            number(&mut log);
        }
        check_all(&log, &log.store).unwrap();
        number(&mut log);
        log.check_journal();
        log.play(&[Step::Fold(u64::MAX)]);
        log.check_nodes();
        prop_assert_eq!(log.folded().next, u64::try_from(log.stored().len()).unwrap());
        prop_assert_eq!(check_all(&log, &log.store).unwrap().stragglers, []);
    }
}

/// Markers are kept for a week. What they announced is not taken for missing afterwards.
#[test]
fn late_entries_are_found_after_their_markers_are_gone() {
    let mut log = Log::new(Plan::Enterprise);
    let late = Burst { ago_ms: 5 * DAY_MS, spread_ms: DAY_MS, count: 130, kinds: 2 };
    log.play(&[Step::Record(late)]);
    number(&mut log);
    log.pass(8 * DAY_MS);
    log.store.delete_expired(log.now());
    let found = check_all(&log, &log.store).unwrap();
    assert_eq!(found, Found { entries: 131, ..Found::default() });
}

/// What the plan hides may be deleted.
#[test]
fn what_has_expired_is_not_missing() {
    let mut log = Log::new(Plan::Free);
    let entries: Vec<_> = (0..40_u32).map(|n| frozen(&log, 0, 0, n)).collect();
    log.store.load_by(&log.workspace, &entries);
    log.play(&[Step::Pass(MINUTE_MS), Step::Seal(u64::MAX)]);
    log.pass(60 * DAY_MS);
    log.store.delete_expired(log.now());
    assert_eq!(log.stored(), []);
    assert_eq!(check_all(&log, &log.store).unwrap(), Found::default());
}

/// Whether an entry was recorded with a marker that confirms it or not, it is the table that tells
/// whether it is there.
#[test]
fn an_entry_that_a_marker_confirms_and_that_is_gone_is_missing() {
    let mut log = Log::new(Plan::Enterprise);
    log.play(&[Step::Record(Burst { ago_ms: DAY_MS, spread_ms: DAY_MS, count: 40, kinds: 2 })]);
    let [before, after] = [3, 17].map(|place| log.stored()[place].clone());
    // One is deleted before it is numbered, the other after.
    log.store.destroy(&before);
    number(&mut log);
    log.check_numbers_of([before.id, after.id]);
    log.store.destroy(&after);
    let found = check_all(&log, &log.store).unwrap();
    let missing = sorted(vec![before.id, after.id]);
    assert_eq!(found, Found { entries: 39, missing, ..Found::default() });
}

/// Its time must not be changed while a sequencer may number it by that time.
#[test]
fn an_entry_after_the_last_segment_waits_for_its_number_and_is_no_straggler() {
    let mut log = Log::new(Plan::Enterprise);
    number(&mut log);
    log.pass(DAY_MS);
    let late = frozen(&log, MINUTE_MS, 0, 7);
    log.store.load(std::slice::from_ref(&late));
    let until = settled_until(log.now());
    let of = |from| finish(check(&log.store, &log.workspace, from, until, &log.clock)).unwrap();
    let first = of(Timestamp::MIN);
    assert_eq!((first.stragglers, first.entries), (Vec::new(), 1));
    assert!(first.through < late.recorded_at, "it is checked when it has its number");
    let again = of(first.through);
    assert_eq!((again.through, again.stragglers), (first.through, Vec::new()));
    log.seal(u64::MAX).unwrap();
    let rest = of(first.through);
    assert_eq!((rest.through, rest.entries, rest.stragglers), (until, 1, Vec::new()));
    log.check_journal();
}
