//! Owns chance: what happens how often, from a seed.

use fastrand::Rng;

/// A source of chance for a part of a year: the same seed and part give the same.
pub(crate) fn of(seed: u64, part: u64) -> Rng {
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ part);
    // The first numbers of neighbouring seeds are alike.
    for _ in 0..8 {
        rng.u64(..);
    }
    rng
}

/// Whether something happens that does so many times in a thousand.
pub(crate) fn in_1000(rng: &mut Rng, times: u32) -> bool {
    rng.u32(0..1_000) < times
}

/// Whether something happens on this day that does so many times in a hundred years.
pub(crate) fn in_100_years(rng: &mut Rng, times: u32) -> bool {
    rng.u32(0..36_500) < times
}

/// One of some values.
pub(crate) fn one_of<T: Copy>(rng: &mut Rng, values: &[T]) -> Option<T> {
    rng.choice(values).copied()
}
