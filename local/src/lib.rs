//! The whole service in one process: every function behind one HTTP port, over an embedded DynamoDB
//! and an embedded object store.
//!
//! Tables and routes are read from `template.yaml`, so that each is defined once. No part of this
//! crate is deployed.

mod cors;
pub mod embedded;
pub mod filter;
pub mod gateway;
pub mod guard;
pub mod jobs;
pub mod link;
pub mod metrics;
pub mod objects;
pub mod sample;
pub mod setup;
pub mod status;
pub mod stream;
pub mod template;
