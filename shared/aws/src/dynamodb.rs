//! Owns what is stored and how: implements the domain's ports over DynamoDB.
//!
//! One file per access pattern; `call` sends most of their requests. Key strings are built in
//! `keys`, stored shapes in `item`, `control`, `jobs`, `journal` and `tally`. Each shape has a
//! schema number and a golden test.

mod alteration;
mod append;
mod attributes;
mod batch;
mod call;
mod catalog;
mod checks;
mod client;
mod control;
mod directory;
mod get;
mod heads;
mod item;
mod jobs;
mod journal;
mod keys;
mod list;
mod lives;
mod operator;
mod probe;
mod query_plan;
mod read;
mod remembered;
mod restore;
mod rows;
mod salts;
mod statement;
mod tally;
mod transact;

pub use alteration::{Image, altered};
pub(crate) use client::classify;
pub use client::{DynamoStore, Tables};
pub use control::{items_of_credential, items_of_workspace};
pub use item::{Item, items_of_entry};
pub use restore::{Restore, Restored};
pub use salts::item_of_salt;
