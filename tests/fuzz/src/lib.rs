//! What must hold for any bytes that a client, the gateway or a stream can send. Nothing panics. No
//! answer is a 5xx, or larger than a function may answer. What was accepted reads back as it was
//! accepted.
//!
//! A target is a function over bytes that panics if something does not hold. `libfuzzer/` runs each
//! target guided by coverage (`make fuzz`). [`replay`] runs it over the saved seeds and some
//! thousand mutations of them, which are the same in every run. It is a test of `tests/`.
//!
//! The functions run whole, over the ports in memory.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a target panics where something does not hold"
)]

mod batch;
mod catalog;
mod credential;
mod difference;
mod entry;
mod entry_id;
mod event;
mod page_token;
mod query;
mod replay;
mod stream;
mod world;

pub use replay::{Played, replay};
use std::borrow::Cow;
use world::{NOON, TOKEN, WORKSPACE};

/// A target: its name, which is also that of its folder of seeds, and what must hold for the bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    holds: fn(&[u8]) -> bool,
}

/// All targets.
pub const TARGETS: [Target; 10] = [
    Target { name: "entry", holds: entry::run },
    Target { name: "batch", holds: batch::run },
    Target { name: "query", holds: query::run },
    Target { name: "page_token", holds: page_token::run },
    Target { name: "entry_id", holds: entry_id::run },
    Target { name: "credential", holds: credential::run },
    Target { name: "difference", holds: difference::run },
    Target { name: "catalog", holds: catalog::run },
    Target { name: "event", holds: event::run },
    Target { name: "stream", holds: stream::run },
];

impl Target {
    /// Whether the bytes got past validation to what the target is about, such as an entry that was
    /// recorded.
    ///
    /// # Panics
    /// When something does not hold for them.
    #[must_use]
    pub fn run(&self, data: &[u8]) -> bool {
        (self.holds)(&filled(data))
    }
}

/// Runs the target with this name.
///
/// # Panics
/// When there is no such target, or something does not hold.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let _came_through = target.run(data);
}

/// Fills the placeholders of the events in `events/`: a token, the time, an id, a workspace.
fn filled(data: &[u8]) -> Cow<'_, [u8]> {
    match std::str::from_utf8(data) {
        Ok(text) if text.contains("{{") => {
            let id = "20261122T120000.000Z-00000000000000000000000000000001";
            let text = text.replace("{{token}}", TOKEN).replace("{{now}}", NOON);
            let text = text.replace("{{entry_id}}", id).replace("ws_acme", WORKSPACE);
            Cow::Owned(text.into_bytes())
        }
        _ => Cow::Borrowed(data),
    }
}

/// Splits an input at its first byte 0xff, which never occurs in UTF-8.
fn parts(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.iter().position(|byte| *byte == 0xff).unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}
