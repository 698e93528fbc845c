//! The catalogue.

use super::MemoryStore;
use super::script::Call;
use super::size::{CONTROL_ITEM_BYTES, read_units, write_units};
use crate::catalog::Catalog;
use crate::ports::{ReadCatalog, StoreError, WriteCatalog};
use std::sync::Arc;

impl ReadCatalog for MemoryStore {
    async fn catalog(&self) -> Result<Option<Arc<Catalog>>, StoreError> {
        self.look_now(Call::GetCatalog, |view| {
            let last = view.state.catalogs.iter(view.at).next_back();
            (last.map(|(_, catalog)| Arc::clone(catalog)), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }

    async fn catalog_version(&self, version: u64) -> Result<Option<Catalog>, StoreError> {
        self.look_now(Call::GetCatalog, |view| {
            let catalog = view.state.catalogs.get(view.at, &version);
            (catalog.map(|catalog| (**catalog).clone()), read_units(CONTROL_ITEM_BYTES))
        })
        .await
    }
}

impl WriteCatalog for MemoryStore {
    async fn put_catalog(&self, catalog: &Catalog) -> Result<(), StoreError> {
        self.change(Call::PutCatalog, |state, at| {
            let stored = state.catalogs.iter(at).next_back().map_or(0, |(version, _)| *version);
            if stored + 1 != catalog.version {
                return Err(StoreError::Changed);
            }
            state.catalogs.put(at, catalog.version, Some(Arc::new(catalog.clone())));
            Ok(((), write_units(CONTROL_ITEM_BYTES)))
        })
        .await
    }
}
