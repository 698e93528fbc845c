//! Plays seeds on all cores, and reports the lowest one that fails.

use crate::simulation::check::Checked;
use crate::simulation::mutant::Mutant;
use crate::simulation::world::World;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many lines of a trace's end are shown.
const SHOWN_LINES: usize = 250;

/// A seed that failed, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) wrong: String,
    trace: Vec<String>,
}

impl Failure {
    /// The failure with the end of the seed's trace.
    pub(crate) fn report(&self) -> String {
        let skipped = self.trace.len().saturating_sub(SHOWN_LINES);
        let lines = self.trace[skipped..].join("\n");
        format!(
            "seed {}: {}\nThe end of its trace ({skipped} lines before it):\n{lines}\nseed {}: {}",
            self.seed, self.wrong, self.seed, self.wrong
        )
    }
}

/// Prints the seed if playing it panics.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("seed {} panicked", self.0);
        }
    }
}

async fn played(world: &mut World) -> Checked {
    let rounds = 5 + world.random.below(10);
    for _ in 0..rounds {
        world.round().await;
        world.check_journal()?;
        world.check_nodes()?;
        if let Some(wrong) = world.wrong.take() {
            return Err(wrong);
        }
        if world.random.below(6) == 0 {
            world.end_writers().await;
            world.check(false).await?;
        }
        if world.random.below(40) == 0 {
            world.end_all().await;
            world.check_everything().await?;
        }
    }
    world.end_all().await;
    if let Some(wrong) = world.wrong.take() {
        return Err(wrong);
    }
    world.find_stragglers().await?;
    world.end_jobs().await?;
    world.check_everything().await
}

/// Plays one seed.
pub(crate) fn play(seed: u64, mutant: Option<Mutant>) -> Result<(), Failure> {
    let _named = Named(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(seed, mutant).await;
        let played = played(&mut world).await;
        let trace = std::mem::take(&mut world.trace);
        played.map_err(|wrong| Failure { seed, wrong, trace })
    })
}

/// Plays seeds from `first` on, on all cores, until one fails or `goes_on` returns false. It is
/// called with the number of seeds begun so far. Returns how many seeds were played, and the
/// failure of the lowest one that failed.
pub(crate) fn play_while(
    first: u64,
    mutant: Option<Mutant>,
    goes_on: impl Fn(u64) -> bool + Sync,
) -> (u64, Option<Failure>) {
    let (next, has_failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        let mut played = (0, None);
        while has_failed.load(Ordering::SeqCst) == 0 {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if !goes_on(number) {
                break;
            }
            played.0 += 1;
            if let Err(failure) = play(first + number, mutant) {
                has_failed.store(1, Ordering::SeqCst);
                played.1 = Some(failure);
            }
        }
        played
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let count = results.iter().map(|(count, _)| count).sum();
        let failures = results.into_iter().filter_map(|(_, failure)| failure);
        (count, failures.min_by_key(|failure| failure.seed))
    })
}
