//! Owns the way from an error of the domain to what an operator is told.

use super::Failure;
use domain::catalog_change::CatalogChangeError;
use domain::plan_change::PlanChangeError;
use domain::ports::StoreError;
use domain::start_export::StartExportError;

impl Failure {
    /// The failure of storing a catalogue.
    pub(crate) fn of_catalog_write(error: StoreError) -> Self {
        match error {
            StoreError::Changed => Self::CatalogChanged,
            other => of_write(other),
        }
    }
}

impl From<PlanChangeError> for Failure {
    fn from(error: PlanChangeError) -> Self {
        match error {
            PlanChangeError::Contended => Self::Contended,
            PlanChangeError::Random(error) => Self::Random(error.into()),
            PlanChangeError::Json(error) => Self::Fault(error.into()),
            PlanChangeError::Store(error) => of_write(error),
        }
    }
}

/// Comparing writes nothing.
impl From<CatalogChangeError> for Failure {
    fn from(error: CatalogChangeError) -> Self {
        match error {
            CatalogChangeError::Invalid(errors) => Self::Catalog(errors),
            CatalogChangeError::Store(StoreError::Changed) => Self::CatalogChanged,
            CatalogChangeError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StartExportError> for Failure {
    fn from(error: StartExportError) -> Self {
        match error {
            StartExportError::TooMany => Self::TooManyExports,
            StartExportError::Contended => Self::Contended,
            StartExportError::Json(error) => Self::Fault(error.into()),
            StartExportError::Store(error) => of_write(error),
        }
    }
}

/// An error of the store while something was written. Being throttled does not mean "not written"
/// either: an earlier attempt of the SDK may have been.
pub(super) fn of_write(error: StoreError) -> Failure {
    match error {
        StoreError::Throttled(_) | StoreError::Unavailable(_) => Failure::NotConfirmed(error),
        _ => Failure::Store(error),
    }
}
