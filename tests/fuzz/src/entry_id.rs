//! Two ids of entries, as a client sends them in a path.
//!
//! - An id has one spelling, and texts of ids sort as the ids do.
//! - The ids before and after an id are its neighbours.
//! - Any text in a path is answered with 400, 404 or 405: the log is empty.

use crate::parts;
use crate::world::{ENTRIES, World};
use domain::identity::EntryId;

pub(crate) fn run(data: &[u8]) -> bool {
    let (first, second) = parts(data);
    let texts = [first, second].map(|part| String::from_utf8_lossy(part).into_owned());
    let ids = [&texts[0], &texts[1]].map(|text| EntryId::parse(text));
    for (text, id) in texts.iter().zip(ids) {
        if let Some(id) = id {
            assert_eq!(id.to_string(), *text);
            assert_eq!(serde_json::from_str::<EntryId>(&format!("\"{text}\"")).unwrap(), id);
            assert!(id.before().is_none_or(|before| before < id && before.after() == Some(id)));
            assert!(id.after().is_none_or(|after| after > id && after.before() == Some(id)));
        }
    }
    if let [Some(first), Some(second)] = ids {
        assert_eq!(first.cmp(&second), texts[0].cmp(&texts[1]));
    }
    let answer = World::new().get(&format!("{ENTRIES}/{}", texts[0]));
    assert!([400, 404, 405].contains(&answer.status), "{answer:?}");
    ids[0].is_some()
}
