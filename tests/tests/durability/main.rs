//! Durability: every acknowledged entry is stored once, as it was sent, and the entries are
//! numbered without a gap. This holds for clients that retry what was not acknowledged, whichever
//! calls to the store are lost and whenever instances are killed.
//!
//! The service runs in separate processes. They are killed and started again over the same tables,
//! as Lambda ends and starts instances. A proxy between them and the store tears calls
//! ([`tests::wire`]). Clients send single entries and batches, give up, and repeat entries that
//! they sent long ago. `make durability` runs it at a larger scale.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod check;
mod client;
mod faults;
mod instances;
mod mutants;
mod run;
mod sent;

use run::{Run, Size};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_stored_once_and_unaltered_whatever_fails() {
    let size = Size::from_settings();
    println!("SEED={}", size.seed);
    let run = Run::start(size).await;
    run.play().await;
    let report = run.check().await;
    println!("{report}");
    assert!(report.is_sound(), "{report}");
    assert!(report.has_met_enough(), "too little went wrong to prove anything: {report}");
}
