//! Durable and once: whatever is lost between the service and its store, and whenever the service
//! is killed: for clients that repeat what was not confirmed, all that was acknowledged is stored,
//! each entry once, as it was sent, and numbered without a gap.
//!
//! The service runs in processes of its own, which are killed by their ids and started again over
//! the same tables, as Lambda ends and starts instances. Between them and the store is a proxy that
//! tears calls ([`tests::wire`]). Clients send single entries and batches, give up, and send again
//! what was acknowledged long ago. `make durability` runs it large.
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
