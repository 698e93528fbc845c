//! The queue of jobs in memory.

use super::script::{Call, Fate, Script, Scripted};
use crate::job::JobMessage;
use crate::ports::{EnqueueJob, StoreError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A queue in memory. It keeps a message as often as it was sent: SQS drops only what is sent again
/// within five minutes.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueue {
    messages: Arc<Mutex<VecDeque<JobMessage>>>,
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

    fn lock(&self) -> MutexGuard<'_, VecDeque<JobMessage>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EnqueueJob for MemoryQueue {
    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        let fate = self.script.decide(Call::Enqueue, || 0);
        if let Fate::FailBefore(failure) = fate {
            return Err(failure.error());
        }
        self.lock().push_back(message.clone());
        match fate {
            Fate::FailAfter(failure) => Err(failure.error()),
            _ => Ok(()),
        }
    }
}
