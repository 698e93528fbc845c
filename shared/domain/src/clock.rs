//! Owns the current time: no other module reads the system clock.

use crate::timestamp::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the current time: of the system, or as a test sets it.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until a test moves it, in milliseconds since the Unix epoch.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows `start` until [`Clock::set`] moves it. Clones share its time.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.ms())))
    }

    /// The current time, to the millisecond.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the module that owns the clock")]
    pub fn now(&self) -> Timestamp {
        Timestamp::clamped(match self {
            Self::System => chrono::Utc::now().timestamp_millis(),
            Self::Manual(ms) => ms.load(Ordering::SeqCst),
        })
    }

    /// Waits. A manual clock does not move, and nobody waits for it.
    pub async fn pause(&self, time: std::time::Duration) {
        if let Self::System = self {
            tokio::time::sleep(time).await;
        }
    }

    /// Moves a manual clock. It has no effect on the system clock.
    pub fn set(&self, now: Timestamp) {
        if let Self::Manual(ms) = self {
            ms.store(now.ms(), Ordering::SeqCst);
        }
    }
}
