//! The adapters for the domain's ports: DynamoDB, S3 and SQS, and the settings to reach them.
//!
//! This crate knows neither the HTTP requests of clients nor Lambda events.

pub mod config;
pub mod dynamodb;
pub mod s3;
pub mod sqs;
