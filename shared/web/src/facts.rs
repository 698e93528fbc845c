//! Owns the facts of a request: what its log line says, and what metrics are made of.

use crate::http::Request;
use crate::routes::route_of;
use domain::key_id::KeyId;
use domain::ports::Spent;
use domain::workspace::WorkspaceId;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// What is found out about a request while it is worked on.
///
/// The ids are those of a credential and a workspace that exist. So a line never has an id that
/// only the client knows.
#[derive(Debug, Default)]
pub struct Facts {
    key_id: OnceLock<KeyId>,
    workspace_id: OnceLock<WorkspaceId>,
    entries: Mutex<Option<EntryCounts>>,
}

/// What became of the entries of a request that records. The first three add up to what was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryCounts {
    /// Those that are stored now.
    pub recorded: usize,
    /// Those that were stored before, or came twice in the request.
    pub duplicate: usize,
    /// Those that are not acceptable, and those that the store did not confirm.
    pub rejected: usize,
    /// Those of the recorded ones in which something was adjusted.
    pub adjusted: usize,
}

impl Facts {
    /// The request has this key, which is in force.
    pub(crate) fn admitted(&self, key_id: &KeyId) {
        let _ = self.key_id.set(key_id.clone());
    }

    /// The request is about this workspace, which exists.
    pub(crate) fn entered(&self, workspace_id: &WorkspaceId) {
        let _ = self.workspace_id.set(workspace_id.clone());
    }

    /// The request has recorded.
    pub(crate) fn counted(&self, counts: EntryCounts) {
        *self.entries.lock().unwrap_or_else(PoisonError::into_inner) = Some(counts);
    }
}

/// A request that is done, and what it took.
#[derive(Debug)]
pub struct Finished<'a> {
    /// The name of the function's binary.
    pub function: &'static str,
    /// When the function began.
    pub started: Instant,
    /// What it cost in the store.
    pub spent: Spent,
    /// What was found out about it.
    pub facts: &'a Facts,
}

impl Finished<'_> {
    /// Logs the one line of a request. Of what the client sent it has nothing but the id of its
    /// trace, which is a number.
    pub(crate) fn log(&self, request: &Request, status: u16, problem: Option<&str>) {
        let Self { function, started, spent, facts } = self;
        let route = route_of(request);
        let entries = *facts.entries.lock().unwrap_or_else(PoisonError::into_inner);
        tracing::info!(
            function,
            operation = route.map(|route| route.operation.name()),
            route = route.map(|route| format!("{} {}", request.method, route.path)),
            request_id = request.request_id,
            trace_id = request.trace.trace_id(),
            key_id = facts.key_id.get().map(KeyId::as_str),
            workspace_id = facts.workspace_id.get().map(WorkspaceId::as_str),
            status,
            problem,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            recorded = entries.map(|entries| entries.recorded),
            duplicate = entries.map(|entries| entries.duplicate),
            rejected = entries.map(|entries| entries.rejected),
            adjusted = entries.map(|entries| entries.adjusted),
            store_calls = spent.calls,
            store_retries = spent.retries(),
            read_units = spent.read_units,
            write_units = spent.write_units,
            "request"
        );
    }
}
