//! A catalogue that a deployment sets, and the metadata of an entry under it.
//!
//! - It is set or refused whole. A catalogue that was set reads back as it was sent, with the
//!   service's own actions added.
//! - Metadata under any schema is recorded or refused, and reads back.

use crate::parts;
use crate::world::{NOON, World};
use domain::catalog::{Catalog, Difference, read_catalog};
use domain::json::{Json, parse};

const CATALOG: &str = "/v1/catalog";

pub(crate) fn run(data: &[u8]) -> bool {
    let (catalog, metadata) = parts(data);
    let world = World::new();
    let set = world.send("PUT", CATALOG, catalog);
    let shown = world.get(CATALOG);
    let Ok(read) = read_catalog(catalog) else {
        assert_ne!(set.status, 200);
        return false;
    };
    let text = serde_json::to_vec(&read).unwrap();
    assert_eq!(read_catalog(&text), Ok(read.clone()));
    assert!(Difference::between(&read, &read).is_nothing());
    if set.status != 200 {
        return false;
    }
    assert_eq!(set.json, shown.json);
    let stored: Catalog = serde_json::from_str(&shown.json.unwrap().canonical()).unwrap();
    assert!(Difference::between(&read, &stored).is_nothing());
    for action in read.actions.iter().filter(|action| !action.service && !action.retired).take(3) {
        let kind = action.target_types.first().map_or("workspace", String::as_str);
        let body = format!(
            r#"{{"occurred_at":"{NOON}","actor":{{"type":"system","id":"s"}},"action":{},
                "target":{{"type":"{kind}","id":"t"}},"metadata":{}}}"#,
            Json::Text(action.name.clone()).canonical(),
            parse(metadata).map_or("{}".to_owned(), |metadata| metadata.canonical()),
        );
        crate::entry::check_over(&world, body.as_bytes());
    }
    true
}
