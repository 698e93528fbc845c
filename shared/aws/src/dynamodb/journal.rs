//! Owns the journal in the control table: segments, markers, and the checkpoint of folding.

use super::attributes::Reader;
use super::call::limit;
use super::item::{Item, number, text};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::journal::{Folded, MARKER_DAYS, Marker, MarkerPlace, Segment};
use domain::ports::{Consistency, MarkEntries, ReadJournal, Stopped, StoreError, WriteJournal};
use domain::tally::Period;
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;

/// The version of the stored shape of the checkpoint.
const SCHEMA: u32 = 1;
/// The version of the stored shape of a segment.
const SEGMENT_SCHEMA: u32 = 2;
/// The version of the stored shape of a marker.
const MARKER_SCHEMA: u32 = 2;
/// Segments of one call at most: 250 of 4 KB are 1 MB, which is what a query returns.
const SEGMENTS_PER_CALL: usize = 250;
/// Markers of one call at most: 1,000 of 1 KB are 1 MB.
const MARKERS_PER_CALL: usize = 1_000;

impl ReadJournal for DynamoStore {
    async fn segments(
        &self,
        workspace: &WorkspaceId,
        from: Timestamp,
        most: usize,
        consistency: Consistency,
    ) -> Result<Stopped<Segment, Timestamp>, StoreError> {
        let range = [keys::segment(workspace, from), keys::segment(workspace, Timestamp::MAX)];
        let query =
            self.control_range(range, consistency).limit(limit(most.min(SEGMENTS_PER_CALL)));
        let page = self.page(query).await?;
        let items = page.items.iter().map(segment_of).collect::<Result<Vec<_>, _>>()?;
        let stopped_at = page.last_key.and(items.last()).map(|segment| segment.from);
        Ok(Stopped { items, stopped_at })
    }

    async fn segments_before(
        &self,
        workspace: &WorkspaceId,
        before: Timestamp,
        most: usize,
        consistency: Consistency,
    ) -> Result<Vec<Segment>, StoreError> {
        // Nothing begins before the first moment of all.
        if before == Timestamp::MIN {
            return Ok(Vec::new());
        }
        let range = [
            keys::segment(workspace, Timestamp::MIN),
            keys::segment(workspace, before.plus_ms(-1)),
        ];
        let query = self
            .control_range(range, consistency)
            .scan_index_forward(false)
            .limit(limit(most.min(SEGMENTS_PER_CALL)));
        self.page(query).await?.items.iter().map(segment_of).collect()
    }

    async fn folded(
        &self,
        workspace: &WorkspaceId,
        consistency: Consistency,
    ) -> Result<Option<Folded>, StoreError> {
        let (pk, sk) = keys::folded(workspace);
        let get = self
            .client
            .get_item()
            .table_name(&self.tables.control)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .consistent_read(consistency == Consistency::Strong);
        self.get(get).await?.as_ref().map(folded_of).transpose()
    }
}

impl WriteJournal for DynamoStore {
    async fn put_segment(
        &self,
        workspace: &WorkspaceId,
        segment: &Segment,
    ) -> Result<bool, StoreError> {
        let put = self
            .control_put(segment_item(workspace, segment)?)
            // J3. Holds when no segment begins where this one begins.
            .condition_expression("attribute_not_exists(pk)");
        Ok(self.put(put).await?.is_done())
    }

    async fn put_folded(
        &self,
        workspace: &WorkspaceId,
        before: Option<&Folded>,
        after: &Folded,
    ) -> Result<bool, StoreError> {
        let put = self.control_put(folded_item(workspace, after));
        // J4. Holds when nobody has folded since the checkpoint was read.
        let put = if_unmoved(put, before.map(|before| (before.generation.into(), before.next)));
        Ok(self.put(put).await?.is_done())
    }
}

/// The put of a checkpoint, on the condition that the stored one has this generation and this
/// number. `None` means that none is stored.
pub(super) fn if_unmoved(
    put: PutItemFluentBuilder,
    before: Option<(u64, u64)>,
) -> PutItemFluentBuilder {
    match before {
        None => put.condition_expression("attribute_not_exists(pk)"),
        Some((generation, next)) => put
            .condition_expression("generation = :generation AND #next = :next")
            .expression_attribute_names("#next", "next")
            .expression_attribute_values(":generation", number(generation))
            .expression_attribute_values(":next", number(next)),
    }
}

impl MarkEntries for DynamoStore {
    async fn mark(&self, workspace: &WorkspaceId, marker: &Marker) -> Result<(), StoreError> {
        self.put(self.control_put(marker_item(workspace, marker)?)).await.map(drop)
    }

    async fn confirm(&self, workspace: &WorkspaceId, marker: &Marker) -> Result<(), StoreError> {
        self.put_once(self.control_put(marker_item(workspace, marker)?)).await.map(drop)
    }
}

impl DynamoStore {
    /// The markers after a place, through a moment.
    pub(super) async fn markers_page(
        &self,
        workspace: &WorkspaceId,
        after: MarkerPlace,
        through: Timestamp,
        consistency: Consistency,
    ) -> Result<Stopped<Marker, MarkerPlace>, StoreError> {
        let (pk, low) = keys::marker(workspace, after);
        let (_, high) = keys::marker(workspace, MarkerPlace { at: through, name: u128::MAX });
        // The first key after that of `after`.
        let low = format!("{low}!");
        if low > high {
            return Ok(Stopped { items: Vec::new(), stopped_at: None });
        }
        let range = [(pk.clone(), low), (pk, high)];
        let query = self.control_range(range, consistency).limit(limit(MARKERS_PER_CALL));
        let page = self.page(query).await?;
        let items = page.items.iter().map(marker_of).collect::<Result<Vec<_>, _>>()?;
        let stopped_at = page.last_key.and(items.last()).map(Marker::place);
        Ok(Stopped { items, stopped_at })
    }
}

fn segment_item(workspace: &WorkspaceId, segment: &Segment) -> Result<Item, StoreError> {
    let (pk, sk) = keys::segment(workspace, segment.from);
    let bytes = segment.to_bytes().map_err(|error| StoreError::Refused(error.into()))?;
    Ok(Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SEGMENT_SCHEMA)),
        ("through".to_owned(), text(segment.through.rfc3339())),
        ("first".to_owned(), number(segment.first)),
        ("entries".to_owned(), AttributeValue::B(Blob::new(bytes))),
    ]))
}

fn segment_of(item: &Item) -> Result<Segment, StoreError> {
    let read = Reader { item, what: "a segment" };
    read.schema(SEGMENT_SCHEMA)?;
    let from = keys::segment_start(read.text("sk")?).ok_or_else(|| read.malformed())?;
    let through = read.moment("through")?;
    Segment::from_bytes(from, through, read.number("first")?, read.bytes("entries")?)
        .map_err(|error| StoreError::Malformed(error.into()))
}

fn marker_item(workspace: &WorkspaceId, marker: &Marker) -> Result<Item, StoreError> {
    let (pk, sk) = keys::marker(workspace, marker.place());
    let bytes = marker.to_bytes().map_err(|error| StoreError::Refused(error.into()))?;
    let expires_at = marker.at.plus_days(MARKER_DAYS).epoch_seconds();
    let mut item = Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(MARKER_SCHEMA)),
        ("ids".to_owned(), AttributeValue::B(Blob::new(bytes))),
        ("expires_at".to_owned(), number(expires_at)),
    ]);
    if !marker.confirmed.is_empty() {
        let bytes = marker.confirmed_to_bytes();
        let bytes = bytes.map_err(|error| StoreError::Refused(error.into()))?;
        item.insert("confirmed".to_owned(), AttributeValue::B(Blob::new(bytes)));
    }
    Ok(item)
}

fn marker_of(item: &Item) -> Result<Marker, StoreError> {
    let read = Reader { item, what: "a marker" };
    read.schema(MARKER_SCHEMA)?;
    let at = keys::marker_time(read.text("sk")?).ok_or_else(|| read.malformed())?;
    let marker = Marker::from_bytes(at, read.bytes("ids")?);
    let marker = marker.and_then(|marker| match item.get("confirmed") {
        Some(AttributeValue::B(confirmed)) => marker.with_confirmed_bytes(confirmed.as_ref()),
        _ => Ok(marker),
    });
    marker.map_err(|error| StoreError::Malformed(error.into()))
}

fn folded_item(workspace: &WorkspaceId, folded: &Folded) -> Item {
    let (pk, sk) = keys::folded(workspace);
    let touched = folded.touched.iter().map(|period| text(period.key())).collect();
    Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("generation".to_owned(), number(folded.generation)),
        ("next".to_owned(), number(folded.next)),
        ("through".to_owned(), text(folded.through.rfc3339())),
        ("touched".to_owned(), AttributeValue::L(touched)),
    ])
}

fn folded_of(item: &Item) -> Result<Folded, StoreError> {
    let read = Reader { item, what: "a checkpoint of folding" };
    read.schema(SCHEMA)?;
    let touched = item.get("touched").and_then(|touched| touched.as_l().ok());
    let touched = touched.into_iter().flatten().map(|key| Period::from_key(key.as_s().ok()?));
    let generation = u32::try_from(read.number("generation")?);
    Ok(Folded {
        generation: generation.map_err(|_too_great| read.malformed())?,
        next: read.number("next")?,
        through: read.moment("through")?,
        touched: touched.collect::<Option<_>>().ok_or_else(|| read.malformed())?,
    })
}

#[cfg(test)]
mod tests;
