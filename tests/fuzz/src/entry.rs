//! The body of one entry.
//!
//! - It is recorded or refused. When it is sent again, it is the same entry.
//! - The stored entry has the id that its content gives, and its canonical form is JSON.
//! - It reads back as it was answered, and its integrity is verified.
//! - If nothing was adjusted, the entry that was read is the same entry when it is sent.

use crate::world::{ENTRIES, Sent, World, at_pointer};
use domain::entry::canonical_form;
use domain::json::{Json, parse};
use domain::memory::fixtures::salt_of;

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

/// The entry of an answer as a client would send it: without what the service added.
fn as_sent(recorded: &Sent) -> String {
    let Some(Json::Object(members)) = &recorded.json else { panic!("{recorded:?}") };
    let is_sent = |(name, _): &&(String, Json)| !ADDED.contains(&name.as_str());
    Json::Object(members.iter().filter(is_sent).cloned().collect()).canonical()
}
