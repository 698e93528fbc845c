//! Measures how precisely unusual entries are told: `make precision`.
//!
//! It generates a year of a workspace with 200 people from a seed, with an attacker who takes over
//! an account for an hour, and judges it with the code of the product. It ends with 1 if there are
//! more unusual entries than the goal allows, or an attacker is not found.
//!
//! Arguments: how many seeds there are, and thresholds that differ from the defaults
//! (`20 new_address_after_days=30`).

#![expect(clippy::print_stdout, reason = "it is what the program is for")]

#[path = "precision/attacker.rs"]
mod attacker;
#[path = "precision/calendar.rs"]
mod calendar;
#[path = "precision/chance.rs"]
mod chance;
#[path = "precision/entries.rs"]
mod entries;
#[path = "precision/judge.rs"]
mod judge;
#[path = "precision/networks.rs"]
mod networks;
#[path = "precision/person.rs"]
mod person;
#[path = "precision/programs.rs"]
mod programs;
#[path = "precision/report.rs"]
mod report;
#[path = "precision/roles.rs"]
mod roles;
#[path = "precision/world.rs"]
mod world;

use domain::catalog::default_catalog;
use domain::unusual::{MalformedRules, Rules};
use report::Counts;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds without an argument.
const SEEDS: u64 = 20;

fn main() -> Result<ExitCode, MalformedRules> {
    let mut arguments = std::env::args().skip(1);
    let seeds = arguments.next().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let thresholds = arguments.next().unwrap_or_default().parse()?;
    let rules = Rules::of(thresholds, default_catalog());
    println!("{}", report::head());
    let mut all = Counts::default();
    for (seed, counts) in measured(seeds, &rules) {
        println!("{}", report::row(seed, &counts));
        all = all.sum(&counts);
    }
    println!("{}", report::totals(&all));
    Ok(if all.reaches_the_goal() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The counts of so many seeds, in their order. Each processor measures one at a time.
fn measured(seeds: u64, rules: &Rules) -> Vec<(u64, Counts)> {
    let next = AtomicU64::new(1);
    let all = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > seeds {
                        break;
                    }
                    let counts = Counts::of(seed, rules);
                    if let Ok(mut all) = all.lock() {
                        all.push((seed, counts));
                    }
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_default();
    all.sort_by_key(|(seed, _)| *seed);
    all
}
