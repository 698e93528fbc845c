//! Runs every fuzz target over its saved seeds and over 1,500 mutations of them. The mutations are
//! the same in every run. `make fuzz` runs each target for minutes, guided by coverage.

use fuzz::{TARGETS, replay};

/// Mutations of the seeds that each target runs over.
const CHANGES: usize = 1_500;

#[test]
fn what_must_hold_for_any_bytes_holds_for_the_seeds_and_changes_of_them() {
    for target in &TARGETS {
        let played = replay(target, CHANGES);
        // A target tests nothing if validation rejects nearly every input. The bound is low,
        // because a token becomes invalid when any byte of it changes.
        assert!(played.through >= 10, "{}: {played:?}", target.name);
    }
}
