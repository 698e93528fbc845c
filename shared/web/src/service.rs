//! Owns what every function does around its work: it admits the request, limits its time, turns its
//! outcome into an answer, and logs one line.

use crate::cache::Cache;
use crate::http::{Answer, Request};
use crate::problem::ApiError;
use domain::catalog::{Catalog, default_catalog};
use domain::clock::Clock;
use domain::credential::{Credential, KeyId, Scope, Token};
use domain::ports::{Metered, ReadCatalog, ReadControl, Spent};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use http::{HeaderName, header};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A request that takes longer is answered with 503. A2 of `docs/table.md`: an entry must be
/// stored at most 20 seconds after its request read the clock, and a call that is in flight at the
/// deadline ends within 2 more seconds. Only then can an entry that is at most 60 seconds old not
/// land in time that is closed.
const REQUEST_DEADLINE: Duration = Duration::from_secs(18);
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a function works with, kept from request to request.
#[derive(Debug, Clone)]
pub struct Service<S> {
    /// The store.
    pub store: S,
    /// The clock.
    pub clock: Clock,
    caches: Arc<Caches>,
}

/// The items that a request needs before its work, as they were at most 60 seconds ago.
#[derive(Debug, Default)]
struct Caches {
    credentials: Cache<KeyId, Credential>,
    workspaces: Cache<WorkspaceId, Workspace>,
    catalog: Cache<(), Arc<Catalog>>,
}

/// An admitted request: who asks, for which workspace, and when.
#[derive(Debug)]
pub struct Access {
    /// The credential. It is in force and has the scope that was asked for.
    pub credential: Arc<Credential>,
    /// The workspace.
    pub workspace: Arc<Workspace>,
    /// The clock, read once for the whole request.
    pub now: Timestamp,
}

impl<S: Metered + ReadControl> Service<S> {
    /// Makes a service with empty caches.
    #[must_use]
    pub fn new(store: S, clock: Clock) -> Self {
        Self { store, clock, caches: Arc::default() }
    }

    /// This service for one request, with the store's meter set to zero.
    #[must_use]
    pub fn for_request(&self) -> Self {
        Self { store: self.store.metered(), ..self.clone() }
    }

    /// Does the work of a request within its deadline, and answers with what came of it; see
    /// [`conclude`].
    ///
    /// The work is boxed because the store's futures are nested too deeply for the compiler to lay
    /// them out in one piece.
    pub async fn answer<W: Future<Output = Result<Answer, ApiError>>>(
        &self,
        function: &'static str,
        request: &Request,
        work: Pin<Box<W>>,
    ) -> Answer {
        let started = Instant::now();
        // A2: the timer starts before `authorize` reads the clock.
        let outcome = tokio::time::timeout(REQUEST_DEADLINE, work)
            .await
            .unwrap_or(Err(ApiError::StoreUnavailable));
        conclude(function, request, outcome, started, self.store.spent())
    }

    /// Admits a request to a workspace that must exist.
    ///
    /// # Errors
    /// Those of [`Service::authorize`]; then [`ApiError::NotFound`] if the workspace does not
    /// exist.
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

    /// Admits a request to a workspace that need not exist. The answer is the credential, the id of
    /// the workspace (`None` means that the text is not a workspace id), and the time.
    ///
    /// # Errors
    /// In this order: [`ApiError::Unauthenticated`] if no credential is in force,
    /// [`ApiError::NotFound`] if the credential is of another workspace,
    /// [`ApiError::InsufficientScope`].
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

    /// Admits a request that is about no workspace. The answer is the time.
    ///
    /// # Errors
    /// In this order: [`ApiError::Unauthenticated`] if no credential is in force,
    /// [`ApiError::NotFound`] if the credential is of one workspace,
    /// [`ApiError::InsufficientScope`].
    pub async fn authorize_operator(
        &self,
        request: &Request,
        scope: Scope,
    ) -> Result<Timestamp, ApiError> {
        let now = self.clock.now();
        let credential = self.authenticate(request, now).await?;
        if credential.workspace_id.is_some() {
            return Err(ApiError::NotFound);
        }
        if !credential.scopes.contains(&scope) {
            return Err(ApiError::InsufficientScope(scope.name()));
        }
        Ok(now)
    }

    async fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        let token = bearer_token(request).ok_or(ApiError::Unauthenticated)?;
        let credential = if let Some(credential) = self.caches.credentials.get(token.key_id(), now)
        {
            credential
        } else {
            let credential =
                self.store.credential(token.key_id()).await?.ok_or(ApiError::Unauthenticated)?;
            self.caches.credentials.put(token.key_id().clone(), credential, now)
        };
        if credential.admits(&token, now) { Ok(credential) } else { Err(ApiError::Unauthenticated) }
    }

    /// Reads a workspace, or takes it from the cache as it was less than 60 seconds ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn workspace(
        &self,
        id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Option<Arc<Workspace>>, ApiError> {
        if let Some(workspace) = self.caches.workspaces.get(id, now) {
            return Ok(Some(workspace));
        }
        let workspace = self.store.workspace(id).await?;
        Ok(workspace.map(|workspace| self.remember(workspace, now)))
    }

    /// The catalogue as it was less than 60 seconds ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn catalog(&self, now: Timestamp) -> Result<Arc<Catalog>, ApiError>
    where
        S: ReadCatalog,
    {
        if let Some(catalog) = self.caches.catalog.get(&(), now) {
            return Ok(Arc::clone(&catalog));
        }
        let stored = self.store.catalog().await?;
        let catalog = stored.unwrap_or_else(|| Arc::new(default_catalog().clone()));
        self.remember_catalog(&catalog, now);
        Ok(catalog)
    }

    /// Caches the catalogue as it is now stored.
    pub fn remember_catalog(&self, catalog: &Arc<Catalog>, now: Timestamp) {
        self.caches.catalog.put((), Arc::clone(catalog), now);
    }

    /// Caches a workspace as it is now stored.
    pub fn remember(&self, workspace: Workspace, now: Timestamp) -> Arc<Workspace> {
        self.caches.workspaces.put(workspace.id.clone(), workspace, now)
    }
}

/// Turns the outcome of a request into its answer, with the headers that all answers have, and logs
/// one line. The line holds nothing that the client sent.
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

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1). `None` also means that there
/// were two such headers: the gateway joins them with a comma, and the result is not a token.
fn bearer_token(request: &Request) -> Option<Token> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Token::parse(token) } else { None }
}
