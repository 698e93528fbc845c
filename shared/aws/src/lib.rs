//! The adapters behind the domain's ports: DynamoDB, S3 and SQS, and the settings that name them.
//!
//! It knows no HTTP requests of clients and no Lambda events.

pub mod config;
pub mod dynamodb;
pub mod s3;
pub mod sqs;
