//! Background jobs under faults. Workers are killed before or after a call, or pause and continue
//! later. Messages are delivered twice and out of order. Entries are deleted meanwhile. All choices
//! follow from a seed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a simulation that meets what it does not expect fails"
)]

mod driver;
mod export;
mod files;
mod fuse;
mod layer;
mod retention;

use driver::Mutant;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Runs of each kind in `cargo test`.
const RUNS: u64 = 40;
/// Runs of each kind for `make simulation`.
#[cfg(feature = "slow")]
const MANY_RUNS: u64 = 300;
/// Every mutant must be detected within this many runs.
const RUNS_TO_NOTICE: u64 = 60;

/// Plays the run of one seed.
type Play = fn(&tokio::runtime::Runtime, u64, Option<Mutant>) -> Result<(), String>;

/// Plays runs on all cores until one fails. Returns how many were begun, and the first failure that
/// was reported.
fn play(runs: u64, mutant: Option<Mutant>, play: Play) -> (u64, Option<String>) {
    let (next, wrong) = (AtomicU64::new(0), std::sync::Mutex::new(None::<(u64, String)>));
    let work = || {
        while wrong.lock().unwrap().is_none() {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= runs {
                break;
            }
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            if let Err(what) = play(&runtime, seed, mutant) {
                wrong.lock().unwrap().get_or_insert((seed, what));
            }
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let wrong = wrong.into_inner().unwrap();
    (next.load(Ordering::SeqCst).min(runs), wrong.map(|(seed, what)| format!("run {seed}: {what}")))
}

#[test]
fn an_export_is_complete_once_and_only_once_whatever_happens_to_its_workers() {
    let (runs, wrong) = play(RUNS, None, export::play);
    assert_eq!(wrong, None);
    println!("{runs} runs");
}

#[test]
fn every_entry_has_the_right_expiry_whatever_happens_to_the_workers() {
    let (runs, wrong) = play(RUNS, None, retention::play);
    assert_eq!(wrong, None);
    println!("{runs} runs");
}

#[test]
fn every_broken_rule_is_noticed() {
    let mutants: [(Mutant, Play); 6] = [
        (Mutant::AcknowledgedBeforeStoring, export::play),
        (Mutant::StoredAfterAcknowledging, export::play),
        (Mutant::AttemptNotCounted, export::play),
        (Mutant::AcknowledgedBeforeStoring, retention::play),
        (Mutant::StoredAfterAcknowledging, retention::play),
        (Mutant::RewrittenUnconditionally, retention::play),
    ];
    for (mutant, of) in mutants {
        let (runs, wrong) = play(RUNS_TO_NOTICE, Some(mutant), of);
        let wrong =
            wrong.unwrap_or_else(|| panic!("{mutant:?} was not noticed within {runs} runs"));
        println!("{mutant:?} was noticed within {runs} runs, by {wrong}");
    }
}

/// Run by `make simulation`.
#[cfg(feature = "slow")]
#[test]
fn as_many_runs_as_it_takes() {
    let kinds: [(&str, Play); 2] = [("exports", export::play), ("rewritings", retention::play)];
    for (what, of) in kinds {
        let started = std::time::Instant::now();
        let (runs, wrong) = play(MANY_RUNS, None, of);
        assert_eq!(wrong, None);
        println!("{runs} {what} in {} s: each complete, once", started.elapsed().as_secs());
    }
}
