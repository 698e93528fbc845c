//! The audit log's domain: what an entry is, how it gets its id, who may see it, and how a log is
//! counted, exported and expired.
//!
//! It knows no AWS, no HTTP and no Lambda: its manifest shows that, and `tests/` checks it. Modules
//! build on each other in three layers, and imports run one way:
//!
//! 1. values: [`timestamp`], [`json`], [`entry`], [`span`], [`plan`], [`workspace`], [`tally`],
//!    [`job`] and the others;
//! 2. [`ports`]: what a store must be able to do;
//! 3. use cases over the ports: [`counting`], [`following`], [`plan_change`], [`start_export`],
//!    [`links`], [`identify`], [`announce`].

pub mod adjusted;
pub mod announce;
pub mod budget;
pub mod catalog;
pub mod catalog_change;
pub mod checking;
pub mod clock;
pub mod counting;
pub mod credential;
pub mod directory;
pub mod entry;
pub mod feed;
pub mod fields;
pub mod filter;
pub mod following;
pub mod identify;
pub mod identity;
pub mod job;
pub mod journal;
pub mod json;
pub mod judging;
pub mod key_id;
pub mod links;
pub mod lookup;
pub mod memory;
pub mod numbering;
pub mod plan;
pub mod plan_change;
pub mod ports;
pub mod reason;
pub mod recording;
pub mod remembered;
pub mod sequencing;
pub mod span;
pub mod start_export;
pub mod tally;
pub mod text;
pub mod timestamp;
pub mod trace;
pub mod unusual;
pub mod validation;
pub mod verify;
pub mod workspace;
