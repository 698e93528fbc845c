//! A store that never answers, from any of the calls that a request makes on, or at one alone. The
//! service gives up by itself: it answers as if the store had failed, and the same instance goes on
//! when the store does. The set-up is that of [`super::sweep`].

use super::case::From;
use super::sweep::{failed_reads, failed_writes};
use tests::Fault;

/// All cases at the same time: each waits for seconds, as a function does, and does little else.
const TOGETHER: usize = 256;
/// Each of these has a store of its own.
const WRITES_TOGETHER: usize = 96;

/// How a call of a read hangs.
fn of_read(call: usize) -> Vec<(Fault, From)> {
    vec![(Fault::Hang, From::Here(call)), (Fault::Hang, From::HereOnly(call))]
}

/// How a call of a write hangs: before it lands, or after.
fn of_write(call: usize) -> Vec<(Fault, From)> {
    vec![
        (Fault::Hang, From::Here(call)),
        (Fault::HangAfter, From::Here(call)),
        (Fault::HangAfter, From::HereOnly(call)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_of_a_read_hangs_the_answer_is_whole_or_says_to_try_again() {
    let [whole, all] = failed_reads(of_read, TOGETHER).await;
    assert!(all > 130 && whole < all - 50, "{whole} of {all} were whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_of_a_write_hangs_a_repetition_completes_it_and_does_it_once() {
    let all = failed_writes(of_write, WRITES_TOGETHER).await;
    assert!(all > 100, "{all}");
}
