//! Owns what every function does around its work: it admits the request, limits its time, turns its
//! outcome into an answer, and logs one line.

use crate::admission::Admission;
pub use crate::admission::Check;
use crate::cache::Cache;
use crate::facts::{EntryCounts, Facts, Finished};
use crate::http::{Answer, Request};
use crate::problem::ApiError;
use crate::rates::Rates;
use domain::catalog::{Catalog, default_catalog};
use domain::clock::Clock;
use domain::credential::{Credential, Scope};
use domain::plan::GraceDays;
use domain::ports::{Metered, ReadCatalog, ReadControl};
use domain::timestamp::Timestamp;
use domain::unusual::{Rules, Thresholds};
use domain::workspace::{Workspace, WorkspaceId};
use http::{HeaderName, HeaderValue, Method, header};
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
    /// For how many days a lowered plan can be raised again without loss.
    pub grace: GraceDays,
    /// From when on something is unusual.
    pub thresholds: Thresholds,
    rates: Rates,
    caches: Arc<Caches>,
    facts: Arc<Facts>,
}

/// The items that a request needs before its work, as they were at most 60 seconds ago.
#[derive(Debug, Default)]
struct Caches {
    admission: Admission,
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
    /// Makes a service with empty caches, the default days of grace, and the rates of an instance.
    #[must_use]
    pub fn new(store: S, clock: Clock) -> Self {
        let (grace, rates) = (GraceDays::default(), Rates::OF_AN_INSTANCE);
        let (caches, facts, thresholds) = Default::default();
        Self { store, clock, grace, thresholds, rates, caches, facts }
    }

    /// This service with other days of grace.
    #[must_use]
    pub fn with_grace(self, grace: GraceDays) -> Self {
        Self { grace, ..self }
    }

    /// This service with other thresholds of what is unusual.
    #[must_use]
    pub fn with_thresholds(self, thresholds: Thresholds) -> Self {
        Self { thresholds, ..self }
    }

    /// This service with other rates.
    #[must_use]
    pub fn with_rates(self, rates: Rates) -> Self {
        Self { rates, ..self }
    }

    /// This service for one request, of which nothing is known yet, with the store's meter set to
    /// zero.
    #[must_use]
    pub fn for_request(&self) -> Self {
        Self { store: self.store.metered(), facts: Arc::default(), ..self.clone() }
    }

    /// Notes what became of the entries of this request, for its log line.
    pub fn count_entries(&self, counts: EntryCounts) {
        self.facts.counted(counts);
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
        let (spent, facts) = (self.store.spent(), &*self.facts);
        conclude(request, outcome, &Finished { function, started, spent, facts })
    }

    /// Admits a request that reads or records to a workspace that must exist.
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
        self.enter_by(request, workspace_id, scope, Check::Remembered).await
    }

    /// Admits a request whose effect outlasts it to a workspace that must exist: its credential is
    /// read anew.
    ///
    /// # Errors
    /// As [`Service::enter`].
    pub async fn enter_strongly(
        &self,
        request: &Request,
        workspace_id: &str,
        scope: Scope,
    ) -> Result<Access, ApiError> {
        self.enter_by(request, workspace_id, scope, Check::Strong).await
    }

    async fn enter_by(
        &self,
        request: &Request,
        workspace_id: &str,
        scope: Scope,
        check: Check,
    ) -> Result<Access, ApiError> {
        let (credential, workspace_id, now) =
            self.authorize(request, workspace_id, scope, check).await?;
        let workspace = self.workspace(&workspace_id.ok_or(ApiError::NotFound)?, now).await?;
        Ok(Access { credential, workspace: workspace.ok_or(ApiError::NotFound)?, now })
    }

    /// Admits a request to a workspace that need not exist. The answer is the credential, the id of
    /// the workspace (`None` means that the text is not a workspace id), and the time.
    ///
    /// # Errors
    /// In this order: [`ApiError::Unauthenticated`] if no credential is in force,
    /// [`ApiError::TooFast`] if the rate of the key is used up, [`ApiError::NotFound`] if the
    /// credential is of another workspace, [`ApiError::InsufficientScope`], [`ApiError::TooFast`]
    /// if the rate of the workspace is used up.
    pub async fn authorize(
        &self,
        request: &Request,
        workspace_id: &str,
        scope: Scope,
        check: Check,
    ) -> Result<(Arc<Credential>, Option<WorkspaceId>, Timestamp), ApiError> {
        let now = self.clock.now();
        let credential = self.authenticate(request, check, now).await?;
        let workspace_id = WorkspaceId::parse(workspace_id);
        if credential.workspace_id.is_some() && credential.workspace_id != workspace_id {
            return Err(ApiError::NotFound);
        }
        if !credential.scopes.contains(&scope) {
            return Err(ApiError::InsufficientScope(scope.name()));
        }
        // Last, so that only those who may ask use up the rate.
        if let Some(workspace_id) = &workspace_id {
            self.caches.admission.count(workspace_id, &self.rates, now)?;
        }
        Ok((credential, workspace_id, now))
    }

    /// Admits a request that is about no workspace, and whose effect outlasts it. The answer is the
    /// time.
    ///
    /// # Errors
    /// In this order: [`ApiError::Unauthenticated`] if no credential is in force,
    /// [`ApiError::TooFast`] if the rate of the key is used up, [`ApiError::NotFound`] if the
    /// credential is of one workspace, [`ApiError::InsufficientScope`].
    pub async fn authorize_operator(
        &self,
        request: &Request,
        scope: Scope,
    ) -> Result<Timestamp, ApiError> {
        let now = self.clock.now();
        let credential = self.authenticate(request, Check::Strong, now).await?;
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
        check: Check,
        now: Timestamp,
    ) -> Result<Arc<Credential>, ApiError> {
        let Self { store, rates, caches, .. } = self;
        let credential = caches.admission.credential(store, rates, request, check, now).await?;
        self.facts.admitted(&credential.key_id);
        Ok(credential)
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
            self.facts.entered(id);
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

    /// The rules by which entries are judged, by the catalogue as it was less than 60 seconds ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rules(&self, now: Timestamp) -> Result<Rules, ApiError>
    where
        S: ReadCatalog,
    {
        Ok(Rules::of(self.thresholds, &*self.catalog(now).await?))
    }

    /// Caches the catalogue as it is now stored.
    pub fn remember_catalog(&self, catalog: &Arc<Catalog>, now: Timestamp) {
        self.caches.catalog.put((), Arc::clone(catalog), now);
    }

    /// Caches a workspace as it is now stored.
    pub fn remember(&self, workspace: Workspace, now: Timestamp) -> Arc<Workspace> {
        self.facts.entered(&workspace.id);
        self.caches.workspaces.put(workspace.id.clone(), workspace, now)
    }
}

/// Names the header of a request that the service does not need, and has not read.
const X_IGNORED_HEADER: HeaderName = HeaderName::from_static("x-ignored-header");
/// Some clients send it with what they repeat. Recording is idempotent without it.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Turns the outcome of a request into its answer, with the headers that all answers have, and logs
/// one line.
///
/// The answer to `HEAD` is that to `GET` without the body, and with its length (RFC 9110, section
/// 9.3.2).
#[must_use]
pub fn conclude(
    request: &Request,
    outcome: Result<Answer, ApiError>,
    finished: &Finished<'_>,
) -> Answer {
    let problem = outcome.as_ref().err().map(|error| error.kind().1);
    let mut answer = outcome.unwrap_or_else(|error| error.answer(&request.request_id));
    answer.headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // A browser must take an answer for what it is declared to be, never for a page.
    answer.headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    finished.log(request, answer.status.as_u16(), problem);
    if request.method == Method::HEAD.as_str() {
        let body = std::mem::take(&mut answer.body);
        answer.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    if request.header(IDEMPOTENCY_KEY).is_some() {
        answer = answer.with_header(X_IGNORED_HEADER, IDEMPOTENCY_KEY);
    }
    answer.with_header(X_REQUEST_ID, &request.request_id)
}
