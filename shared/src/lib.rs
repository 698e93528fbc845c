//! The audit log's library: what an entry is, how it gets its id, who may see it, where it is kept.
//!
//! The functions parse a request, call a port of [`store`], and answer. The rules live in
//! constructors, the policy of answers in [`problem`], the I/O in [`store`].

pub mod batch;
pub mod body;
pub mod cache;
pub mod catalog;
pub mod clock;
pub mod config;
pub mod credential;
pub mod entry;
pub mod expiring;
pub mod fields;
pub mod files;
pub mod http;
pub mod identity;
pub mod job;
pub mod json;
pub mod page;
pub mod plan;
pub mod problem;
pub mod query;
pub mod routes;
#[cfg(feature = "s3")]
pub mod s3;
pub mod service;
#[cfg(feature = "sqs")]
pub mod sqs;
pub mod store;
pub mod tally;
pub mod text;
pub mod timestamp;
pub mod workspace;
