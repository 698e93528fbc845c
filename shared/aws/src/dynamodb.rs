//! Owns what is stored and how: DynamoDB behind the domain's ports.
//!
//! One file per access pattern. Key strings are built in `keys`, stored shapes in `item`, `control`,
//! `jobs` and `tally`, each with a schema number and a golden file.

mod append;
mod batch;
mod client;
mod control;
mod get;
mod item;
mod jobs;
mod keys;
mod list;
mod lives;
mod operator;
mod read;
mod rows;
mod tally;

pub(crate) use client::classify;
pub use client::{DynamoStore, Tables};
pub use control::{items_of_credential, items_of_workspace};
pub use item::{Item, items_of_entry};
