//! Prints how long it takes to compare an entry with its id: a usual one, and one with values of
//! 256 KiB. Run it with `cargo run --release --example integrity_cost`.
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use domain::entry::{Content, Integrity, StoredSalt};
use domain::memory::fixtures::{entry_of, salt_of, value_of, workspace};
use domain::plan::Plan;
use std::time::Instant;
use tests::{NOON, at};

/// How often an entry is compared.
const TIMES: u32 = 1_000;

fn main() {
    let workspace = workspace("ws_a", Plan::Free, at(NOON));
    for bytes in [300, 256 * 1024] {
        let values = |content: &mut Content| content.new_value = Some(value_of(bytes));
        let entry = entry_of(&workspace, at(NOON), 1, values);
        let salt = StoredSalt::Living(salt_of(&workspace.id, &entry.content.actor.key()));
        let since = Instant::now();
        let verified =
            (0..TIMES).filter(|_| entry.integrity(Some(&salt)) == Integrity::Verified).count();
        let each = since.elapsed() / TIMES;
        println!("{bytes} bytes of values: {each:?} each, {verified} of {TIMES} verified");
    }
}
