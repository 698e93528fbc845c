//! Owns the clock and the deadline of a command that records an entry.

use crate::failure::Failure;
use domain::clock::Clock;
use domain::plan::GraceDays;
use domain::ports::StoreError;
use std::time::Duration;

/// How long a command may record: as long as a request to the service.
const RECORDING_TIME: Duration = Duration::from_secs(18);

/// Records entries in time: gives up when the deadline is over.
#[derive(Debug)]
pub(crate) struct Recording {
    clock: Clock,
    time: Duration,
    /// For how many days a lowered plan can be raised again without loss.
    pub(crate) grace: GraceDays,
}

impl Recording {
    /// By this machine's clock.
    pub(crate) fn system(grace: GraceDays) -> Self {
        Self { clock: Clock::System, time: RECORDING_TIME, grace }
    }

    /// Runs a use case that records an entry by the clock that it is given.
    ///
    /// 1. The timer starts: after connecting, because fetching credentials may take minutes.
    /// 2. The use case runs. When the timer ends it is dropped, and nothing more is sent.
    pub(crate) async fn run<T, E: Into<Failure>>(
        &self,
        use_case: impl AsyncFnOnce(&Clock) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let recorded = async { use_case(&self.clock).await };
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
