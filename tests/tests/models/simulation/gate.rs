//! Owns the gate in front of the store. The calls of workers wait here until the scheduler lets one
//! through and decides what happens to it.

use domain::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// The kinds of calls that the scheduler tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Anything that has no other purpose here, such as reading credentials and workspaces, or
    /// storing jobs.
    Control,
    /// Reads entries, the journal or nodes.
    Read,
    /// Writes markers or expiries, which have no deadline.
    Write,
    /// Writes entries.
    Append,
    /// Enters an entry into the journal.
    Enter,
    /// Writes an entry together with a workspace.
    Put,
    /// Stores a segment.
    Seal,
    /// Stores a node.
    Keep,
    /// Moves the checkpoint of folding.
    Move,
}

impl Purpose {
    /// Whether the call stores the result of numbering or folding.
    pub(crate) fn is_following(self) -> bool {
        matches!(self, Self::Seal | Self::Keep | Self::Move)
    }

    /// Whether the call writes a `recorded_at` or `journaled_at`, so that A2 limits when it lands.
    pub(crate) fn is_recording(self) -> bool {
        matches!(self, Self::Append | Self::Enter | Self::Put)
    }
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It takes effect and is answered.
    Answered,
    /// It never reaches the store.
    FailsBefore,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// Its caller gets an error, and it takes effect later, in time for A2.
    LandsLater,
    /// Its machine freezes: the worker is lost, and the call takes effect later, perhaps too late
    /// for A2.
    Freezes,
}

/// The scheduler's decision on a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    pub(crate) fate: Fate,
    /// If the call is a read that may be stale: the last write that its copy of the store has seen.
    pub(crate) as_of: Option<u64>,
    /// How long it takes to land, if it lands later.
    pub(crate) lands_after_ms: i64,
}

impl Verdict {
    /// The call takes effect, is answered, and reads current data.
    pub(crate) const KIND: Self = Self { fate: Fate::Answered, as_of: None, lands_after_ms: 0 };
}

#[derive(Debug)]
struct Ticket {
    worker: usize,
    purpose: Purpose,
    text: String,
    /// By when it must be let through, so that a put lands soon enough after its `recorded_at`
    /// (A2).
    due: Option<Timestamp>,
    verdict: Option<Verdict>,
    waker: Option<Waker>,
}

#[derive(Debug, Default)]
struct Tickets {
    issued: u64,
    waiting: BTreeMap<u64, Ticket>,
    in_flight: usize,
}

/// The gate. Clones share its state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<Tickets>>);

impl Gate {
    /// Waits for the scheduler's decision.
    pub(crate) fn pass(
        &self,
        worker: usize,
        purpose: Purpose,
        due: Option<Timestamp>,
        text: String,
    ) -> Passing {
        let ticket = Ticket { worker, purpose, text, due, verdict: None, waker: None };
        Passing { gate: self.clone(), number: None, ticket: Some(ticket) }
    }

    /// The waiting call with the earliest deadline: the deadline, the worker, and the call's
    /// number.
    pub(crate) fn next_due(&self) -> Option<(Timestamp, usize, u64)> {
        let tickets = self.0.lock().unwrap();
        let waiting = tickets.waiting.iter().filter(|(_, ticket)| ticket.verdict.is_none());
        waiting.filter_map(|(number, ticket)| Some((ticket.due?, ticket.worker, *number))).min()
    }

    /// The waiting calls of a worker, in the order in which they came.
    pub(crate) fn waiting(&self, worker: usize) -> Vec<(u64, Purpose)> {
        let tickets = self.0.lock().unwrap();
        let of_worker = tickets
            .waiting
            .iter()
            .filter(|(_, ticket)| ticket.worker == worker && ticket.verdict.is_none());
        of_worker.map(|(number, ticket)| (*number, ticket.purpose)).collect()
    }

    /// Lets a call through, and returns its text for the trace.
    pub(crate) fn let_through(&self, number: u64, verdict: Verdict) -> String {
        let mut tickets = self.0.lock().unwrap();
        let ticket = tickets.waiting.get_mut(&number).unwrap();
        ticket.verdict = Some(verdict);
        let (waker, text) = (ticket.waker.take(), ticket.text.clone());
        drop(tickets);
        waker.into_iter().for_each(Waker::wake);
        text
    }

    /// Whether no call that was let through is still in progress.
    pub(crate) fn is_quiet(&self) -> bool {
        let tickets = self.0.lock().unwrap();
        tickets.in_flight == 0 && tickets.waiting.values().all(|ticket| ticket.verdict.is_none())
    }
}

/// A call that waits at the gate.
#[derive(Debug)]
pub(crate) struct Passing {
    gate: Gate,
    number: Option<u64>,
    ticket: Option<Ticket>,
}

impl Future for Passing {
    type Output = Passage;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Passage> {
        let this = self.get_mut();
        let mut tickets = this.gate.0.lock().unwrap();
        if let Some(ticket) = this.ticket.take() {
            tickets.issued += 1;
            let number = tickets.issued;
            this.number = Some(number);
            tickets.waiting.insert(number, ticket);
        }
        let number = this.number.unwrap();
        let ticket = tickets.waiting.get_mut(&number).unwrap();
        let Some(verdict) = ticket.verdict else {
            ticket.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        let due = ticket.due;
        tickets.waiting.remove(&number);
        this.number = None;
        tickets.in_flight += 1;
        Poll::Ready(Passage { gate: Some(this.gate.clone()), verdict, due })
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.gate.0.lock().unwrap().waiting.remove(&number);
        }
    }
}

/// A call that was let through. It is in progress until this is dropped.
#[derive(Debug)]
pub(crate) struct Passage {
    gate: Option<Gate>,
    pub(crate) verdict: Verdict,
    /// By when it must have landed.
    pub(crate) due: Option<Timestamp>,
}

impl Passage {
    /// The passage of a call that the scheduler does not control.
    pub(crate) fn free() -> Self {
        Self { gate: None, verdict: Verdict::KIND, due: None }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if let Some(gate) = &self.gate {
            gate.0.lock().unwrap().in_flight -= 1;
        }
    }
}
