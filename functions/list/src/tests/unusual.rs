//! Unusual entries as a list: each page, and each total, is that of the entries that the profiles
//! of their actors call unusual.

use super::pages::{any_age, any_filter, any_names};
use super::*;
use domain::directory::{ActorProfile, Profile};
use domain::entry::ActorKey;
use domain::ports::{Consistency, ReadFollowed, ReadJournal};
use domain::unusual::{Reason, Reasons};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The judged entries that are unusual, by their definition: each with its reasons.
fn unusual(log: &Log) -> BTreeMap<EntryId, Reasons> {
    let id = &log.workspace.id;
    let next = finish(log.store.followed(id)).unwrap().map_or(0, |followed| followed.next);
    let segments = log.store.segments(id, Timestamp::MIN, usize::MAX, Consistency::Strong);
    let numbered = finish(segments).unwrap().items.into_iter().flat_map(|it| it.entries);
    let judged = (0..next).zip(numbered);
    let mut profiles: BTreeMap<ActorKey, ActorProfile> = BTreeMap::new();
    for (number, of) in judged {
        let entry = log.entries.iter().find(|entry| entry.id == of.id).unwrap();
        let sighting = rules().sighting(entry, number);
        let new = ActorProfile::of(&sighting);
        let profile = profiles.entry(sighting.actor.clone()).or_insert_with(|| new.clone());
        profile.merge(&new);
        profile.count(&[&sighting]);
    }
    profiles.values().flat_map(|profile| profile.verdicts(&rules().thresholds)).collect()
}

/// The unusual entries that a filter selects, the newest first.
fn plain(log: &Log, filter: &Filter) -> Vec<EntryId> {
    let unusual = unusual(log);
    let all = log.ids(&first_page(filter.clone(), 20));
    all.into_iter().filter(|id| unusual.contains_key(id)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_page_of_unusual_entries_is_that_of_a_plain_list(
        loaded in prop::collection::vec((any_age(), any_names()), 0..60),
        filter in any_filter(),
        later in prop::collection::vec((any_age(), any_names()), 0..8),
        page_size in prop::sample::select(vec![1_u8, 3, 20]),
    ) {
        let mut log = Log::new();
        log.load(loaded);
        log.now = log.now.plus_ms(60_000);
        log.count();
        for (ago_ms, names) in later {
            log.record(ago_ms, names);
        }
        let filter = Filter { unusual: true, ..filter };
        let mut query = first_page(filter.clone(), page_size);
        let mut there = Vec::new();
        loop {
            let page = log.find(&query, AMPLE);
            let all = plain(&log, &filter);
            prop_assert_eq!(page.total.entries, u64::try_from(all.len()).unwrap());
            prop_assert!(page.total.is_exact);
            there.extend(ids(&page));
            match older(&query, &page) {
                Some(next) => query = next,
                None => break,
            }
        }
        prop_assert_eq!(&there, &plain(&log, &filter));
        let mut back = Vec::new();
        while let Some(next) = newer(&query, &log.find(&query, AMPLE)) {
            query = next;
            back.splice(0..0, ids(&log.find(&query, AMPLE)));
        }
        let size = usize::from(page_size);
        let last_page = there.len().saturating_sub(1) / size * size;
        prop_assert_eq!(back, there.get(..last_page).unwrap_or_default());
    }
}

/// A late entry from another network was there before the one that seemed to be the first.
#[test]
fn a_late_entry_corrects_what_is_unusual() {
    let mut log = Log::new();
    let of = |actor| Names { actor, ..Names::FIRST };
    log.load([(20 * 24 * HOUR_MS, of(0)), (2 * 24 * HOUR_MS, of(0))]);
    let filter = Filter { unusual: true, ..Filter::default() };
    let reasons = |log: &Log| {
        let entry = &log.entries[1];
        unusual(log).get(&entry.id).copied().unwrap_or_default()
    };
    log.count();
    assert!(reasons(&log).has(Reason::Returned));
    assert_eq!(log.find(&first_page(filter.clone(), 20), AMPLE).total.entries, 2);
    log.record(5 * 24 * HOUR_MS, of(0));
    log.now = log.now.plus_ms(60_000);
    log.count();
    assert!(!reasons(&log).has(Reason::Returned));
    let page = log.find(&first_page(filter.clone(), 20), AMPLE);
    assert_eq!(ids(&page), plain(&log, &filter));
}
