//! Sets the catalogue: compares a new one with the current one, and says whether it may be stored.

use crate::catalog::{Catalog, Difference, default_catalog, read_catalog};
use crate::ports::{ReadCatalog, StoreError};
use crate::validation::{Errors, FieldError};
use serde::Deserialize;
use std::sync::Arc;

/// A catalogue that is to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogChange {
    /// The catalogue, with its version. If nothing differs, it is the current one.
    pub catalog: Arc<Catalog>,
    /// The current version.
    pub previous_version: u64,
    /// What is new.
    pub difference: Difference,
}

/// Why a catalogue cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum CatalogChangeError {
    /// It is no catalogue, or drops what the current version has.
    #[error("the catalogue is not acceptable")]
    Invalid(Vec<FieldError>),
    /// The current version could not be read, or is another than the one that the catalogue was
    /// made from.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads a catalogue from JSON and compares it with the current one. Nothing is stored.
///
/// The JSON may have the `version` that it was made from. Then it can be stored only over this
/// version: changes that others made since are not undone.
///
/// # Errors
/// [`CatalogChangeError`]: also [`StoreError::Changed`] for a catalogue that was made from another
/// version.
pub async fn compare_with_current(
    store: &impl ReadCatalog,
    json: &[u8],
) -> Result<CatalogChange, CatalogChangeError> {
    let proposed = read_catalog(json).map_err(CatalogChangeError::Invalid)?;
    let stored = store.catalog().await?;
    let current = stored.unwrap_or_else(|| Arc::new(default_catalog().clone()));
    let difference = Difference::between(&current, &proposed);
    let previous_version = current.version;
    if difference.is_nothing() && previous_version > 0 {
        return Ok(CatalogChange { catalog: current, previous_version, difference });
    }
    if based_on(json).is_some_and(|version| version != previous_version) {
        return Err(StoreError::Changed.into());
    }
    let (version, accepted_unknown) = (previous_version + 1, current.may_have_unknown());
    let catalog = Arc::new(Catalog { version, accepted_unknown, ..proposed });
    Ok(CatalogChange { catalog, previous_version, difference })
}

impl CatalogChange {
    /// Checks that the new version keeps every name with which entries may have been recorded. A
    /// first version may drop names of the default catalogue.
    ///
    /// # Errors
    /// One error for each name that the new version lacks.
    pub fn check(&self) -> Result<(), CatalogChangeError> {
        let mut errors = Errors::default();
        let Difference { actions, target_types, .. } = &self.difference;
        if self.previous_version > 0 {
            for (pointer, names) in [("/actions", actions), ("/target_types", target_types)] {
                for name in &names.removed {
                    let version = self.previous_version;
                    errors.add(
                        pointer,
                        format!("must have {name}, as version {version} has: set retired: true"),
                    );
                }
            }
        }
        errors.into_result(Some(())).map_err(CatalogChangeError::Invalid)
    }

    /// Whether there is something to store. The first version is stored even if it says what the
    /// default says: then it stays, whatever the default of a later release is.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.catalog.version > self.previous_version
    }
}

/// The version that a catalogue says it was made from.
fn based_on(json: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Based {
        version: Option<u64>,
    }
    serde_json::from_slice::<Based>(json).ok()?.version
}

#[cfg(test)]
mod tests;
