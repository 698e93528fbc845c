//! Owns the local queue of jobs, which does what SQS does: a message that was received is hidden
//! until it is acknowledged, or until it is time to deliver it again.

use domain::clock::Clock;
use domain::job::JobMessage;
use domain::ports::{DelayMessage, EnqueueJob, StoreError};
use domain::timestamp::Timestamp;
use domain::trace::TraceContext;
use job::Delivery;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A queue of jobs in memory.
#[derive(Debug, Clone, Default)]
pub struct LocalQueue {
    messages: Arc<Mutex<Messages>>,
    changed: Arc<Notify>,
    trace: Option<TraceContext>,
}

#[derive(Debug, Default)]
struct Messages {
    waiting: VecDeque<Waiting>,
    /// Those that were received, by their receipts.
    in_flight: BTreeMap<String, Waiting>,
    /// The number of deliveries of all messages. It makes receipts unique.
    deliveries: u64,
}

#[derive(Debug)]
struct Waiting {
    message: JobMessage,
    trace: TraceContext,
    sent_at: Timestamp,
    /// How often it was delivered.
    count: u32,
    /// When it is delivered again. `None` means at once.
    again_at: Option<Instant>,
}

impl Messages {
    /// Takes out the message that has waited longest and is due.
    fn take(&mut self, now: Instant) -> Option<Waiting> {
        let is_due = |waiting: &Waiting| waiting.again_at.is_none_or(|moment| moment <= now);
        let index = self.waiting.iter().position(is_due)?;
        self.waiting.remove(index)
    }

    /// Delivers a message, which is in flight from then on.
    fn receive(&mut self, now: Instant) -> Option<Delivery> {
        let mut waiting = self.take(now)?;
        waiting.count += 1;
        self.deliveries += 1;
        let receipt = self.deliveries.to_string();
        let message = Some(waiting.message.clone());
        let delivery = Delivery {
            message,
            receipt: receipt.clone(),
            count: waiting.count,
            trace: waiting.trace.clone(),
            sent_at: Some(waiting.sent_at),
        };
        self.in_flight.insert(receipt, waiting);
        Some(delivery)
    }
}

impl EnqueueJob for LocalQueue {
    fn traced(&self, trace: &TraceContext) -> Self {
        Self { trace: Some(trace.clone()), ..self.clone() }
    }

    async fn enqueue(&self, message: &JobMessage) -> Result<(), StoreError> {
        self.put(message.clone());
        Ok(())
    }
}

impl DelayMessage for LocalQueue {
    async fn delay_message(&self, receipt: &str, delay: Duration) -> Result<(), StoreError> {
        let mut messages = self.lock();
        if let Some(waiting) = messages.in_flight.remove(receipt) {
            let again_at = Some(Instant::now() + delay);
            messages.waiting.push_back(Waiting { again_at, ..waiting });
        }
        self.changed.notify_one();
        Ok(())
    }
}

impl LocalQueue {
    /// Puts a message into the queue, unless the same message is waiting already.
    pub fn put(&self, message: JobMessage) {
        let mut messages = self.lock();
        if messages.waiting.iter().all(|waiting| waiting.message != message) {
            let trace = self.trace.clone().unwrap_or_default();
            let sent_at = Clock::System.now();
            let waiting = Waiting { message, trace, sent_at, count: 0, again_at: None };
            messages.waiting.push_back(waiting);
        }
        self.changed.notify_one();
    }

    /// Takes the message that has waited longest out of the queue, without one that is delivered
    /// later.
    #[must_use]
    pub fn take(&self) -> Option<JobMessage> {
        self.lock().take(Instant::now()).map(|waiting| waiting.message)
    }

    /// Waits for a message and receives it. It is hidden until it is acknowledged or delayed.
    pub async fn receive(&self) -> Delivery {
        loop {
            let next = {
                let mut messages = self.lock();
                if let Some(delivery) = messages.receive(Instant::now()) {
                    return delivery;
                }
                messages.waiting.iter().filter_map(|waiting| waiting.again_at).min()
            };
            let due = async {
                match next {
                    Some(moment) => tokio::time::sleep_until(moment).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.changed.notified() => {}
                () = due => {}
            }
        }
    }

    /// Takes a message that was received out of the queue.
    pub fn acknowledge(&self, receipt: &str) {
        self.lock().in_flight.remove(receipt);
    }

    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(step: u64) -> JobMessage {
        JobMessage { job: "ws_a#retention".into(), run: 1, step }
    }

    #[tokio::test]
    async fn a_message_belongs_to_the_trace_of_who_has_sent_it_first() {
        let (queue, trace) = (LocalQueue::default(), TraceContext::new());
        queue.traced(&trace).enqueue(&message(0)).await.unwrap();
        queue.traced(&TraceContext::new()).enqueue(&message(0)).await.unwrap();
        assert_eq!(queue.receive().await.trace, trace);
        assert_eq!(queue.take(), None);
    }

    #[tokio::test]
    async fn a_delayed_message_comes_again_when_it_is_due_and_keeps_nobody_waiting() {
        let queue = LocalQueue::default();
        queue.put(message(0));
        let first = queue.receive().await;
        assert_eq!((first.message, first.count), (Some(message(0)), 1));
        queue.delay_message(&first.receipt, Duration::from_hours(1)).await.unwrap();
        queue.put(message(0));
        queue.put(message(1));
        let other = queue.receive().await;
        assert_eq!((other.message, other.count), (Some(message(1)), 1));
        queue.acknowledge(&other.receipt);
        assert_eq!(queue.take(), None, "it is not due");
        let due = Instant::now() + Duration::from_hours(1);
        let again = queue.lock().receive(due).unwrap();
        assert_eq!((again.message, again.count), (Some(message(0)), 2));
        queue.acknowledge(&again.receipt);
        assert!(queue.lock().receive(due).is_none());
    }
}
