//! A deterministic simulation of the whole service, compared with a plain sorted list. The real
//! handlers run over the embedded DynamoDB, in virtual time.
//!
//! A seed decides the interleaving: what clients send, which request in progress makes the next
//! call to the store, which calls fail, which workers sleep or are killed, and when time advances.
//! In every interleaving, pages, totals and facets must be those of the list of entries that
//! landed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a simulation that meets what it does not expect fails"
)]

mod answers;
mod check;
mod gate;
mod history;
mod jobs;
mod layer;
mod mutant;
mod seeds;
mod workers;
mod workload;
mod world;

use mutant::Mutant;
use seeds::play_while;

/// Seeds that `cargo test` plays.
const SEEDS: u64 = 40;
/// Every mutant must be detected within this many seeds.
const SEEDS_TO_NOTICE: u64 = 100;

#[test]
fn every_page_and_total_is_that_of_a_plain_sorted_list() {
    let (played, failure) = play_while(0, None, |number| number < SEEDS);
    assert!(failure.is_none(), "{}", failure.unwrap().report());
    println!("{played} seeds");
}

#[test]
fn every_broken_rule_is_noticed() {
    for mutant in Mutant::ALL {
        let first = mutant.first_seed();
        let (played, failure) = play_while(first, Some(mutant), |number| number < SEEDS_TO_NOTICE);
        let failure =
            failure.unwrap_or_else(|| panic!("{mutant:?} was not noticed within {played} seeds"));
        println!(
            "{mutant:?} was noticed by seed {}, after {played} seeds: {}",
            failure.seed, failure.wrong
        );
    }
}

/// Run by `make simulation`: plays the seeds from `FIRST_SEED` on for `SECONDS_TO_PLAY` seconds.
#[cfg(feature = "slow")]
#[test]
fn as_many_seeds_as_the_time_holds() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no start-up that could hand it the settings"
    )]
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let (first, seconds) =
        (setting("FIRST_SEED").unwrap_or(1_000), setting("SECONDS_TO_PLAY").unwrap_or(840));
    let started = std::time::Instant::now();
    let (played, failure) = play_while(first, None, |number| {
        if number % 100 == 99 {
            println!("{} seeds in {} s", number + 1, started.elapsed().as_secs());
        }
        started.elapsed().as_secs() < seconds
    });
    assert!(failure.is_none(), "{}", failure.unwrap().report());
    println!(
        "{played} seeds, from {first} on, in {} s: no page and no total was wrong",
        started.elapsed().as_secs()
    );
}
