//! The fuzz targets over their seeds and some thousand changes of them, the same in every run.
//! `make fuzz` runs each of them for minutes, guided by coverage.

use fuzz::{TARGETS, replay};

/// Changes of seeds that each target is run over.
const CHANGES: usize = 1_500;

#[test]
fn what_must_hold_for_any_bytes_holds_for_the_seeds_and_changes_of_them() {
    for target in &TARGETS {
        let played = replay(target, CHANGES);
        // A target whose inputs are nearly all refused at the door shows nothing. A token that is
        // changed anywhere is none.
        assert!(played.through >= 10, "{}: {played:?}", target.name);
    }
}
