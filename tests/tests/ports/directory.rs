//! The directory: over DynamoDB and in memory.

use crate::dynamodb;
use crate::universe::{moment, workspace};
use domain::directory::{ActorProfile, AddressProfile, Day, Followed, Profile, Roster, Sighting};
use domain::entry::{ActorKey, ActorType};
use domain::identity::EntryId;
use domain::memory::{MemoryStore, fixtures};
use domain::plan::Plan;
use domain::ports::{
    Consistency, Direction, Ends, FindAddresses, KeepFollowed, KeepProfiles, KeepTerms, Metered,
    ReadUnusual, Replacing, Spent, StoreError,
};
use domain::unusual::{Flagged, Reason};
use std::fmt::Debug;
use std::net::IpAddr;

fn shown<T: Debug>(answer: Result<T, StoreError>) -> String {
    answer.map_or_else(|error| error.to_string(), |answer| format!("{answer:?}"))
}

/// What one of several actors did from one of several addresses. One actor has a key that is too
/// long for a sort key, and one entry has no address.
fn sighting(random: &mut fastrand::Rng) -> Sighting {
    let (actor, place) = (random.usize(0..4), random.usize(0..5));
    let id = if actor == 3 { "\u{1f600}".repeat(512) } else { format!("u#{actor}") };
    let kind = if actor == 1 { ActorType::ApiKey } else { ActorType::User };
    let addresses = ["203.0.113.7", "203.0.113.8", "2001:db8::7", "::1"];
    let at = moment(random.usize(0..7)).plus_days(random.i64(0..400));
    let action = format!("action.{}", random.u8(0..90));
    Sighting {
        number: random.u64(0..40),
        is_sensitive: random.bool(),
        is_late: random.bool(),
        name: random.bool().then(|| format!("name {}", random.u8(0..20))),
        email: random.bool().then(|| format!("u{}@example.com", random.u8(0..20))),
        address: addresses.get(place).map(|address| address.parse::<IpAddr>().unwrap()),
        ..fixtures::sighting(ActorKey { kind, id }, at, &action)
    }
}

/// Adds sightings to profiles with the version that is stored, an older one or none, and reads
/// them back.
async fn play_profiles<P: Profile>(
    store: &(impl KeepProfiles<P> + Metered),
    seed: u64,
) -> (Vec<String>, Spent) {
    let id = &workspace(Plan::Free, false).id;
    let neighbour = &workspace(Plan::Free, true).id;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut answers = Vec::new();
    let mut keys = Vec::new();
    for step in 0..40 {
        let Some((key, new)) = P::seen_in(&sighting(&mut random)) else { continue };
        let known = store.profiles(id, std::slice::from_ref(&key), Consistency::Strong).await;
        let known = known.unwrap().remove(&key);
        let mut profile = new.clone();
        if let Some(known) = &known {
            profile.merge(&known.profile);
        }
        let version = known.map(|known| known.version);
        let replaced = match random.u8(0..5) {
            0 => None,
            1 => Some(version.unwrap_or_default() + 1),
            _ => version,
        };
        let mut end = |place| random.bool().then(|| moment(place));
        let ends = Ends { profile: end(1), terms: end(2) };
        let new = Replacing { profile, seen: replaced, ends };
        answers.push(shown(store.keep_profile(id, &key, &new).await));
        keys.push(key);
        if step % 5 == 0 {
            answers.push(shown(store.profiles(id, &unique(&keys), Consistency::Eventual).await));
        }
    }
    answers.push(shown(store.profiles(neighbour, &unique(&keys), Consistency::Strong).await));
    answers.push(shown(store.profiles(id, &[], Consistency::Strong).await));
    (answers, store.spent())
}

/// Stores profiles together with unusual days, with the versions that are stored or others, and
/// reads the days back.
async fn play_unusual(
    store: &(impl KeepProfiles<ActorProfile> + ReadUnusual + Metered),
    seed: u64,
) -> (Vec<String>, Spent) {
    let id = &workspace(Plan::Free, false).id;
    let neighbour = &workspace(Plan::Free, true).id;
    let mut random = fastrand::Rng::with_seed(seed);
    let first = Day::of(moment(0));
    let all: Vec<Day> = (0..9).map(|days| first.plus_days(days)).collect();
    let mut answers = Vec::new();
    for _ in 0..30 {
        let sighting = sighting(&mut random);
        let (key, profile) = ActorProfile::seen_in(&sighting).unwrap();
        let known = store.profiles(id, std::slice::from_ref(&key), Consistency::Strong).await;
        let version = known.unwrap().remove(&key).map(|known| known.version);
        let known = store.unusual_on(id, &all, Consistency::Strong).await.unwrap();
        let mut days = Vec::new();
        for day in &all {
            if random.u8(0..4) > 0 {
                continue;
            }
            let known = known.get(day);
            let mut profile = known.map(|known| known.profile.clone()).unwrap_or_default();
            let (kind, recorded_at) = (sighting.kind.clone(), sighting.recorded_at);
            let reason = Reason::ALL[random.usize(0..8)];
            let id = EntryId::new(day.start().plus_ms(random.i64(0..9)), 7);
            if random.bool() {
                let reasons = [reason].into_iter().collect();
                profile.add(id, Flagged { reasons, kind, recorded_at });
            } else {
                profile.remove(id, [reason]);
            }
            let is_stale = random.u8(0..9) == 0;
            let of_day = known.map(|known| known.version).filter(|_| !is_stale);
            let ends = Ends { profile: random.bool().then(|| moment(3)), terms: None };
            days.push((*day, Replacing { profile, seen: of_day, ends }));
        }
        let is_stale = random.u8(0..9) == 0;
        let version = if is_stale { Some(version.unwrap_or_default() + 1) } else { version };
        let new = (key, Replacing { profile, seen: version, ends: Ends::default() });
        let profiles = if random.u8(0..5) == 0 { Vec::new() } else { vec![new] };
        if !profiles.is_empty() || !days.is_empty() {
            answers.push(shown(store.keep_judged(id, &profiles, &days).await));
        }
        answers.push(shown(store.unusual_on(id, &all, Consistency::Strong).await));
        let (from, to) = (all[random.usize(0..4)], all[random.usize(4..9)]);
        for direction in [Direction::NewestFirst, Direction::OldestFirst] {
            answers.push(shown(store.unusual_between(id, from, to, direction).await));
            let of_neighbour = store.unusual_between(neighbour, from, to, direction).await;
            assert!(of_neighbour.is_ok_and(|found| found.items.is_empty() && found.is_whole));
        }
    }
    (answers, store.spent())
}

#[tokio::test(flavor = "multi_thread")]
async fn unusual_days_in_memory_are_kept_as_in_dynamodb() {
    for seed in 0..8 {
        let (embedded, over_dynamodb) = dynamodb().await;
        let (expected, a) = play_unusual(&over_dynamodb.metered(), seed).await;
        let (found, b) = play_unusual(&MemoryStore::new().metered(), seed).await;
        assert_eq!(found, expected, "{seed}");
        assert!(found.contains(&"true".to_owned()) && found.contains(&"false".to_owned()));
        assert_eq!(a.calls, b.calls);
        let differ = |a: f64, b: f64| (a - b).abs() > 0.05 * a.max(b);
        assert!(!differ(a.read_units, b.read_units), "{a:?} and in memory {b:?}");
        assert!(!differ(a.write_units, b.write_units), "{a:?} and in memory {b:?}");
        embedded.stop().await;
    }
}

/// Stores terms, and searches for them and for the addresses that are stored.
async fn play_searches(store: &(impl KeepTerms + FindAddresses), seed: u64) -> Vec<String> {
    let id = &workspace(Plan::Free, false).id;
    let neighbour = &workspace(Plan::Free, true).id;
    let texts = ["ada", "ada l", "ada#", "ad", "é", "a\u{10ffff}", "\u{1f600}"];
    let mut random = fastrand::Rng::with_seed(seed);
    let mut answers = Vec::new();
    for _ in 0..12 {
        let (text, actor) = (texts[random.usize(0..texts.len())], sighting(&mut random).actor);
        let end = random.bool().then(|| moment(1));
        answers.push(shown(store.put_term(id, text, &actor, end).await));
    }
    for text in texts.into_iter().chain(["z"]) {
        for most in [1, 3, 100] {
            answers.push(shown(store.actors_with(id, text, most).await.map(|mut found| {
                // Stores may differ in the order of terms, so they agree only on what is whole.
                found.items.sort();
                if found.is_whole { format!("{found:?}") } else { "cut".to_owned() }
            })));
        }
        answers.push(shown(store.actors_with(neighbour, text, 9).await));
    }
    for (first, last) in [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.0", "203.0.113.255"),
        ("::", "ffff::"),
        ("0.0.0.0", "255.255.255.255"),
        ("10.0.0.0", "10.0.0.9"),
    ] {
        let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
        for most in [1, 2, 100] {
            answers.push(shown(store.addresses(id, first, last, most).await));
        }
        answers.push(shown(store.addresses(neighbour, first, last, 9).await));
    }
    answers
}

fn unique<K: Ord + Clone>(keys: &[K]) -> Vec<K> {
    let keys: std::collections::BTreeSet<_> = keys.iter().cloned().collect();
    keys.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_in_memory_are_kept_as_in_dynamodb() {
    for seed in 0..8 {
        let (embedded, over_dynamodb) = dynamodb().await;
        let (a, b) = (over_dynamodb.metered(), MemoryStore::new().metered());
        let (expected, of_dynamodb) = play_profiles::<ActorProfile>(&a, seed).await;
        let (found, in_memory) = play_profiles::<ActorProfile>(&b, seed).await;
        assert_eq!(found, expected, "{seed}");
        assert_eq!(of_dynamodb.calls, in_memory.calls);
        assert!(found.contains(&"true".to_owned()) && found.contains(&"false".to_owned()));
        let (expected, _) = play_profiles::<AddressProfile>(&a, seed).await;
        let (found, _) = play_profiles::<AddressProfile>(&b, seed).await;
        assert_eq!(found, expected, "{seed}");
        let (expected, _) = play_profiles::<Roster<ActorProfile>>(&a, seed).await;
        let (found, _) = play_profiles::<Roster<ActorProfile>>(&b, seed).await;
        assert_eq!(found, expected, "{seed}");
        let (expected, found) = (play_searches(&a, seed).await, play_searches(&b, seed).await);
        assert_eq!(found, expected, "{seed}");
        let (a, b) = (a.spent(), b.spent());
        assert_eq!(a.calls, b.calls);
        let differ = |a: f64, b: f64| (a - b).abs() > 0.05 * a.max(b);
        assert!(!differ(a.read_units, b.read_units), "{a:?} and in memory {b:?}");
        assert!(!differ(a.write_units, b.write_units), "{a:?} and in memory {b:?}");
        embedded.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkpoint_of_the_directory_is_kept_by_each_store() {
    async fn play(store: &impl KeepFollowed) -> Vec<String> {
        let id = &workspace(Plan::Free, false).id;
        let mut answers = vec![shown(store.followed(id).await)];
        let first = |next| (next > 7).then(|| moment(1));
        let of = |generation, next| Followed {
            generation,
            next,
            through: moment(2),
            first: first(next),
        };
        for (before, after) in [
            (None, of(0, 7)),
            (None, of(0, 8)),
            (Some(of(0, 7)), of(0, 9)),
            (Some(of(0, 7)), of(0, 10)),
            (Some(of(1, 9)), of(1, 10)),
            (Some(of(0, 9)), of(1, 0)),
        ] {
            answers.push(shown(store.put_followed(id, before, after).await));
            answers.push(shown(store.followed(id).await));
        }
        answers.push(shown(store.followed(&workspace(Plan::Free, true).id).await));
        answers
    }
    let (embedded, over_dynamodb) = dynamodb().await;
    let answers = play(&over_dynamodb).await;
    assert_eq!(answers, play(&MemoryStore::new()).await);
    assert_eq!((answers[0].as_str(), answers.last().unwrap().as_str()), ("None", "None"));
    let stored: Vec<_> = answers.iter().filter(|answer| *answer == "true").collect();
    assert_eq!(stored.len(), 3, "{answers:?}");
    embedded.stop().await;
}
