//! The service against a plain sorted list: random interleavings of everything that can happen to a
//! log, with the real handlers over the embedded DynamoDB, in virtual time.
//!
//! A seed decides everything: what clients send, which of the requests under way makes the next
//! call of the store, what fails, who sleeps for how long, who is killed, and when time moves on.
//! Whatever happened, pages, totals and facets must be those of the list of what was stored.
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

/// Seeds of the usual run.
const SEEDS: u64 = 40;
/// A mutant must be noticed within so many.
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

/// `make simulation`: as many seeds as the time holds.
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
