//! Owns the unusual days in the control table.

use crate::dynamodb::attributes::Reader;
use crate::dynamodb::item::{Item, number, text};
use crate::dynamodb::{DynamoStore, keys};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::directory::Day;
use domain::ports::{
    Consistency, Direction, Ends, Found, Kept, ReadUnusual, Replacing, StoreError,
};
use domain::unusual::UnusualDay;
use domain::workspace::WorkspaceId;
use std::collections::BTreeMap;

/// The version of the stored shape of an unusual day.
const SCHEMA: u32 = 1;

impl ReadUnusual for DynamoStore {
    async fn unusual_on(
        &self,
        workspace: &WorkspaceId,
        days: &[Day],
        consistency: Consistency,
    ) -> Result<BTreeMap<Day, Kept<UnusualDay>>, StoreError> {
        let key = |day: &Day| {
            let (pk, sk) = keys::unusual(workspace, *day);
            Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
        };
        let keys = days.iter().map(key).collect();
        let items = self.get_all(&self.tables.control, keys, consistency).await?;
        items.iter().map(day_of).collect()
    }

    async fn unusual_between(
        &self,
        workspace: &WorkspaceId,
        first: Day,
        last: Day,
        direction: Direction,
    ) -> Result<Found<(Day, UnusualDay)>, StoreError> {
        let range = [first, last].map(|day| keys::unusual(workspace, day));
        let query = self
            .control_range(range, Consistency::Eventual)
            .scan_index_forward(direction == Direction::OldestFirst);
        let page = self.page(query).await?;
        let days = page.items.iter().map(day_of);
        let items = days.map(|day| day.map(|(day, kept)| (day, kept.profile)));
        let items = items.collect::<Result<_, StoreError>>()?;
        Ok(Found { items, is_whole: page.last_key.is_none() })
    }
}

pub(super) fn day_item(
    workspace: &WorkspaceId,
    day: Day,
    new: &Replacing<UnusualDay>,
) -> Result<Item, StoreError> {
    let (pk, sk) = keys::unusual(workspace, day);
    let bytes = new.profile.to_bytes(day).map_err(|error| StoreError::Refused(error.into()))?;
    let mut item = Item::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text(sk)),
        ("schema".to_owned(), number(SCHEMA)),
        ("version".to_owned(), number(new.seen.unwrap_or_default() + 1)),
        ("entries".to_owned(), AttributeValue::B(Blob::new(bytes))),
    ]);
    if let Some(end) = new.ends.profile {
        item.insert("expires_at".to_owned(), number(end.epoch_seconds()));
    }
    Ok(item)
}

fn day_of(item: &Item) -> Result<(Day, Kept<UnusualDay>), StoreError> {
    let read = Reader { item, what: "an unusual day" };
    read.schema(SCHEMA)?;
    let day = Day::parse(read.text("sk")?).ok_or_else(|| read.malformed())?;
    let profile = UnusualDay::from_bytes(day, read.bytes("entries")?)
        .map_err(|error| StoreError::Malformed(error.into()))?;
    let ends = Ends { profile: read.end("expires_at")?, terms: None };
    Ok((day, Kept { profile, version: read.number("version")?, ends }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::Outcome;
    use domain::identity::EntryId;
    use domain::tally::Cell;
    use domain::timestamp::Timestamp;
    use domain::unusual::{Flagged, Reason};

    /// Golden: unusual days have this shape while the schema is 1. Their bytes have a golden test
    /// of their own.
    #[test]
    fn the_stored_shape_of_an_unusual_day_is_fixed() {
        let workspace = WorkspaceId::parse("ws_a").unwrap();
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let mut profile = UnusualDay::default();
        let kind = Cell { action: "a".into(), target_type: "t".into(), outcome: Outcome::Success };
        let reasons = [Reason::NewActor].into_iter().collect();
        profile.add(EntryId::new(at, 7), Flagged { reasons, kind, recorded_at: at });
        let end = Timestamp::parse("2026-12-30T00:00:00Z").unwrap();
        let ends = Ends { profile: Some(end), terms: None };
        let new = Replacing { profile, seen: Some(2), ends };
        let mut item = day_item(&workspace, Day::of(at), &new).unwrap();
        assert_eq!(item.len(), 6);
        assert_eq!(
            (&item["pk"], &item["sk"]),
            (&text("directory#ws_a#unusual"), &text("2026-11-22"))
        );
        assert_eq!((&item["schema"], &item["version"]), (&number(1), &number(3)));
        assert_eq!(item["expires_at"], number(1_798_588_800));
        let Replacing { profile, ends, .. } = new;
        assert_eq!(day_of(&item).unwrap(), (Day::of(at), Kept { profile, version: 3, ends }));
        item.insert("schema".to_owned(), number(SCHEMA + 1));
        assert!(matches!(day_of(&item), Err(StoreError::Malformed(_))));
    }
}
