//! The body of one entry.
//!
//! - It is recorded or refused. When it is sent again, it is the same entry.
//! - The stored entry has the id that its content gives, and its canonical form is JSON.
//! - It reads back as it was answered, and its integrity is verified.
//! - Old and new values are stored with the texts of the numbers that were sent.
//! - If nothing was adjusted, the entry that was read is the same entry when it is sent.

use crate::world::{ENTRIES, Sent, World, at_pointer};
use domain::entry::canonical_form;
use domain::json::{Json, parse};
use domain::memory::fixtures::salt_of;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The fields that the service adds to an entry.
const ADDED: [&str; 8] = [
    "id", "workspace_id", "recorded_at", "sequence", "key_id", "expires_at", "integrity", "changes",
];

pub(crate) fn run(data: &[u8]) -> bool {
    let world = World::new();
    let is_recorded = check_over(&world, data);
    assert_eq!(world.store.stored(&world.workspace).len(), usize::from(is_recorded));
    is_recorded
}

/// Sends an entry that is new in this world, and checks what happens to it. Returns whether it was
/// recorded.
pub(crate) fn check_over(world: &World, data: &[u8]) -> bool {
    let recorded = world.send("POST", ENTRIES, data);
    if recorded.status != 201 {
        return false;
    }
    let again = world.send("POST", ENTRIES, data);
    assert_eq!((again.status, &again.json), (200, &recorded.json));
    let id = recorded.text("/id");
    check_stored(world, id);
    check_read(world, &recorded);
    check_numbers(world, data, &recorded);
    let listed = world.get(ENTRIES);
    let ids = listed.elements("/entries").iter().map(|row| at_pointer(row, "/id"));
    assert_eq!(ids.filter(|one| *one == Some(&Json::Text(id.to_owned()))).count(), 1);
    if recorded.at("/adjusted").is_none() {
        let same = world.send("POST", ENTRIES, as_sent(&recorded).as_bytes());
        assert_eq!((same.status, same.text("/id")), (200, id), "{}", as_sent(&recorded));
    }
    true
}

/// Checks a stored entry against its id.
pub(crate) fn check_stored(world: &World, id: &str) {
    let stored = world.store.stored(&world.workspace);
    let entry = stored.iter().find(|entry| entry.id.to_string() == id).unwrap();
    let salt = salt_of(&entry.workspace_id, &entry.content.actor.key());
    assert_eq!(salt.entry_id(&entry.content), entry.id);
    assert!(parse(canonical_form(&entry.content).as_bytes()).is_ok());
}

/// Reads the entry that was recorded, and compares it with the answer.
fn check_read(world: &World, recorded: &Sent) {
    let read = world.get(&recorded.headers["location"]);
    assert_eq!((read.status, read.text("/integrity")), (200, "verified"), "{read:?}");
    let Some(Json::Object(members)) = &recorded.json else { panic!("{recorded:?}") };
    for (name, value) in members {
        assert_eq!(read.at(&format!("/{name}")), Some(value), "{name}");
    }
}

/// Compares the numbers of stored values with those of the bytes that were sent, which are found
/// here without the service's reader. Values that were adjusted are left out.
fn check_numbers(world: &World, data: &[u8], recorded: &Sent) {
    let read: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_slice(data);
    let Ok(sent) = read else { return };
    let stored = world.store.stored(&world.workspace);
    let id = recorded.text("/id");
    let content = &stored.iter().find(|entry| entry.id.to_string() == id).unwrap().content;
    let adjusted = recorded.elements("/adjusted").iter();
    let adjusted: Vec<_> = adjusted.filter_map(|one| at_pointer(one, "/pointer")).collect();
    for (name, value) in [("old_value", &content.old_value), ("new_value", &content.new_value)] {
        let is_within =
            |one: &&Json| matches!(one, Json::Text(text) if text[1..].starts_with(name));
        let (Some(sent), Some(value)) = (sent.get(name), value) else { continue };
        if !adjusted.iter().any(is_within) {
            assert_eq!(numbers(value.as_str()), numbers(sent.get()), "{name}");
        }
    }
}

/// The texts of all numbers in a JSON text, sorted.
fn numbers(json: &str) -> Vec<&str> {
    let (mut numbers, mut rest) = (Vec::new(), json);
    while let Some(start) = rest.find(|one: char| matches!(one, '"' | '-' | '0'..='9')) {
        rest = &rest[start..];
        let is_text = rest.starts_with('"');
        let end = if is_text { end_of_text(rest) } else { end_of_number(rest) };
        if !is_text {
            numbers.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    numbers.sort_unstable();
    numbers
}

fn end_of_text(json: &str) -> usize {
    let mut is_escaped = true;
    let end = json.find(|one| {
        let ends = one == '"' && !is_escaped;
        is_escaped = one == '\\' && !is_escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 1)
}

fn end_of_number(json: &str) -> usize {
    let is_part = |one: char| matches!(one, '-' | '+' | '.' | 'e' | 'E' | '0'..='9');
    json.find(|one| !is_part(one)).unwrap_or(json.len())
}

/// The entry of an answer as a client would send it: without what the service added.
fn as_sent(recorded: &Sent) -> String {
    let Some(Json::Object(members)) = &recorded.json else { panic!("{recorded:?}") };
    let is_sent = |(name, _): &&(String, Json)| !ADDED.contains(&name.as_str());
    Json::Object(members.iter().filter(is_sent).cloned().collect()).canonical()
}
