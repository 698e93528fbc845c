//! The service for `tests/hostile/run.py`. It first prints one line of JSON: its address, and the
//! values for the placeholders of requests. It then answers each line on standard input with a
//! number. For `store_calls` that is the number of calls of the store since the last time it was
//! asked, for `stored_items` the number of stored items, and for `work` the number of chunks of
//! jobs that it did just now. It ends when its standard input does.

use data_encoding::BASE64URL_NOPAD;
use domain::clock::Clock;
use domain::credential::Scope;
use domain::entry::Entry;
use serde_json::json;
use std::io::{Write, stdout};
use tests::raw::RawRequest;
use tests::scene::{Scene, unknown_token, with_wrong_checksum};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// Entries of each workspace: enough for a second page.
const ENTRIES: i64 = 5;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let scene = Scene::at(Clock::System).await;
    let values = values(&scene).await;
    say(
        &json!({ "address": scene.service.address, "retention_days": scene.a.plan.retention_days(),
        "values": values })
        .to_string(),
    )?;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match line.trim() {
            "store_calls" => say(&scene.service.proxy.take_calls().len().to_string())?,
            "work" => say(&scene.service.work().await.to_string())?,
            "stored_items" => say(&scene.stored().items.to_string())?,
            _ => say("null")?,
        }
    }
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(stdout(), "{line}")?;
    stdout().flush()
}

/// The values for the placeholders of requests, by name.
async fn values(scene: &Scene) -> serde_json::Value {
    let now = scene.service.clock.now();
    let (writes, reads) = ([Scope::EntriesWrite], [Scope::EntriesRead, Scope::EntriesExport]);
    let backend = scene.key(&writes, Some("ws_a")).await;
    let (of_a, page_of_a) = entries(scene, "ws_a").await;
    let (of_b, page_of_b) = entries(scene, "ws_b").await;
    let id = of_a.id.to_string();
    let (time, digest) = id.split_at(20);
    let retention = i64::from(scene.a.plan.retention_days().unwrap_or_default());
    let expired = scene.put_entry(&scene.a, now.plus_days(-retention - 2), "usr_1").await;
    let mut flipped = BASE64URL_NOPAD.decode(page_of_a.as_bytes()).unwrap_or_default();
    if let Some(byte) = flipped.last_mut() {
        *byte ^= 1;
    }
    json!({
        "KEY_W": backend,
        "KEY_R": scene.key(&reads, Some("ws_a")).await,
        "KEY_BADSUM": with_wrong_checksum(&backend),
        "KEY_UNKNOWN": unknown_token(),
        "KEY_REVOKED": scene.revoked_key(&Scope::ALL).await,
        "KEY_EXPIRED": scene.expiring_key(&Scope::ALL, now.plus_ms(-1_000)).await,
        "VT": scene.service.viewer_token("ws_a", now.plus_ms(900_000)).await,
        "VT_EXPIRED": scene.service.viewer_token("ws_a", now.plus_ms(-1_000)).await,
        "ENTRY": id,
        "ENTRY_B": of_b.id.to_string(),
        "ENTRY_EXPIRED": expired.id.to_string(),
        "ENTRY_UPPER": format!("{time}{}", digest.to_uppercase()),
        "ENTRY_CUT": format!("{time}{}", digest.get(..digest.len() - 1).unwrap_or_default()),
        "CUR": page_of_a,
        "CUR_B": page_of_b,
        "CUR_FLIP": BASE64URL_NOPAD.encode(&flipped),
    })
}

/// An entry of the workspace whose id is spelt differently in upper case, and the token of the
/// second page of its list.
async fn entries(scene: &Scene, workspace: &str) -> (Entry, String) {
    let stored = if workspace == "ws_a" { &scene.a } else { &scene.b };
    let now = scene.service.clock.now();
    let mut entry = scene.put_entry(stored, now, "usr_1").await;
    for second in 1..ENTRIES {
        entry = scene.put_entry(stored, now.plus_ms(-1_000 * second), "usr_1").await;
    }
    let key = scene.key(&[Scope::EntriesRead], Some(workspace)).await;
    let page = scene
        .send(
            &RawRequest::new("GET", &format!("/v1/workspaces/{workspace}/entries?page_size=2"))
                .token(&key),
        )
        .await;
    (entry, page.text_at("/page/next_page_token").to_owned())
}
