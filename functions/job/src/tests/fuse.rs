//! Decides at which of its calls something happens to a worker.

use domain::memory::{Asked, Call, Failure, Fate};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The number of rows of a page, so that a small log has several.
const PAGE_ROWS: usize = 4;

/// What happens to a worker at one of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// It is killed before the call takes effect.
    KilledBefore,
    /// It is killed after the call took effect, and never learns of it.
    KilledAfter,
    /// The call takes effect, but its answer is lost, and the worker sees an error.
    AnswerLost,
    /// The answer is lost, the client sends the call again, and the worker sees the second answer.
    SentTwice,
    /// The call is throttled.
    Throttled,
}

impl Mishap {
    pub(super) const ALL: [Self; 5] =
        [Self::KilledBefore, Self::KilledAfter, Self::AnswerLost, Self::SentTwice, Self::Throttled];
}

/// What a test does between two calls of a worker.
type Action = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    calls: AtomicU64,
    at: u64,
    mishap: Option<Mishap>,
    action: Mutex<Option<Action>>,
    is_dead: AtomicBool,
}

/// The fuse of one worker. Clones are the same fuse.
#[derive(Clone, Default)]
pub(super) struct Fuse(Arc<State>);

impl Fuse {
    /// A worker to which nothing happens.
    pub(super) fn safe() -> Self {
        Self::default()
    }

    /// A worker to which something happens at a call, counted from 0.
    pub(super) fn with(at: u64, mishap: Mishap) -> Self {
        Self(Arc::new(State { at, mishap: Some(mishap), ..State::default() }))
    }

    /// A worker during whose call, counted from 0, a test does something.
    pub(super) fn doing(at: u64, action: impl FnOnce() + Send + 'static) -> Self {
        let action: Action = Box::new(action);
        let action = Mutex::new(Some(action));
        Self(Arc::new(State { at, action, ..State::default() }))
    }

    /// Whether the worker was killed. Nothing that it does reaches anything any more.
    pub(super) fn is_dead(&self) -> bool {
        self.0.is_dead.load(Ordering::SeqCst)
    }

    /// The number of calls so far.
    pub(super) fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// The script of the worker's handles.
    pub(super) fn script(&self) -> impl FnMut(Asked) -> Fate + Send + 'static {
        let fuse = self.clone();
        move |asked| fuse.fate(asked.call)
    }

    fn fate(&self, call: Call) -> Fate {
        let killed = Failure::Unavailable;
        if self.is_dead() {
            return Fate::FailBefore(killed);
        }
        let is_it = self.0.calls.fetch_add(1, Ordering::SeqCst) == self.0.at;
        if let Some(action) = self.0.action.lock().unwrap().take_if(|_| is_it) {
            action();
        }
        let mishap = self.0.mishap.filter(|_| is_it);
        if matches!(mishap, Some(Mishap::KilledBefore | Mishap::KilledAfter)) {
            self.0.is_dead.store(true, Ordering::SeqCst);
        }
        match mishap {
            Some(Mishap::KilledBefore) => Fate::FailBefore(killed),
            Some(Mishap::KilledAfter | Mishap::AnswerLost) => Fate::FailAfter(killed),
            Some(Mishap::SentTwice) => Fate::Repeat,
            Some(Mishap::Throttled) => Fate::FailBefore(Failure::Throttled),
            None if call == Call::Rows => Fate::ShortPage(PAGE_ROWS),
            None => Fate::Pass,
        }
    }
}
