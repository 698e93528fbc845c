//! Sees whether the tables answer.

use super::item::text;
use super::{DynamoStore, keys};
use domain::ports::{ProbeTables, StoreError};

impl ProbeTables for DynamoStore {
    async fn probe_control(&self) -> Result<(), StoreError> {
        let (pk, sk) = keys::probe();
        let get = self.client.get_item().table_name(&self.tables.control);
        self.get(get.key("pk", text(pk)).key("sk", text(sk))).await.map(drop)
    }

    async fn probe_entries(&self) -> Result<(), StoreError> {
        let (pk, sk) = keys::probe();
        let get = self.client.get_item().table_name(&self.tables.entries);
        self.get(get.key("workspace_id", text(pk)).key("id", text(sk))).await.map(drop)
    }
}
