//! Owns how the catalogue is stored: an item that names the current version, and the parts of each
//! version, compressed. Versions are never changed, so a process remembers the one it read last.

use super::item::{Item, from_item, malformed, number, text, to_item};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::catalog::{Catalog, MAX_CATALOG_BYTES};
use domain::ports::{ReadCatalog, StoreError, WriteCatalog};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::sync::Arc;

/// The version of the stored shapes of this module.
const SCHEMA: u32 = 1;
/// The most bytes of one part. An item has at most 400 KB. Source: "Quotas in Amazon DynamoDB".
const MAX_PART_BYTES: usize = 350_000;

/// The item that names the current version.
#[derive(Debug, Serialize, Deserialize)]
struct CurrentItem {
    pk: String,
    sk: String,
    schema: u32,
    version: u64,
    parts: usize,
}

impl ReadCatalog for DynamoStore {
    async fn catalog(&self) -> Result<Option<Arc<Catalog>>, StoreError> {
        let Some(item) = self.control_item(keys::catalog()).await? else {
            return Ok(None);
        };
        let current = from_item::<CurrentItem>(item)?.known()?;
        if let Some(catalog) = self.catalog.get(current.version) {
            return Ok(Some(catalog));
        }
        let catalog = Arc::new(self.version(current.version, current.parts).await?);
        self.catalog.put(&catalog);
        Ok(Some(catalog))
    }

    async fn catalog_version(&self, version: u64) -> Result<Option<Catalog>, StoreError> {
        let parts = self.parts(version).await?;
        if parts.is_empty() { Ok(None) } else { unpack(&parts).map(Some) }
    }
}

impl WriteCatalog for DynamoStore {
    async fn put_catalog(&self, catalog: &Catalog) -> Result<(), StoreError> {
        let parts = pack(catalog)?;
        let (pk, sk) = keys::catalog();
        let version = catalog.version;
        let current =
            CurrentItem { pk, sk: sk.to_owned(), schema: SCHEMA, version, parts: parts.len() };
        let current = self.control_version(to_item(&current)?, &[], version);
        let part = |(index, part)| self.control_insert(part_item(version, index, part));
        // All or nothing: of two that make the same version at the same time, the slower one must
        // not write over the parts of the other.
        let parts = parts.into_iter().enumerate().map(part);
        self.transact([current].into_iter().chain(parts).collect()).await
    }
}

impl DynamoStore {
    async fn version(&self, version: u64, parts: usize) -> Result<Catalog, StoreError> {
        let found = self.parts(version).await?;
        if found.len() < parts {
            return Err(malformed("a catalogue without one of its parts"));
        }
        unpack(found.get(..parts).unwrap_or_default())
    }

    /// The parts of a version, in order.
    async fn parts(&self, version: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let (pk, prefix) = keys::catalog_parts(version);
        let query = self
            .client
            .query()
            .table_name(&self.tables.control)
            // Holds for the parts of one version.
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":prefix", text(prefix))
            .consistent_read(true);
        self.query_all(query).await?.into_iter().map(part_of).collect()
    }
}

/// The item of a part of a version.
fn part_item(version: u64, index: usize, part: Vec<u8>) -> Item {
    let (pk, sk) = keys::catalog_part(version, index);
    Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("data".to_owned(), AttributeValue::B(Blob::new(part))),
    ])
}

/// The bytes that the item of a part holds.
fn part_of(mut item: Item) -> Result<Vec<u8>, StoreError> {
    if item.get("schema") != Some(&number(SCHEMA)) {
        return Err(malformed("schema of a part of a catalogue"));
    }
    match item.remove("data") {
        Some(AttributeValue::B(data)) => Ok(data.into_inner()),
        _ => Err(malformed("part of a catalogue")),
    }
}

impl CurrentItem {
    /// An unknown schema is not guessed at.
    fn known(self) -> Result<Self, StoreError> {
        if self.schema == SCHEMA { Ok(self) } else { Err(malformed("schema of a catalogue")) }
    }
}

/// The catalogue as compressed JSON, in parts that fit into items.
fn pack(catalog: &Catalog) -> Result<Vec<Vec<u8>>, StoreError> {
    let refused = |error: std::io::Error| StoreError::Refused(error.into());
    let json = serde_json::to_vec(catalog).map_err(|error| StoreError::Refused(error.into()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&json).map_err(refused)?;
    let packed = encoder.finish().map_err(refused)?;
    Ok(packed.chunks(MAX_PART_BYTES).map(<[u8]>::to_vec).collect())
}

fn unpack(parts: &[Vec<u8>]) -> Result<Catalog, StoreError> {
    let packed = parts.concat();
    // Twice the limit of what is sent: the service adds its own names.
    let limit = u64::try_from(2 * MAX_CATALOG_BYTES).unwrap_or(u64::MAX);
    let mut json = Vec::new();
    GzDecoder::new(packed.as_slice())
        .take(limit)
        .read_to_end(&mut json)
        .map_err(|error| StoreError::Malformed(error.into()))?;
    serde_json::from_slice(&json).map_err(|error| StoreError::Malformed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamodb::item::of_next_schema;
    use domain::catalog::default_catalog;
    use std::collections::BTreeMap;

    /// Golden: the item that names the current version has this shape while the schema is 1.
    #[test]
    fn the_stored_shape_is_fixed() {
        let (pk, sk) = keys::catalog();
        let current = CurrentItem { pk, sk: sk.to_owned(), schema: SCHEMA, version: 12, parts: 1 };
        assert_eq!(
            serde_json::to_string(&current).unwrap(),
            r#"{"pk":"catalog","sk":"current","schema":1,"version":12,"parts":1}"#
        );
        assert_eq!(
            keys::catalog_part(12, 0),
            ("catalog".to_owned(), "v#0000000012#000".to_owned())
        );
    }

    /// Golden: parts have this shape while the schema is 1.
    #[test]
    fn the_shape_of_a_part_is_fixed_and_reads_back() {
        let item = part_item(12, 1, vec![1, 2]);
        let shown: BTreeMap<_, _> =
            item.iter().map(|(name, value)| (name.as_str(), format!("{value:?}"))).collect();
        let golden = [
            ("data", "B(Blob { inner: 0102 })"),
            ("pk", r#"S("catalog")"#),
            ("schema", r#"N("1")"#),
            ("sk", r#"S("v#0000000012#001")"#),
        ];
        assert_eq!(shown, golden.map(|(name, value)| (name, value.to_owned())).into());
        assert_eq!(part_of(item).unwrap(), [1, 2]);
    }

    #[test]
    fn an_unknown_schema_is_an_error() {
        let (pk, sk) = keys::catalog();
        let current = CurrentItem { pk, sk: sk.to_owned(), schema: SCHEMA, version: 1, parts: 1 };
        let next: CurrentItem = from_item(of_next_schema(&current)).unwrap();
        assert!(matches!(next.known(), Err(StoreError::Malformed(_))));
        let mut part = part_item(1, 0, Vec::new());
        part.insert("schema".to_owned(), number(SCHEMA + 1));
        assert!(matches!(part_of(part), Err(StoreError::Malformed(_))));
    }

    #[test]
    fn a_catalogue_is_unpacked_as_it_was_packed() {
        let catalog = Catalog { version: 3, ..default_catalog().clone() };
        let parts = pack(&catalog).unwrap();
        assert_eq!(parts.len(), 1);
        assert_eq!(unpack(&parts).unwrap(), catalog);
        assert!(unpack(&[b"no gzip".to_vec()]).is_err());
        assert!(unpack(&[]).is_err());
    }
}
