//! Owns the clock reading and the deadline of a command that records an entry.

use crate::failure::Failure;
use domain::clock::Clock;
use domain::ports::StoreError;
use domain::timestamp::Timestamp;
use std::time::Duration;

/// How long a command may record: 18 s. The entry must be stored within 20 s of the clock reading
/// (A2 in `docs/table.md`); the other 2 s are for a call that is under way when the time is over.
const RECORDING_TIME: Duration = Duration::from_secs(18);

/// Records entries in time: reads the clock, and gives up when the deadline is over.
#[derive(Debug)]
pub(crate) struct Recording {
    clock: Clock,
    time: Duration,
}

impl Recording {
    /// By this machine's clock.
    pub(crate) fn system() -> Self {
        Self { clock: Clock::System, time: RECORDING_TIME }
    }

    /// Runs a use case that records an entry at the time that it is given.
    ///
    /// 1. The timer starts.
    /// 2. The clock is read: after connecting, because fetching credentials may take minutes.
    /// 3. The use case runs. When the timer ends it is dropped, and nothing more is sent.
    pub(crate) async fn run<T, E: Into<Failure>>(
        &self,
        use_case: impl AsyncFnOnce(Timestamp) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let recorded = async { use_case(self.clock.now()).await };
        match tokio::time::timeout(self.time, recorded).await {
            Ok(ended) => ended.map_err(Into::into),
            Err(_elapsed) => {
                let cause = format!("not within {:?}", self.time);
                Err(Failure::NotConfirmed(StoreError::Unavailable(cause.into())))
            }
        }
    }
}

#[cfg(test)]
mod tests;
