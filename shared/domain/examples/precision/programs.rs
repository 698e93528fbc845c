//! Owns the year of the programs: integrations that act each hour with an API key.

use crate::calendar::{DAYS, moment};
use crate::chance::{self, in_100_years, in_1000, one_of};
use crate::entries::{Deed, Entries};
use crate::networks::anywhere;
use crate::world::Year;
use domain::entry::{ActorKey, ActorType};
use domain::unusual::Rules;
use fastrand::Rng;

/// Programs that act in the year.
pub(crate) const PROGRAMS: u64 = 12;
/// Those that begin in the year.
const NEW: u64 = 4;
/// Those whose permissions or tokens break now and then.
const FLAKY: u64 = 3;

/// What the programs do: one or two of these each.
const DEEDS: [(&str, &str); 6] = [
    ("ticket.update", "ticket"),
    ("file.upload", "file"),
    ("customer.view", "customer"),
    ("project.update", "project"),
    ("document.edit", "document"),
    ("deployment.start", "project"),
];

/// The year of a program.
pub(crate) fn program(seed: u64, number: u64, rules: &Rules) -> Year {
    let mut rng = chance::of(seed, 1_000_000 + number);
    let rng = &mut rng;
    let key = ActorKey { kind: ActorType::ApiKey, id: format!("k_{number}") };
    let mut entries = Entries::new(key, rules);
    let begins = if number < NEW { rng.i64(1..350) } else { 0 };
    // Machines of a cloud have addresses of a few networks, or one gateway.
    let mut networks: Vec<[u8; 3]> = (0..rng.usize(1..7)).map(|_| anywhere(rng)).collect();
    let deeds: Vec<(&str, &str)> = (0..2).filter_map(|_| one_of(rng, &DEEDS)).collect();
    let a_time = rng.i64(1..4);
    let is_flaky = number.is_multiple_of(PROGRAMS / FLAKY);
    let mut broken_hours = 0;
    for day in begins..DAYS {
        if in_100_years(rng, 80) {
            networks = (0..networks.len()).map(|_| anywhere(rng)).collect();
        }
        if is_flaky && in_100_years(rng, 600) {
            broken_hours = rng.i64(1..30);
        }
        for hour in 0..24 {
            let is_broken = broken_hours > 0;
            broken_hours -= i64::from(is_broken);
            // What is denied is tried again.
            let count = if is_broken { rng.i64(6..24) } else { rng.i64(0..=2 * a_time) };
            for _ in 0..count {
                let [a, b, c] = one_of(rng, &networks).unwrap_or_default();
                let address = Some([a, b, c, rng.u8(1..40)].into());
                let deed = one_of(rng, &deeds).unwrap_or(("file.upload", "file"));
                let is_denied = if is_broken { in_1000(rng, 950) } else { in_1000(rng, 20) };
                let deed = if is_denied { Deed::denied(deed) } else { Deed::done(deed) };
                let minute = hour * 60 + rng.i64(0..60);
                entries.add(rng, (day, minute), address, deed);
            }
        }
    }
    if is_flaky {
        delays(begins, rng, &mut entries);
    }
    Year { entries: entries.numbered(), employed: None, attack: None }
}

/// Twice a year, what a program did is recorded a day or two later, when its queue works again.
fn delays(begins: i64, rng: &mut Rng, entries: &mut Entries<'_>) {
    for _ in 0..2 {
        let day = rng.i64(begins..DAYS);
        entries.record_late(moment(day, 0), moment(day, rng.i64(20..50) * 60));
    }
}
