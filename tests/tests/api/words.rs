//! Entries in the customer's own words: what other systems' events carry, several targets, who acts
//! for whom, and the identity of an actor.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod actors;
mod foreign;
mod requester;
mod targets;
