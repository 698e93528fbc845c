//! Decides at which of its calls a worker is killed or paused. The calls of a killed worker do not
//! reach the store.

use domain::ports::StoreError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tests::Random;
use tokio::sync::Notify;

/// What happens to a worker at one of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is killed before the call reaches the store.
    KilledBefore,
    /// It is killed after the call has taken effect, before the answer.
    KilledAfter,
    /// It is paused before the call, and continues after others have worked.
    Stops,
    /// The call takes effect, but its answer is lost: the worker sees an error and lives on.
    AnswerLost,
}

#[derive(Debug)]
struct State {
    calls: AtomicU32,
    at: u32,
    fate: Option<Fate>,
    is_dead: AtomicBool,
    is_stopped: AtomicBool,
    stopped: Notify,
    released: Notify,
    trace: Mutex<Vec<String>>,
}

/// The fuse of one worker. Clones share its state.
#[derive(Debug, Clone)]
pub(crate) struct Fuse(Arc<State>);

fn killed() -> StoreError {
    StoreError::Unavailable("killed by the simulation".into())
}

impl Fuse {
    /// The fuse of a worker that is never disturbed.
    pub(crate) fn safe() -> Self {
        Self::with(0, None)
    }

    /// The fuse of a worker that may be killed, paused, or lose an answer, at one random call.
    pub(crate) fn random(random: &mut Random) -> Self {
        let fate = match random.below(10) {
            0..2 => Some(Fate::KilledBefore),
            2..4 => Some(Fate::KilledAfter),
            4 => Some(Fate::Stops),
            5 => Some(Fate::AnswerLost),
            _ => None,
        };
        Self::with(1 + random.below(14), fate)
    }

    fn with(at: u32, fate: Option<Fate>) -> Self {
        let (calls, is_dead, is_stopped) =
            (AtomicU32::new(0), AtomicBool::new(false), AtomicBool::new(false));
        Self(Arc::new(State {
            calls,
            at,
            fate,
            is_dead,
            is_stopped,
            stopped: Notify::new(),
            released: Notify::new(),
            trace: Mutex::default(),
        }))
    }

    /// Makes a call unless the worker is dead, and returns the result unless the worker dies at
    /// this call or loses the answer.
    pub(crate) async fn call<T>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.0.is_dead.load(Ordering::SeqCst) {
            return Err(killed());
        }
        let number = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fate = self.0.fate.filter(|_| number == self.0.at);
        let happens = fate.map(|fate| format!(" [{fate:?}]")).unwrap_or_default();
        self.0.trace.lock().unwrap().push(format!("{what}{happens}"));
        match fate {
            Some(Fate::KilledBefore) => {
                self.0.is_dead.store(true, Ordering::SeqCst);
                return Err(killed());
            }
            Some(Fate::Stops) => {
                self.0.is_stopped.store(true, Ordering::SeqCst);
                self.0.stopped.notify_one();
                self.0.released.notified().await;
            }
            _ => {}
        }
        let outcome = call.await;
        match fate {
            Some(Fate::KilledAfter) => {
                self.0.is_dead.store(true, Ordering::SeqCst);
                Err(killed())
            }
            Some(Fate::AnswerLost) => Err(killed()),
            _ => outcome,
        }
    }

    /// Resolves when the worker pauses.
    pub(crate) async fn stopped(&self) {
        self.0.stopped.notified().await;
    }

    /// Lets a paused worker continue.
    pub(crate) fn release(&self) {
        self.0.released.notify_one();
    }

    /// The calls of the worker in order, for the trace.
    pub(crate) fn trace(&self) -> String {
        self.0.trace.lock().unwrap().join(", ")
    }
}
