//! The ports to the catalogue, which the control table holds.

use super::StoreError;
use crate::catalog::Catalog;
use std::future::Future;
use std::sync::Arc;

/// Reads the catalogue: `GetItem` and `Query` on the control table.
pub trait ReadCatalog {
    /// The current version. `None` means that no catalogue was ever stored, so that the default
    /// holds. The read is strongly consistent.
    fn catalog(&self) -> impl Future<Output = Result<Option<Arc<Catalog>>, StoreError>> + Send;
    /// One stored version. `None` means that there is no such version.
    fn catalog_version(
        &self,
        version: u64,
    ) -> impl Future<Output = Result<Option<Catalog>, StoreError>> + Send;
}

/// Stores the catalogue: `TransactWriteItems` of puts on the control table.
pub trait WriteCatalog {
    /// Stores a version and makes it the current one.
    ///
    /// The version is an optimistic lock: it is stored only over the version before it; else the
    /// answer is [`StoreError::Changed`].
    fn put_catalog(&self, catalog: &Catalog)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}
