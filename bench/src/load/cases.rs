//! Owns the cases, and the requests of each.

use super::world::World;
use crate::Fault;
use crate::cases::PAGE;
use crate::client::body;
use domain::clock::Clock;
use domain::entry::Content;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Entries of a batch: the most that one may have.
const BATCH: usize = 100;

/// What the clients ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// Any entry of the log.
    Get,
    /// The first page.
    First,
    /// Any page but the first and the last, by its number.
    Middle,
    /// A new entry, which happens now.
    Record,
    /// A batch of new entries, which happen now.
    Batch,
}

impl Case {
    /// All, in the order in which they are measured: those that read come before the log changes.
    pub(crate) const ALL: [Self; 5] =
        [Self::Get, Self::First, Self::Middle, Self::Record, Self::Batch];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get an entry",
            Self::First => "first page of 20",
            Self::Middle => "a middle page of 20",
            Self::Record => "record an entry",
            Self::Batch => "record a batch of 100",
        }
    }

    /// How many entries one request reads or records.
    pub(crate) fn entries(self) -> usize {
        match self {
            Self::Get | Self::Record => 1,
            Self::First | Self::Middle => PAGE,
            Self::Batch => BATCH,
        }
    }

    /// The status of a success.
    pub(crate) fn status(self) -> u16 {
        if self == Self::Record { 201 } else { 200 }
    }

    /// The next request of a client.
    pub(crate) fn request(self, world: &World) -> Result<RequestBuilder, Fault> {
        let list = |page| world.request(Method::GET, &format!("?page_size={PAGE}&page={page}"));
        Ok(match self {
            Self::Get => {
                let id = fastrand::choice(&world.log.ids).ok_or("the log is empty")?;
                world.request(Method::GET, &format!("/{id}"))
            }
            Self::First => list(1),
            Self::Middle => list(fastrand::usize(2..world.pages)),
            Self::Record => post(world, "", &new_entry(world)?),
            Self::Batch => {
                let entries: Vec<_> =
                    (0..BATCH).map(|_| new_entry(world)).collect::<Result<_, _>>()?;
                post(world, "/batch", &json!({ "entries": entries }))
            }
        })
    }
}

fn post(world: &World, path: &str, body: &Value) -> RequestBuilder {
    let request = world.request(Method::POST, path);
    request.header("content-type", "application/json").body(body.to_string())
}

/// An entry like one of the log's that happens now, and that was never sent before.
fn new_entry(world: &World) -> Result<Value, Fault> {
    let content = Content {
        occurred_at: Clock::System.now(),
        external_id: Some(format!("load_{:032x}", fastrand::u128(..))),
        ..world.log.content(fastrand::usize(..world.log.len()))?
    };
    Ok(body(&content))
}
