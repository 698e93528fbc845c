//! Exports of many parts, resumed in the middle, with messages that come twice.

use crate::export::{body, log, scene};
use job::Limits;
use std::time::Duration;
use tests::jobs::finished;
use tests::{Ask, Random};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_many_parts_is_put_together_in_order_whoever_writes_them() {
    let (service, workspace) = scene().await;
    for seed in 20..23 {
        log(&service, &workspace, seed, 1_500);
    }
    let api = service.operator().await;
    let ask = body("ndjson", "none", &Ask { to: Some(service.clock.now()), ..Ask::default() });
    let whole = tests::jobs::export(&service, &api, "ws_a", &ask).await;
    let accepted = api.post("/v1/workspaces/ws_a/exports", &ask).await;
    let (mut random, mut chunks) = (Random::new(24), 0);
    while let Some(message) = service.backend.queue.take() {
        // A chunk that has no time writes one page and carries it on; S3 takes no part below 5 MiB
        // but the last.
        let chunk_time = Duration::from_micros(1 + u64::from(random.below(60_000)));
        let limits = Limits { part_bytes: 5 * 1024 * 1024, chunk_time, ..Limits::default() };
        service.worker_with(limits).work_on(&message).await.unwrap();
        // The same message is delivered a second time, late, and changes nothing.
        service.worker_with(limits).work_on(&message).await.unwrap();
        chunks += 1;
        assert!(chunks < 10_000);
    }
    let pieces = finished(&api.get(accepted.header("location")).await).await;
    assert!(chunks > 2, "{chunks} chunks");
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count();
    assert!(lines(&pieces.bytes) > 4_000);
    assert!(whole.bytes.len() > 5 * 1024 * 1024, "{} bytes", whole.bytes.len());
    assert!(
        pieces.bytes == whole.bytes
            && pieces.text_at("/file/sha256") == whole.text_at("/file/sha256")
    );
}
