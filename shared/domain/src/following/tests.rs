//! Following: killed at each step, raced, started again from the first entry, and what it costs.

use super::*;
use crate::clock::Clock;
use crate::counting::plain::{
    Burst, DAY_MS, HOUR_MS, Log, MINUTE_MS, SECOND_MS, Step as Played, mixed, steps, unlimited,
};
use crate::directory::{Day, Network};
use crate::entry::{ActorKey, NewEntry, Outcome};
use crate::memory::fixtures::{entry_of, rules as default_rules};
use crate::memory::{Asked, Failure, Fate, MemoryStore, finish, interleave};
use crate::plan::Plan;
use crate::ports::{Direction, ReadFollowed, ReadProfiles};
use crate::recording::record_all;
use crate::unusual::Reason;
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
    finish(follow(store, workspace, grace, &rules(), Follow::Now, &unlimited()))
}

/// Rules by which the entries of a few days are unusual.
fn rules() -> Rules {
    let thresholds = "new_address_after_days=1,new_action_after_entries=3,returned_after_days=14,\
                      unusual_hour_after_days=1,burst_factor=2,burst_entries=3,\
                      many_denied_entries=3";
    Rules::new(thresholds.parse().unwrap(), ["action.1", "action.2"].map(str::to_owned))
}

/// The profiles that are stored of everybody who is in the log.
fn stored<P: Profile>(log: &Log, keys: impl Iterator<Item = P::Key>) -> BTreeMap<P::Key, P> {
    let keys: Vec<_> = keys.collect();
    let (store, id) = (&log.store, &log.workspace.id);
    let kept = finish(ReadProfiles::<P>::profiles(store, id, &keys, Consistency::Strong)).unwrap();
    kept.into_iter().map(|(key, kept)| (key, kept.profile)).collect()
}

/// The profiles that these entries give.
fn plain<P: Profile>(sightings: &[Sighting]) -> BTreeMap<P::Key, P> {
    let profile = |New { mut profile, sightings, .. }: New<'_, P>| {
        profile.count(&sightings);
        profile.settle();
        profile
    };
    news(sightings).into_iter().map(|(key, new)| (key, profile(new))).collect()
}

/// Whether a reason holds for an entry, by its definition. `all` are the entries of its actor, the
/// oldest first.
fn holds(reason: Reason, entry: &Sighting, all: &[Sighting]) -> bool {
    let limits = rules().thresholds;
    let earlier: Vec<_> = all.iter().take_while(|other| other.id < entry.id).collect();
    let days_known = (entry.at().ms() - all[0].at().ms()) / DAY_MS;
    let hour_of = |sighting: &Sighting| sighting.at().ms().div_euclid(HOUR_MS);
    let network = |sighting: &Sighting| sighting.address.map(Network::of);
    let hours_apart = |other: &Sighting| {
        let apart = (hour_of(other) - hour_of(entry)).rem_euclid(24);
        apart.min(24 - apart)
    };
    let far_more = |is_of: &dyn Fn(&Sighting) -> bool, least: u16| {
        let is_first = |other: &Sighting| is_of(other) && hour_of(other) == hour_of(entry);
        if !is_of(entry) || earlier.iter().any(|other| is_first(other)) {
            return false;
        }
        let mut hours: BTreeMap<i64, u32> = BTreeMap::new();
        for other in all.iter().filter(|other| is_of(other)) {
            *hours.entry(hour_of(other)).or_default() += 1;
        }
        let count = hours[&hour_of(entry)];
        let before = hours.range(..hour_of(entry)).rev().take(24);
        let busiest = before.map(|(_, count)| *count).max().unwrap_or_default();
        count >= least.into() && count > busiest * u32::from(limits.burst_factor)
    };
    match reason {
        Reason::NewActor => earlier.is_empty(),
        Reason::NewAddress => {
            let regions: Vec<_> =
                earlier.iter().filter_map(|one| network(one)).map(Network::region).collect();
            let is_within_the_hour = |other: &&Sighting| {
                other.id >= entry.id && other.at() <= entry.at().plus_ms(HOUR_MS)
            };
            let is_first = |other: &Sighting| {
                let is_earlier_same =
                    |one: &Sighting| one.id < other.id && one.kind.action == other.kind.action;
                !all.iter().any(is_earlier_same)
            };
            let is_with_something = all.iter().filter(is_within_the_hour).any(|other| {
                is_first(other) || other.is_sensitive && network(other) == network(entry)
            });
            network(entry).is_some_and(|of| {
                days_known >= limits.new_address_after_days.into()
                    && earlier.iter().all(|other| network(other) != Some(of))
                    && !regions.is_empty()
                    && (!regions.contains(&of.region()) || is_with_something)
            })
        }
        Reason::NewAction => {
            entry.is_sensitive
                && earlier.len() >= limits.new_action_after_entries.into()
                && earlier.iter().all(|other| other.kind.action != entry.kind.action)
        }
        Reason::Returned => earlier.last().is_some_and(|last| {
            entry.day().days_since(last.day()) > limits.returned_after_days.into()
        }),
        Reason::UnusualHour => {
            days_known >= limits.unusual_hour_after_days.into()
                && earlier.iter().all(|other| hours_apart(other) > 1)
        }
        Reason::Burst => far_more(&|other| other.is_sensitive, limits.burst_entries),
        Reason::ManyDenied => {
            let is_denied = |other: &Sighting| other.kind.outcome == Outcome::Denied;
            far_more(&is_denied, limits.many_denied_entries)
        }
        Reason::RecordedLate => {
            let is_same = |other: &&&Sighting| other.is_late && other.day() == entry.day();
            entry.is_late && !earlier.iter().any(|other| is_same(&other))
        }
    }
}

/// The index holds exactly what is unusual by the definitions of the reasons.
fn check_unusual(log: &Log, numbered: &[Sighting], actors: &BTreeMap<ActorKey, ActorProfile>) {
    let mut found = BTreeMap::new();
    let (mut from, last) = (Day::of(Timestamp::MIN), Day::of(Timestamp::MAX));
    loop {
        let (store, id) = (&log.store, &log.workspace.id);
        let part = finish(store.unusual_between(id, from, last, Direction::OldestFirst)).unwrap();
        for (day, of_day) in &part.items {
            assert!(of_day.iter().all(|(id, _)| Day::of(id.occurred_at()) == *day));
            found.extend(of_day.iter().map(|(id, flagged)| (id, flagged.clone())));
        }
        let Some((day, _)) = part.items.last().filter(|_| !part.is_whole) else { break };
        from = day.plus_days(1);
    }
    for (actor, profile) in actors {
        let mut all: Vec<_> = numbered.iter().filter(|one| one.actor == *actor).cloned().collect();
        all.sort_by_key(|sighting| sighting.id);
        for entry in &all {
            let flagged = found.remove(&entry.id);
            if let Some(flagged) = &flagged {
                assert_eq!((&flagged.kind, flagged.recorded_at), (&entry.kind, entry.recorded_at));
            }
            let reasons = flagged.map(|flagged| flagged.reasons).unwrap_or_default();
            for reason in Reason::ALL.into_iter().filter(|one| !profile.forgets(entry.id, *one)) {
                assert_eq!(reasons.has(reason), holds(reason, entry, &all), "{reason:?} {entry:?}");
            }
        }
    }
    assert_eq!(found, BTreeMap::new(), "an entry that is not there is no unusual one");
}

/// The profiles and the index are what the definitions make of all entries that have numbers.
fn check(log: &Log) {
    let (numbered, actors) = check_profiles(log);
    check_unusual(log, &numbered, &actors);
}

/// The profiles are what a plain fold over the log makes of all entries that have numbers.
fn check_profiles(log: &Log) -> (Vec<Sighting>, BTreeMap<ActorKey, ActorProfile>) {
    let entries: BTreeMap<_, _> = log.stored().into_iter().map(|entry| (entry.id, entry)).collect();
    let numbers = log.segments().into_iter().flat_map(|segment| segment.entries);
    let numbered: Vec<_> =
        (0..).zip(numbers).map(|(number, of)| rules().sighting(&entries[&of.id], number)).collect();
    let (actors, addresses): (BTreeMap<ActorKey, ActorProfile>, BTreeMap<IpAddr, AddressProfile>) =
        (plain(&numbered), plain(&numbered));
    assert_eq!(stored(log, actors.keys().cloned()), actors);
    assert_eq!(stored(log, addresses.keys().copied()), addresses);
    let followed = finish(log.store.followed(&log.workspace.id)).unwrap();
    let first = numbered.iter().map(Sighting::at).min();
    assert_eq!(followed.and_then(|followed| followed.first), first);
    (numbered, actors)
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
                let (grace, rules, when) = (GraceDays::default(), rules(), Follow::Now);
                let followed =
                    follow(&store, &log.workspace, grace, &rules, when, &budget).await;
                assert!(matches!(followed, Ok(_) | Err(StoreError::Changed)), "{followed:?}");
            })
        };
        interleave([task(), task(), task()], schedule);
        follows(&log, &log.store).unwrap();
        check(&log);
    }
}

/// More hours with sensitive entries than a profile keeps are followed in one step, or one by one.
/// What is found is the same.
#[test]
fn a_burst_is_found_however_much_is_followed_at_once() {
    for together in [1, 10, 100] {
        let log = Log::new(Plan::Enterprise);
        let start = log.now().plus_days(-20);
        let entry = |n: u32| {
            let hour = i64::from(n.saturating_sub(29)) * HOUR_MS;
            entry_of(&log.workspace, start.plus_ms(hour + i64::from(n)), n, |content| {
                content.action = "action.1".to_owned();
            })
        };
        let new = |n| NewEntry { entry: entry(n), delete_at: None };
        let mut entries: Vec<_> = (0..100).map(new).collect();
        for part in entries.chunks_mut(together) {
            let clock = Clock::manual(log.now());
            assert!(finish(record_all(&log.store, &clock, part)).iter().all(Result::is_ok));
            log.pass(MINUTE_MS);
            log.seal(u64::MAX).unwrap();
            follows(&log, &log.store).unwrap();
        }
        let day = Day::of(start);
        let (store, id) = (&log.store, &log.workspace.id);
        let found = finish(store.unusual_on(id, &[day], Consistency::Strong)).unwrap();
        let flagged = found[&day].profile.get(entry(0).id);
        assert!(flagged.is_some_and(|of| of.reasons.has(Reason::Burst)), "{together}: {flagged:?}");
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
        let following = finish(follow(
            &store,
            workspace,
            grace,
            default_rules(),
            Follow::WhenItPays,
            &unlimited(),
        ))
        .unwrap();
        (following.entries, store.spent().write_units)
    };
    (0..3).for_each(|part| record_as_the_benchmark(&log, part * 1_300, 1_300));
    assert_eq!(when_it_pays(&log), (0, 0.0));
    let mut is_first = true;
    for part in 3..21 {
        record_as_the_benchmark(&log, part * 1_300, 1_300);
        let (entries, write_units) = when_it_pays(&log);
        if entries > 0 {
            let each = write_units / f64::from(u32::try_from(entries).unwrap());
            // The first step stores the terms of all actors, which then stay for a fortnight.
            let most = if is_first { 0.5 } else { 0.12 };
            assert!(entries >= 8_000 && each <= most, "{each} WCU for each of {entries} entries");
            is_first = false;
        }
    }
    assert!(!is_first);
    follows(&log, &log.store).unwrap();
    check_profiles(&log);
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
