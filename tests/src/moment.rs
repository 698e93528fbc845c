//! Moments for tests, written as text.

use domain::timestamp::Timestamp;

/// What a manual clock shows unless a test needs another time.
pub const NOON: &str = "2026-11-22T12:00:00.000Z";

/// A moment, from its text.
///
/// # Panics
/// When the text is no time.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test with a wrong time fails")]
pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}
