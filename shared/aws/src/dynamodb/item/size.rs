//! Owns what items weigh. Source: "DynamoDB item sizes and formats", DynamoDB developer guide.

use super::{EntryItem, Item, to_item};
use aws_sdk_dynamodb::types::AttributeValue;

/// A write unit is this many bytes.
const WRITE_UNIT_BYTES: usize = 1_024;
/// What a list or a map weighs without its elements, and each of these without its content.
const LIST_BYTES: usize = 3;
const ELEMENT_BYTES: usize = 1;
/// What neither an index has nor a row under a further target.
const OF_THE_ENTRY: [&str; 7] =
    ["key_id", "metadata", "old_value", "new_value", "values_apart", "salt_generation", "seal"];
/// What only some of the items of an entry have.
const OF_SOME: [&str; 3] = ["actor_key", "target_key", "delete_at"];

/// Whether writing an entry costs the same with this summary as without: in the table, in its
/// indexes and under its further targets.
pub(super) fn has_room_for(entry: &EntryItem, summary: &str) -> bool {
    let added = "summary".len() + summary.len();
    // What cannot be stored is refused where it is written.
    let Ok(item) = to_item(entry) else { return false };
    let whole = weight_of(&item, |_| true);
    let row = weight_of(&item, |name| !OF_THE_ENTRY.contains(&name));
    let least = weight_of(&item, |name| !OF_THE_ENTRY.contains(&name) && !OF_SOME.contains(&name));
    units(whole) == units(whole + added) && units(least) == units(row + added)
}

fn units(bytes: usize) -> usize {
    bytes.div_ceil(WRITE_UNIT_BYTES)
}

/// What the attributes weigh that are asked for.
pub(super) fn weight_of(item: &Item, is_asked: impl Fn(&str) -> bool) -> usize {
    let asked = item.iter().filter(|(name, _)| is_asked(name));
    asked.map(|(name, value)| name.len() + weight(value)).sum()
}

/// What a value weighs, at most.
fn weight(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(elements) => {
            let elements = elements.iter().map(|element| ELEMENT_BYTES + weight(element));
            LIST_BYTES + elements.sum::<usize>()
        }
        AttributeValue::M(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| ELEMENT_BYTES + name.len() + weight(value));
            LIST_BYTES + members.sum::<usize>()
        }
        // `BOOL` and `NULL`; an entry has no sets.
        _ => 1,
    }
}
