//! Finds changes of stored items of the entries table that the service never makes. It compares an
//! item before and after a change, as a stream shows it.
//!
//! Three writers change stored items, and never what an entry says: a rewriting moves `delete_at`
//! and stamps `retention_version` (`lives.rs`), a retry makes leftovers live longer (`append.rs`),
//! and a check enters a straggler with `journaled_at` (`checks.rs`).

use serde_json::Value;
use std::collections::BTreeMap;

/// An item as a stream shows it: the JSON form of each attribute, such as `{"S": "ws_acme"}`.
pub type Image = BTreeMap<String, Value>;

/// The names, in order, of the attributes that changed between two images of an item in a way in
/// which the service never changes them. The list is empty for a change that the service makes.
///
/// A change of an item's end that looks like that of a rewriting is taken for one, because the
/// images do not say who wrote.
#[must_use]
pub fn altered<'a>(partition: &str, old: &'a Image, new: &'a Image) -> Vec<&'a str> {
    let mut names: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let differs = |name: &&str| old.get(*name) != new.get(*name);
    names
        .into_iter()
        .filter(differs)
        .filter(|name| match *name {
            "retention_version" => !is_stamped(old, new),
            "delete_at" => !is_stamped(old, new) && !is_kept_longer(partition, old, new),
            "journaled_at" => !is_entered(partition, old, new),
            _ => true,
        })
        .collect()
}

/// Whether a rewriting has set the life of the item, and not an earlier rewriting than the one
/// before.
fn is_stamped(old: &Image, new: &Image) -> bool {
    number(new, "retention_version")
        .is_some_and(|after| number(old, "retention_version").is_none_or(|before| before <= after))
}

/// Whether values or a row live longer than before, as a retry needs that has found them.
fn is_kept_longer(partition: &str, old: &Image, new: &Image) -> bool {
    let is_leftover = partition.contains('#');
    // The service always sets a number as the end.
    let end = |image: &Image| match image.get("delete_at") {
        Some(_) => number(image, "delete_at"),
        None => Some(i64::MAX),
    };
    is_leftover && end(old).zip(end(new)).is_some_and(|(before, after)| before < after)
}

/// Whether a check has entered the entry into the journal, at a later moment than one before it.
/// Moments have one width, so the order of their texts is that of time.
fn is_entered(partition: &str, old: &Image, new: &Image) -> bool {
    let moment = |image: &Image| Some(image.get("journaled_at")?.get("S")?.as_str()?.to_owned());
    let is_later = match (moment(old), moment(new)) {
        (Some(before), Some(after)) => before < after,
        (None, Some(_)) => !old.contains_key("journaled_at"),
        (_, None) => false,
    };
    is_later && !partition.ends_with("#values")
}

fn number(image: &Image, name: &str) -> Option<i64> {
    image.get(name)?.get("N")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// An entry of schema 2 with these attributes besides.
    fn image(more: Value) -> Image {
        let mut image: Image = serde_json::from_value(json!({
            "schema": { "N": "2" },
            "action": { "S": "member.invite" },
            "actor": { "M": { "id": { "S": "usr_1" } } },
            "seal": { "S": "c2VhbA" },
        }))
        .unwrap();
        image.extend(serde_json::from_value::<Image>(more).unwrap());
        image
    }

    fn altered_in(partition: &str, old: Value, new: Value) -> Vec<String> {
        let (old, new) = (image(old), image(new));
        altered(partition, &old, &new).into_iter().map(str::to_owned).collect()
    }

    const ENTRY: &str = "ws_a";
    const VALUES: &str = "ws_a#values";
    const ROW: &str = "ws_a#target1";

    #[test]
    fn what_the_service_writes_is_no_alteration() {
        let end = |seconds: u32| json!({ "N": seconds.to_string() });
        let stamped = |seconds: u32, version: u32| {
            let (delete_at, retention_version) = (end(seconds), end(version));
            json!({ "delete_at": delete_at, "retention_version": retention_version })
        };
        let entered = |at: &str| json!({ "journaled_at": { "S": at } });
        let (noon, later) = ("2026-11-22T12:00:00.000Z", "2026-11-23T00:10:00.000Z");
        for partition in [ENTRY, VALUES, ROW] {
            for (old, new) in [
                (json!({ "delete_at": end(9) }), stamped(5, 2)),
                (json!({ "delete_at": end(9) }), json!({ "retention_version": end(2) })),
                (stamped(5, 2), stamped(5, 3)),
                (stamped(5, 2), stamped(9, 2)),
                (json!({}), stamped(9, 1)),
            ] {
                assert!(altered_in(partition, old, new).is_empty(), "{partition}");
            }
        }
        for partition in [VALUES, ROW] {
            for (old, new) in [
                (json!({ "delete_at": end(5) }), json!({ "delete_at": end(9) })),
                (json!({ "delete_at": end(5) }), json!({})),
            ] {
                assert!(altered_in(partition, old, new).is_empty(), "{partition} is kept longer");
            }
        }
        for partition in [ENTRY, ROW] {
            assert!(altered_in(partition, json!({}), entered(noon)).is_empty());
            assert!(altered_in(partition, entered(noon), entered(later)).is_empty());
        }
    }

    #[test]
    fn every_other_change_is_one() {
        let end = |seconds: u32| json!({ "delete_at": { "N": seconds.to_string() } });
        let version = |number: u32| json!({ "retention_version": { "N": number.to_string() } });
        let entered = |at: &str| json!({ "journaled_at": { "S": at } });
        let (noon, later) = ("2026-11-22T12:00:00.000Z", "2026-11-23T00:10:00.000Z");
        let cases = [
            (ENTRY, json!({}), json!({ "reason": { "S": "forged" } }), "reason"),
            (ENTRY, json!({ "reason": { "S": "late" } }), json!({}), "reason"),
            (ENTRY, json!({}), json!({ "actor": { "M": { "id": { "S": "u" } } } }), "actor"),
            (ENTRY, json!({}), json!({ "seal": { "S": "" } }), "seal"),
            (ENTRY, json!({}), json!({ "schema": { "S": "2" } }), "schema"),
            (VALUES, json!({}), json!({ "new_value": { "S": "1" } }), "new_value"),
            (ROW, json!({}), json!({ "target_key": { "S": "ws_a#m#2" } }), "target_key"),
            // The end moves, and no rewriting says so.
            (ENTRY, end(9), end(5), "delete_at"),
            (ENTRY, end(5), end(9), "delete_at"),
            (ENTRY, end(5), json!({}), "delete_at"),
            (VALUES, end(9), end(5), "delete_at"),
            (ROW, json!({}), end(5), "delete_at"),
            (ROW, end(5), json!({ "delete_at": { "S": "9" } }), "delete_at"),
            (ENTRY, version(3), version(2), "retention_version"),
            (ENTRY, version(3), json!({}), "retention_version"),
            (ENTRY, json!({}), json!({ "retention_version": { "S": "3" } }), "retention_version"),
            (VALUES, json!({}), entered(noon), "journaled_at"),
            (ENTRY, entered(later), entered(noon), "journaled_at"),
            (ENTRY, entered(noon), json!({}), "journaled_at"),
            (ENTRY, json!({ "journaled_at": { "N": "1" } }), entered(noon), "journaled_at"),
        ];
        for (partition, old, new, name) in cases {
            assert_eq!(altered_in(partition, old, new), [name], "{partition}");
        }
    }

    #[test]
    fn a_rewriting_hides_no_other_change() {
        let new = json!({
            "delete_at": { "N": "9" },
            "retention_version": { "N": "2" },
            "outcome": { "S": "denied" },
            "action": { "S": "member.remove" },
        });
        assert_eq!(altered_in(ENTRY, json!({}), new), ["action", "outcome"]);
    }
}
