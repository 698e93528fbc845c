//! Runs futures over the ports in memory without a runtime, one alone or several interleaved.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Yields once, so that other tasks can run first.
pub(super) async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs one future to its end. It must wait for nothing but the ports in memory: anything else
/// would spin here.
pub fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Runs tasks over handles from [`MemoryStore::stepping`](super::MemoryStore::stepping) in a given
/// interleaving: each number of the schedule names the task (modulo how many there are) that makes
/// its next call of the store. Numbers of tasks that have ended are skipped, and when the schedule
/// is over, the tasks that are left go on in turn. The outputs are in the order of the tasks.
pub fn interleave<'a, T>(
    tasks: impl IntoIterator<Item = Pin<Box<dyn Future<Output = T> + 'a>>>,
    schedule: impl IntoIterator<Item = usize>,
) -> Vec<T> {
    let mut tasks: Vec<_> = tasks.into_iter().map(Task::Running).collect();
    let count = tasks.len().max(1);
    for place in schedule {
        tasks.get_mut(place % count).map(Task::step);
    }
    while tasks.iter().any(|task| matches!(task, Task::Running(_))) {
        tasks.iter_mut().for_each(Task::step);
    }
    tasks.into_iter().filter_map(Task::output).collect()
}

enum Task<'a, T> {
    Running(Pin<Box<dyn Future<Output = T> + 'a>>),
    Ended(T),
}

impl<T> Task<'_, T> {
    fn step(&mut self) {
        if let Self::Running(future) = self
            && let Poll::Ready(output) =
                future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            *self = Self::Ended(output);
        }
    }

    fn output(self) -> Option<T> {
        match self {
            Self::Running(_) => None,
            Self::Ended(output) => Some(output),
        }
    }
}
