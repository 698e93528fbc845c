//! Lookups over logs that are played, against a plain reading of the log.

use super::*;
use crate::clock::Clock;
use crate::counting::plain::{DAY_MS, Log, MINUTE_MS};
use crate::entry::{ActorType, NewEntry};
use crate::memory::finish;
use crate::memory::fixtures::{entry_of, rules};
use crate::plan::Plan;
use crate::ports::{Metered, ReadProfiles};
use crate::recording::record_all;

const PEOPLE: [(&str, &str, &str); 5] = [
    ("usr_1", "Ada Lovelace", "ada@example.com"),
    ("usr_2", "Ada Yonath", "yonath@example.org"),
    ("usr_3", "José Mujica", "pepe@example.com"),
    ("svc", "", ""),
    ("usr_4", "Grace Hopper", "grace@example.com"),
];
const ADDRESSES: [&str; 5] =
    ["203.0.113.7", "203.0.113.70", "203.0.114.9", "2001:db8::1", "198.51.100.1"];

/// Records what somebody did from somewhere, so many seconds before now.
fn record(log: &Log, who: usize, from: usize, ago_s: i64) {
    let number = u32::try_from(log.stored().len()).unwrap();
    let (id, name, email) = PEOPLE[who];
    let entry = entry_of(&log.workspace, log.now().plus_ms(-ago_s * 1_000), number, |content| {
        let of = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        content.actor.id = id.to_owned();
        content.actor.kind = if id == "svc" { ActorType::ApiKey } else { ActorType::User };
        (content.actor.name, content.actor.email) = (of(name), of(email));
        content.ip_address = Some(ADDRESSES[from].to_owned());
    });
    let delete_at = log.workspace.plan.delete_at(entry.content.occurred_at, GraceDays::default());
    let mut new = [NewEntry { entry, delete_at }];
    assert!(finish(record_all(&log.store, &Clock::manual(log.now()), &mut new))[0].is_ok());
}

fn directory(log: &Log) -> Directory<'_> {
    let (workspace, grace) = (&log.workspace, GraceDays::default());
    Directory { workspace, grace, rules: rules(), now: log.now() }
}

fn actors(log: &Log, search: &str) -> (Vec<String>, bool) {
    let hits = finish(directory(log).actors(&log.store, search, 0..20)).unwrap();
    assert_eq!(hits.total, hits.items.len());
    (hits.items.into_iter().map(|(key, _)| key.id).collect(), hits.is_whole)
}

fn addresses(log: &Log, search: &str) -> Vec<String> {
    let hits = finish(directory(log).addresses(&log.store, search, 0..20)).unwrap();
    assert!(hits.is_whole);
    hits.items.into_iter().map(|(address, _)| address.to_string()).collect()
}

/// A log in which the people acted one after another, each from the address of its place, and the
/// first one again at the end.
fn log() -> Log {
    let log = Log::new(Plan::Free);
    for (who, _) in PEOPLE.iter().enumerate() {
        record(&log, who, who, 50 - i64::try_from(who).unwrap() * 10);
    }
    record(&log, 0, 4, 0);
    log.pass(MINUTE_MS);
    finish(directory(&log).catch_up(&log.store)).unwrap();
    log
}

#[test]
fn people_are_found_by_name_email_and_id_the_last_seen_first() {
    let log = log();
    for (search, found) in [
        ("ada", &["usr_1", "usr_2"][..]),
        ("ADA L", &["usr_1"]),
        ("love", &["usr_1"]),
        ("jose", &["usr_3"]),
        ("MUJ\u{ed}", &["usr_3"]),
        ("pepe@", &["usr_3"]),
        ("usr_", &["usr_1", "usr_4", "usr_3", "usr_2"]),
        ("svc", &["svc"]),
        ("example", &[]),
        ("\u{200b}", &[]),
        ("", &["usr_1", "usr_4", "svc", "usr_3", "usr_2"]),
        ("  ", &["usr_1", "usr_4", "svc", "usr_3", "usr_2"]),
    ] {
        assert_eq!(
            actors(&log, search),
            (found.iter().map(|&id| id.into()).collect(), true),
            "{search}"
        );
    }
    let page = |page| {
        let hits = finish(directory(&log).actors(&log.store, "usr_", page)).unwrap();
        (hits.items.into_iter().map(|(key, _)| key.id).collect::<Vec<_>>(), hits.total)
    };
    assert_eq!(page(1..3), (vec!["usr_4".to_owned(), "usr_3".to_owned()], 4));
    assert_eq!(page(4..8), (Vec::new(), 4));
}

#[test]
fn addresses_are_found_by_their_beginning_or_their_range() {
    let log = log();
    for (search, found) in [
        ("203.0.113.7/32", &["203.0.113.7"][..]),
        ("203.0.113.7", &["203.0.113.70", "203.0.113.7"]),
        ("203.0.113.", &["203.0.113.70", "203.0.113.7"]),
        ("203.0.11", &["203.0.114.9", "203.0.113.70", "203.0.113.7"]),
        ("203.0.113.64/26", &["203.0.113.70"]),
        ("2", &["2001:db8::1", "203.0.114.9", "203.0.113.70", "203.0.113.7"]),
        ("2001:DB8", &["2001:db8::1"]),
        ("2001:db8::/32", &["2001:db8::1"]),
        ("::", &[]),
        ("nowhere", &[]),
        ("", &["198.51.100.1", "2001:db8::1", "203.0.114.9", "203.0.113.70", "203.0.113.7"]),
    ] {
        assert_eq!(addresses(&log, search), found, "{search}");
    }
}

#[test]
fn a_lookup_follows_at_most_every_thirty_seconds() {
    let log = log();
    record(&log, 4, 0, 0);
    log.pass(29_000);
    let follows = || {
        let store = log.store.metered();
        finish(directory(&log).catch_up(&store)).unwrap();
        store.spent().calls > 0
    };
    assert!(!follows() && actors(&log, "").0[0] == "usr_1");
    log.pass(1_000);
    assert!(follows() && actors(&log, "").0[0] == "usr_4");
}

#[test]
fn what_only_expired_entries_tell_is_not_found_and_is_deleted() {
    let log = Log::new(Plan::Free);
    record(&log, 0, 0, 0);
    log.pass(15 * DAY_MS);
    record(&log, 1, 1, 0);
    // The first one again, under another name.
    let known = PEOPLE[0].0;
    let number = 7;
    let entry = entry_of(&log.workspace, log.now(), number, |content| {
        content.actor.id = known.to_owned();
        content.actor.name = Some("Countess".to_owned());
    });
    let delete_at = log.workspace.plan.delete_at(entry.content.occurred_at, GraceDays::default());
    let mut new = [NewEntry { entry, delete_at }];
    assert!(finish(record_all(&log.store, &Clock::manual(log.now()), &mut new))[0].is_ok());
    log.pass(MINUTE_MS);
    finish(directory(&log).catch_up(&log.store)).unwrap();
    assert_eq!(actors(&log, "ada").0, ["usr_1", "usr_2"]);
    assert_eq!(addresses(&log, "203").len(), 2);
    log.pass(16 * DAY_MS);
    assert_eq!(actors(&log, "ada").0, ["usr_2"], "only an expired entry tells that name");
    assert_eq!(actors(&log, "count").0, ["usr_1"]);
    assert_eq!(addresses(&log, "203"), ["203.0.113.70"]);
    log.pass(40 * DAY_MS);
    assert_eq!((actors(&log, "").0.len(), actors(&log, "usr").0.len()), (0, 0));
    log.store.delete_expired(log.now());
    let keys = [ActorKey { kind: ActorType::User, id: known.to_owned() }];
    let kept = ReadProfiles::<ActorProfile>::profiles(
        &log.store,
        &log.workspace.id,
        &keys,
        Consistency::Strong,
    );
    assert_eq!(finish(kept).unwrap().len(), 0);
    let terms = finish(log.store.actors_with(&log.workspace.id, "usr_", 9)).unwrap();
    assert!(terms.items.is_empty(), "{terms:?}");
}
