//! What the tests share: the whole service on a free port, over an embedded DynamoDB behind a proxy that can count and fail.

mod client;
mod proxy;
mod service;

pub use client::{Api, Response};
pub use proxy::{Call, Fault, Proxy};
pub use service::{Setup, TestService};
