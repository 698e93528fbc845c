//! Decides at random which calls are torn, and how. The wanted number of faults is reached by the
//! time that the clients are done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tests::Random;
use tests::wire::Tear;

/// How far the clients and the faults have come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Entries that were acknowledged for the first time.
    pub(crate) acknowledged: AtomicU64,
    /// Calls that were torn.
    pub(crate) torn: AtomicU64,
}

impl Progress {
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    pub(crate) fn torn(&self) -> u64 {
        self.torn.load(Ordering::SeqCst)
    }
}

/// A decision for each call, for [`tests::wire::Wire::tear`].
///
/// While fewer calls are torn than the progress of the clients asks for, three of four calls are
/// torn, otherwise one of twenty. It is never all of them: every call must have a chance to
/// succeed, or the clients would never be done.
pub(crate) fn at_random(
    seed: u64,
    entries: u64,
    faults: u64,
    progress: Arc<Progress>,
) -> impl FnMut(&str) -> Tear + Send + 'static {
    let mut random = Random::new(seed);
    move |operation| {
        let due =
            u128::from(faults) * u128::from(progress.acknowledged() + 1) / u128::from(entries);
        let is_behind = u128::from(progress.torn()) < due;
        let chance = if is_behind { 75 } else { 5 };
        if progress.torn() >= faults || random.below(100) >= chance {
            return Tear::None;
        }
        let tear = any(&mut random, operation.starts_with("Batch"));
        progress.torn.fetch_add(1, Ordering::SeqCst);
        tear
    }
}

/// A random tear. `Partial` needs a call that has parts. Delays and drips take less than 30 ms, so
/// that a run has time for many. One in a hundred may take up to 2.6 s: longer than an attempt of
/// the service may take (2 s), and far shorter than A2 allows (6 s).
fn any(random: &mut Random, has_parts: bool) -> Tear {
    let ms = |random: &mut Random| {
        let most = if random.below(100) == 0 { 2_600 } else { 30 };
        u16::try_from(random.below(most)).unwrap()
    };
    match random.below(if has_parts { 11 } else { 9 }) {
        0 => Tear::DropBefore,
        1 => Tear::DropAfter,
        2 => Tear::ResetBefore,
        3 => Tear::ResetAfter,
        4 => Tear::Delay(ms(random)),
        5 => Tear::Trickle(ms(random)),
        6 => Tear::ErrorBefore,
        7 => Tear::ErrorAfter,
        8 => Tear::Throttle,
        _ => Tear::Partial,
    }
}
