use super::*;
use crate::directory::{AddressProfile, Profile};
use crate::entry::{ActorKey, ActorType};
use crate::memory::fixtures::{self, at};
use proptest::prelude::*;

fn user(id: u8) -> ActorKey {
    ActorKey { kind: ActorType::User, id: format!("u_{id}") }
}

fn sighting(ms: i64, name: u8, address: u8, action: u8) -> Sighting {
    Sighting {
        name: (name > 0).then(|| format!("Ada {name}")),
        email: (name > 1).then(|| format!("ada{name}@example.com")),
        address: (address > 0).then(|| [203, 0, address, 7].into()),
        is_late: action.is_multiple_of(5),
        ..fixtures::sighting(
            user(action),
            at("2026-01-01T00:00:00Z").plus_ms(ms),
            &format!("action.{action}"),
        )
    }
}

fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
    let one = (0..500_i64 * 24 * HOUR_MS, 0..12_u8, 0..60_u8, 0..80_u8)
        .prop_map(|(ms, name, address, action)| sighting(ms, name, address, action));
    prop::collection::vec(one, 1..90)
}

fn actor_of(sightings: &[Sighting]) -> ActorProfile {
    let mut profiles = sightings.iter().map(ActorProfile::of);
    let mut profile = profiles.next().unwrap();
    profiles.for_each(|other| profile.merge(&other));
    profile
}

fn address_of(sightings: &[Sighting]) -> AddressProfile {
    let mut profiles = sightings.iter().map(AddressProfile::of);
    let mut profile = profiles.next().unwrap();
    profiles.for_each(|other| profile.merge(&other));
    profile
}

/// Golden: profiles have these bytes while the schema is 1.
#[test]
fn the_bytes_are_fixed() {
    let seen = [sighting(0, 2, 1, 1), sighting(25 * HOUR_MS, 0, 0, 2)];
    let hex = |bytes: Vec<u8>| data_encoding::HEXLOWER.encode(&bytes);
    assert_eq!(
        hex(actor_of(&seen).to_bytes().unwrap()),
        "80a0d5edee6680cabfc3ef66\
         01054164612032a0922d00\
         011061646132406578616d706c652e636f6da0922d00\
         0100cb0001a0922d00\
         0208616374696f6e2e31a0922d08616374696f6e2e32a1922d00\
         a0922d010300\
         01a0922d01a1922d00000000000000000000000000000000000000000000\
         80a0d5edee660000000000000000000000000000000702\
         80a0d5edee660080cabfc3ef6600\
         0100cb000180a0d5edee6600000000000000000000000000000007\
         0208616374696f6e2e3180a0d5edee6600000000000000000000000000000007\
         08616374696f6e2e3280cabfc3ef6600000000000000000000000000000007\
         0000\
         0180a0d5edee6600000000000000000000000000000007\
         0180cabfc3ef6600000000000000000000000000000007\
         00000000000000000000000000000000000000000000\
         01a0922d80a0d5edee6600000000000000000000000000000007\
         00000000000000"
    );
    assert_eq!(
        hex(address_of(&seen).to_bytes().unwrap()),
        "80a0d5edee6680cabfc3ef66\
         020003755f31a0922d0003755f32a1922d00\
         a0922d010300"
    );
}

#[test]
fn a_usual_profile_is_three_write_units_and_that_of_an_address_one() {
    let day = |n: i64| sighting(n * 25 * HOUR_MS, 2, 1, u8::try_from(n % 17).unwrap());
    let usual: Vec<_> = (0..300).map(day).collect();
    let mut actor = actor_of(&usual);
    actor.settle();
    let actor = actor.to_bytes().unwrap();
    let crowd: Vec<_> = (0..70).map(|n| sighting(i64::from(n), 2, 1, n)).collect();
    let address = address_of(&crowd).to_bytes().unwrap();
    assert!(actor.len() <= 2_800 && address.len() <= 800, "{} {}", actor.len(), address.len());
}

#[test]
fn what_only_expired_entries_tell_is_not_shown() {
    let day_ms = 24 * HOUR_MS;
    let seen = [
        sighting(3 * HOUR_MS, 5, 1, 1),
        sighting(10 * day_ms + HOUR_MS, 2, 2, 2),
        sighting(12 * day_ms + 2 * HOUR_MS, 3, 2, 3),
    ];
    let profile = actor_of(&seen);
    let from = |day: i64| Day::of(at("2026-01-01T00:00:00Z").plus_days(day));
    let shown = profile.seen_since(from(1)).unwrap();
    assert_eq!(shown.names, ["Ada 3", "Ada 2"], "the present one first");
    assert_eq!(shown.emails, ["ada3@example.com", "ada2@example.com"]);
    assert_eq!(shown.actions, ["action.3", "action.2"]);
    assert_eq!(shown.networks.len(), 1);
    assert_eq!((shown.first_day, shown.active_days), (Some(from(10)), 2));
    assert_eq!(shown.active_hours, [1, 2]);
    assert_eq!(shown.is_cut, Vec::<&str>::new());
    assert_eq!(profile.seen_since(from(0)).unwrap().active_hours, [1, 2, 3]);
    assert_eq!(profile.seen_since(from(13)), None);
    let address = address_of(&seen);
    let shown = address.seen_since(from(11)).unwrap();
    assert_eq!((shown.actors, shown.active_days), (vec![&user(3)], 1));
    assert_eq!(address.seen_since(from(13)), None);
}

#[test]
fn what_is_left_out_is_said() {
    let many: Vec<_> = (0..80).map(|n| sighting(i64::from(n), 2, 1 + n % 60, n)).collect();
    let shown = actor_of(&many);
    let shown = shown.seen_since(Day::of(many[0].at())).unwrap();
    assert_eq!((shown.is_cut, shown.actions.len()), (vec!["networks", "actions"], MOST_ACTIONS));
    let address = address_of(&many);
    let shown = address.seen_since(Day::of(many[0].at())).unwrap();
    assert_eq!((shown.is_cut, shown.actors.len()), (vec!["actors"], 50));
}

proptest! {
    #[test]
    fn a_profile_is_the_same_in_whatever_order_and_however_often_entries_are_added(
        seen in sightings(),
        again in sightings(),
        at in any::<prop::sample::Index>(),
    ) {
        let all = [seen.clone(), again.clone()].concat();
        let (actor, address) = (actor_of(&all), address_of(&all));
        let (left, right) = all.split_at(at.index(all.len() - 1) + 1);
        let reversed: Vec<_> = left.iter().rev().cloned().collect();
        let (mut merged, mut of_address) = (actor_of(&again), address_of(&again));
        for part in [right, &reversed, left] {
            if !part.is_empty() {
                merged.merge(&actor_of(part));
                of_address.merge(&address_of(part));
            }
        }
        prop_assert_eq!(&merged, &actor);
        prop_assert_eq!(&of_address, &address);
        let bytes = actor.to_bytes().unwrap();
        prop_assert_eq!(ActorProfile::from_bytes(&bytes).unwrap(), actor);
        let bytes = address.to_bytes().unwrap();
        prop_assert_eq!(AddressProfile::from_bytes(&bytes).unwrap(), address);
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let _ = (ActorProfile::from_bytes(&bytes), AddressProfile::from_bytes(&bytes));
    }
}
