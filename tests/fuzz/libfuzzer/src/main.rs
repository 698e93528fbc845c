//! Runs the target that `FUZZ` names under libFuzzer.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<String> =
    LazyLock::new(|| std::env::var("FUZZ").expect("FUZZ names a target"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::run(&TARGET, data));
