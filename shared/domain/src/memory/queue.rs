//! The queue of jobs in memory.

use super::script::{Call, Fate, Script, Scripted};
use crate::job::JobMessage;
use crate::ports::{DelayMessage, EnqueueJob, StoreError};
use crate::trace::TraceContext;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue in memory. It keeps a message as often as it was sent: SQS drops only what is sent again
/// within five minutes.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueue {
    messages: Arc<Mutex<VecDeque<JobMessage>>>,
    delays: Arc<Mutex<Vec<(String, Duration)>>>,
    traces: Arc<Mutex<Vec<TraceContext>>>,
    trace: Option<TraceContext>,
    script: Scripted,
}

impl MemoryQueue {
    /// The same queue through a handle whose calls this script decides on.
    #[must_use]
    pub fn scripted(&self, script: impl Script + 'static) -> Self {
        Self { script: Scripted::new(script), ..self.clone() }
    }

    /// Takes the message that waits longest; it is out of the queue then.
    #[must_use]
    pub fn take(&self) -> Option<JobMessage> {
        self.lock().pop_front()
    }

    /// The delays that were asked for, each after the receipt of its delivery.
    #[must_use]
    pub fn delays(&self) -> Vec<(String, Duration)> {
        self.delays.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The traces of the messages that were sent with one.
    #[must_use]
    pub fn traces(&self) -> Vec<TraceContext> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<JobMessage>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EnqueueJob for MemoryQueue {
    fn traced(&self, trace: &TraceContext) -> Self {
        Self { trace: Some(trace.clone()), ..self.clone() }
    }

    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        let fate = self.script.decide(Call::Enqueue, || 0);
        if let Fate::FailBefore(failure) = fate {
            return Err(failure.error());
        }
        self.lock().push_back(message.clone());
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).extend(self.trace.clone());
        match fate {
            Fate::FailAfter(failure) => Err(failure.error()),
            _ => Ok(()),
        }
    }
}

impl DelayMessage for MemoryQueue {
    /// Notes the delay. Whoever plays the queue delivers the message again.
    async fn delay_message(&self, receipt: &str, delay: Duration) -> Result<(), StoreError> {
        let fate = self.script.decide(Call::Delay, || 0);
        if let Fate::FailBefore(failure) = fate {
            return Err(failure.error());
        }
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        delays.push((receipt.to_owned(), delay));
        match fate {
            Fate::FailAfter(failure) => Err(failure.error()),
            _ => Ok(()),
        }
    }
}
