//! The whole service in one process: every function behind one HTTP port, over an embedded
//! DynamoDB.
//!
//! Tables and routes are taken from `template.yaml`, so that there is one description of both.
//! Nothing here is part of a deployment.

pub mod embedded;
pub mod gateway;
pub mod jobs;
pub mod link;
pub mod objects;
pub mod sample;
pub mod setup;
pub mod stream;
pub mod template;
