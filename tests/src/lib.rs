//! What the tests share: the whole service on a free port, over an embedded DynamoDB behind a proxy
//! that counts calls and injects faults.

mod ask;
mod client;
pub mod events;
pub mod evidence;
pub mod instance;
pub mod jobs;
pub mod lines;
mod log;
mod moment;
mod proxy;
pub mod raw;
pub mod recording;
pub mod requests;
pub mod roles;
pub mod scene;
mod service;
pub mod silence;
pub mod wire;

pub use ask::{Ask, Page, encoded, page, walk};
pub use client::{Api, Response};
pub use domain::memory::fixtures::{actor, target};
pub use log::{Random, content, log_of};
pub use moment::{NOON, at};
pub use proxy::{Call, Fault, Proxy};
pub use service::{Setup, TestService};
