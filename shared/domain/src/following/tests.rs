//! Following: killed at each step, raced, started again from the first entry, and what it costs.

use super::*;
use crate::clock::Clock;
use crate::counting::plain::{
    Burst, Log, MINUTE_MS, SECOND_MS, Step as Played, mixed, steps, unlimited,
};
use crate::directory::Day;
use crate::entry::{ActorKey, NewEntry};
use crate::memory::fixtures::entry_of;
use crate::memory::{Asked, Failure, Fate, MemoryStore, finish, interleave};
use crate::plan::Plan;
use crate::recording::record_all;
use proptest::prelude::*;
use std::net::IpAddr;
use std::pin::Pin;

/// A handle that is killed after so many calls.
fn killed_after(log: &Log, calls: u64) -> MemoryStore {
    let killed = Fate::FailBefore(Failure::Unavailable);
    log.store.scripted(move |asked: Asked| if asked.number < calls { Fate::Pass } else { killed })
}

fn follows(log: &Log, store: &MemoryStore) -> Result<Following, StoreError> {
    let (workspace, grace) = (&log.workspace, GraceDays::default());
    finish(follow(store, workspace, grace, Follow::Now, &unlimited()))
}

/// The profiles that are stored of everybody who is in the log.
fn stored<P: Profile>(log: &Log, keys: impl Iterator<Item = P::Key>) -> BTreeMap<P::Key, P> {
    let keys: Vec<_> = keys.collect();
    let (store, id) = (&log.store, &log.workspace.id);
    let kept = finish(KeepProfiles::<P>::profiles(store, id, &keys, Consistency::Strong)).unwrap();
    kept.into_iter().map(|(key, kept)| (key, kept.profile)).collect()
}

/// The profiles that these entries give.
fn plain<P: Profile>(sightings: &[Sighting]) -> BTreeMap<P::Key, P> {
    news(sightings).into_iter().map(|(key, new)| (key, new.profile)).collect()
}

/// The profiles are what a plain fold over the log makes of all entries that have numbers.
fn check(log: &Log) {
    let through = log.segments().last().map(|segment| segment.through);
    let numbered: Vec<_> = log
        .stored()
        .iter()
        .filter(|entry| Some(entry.journal_time()) <= through)
        .map(Sighting::of)
        .collect();
    let (actors, addresses): (BTreeMap<ActorKey, ActorProfile>, BTreeMap<IpAddr, AddressProfile>) =
        (plain(&numbered), plain(&numbered));
    assert_eq!(stored(log, actors.keys().cloned()), actors);
    assert_eq!(stored(log, addresses.keys().copied()), addresses);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn it_is_done_again_and_the_profiles_are_those_of_the_log(
        history in steps(),
        kills in prop::collection::vec(0_u64..30, 0..4),
        more in steps(),
    ) {
        let mut log = Log::new(Plan::Enterprise);
        for part in [&history, &more] {
            log.play(part);
            log.play(&[Played::Pass(MINUTE_MS), Played::Seal(u64::MAX)]);
            for calls in &kills {
                let _ = follows(&log, &killed_after(&log, *calls));
            }
            prop_assert!(follows(&log, &log.store).unwrap().is_finished);
            check(&log);
        }
        finish(begin_again(&log.store, &log.workspace.id)).unwrap();
        let again = follows(&log, &log.store).unwrap();
        prop_assert_eq!(again.profiles, 0, "what is added again changes nothing");
        check(&log);
    }

    #[test]
    fn racing_followers_make_the_same_profiles(
        history in steps(),
        schedule in prop::collection::vec(0_usize..3, 0..160),
    ) {
        let mut log = Log::new(Plan::Enterprise);
        log.play(&history);
        log.play(&[Played::Pass(MINUTE_MS), Played::Seal(u64::MAX)]);
        let (store, budget) = (log.store.stepping(), unlimited());
        let task = || -> Pin<Box<dyn Future<Output = ()> + '_>> {
            Box::pin(async {
                let grace = GraceDays::default();
                let followed = follow(&store, &log.workspace, grace, Follow::Now, &budget).await;
                assert!(matches!(followed, Ok(_) | Err(StoreError::Changed)), "{followed:?}");
            })
        };
        interleave([task(), task(), task()], schedule);
        follows(&log, &log.store).unwrap();
        check(&log);
    }
}

/// Records entries as the benchmark has them: of 200 actors, a few of whom have most, each from any
/// of 256 addresses.
fn record_as_the_benchmark(log: &Log, first: u32, count: u32) {
    let happened = log.now();
    let entry = |n: u32| {
        let drawn = mixed(7, u64::from(n));
        entry_of(&log.workspace, happened.plus_ms(i64::from(n - first)), n, |content| {
            let actor = (drawn % 200) * (drawn / 200 % 200) / 200;
            content.actor.id = format!("usr_{actor:06}");
            content.actor.name = Some(format!("Ada L. {actor}"));
            content.actor.email = Some(format!("ada{actor}@example.com"));
            content.ip_address = Some(format!("203.0.113.{}", drawn / 40_000 % 256));
            content.action = format!("project.action_{}", drawn % 17);
        })
    };
    let new = |n| NewEntry { entry: entry(n), delete_at: None };
    let mut entries: Vec<_> = (first..first + count).map(new).collect();
    let clock = Clock::manual(happened.plus_ms(2 * SECOND_MS));
    for batch in entries.chunks_mut(100) {
        assert!(finish(record_all(&log.store, &clock, batch)).iter().all(Result::is_ok));
    }
    log.pass(MINUTE_MS);
    log.seal(u64::MAX).unwrap();
}

/// A profile keeps 8 email addresses. A filter by any other one must find its actor, too.
#[test]
fn an_actor_is_found_by_each_of_its_email_addresses_however_many_there_are() {
    let log = Log::new(Plan::Enterprise);
    let email = |n: u32| format!("shared{n:02}@example.com");
    let entry = |n: u32| {
        entry_of(&log.workspace, log.now().plus_ms(i64::from(n)), n, |content| {
            content.actor.email = Some(email(n));
        })
    };
    let new = |n| NewEntry { entry: entry(n), delete_at: None };
    let mut entries: Vec<_> = (0..20).map(new).collect();
    let clock = Clock::manual(log.now().plus_ms(SECOND_MS));
    assert!(finish(record_all(&log.store, &clock, &mut entries)).iter().all(Result::is_ok));
    log.pass(MINUTE_MS);
    log.seal(u64::MAX).unwrap();
    follows(&log, &log.store).unwrap();
    for n in 0..20 {
        let found = finish(log.store.actors_with(&log.workspace.id, &email(n), 9)).unwrap();
        assert_eq!(found.items, [entry(0).content.actor.key()], "{}", email(n));
    }
}

/// The second entry changes nothing in its actor's profile, which keeps 8 email addresses of the
/// day after.
#[test]
fn an_email_address_is_found_although_the_profile_keeps_nothing_of_its_entry() {
    let log = Log::new(Plan::Enterprise);
    let record = |n: u32, days: i64| {
        let entry = entry_of(&log.workspace, log.now().plus_days(-days), n, |content| {
            content.actor.email = Some(format!("shared{n:02}@example.com"));
        });
        let mut new = [NewEntry { entry, delete_at: None }];
        let clock = Clock::manual(log.now());
        assert!(finish(record_all(&log.store, &clock, &mut new))[0].is_ok());
    };
    let follows = || {
        log.pass(MINUTE_MS);
        log.seal(u64::MAX).unwrap();
        follows(&log, &log.store).unwrap();
    };
    (10..20).for_each(|n| record(n, 0));
    record(0, 2);
    record(1, 1);
    follows();
    record(2, 1);
    follows();
    let found = finish(log.store.actors_with(&log.workspace.id, "shared02@", 9)).unwrap();
    assert_eq!(found.items.len(), 1);
    check(&log);
}

/// A follower that began before the directory was begun again would leave out what was deleted.
#[test]
fn a_follower_of_before_does_not_move_the_checkpoint_of_a_directory_that_was_begun_again() {
    let mut log = Log::new(Plan::Enterprise);
    let burst = Burst { ago_ms: 0, spread_ms: 0, count: 3, kinds: 1 };
    log.play(&[Played::Record(burst), Played::Pass(MINUTE_MS), Played::Seal(u64::MAX)]);
    let id = &log.workspace.id;
    for _ in 0..2 {
        let before = finish(log.store.followed(id)).unwrap();
        let step = Followed { next: 3, ..before.unwrap_or(Followed::NOTHING) };
        finish(begin_again(&log.store, id)).unwrap();
        assert!(!finish(log.store.put_followed(id, before, step)).unwrap());
        assert_eq!(finish(log.store.followed(id)).unwrap().unwrap().next, 0);
    }
    follows(&log, &log.store).unwrap();
    check(&log);
}

#[test]
fn it_follows_when_many_entries_share_the_writes() {
    let log = Log::new(Plan::Enterprise);
    let when_it_pays = |log: &Log| {
        let (workspace, grace) = (&log.workspace, GraceDays::default());
        let store = log.store.metered();
        let following =
            finish(follow(&store, workspace, grace, Follow::WhenItPays, &unlimited())).unwrap();
        (following.entries, store.spent().write_units)
    };
    (0..3).for_each(|part| record_as_the_benchmark(&log, part * 1_300, 1_300));
    assert_eq!(when_it_pays(&log), (0, 0.0));
    let mut is_first = true;
    for part in 3..12 {
        record_as_the_benchmark(&log, part * 1_300, 1_300);
        let (entries, write_units) = when_it_pays(&log);
        if entries > 0 {
            let each = write_units / f64::from(u32::try_from(entries).unwrap());
            // The first step stores the terms of all actors, which then stay for a fortnight.
            let most = if is_first { 0.3 } else { 0.12 };
            assert!(entries >= 4_000 && each <= most, "{each} WCU for each of {entries} entries");
            is_first = false;
        }
    }
    check(&log);
}

#[test]
fn a_profile_lives_as_long_as_the_last_entry_that_it_knows_of() {
    let mut log = Log::new(Plan::Free);
    let burst = Burst { ago_ms: 0, spread_ms: 0, count: 2, kinds: 1 };
    log.play(&[Played::Record(burst), Played::Pass(MINUTE_MS), Played::Seal(u64::MAX)]);
    let entry = log.stored().pop().unwrap();
    follows(&log, &log.store).unwrap();
    let key = entry.content.actor.key();
    let life = Plan::Free.delete_at(entry.content.occurred_at, GraceDays::default()).unwrap();
    log.store.delete_expired(life.plus_ms(-1_000));
    let kept = |log: &Log| stored::<ActorProfile>(log, std::iter::once(key.clone()));
    assert!(kept(&log)[&key].seen_since(Day::of(entry.content.occurred_at)).is_some());
    log.store.delete_expired(life.plus_ms(1_000));
    assert_eq!(kept(&log), BTreeMap::new());
}
