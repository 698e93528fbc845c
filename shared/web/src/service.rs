//! Owns what every function does around its work: who asks, for which workspace, in how much time,
//! and one log line for it.

use crate::cache::Cache;
use crate::http::{Answer, Request};
use crate::problem::ApiError;
use domain::clock::Clock;
use domain::credential::{Credential, KeyId, Scope, Token};
use domain::ports::{Metered, ReadControl, Spent};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use http::{HeaderName, header};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A request is answered within this time, or with 503. Recording must be over 20 seconds after its
/// clock was read, so that an entry at most 60 seconds old cannot land in time that readers take
/// for closed.
const REQUEST_DEADLINE: Duration = Duration::from_secs(18);
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a function works with: the store, the clock, and a short memory.
#[derive(Debug, Clone)]
pub struct Service<S> {
    /// The store.
    pub store: S,
    /// The clock.
    pub clock: Clock,
    memory: Arc<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    credentials: Cache<KeyId, Credential>,
    workspaces: Cache<WorkspaceId, Workspace>,
}

/// A request that may go on: who asks, where, and when it was asked.
#[derive(Debug)]
pub struct Access {
    /// The credential, in force and with the scope asked for.
    pub credential: Arc<Credential>,
    /// The workspace.
    pub workspace: Arc<Workspace>,
    /// The clock, read once for the whole request.
    pub now: Timestamp,
}

impl<S: Metered + ReadControl> Service<S> {
    /// A service with an empty memory.
    #[must_use]
    pub fn new(store: S, clock: Clock) -> Self {
        Self { store, clock, memory: Arc::default() }
    }

    /// This service for one more request: what the store spends on it is counted from zero.
    #[must_use]
    pub fn for_request(&self) -> Self {
        Self { store: self.store.metered(), ..self.clone() }
    }

    /// Gives every outcome of `work` its answer; see [`conclude`].
    ///
    /// The work comes in a box: the store's futures are nested deeper than the compiler would lay
    /// out in one piece.
    pub async fn answer<W: Future<Output = Result<Answer, ApiError>>>(
        &self,
        function: &'static str,
        request: &Request,
        work: Pin<Box<W>>,
    ) -> Answer {
        let started = Instant::now();
        let outcome = tokio::time::timeout(REQUEST_DEADLINE, work)
            .await
            .unwrap_or(Err(ApiError::StoreUnavailable));
        conclude(function, request, outcome, started, self.store.spent())
    }

    /// Admits a request to a workspace.
    ///
    /// # Errors
    /// As [`Service::authorize`]; [`ApiError::NotFound`] when there is no such workspace.
    pub async fn enter(
        &self,
        request: &Request,
        workspace_id: &str,
        scope: Scope,
    ) -> Result<Access, ApiError> {
        let (credential, workspace_id, now) = self.authorize(request, workspace_id, scope).await?;
        let workspace = self.workspace(&workspace_id.ok_or(ApiError::NotFound)?, now).await?;
        Ok(Access { credential, workspace: workspace.ok_or(ApiError::NotFound)?, now })
    }

    /// Admits a request to a workspace that need not exist; its id is none if it is no workspace
    /// id.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] without a credential in force, then [`ApiError::NotFound`] in
    /// another workspace than the credential's, then [`ApiError::InsufficientScope`].
    pub async fn authorize(
        &self,
        request: &Request,
        workspace_id: &str,
        scope: Scope,
    ) -> Result<(Arc<Credential>, Option<WorkspaceId>, Timestamp), ApiError> {
        let now = self.clock.now();
        let credential = self.authenticate(request, now).await?;
        let workspace_id = WorkspaceId::parse(workspace_id);
        if credential.workspace_id.is_some() && credential.workspace_id != workspace_id {
            return Err(ApiError::NotFound);
        }
        if !credential.scopes.contains(&scope) {
            return Err(ApiError::InsufficientScope(scope.name()));
        }
        Ok((credential, workspace_id, now))
    }

    async fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        let token = bearer_token(request).ok_or(ApiError::Unauthenticated)?;
        let credential = if let Some(credential) = self.memory.credentials.get(token.key_id(), now)
        {
            credential
        } else {
            let credential =
                self.store.credential(token.key_id()).await?.ok_or(ApiError::Unauthenticated)?;
            self.memory.credentials.put(token.key_id().clone(), credential, now)
        };
        if credential.admits(&token, now) { Ok(credential) } else { Err(ApiError::Unauthenticated) }
    }

    /// The workspace of that id, as it was at most 60 seconds ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn workspace(
        &self,
        id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Option<Arc<Workspace>>, ApiError> {
        if let Some(workspace) = self.memory.workspaces.get(id, now) {
            return Ok(Some(workspace));
        }
        let workspace = self.store.workspace(id).await?;
        Ok(workspace.map(|workspace| self.remember(workspace, now)))
    }

    /// Takes a workspace as it is now stored into the memory.
    pub fn remember(&self, workspace: Workspace, now: Timestamp) -> Arc<Workspace> {
        self.memory.workspaces.put(workspace.id.clone(), workspace, now)
    }
}

/// Gives an outcome its answer, with what all answers carry, and logs one line without anything the
/// client sent.
#[must_use]
pub fn conclude(
    function: &'static str,
    request: &Request,
    outcome: Result<Answer, ApiError>,
    started: Instant,
    spent: Spent,
) -> Answer {
    let problem = outcome.as_ref().err().map(|error| error.kind().1);
    let mut answer = outcome.unwrap_or_else(|error| error.answer(&request.request_id));
    answer
        .headers
        .entry(header::CACHE_CONTROL)
        .or_insert(http::HeaderValue::from_static("no-store"));
    tracing::info!(
        function,
        request_id = request.request_id,
        status = answer.status.as_u16(),
        problem,
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        store_calls = spent.calls,
        read_units = spent.read_units,
        write_units = spent.write_units,
        "request"
    );
    answer.with_header(X_REQUEST_ID, &request.request_id)
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1); two headers, which the gateway
/// joins with a comma, are none.
fn bearer_token(request: &Request) -> Option<Token> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
}
