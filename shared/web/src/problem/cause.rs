//! Owns the way from an error of the domain to the problem that a client is told of. What lies
//! behind an error is logged here, once.

use super::ApiError;
use crate::integrity;
use domain::catalog_change::CatalogChangeError;
use domain::plan_change::PlanChangeError;
use domain::ports::{StoreError, chain};
use domain::start_export::StartExportError;
use std::collections::BTreeMap;
use std::error::Error;

impl ApiError {
    /// A fault of this service: the log gets the cause, the client does not.
    #[must_use]
    pub fn internal(cause: &dyn Error) -> Self {
        tracing::error!(error = %chain(cause), "internal");
        Self::Internal
    }
}

/// Maps each error of the store to one problem.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            // The store did what it was asked: it refused a write whose condition does not hold.
            StoreError::Changed => {
                tracing::info!(%error, "conflict");
                Self::Conflict
            }
            StoreError::Altered { workspace_id, id } => {
                integrity::report(&workspace_id, id);
                Self::EntryAltered
            }
            StoreError::Throttled(_)
            | StoreError::Unavailable(_)
            | StoreError::Refused(_)
            | StoreError::Malformed(_) => {
                let mut failures = StoreFailures::default();
                let problem = failures.tell(error);
                failures.log();
                problem
            }
        }
    }
}

/// Failures of the store that are logged together: a batch whose entries fail alike writes one line
/// and not a hundred.
#[derive(Debug, Default)]
pub struct StoreFailures {
    /// How often each problem was told.
    told: BTreeMap<&'static str, usize>,
    /// The first error with its causes.
    first: Option<String>,
}

impl StoreFailures {
    /// The problem that the client is told of. What the store did as it was asked is no failure,
    /// and is logged at once.
    pub fn tell(&mut self, error: StoreError) -> ApiError {
        let problem = match error {
            StoreError::Changed | StoreError::Altered { .. } => return error.into(),
            StoreError::Throttled(_) => ApiError::RateLimited,
            StoreError::Unavailable(_) => ApiError::StoreUnavailable,
            StoreError::Refused(_) | StoreError::Malformed(_) => ApiError::Internal,
        };
        *self.told.entry(problem.kind().1).or_default() += 1;
        self.first.get_or_insert_with(|| chain(&error));
        problem
    }

    /// Logs the failures in one line, if there are any: how many of each problem, and the cause of
    /// the first.
    pub fn log(&self) {
        let Some(first) = &self.first else { return };
        let counts = self.told.iter().map(|(problem, count)| format!("{problem} {count}"));
        let (problem, failures) = (counts.collect::<Vec<_>>().join(", "), self.told.values().sum());
        let failures: usize = failures;
        tracing::warn!(error = first, problem, failures, "store");
    }
}

impl From<PlanChangeError> for ApiError {
    fn from(error: PlanChangeError) -> Self {
        match error {
            PlanChangeError::Contended => Self::Conflict,
            PlanChangeError::Store(error) => error.into(),
            PlanChangeError::Random(_) | PlanChangeError::Json(_) => Self::internal(&error),
        }
    }
}

impl From<CatalogChangeError> for ApiError {
    fn from(error: CatalogChangeError) -> Self {
        match error {
            CatalogChangeError::Invalid(errors) => Self::ValidationFailed(errors),
            CatalogChangeError::Store(error) => error.into(),
        }
    }
}

impl From<StartExportError> for ApiError {
    fn from(error: StartExportError) -> Self {
        match error {
            StartExportError::TooMany => Self::TooManyExports,
            StartExportError::Contended => Self::TooFast(1),
            StartExportError::Store(error) => error.into(),
            StartExportError::Json(_) => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::identity::EntryId;
    use domain::ports::Cause;
    use domain::workspace::WorkspaceId;

    /// One error of the store of each kind, with the problem that clients are told of.
    fn store_errors() -> [(StoreError, ApiError); 6] {
        let cause = || Cause::from("cause");
        let altered = StoreError::Altered {
            workspace_id: WorkspaceId::parse("ws_a").unwrap(),
            id: EntryId::LAST,
        };
        [
            (altered, ApiError::EntryAltered),
            (StoreError::Changed, ApiError::Conflict),
            (StoreError::Throttled(cause()), ApiError::RateLimited),
            (StoreError::Unavailable(cause()), ApiError::StoreUnavailable),
            (StoreError::Malformed(cause()), ApiError::Internal),
            (StoreError::Refused(cause()), ApiError::Internal),
        ]
    }

    #[test]
    fn failures_of_a_batch_are_told_one_by_one_and_counted_together() {
        let mut failures = StoreFailures::default();
        for _ in 0..2 {
            for (error, problem) in store_errors() {
                assert_eq!(failures.tell(error), problem);
            }
        }
        let told = [("internal", 4), ("rate-limited", 2), ("store-unavailable", 2)];
        assert_eq!(failures.told, BTreeMap::from(told));
        assert!(failures.first.is_some_and(|first| first.contains("cause")));
    }

    fn json_error() -> serde_json::Error {
        serde_json::from_str::<()>("no JSON").unwrap_err()
    }

    #[test]
    fn each_store_error_has_one_answer() {
        for (error, problem) in store_errors() {
            assert_eq!(ApiError::from(error), problem);
        }
    }

    #[test]
    fn each_error_of_a_plan_change_has_one_answer() {
        let random = getrandom::Error::UNSUPPORTED;
        assert_eq!(ApiError::from(PlanChangeError::Contended), ApiError::Conflict);
        assert_eq!(ApiError::from(PlanChangeError::Random(random)), ApiError::Internal);
        assert_eq!(ApiError::from(PlanChangeError::Json(json_error())), ApiError::Internal);
        for (error, problem) in store_errors() {
            assert_eq!(ApiError::from(PlanChangeError::Store(error)), problem);
        }
    }

    #[test]
    fn each_error_of_a_change_of_the_catalogue_has_one_answer() {
        let invalid = ApiError::from(CatalogChangeError::Invalid(Vec::new()));
        assert_eq!(invalid, ApiError::ValidationFailed(Vec::new()));
        for (error, problem) in store_errors() {
            assert_eq!(ApiError::from(CatalogChangeError::Store(error)), problem);
        }
    }

    #[test]
    fn each_error_of_starting_an_export_has_one_answer() {
        assert_eq!(ApiError::from(StartExportError::Json(json_error())), ApiError::Internal);
        assert_eq!(ApiError::from(StartExportError::TooMany), ApiError::TooManyExports);
        assert_eq!(ApiError::from(StartExportError::Contended), ApiError::TooFast(1));
        for (error, problem) in store_errors() {
            assert_eq!(ApiError::from(StartExportError::Store(error)), problem);
        }
    }
}
