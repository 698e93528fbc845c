//! What the API says of an export, and its file.

use crate::export::{body, log, scene};
use domain::job::{Job, JobKey, JobName, MAX_TRIES};
use domain::plan::{GraceDays, Plan};
use domain::ports::{ReadJobs, WriteJobs};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::jobs::{export, finished};
use tests::{Ask, NOON};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_what_the_file_holds_and_the_manifest_says_it_too() {
    let (service, workspace) = scene().await;
    let log = log(&service, &workspace, 5, 60);
    let api = service.operator().await;
    let filter = Ask { action: Some("member.invite".into()), ..Ask::default() };
    let matching = u64::try_from(filter.of(&log).len()).unwrap();
    let accepted = api.post("/v1/workspaces/ws_a/exports", &body("csv", "gzip", &filter)).await;
    assert_eq!((accepted.text_at("/state"), &accepted.json["file"]), ("queued", &Value::Null));
    assert_eq!(accepted.json["rows_expected"], matching);
    assert_eq!(accepted.json["filters"], json!({ "action": "member.invite" }));
    assert!(service.work().await >= 2);
    let export = finished(&api.get(accepted.header("location")).await).await;
    assert_eq!(export.number_at("/file/row_count"), matching);
    assert_eq!(export.number_at("/rows_written"), matching);
    assert_eq!(export.number_at("/file/bytes"), u64::try_from(export.bytes.len()).unwrap());
    assert_eq!(export.text_at("/file/sha256"), hex(&Sha256::digest(&export.bytes)));
    assert_eq!(export.json["file"]["truncated"], false);
    assert_eq!(export.text_at("/as_of"), NOON);
    assert_eq!(export.text_at("/file/name"), "audit-log-ws_a-20261122T120000Z.csv.gz");
    assert_eq!(export.text_at("/file/url_expires_at"), "2026-11-22T12:10:00.000Z");
    assert_eq!(export.text_at("/file/expires_at"), "2026-11-29T12:00:00.000Z");
    let manifest = reqwest::get(export.text_at("/file/manifest_url")).await.unwrap();
    let manifest: Value = serde_json::from_slice(&manifest.bytes().await.unwrap()).unwrap();
    for name in ["row_count", "sha256", "truncated", "bytes"] {
        assert_eq!(manifest[name], export.json["file"][name], "{name}");
    }
    assert_eq!(
        (&manifest["export_id"], &manifest["filters"]),
        (&export.json["id"], &export.json["filters"])
    );
    let list = api.get("/v1/workspaces/ws_a/exports").await;
    assert_eq!(list.json["exports"][0]["id"], export.json["id"]);
    assert!(
        list.json["exports"][0]["file"].get("url").is_none(),
        "addresses are made for one export at a time"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_itself_recorded_and_its_id_is_that_of_the_entry() {
    let (service, _) = scene().await;
    let token = service.viewer_token("ws_a", service.clock.now().plus_ms(60_000)).await;
    let api = service.api(&token);
    let accepted = api
        .post("/v1/workspaces/ws_a/exports", &json!({ "format": "ndjson", "actor_id": "u_1" }))
        .await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let entry = api.get(&format!("/v1/workspaces/ws_a/entries/{}", accepted.text_at("/id"))).await;
    assert_eq!(
        (entry.status, entry.text_at("/action"), entry.text_at("/actor/id")),
        (200, "audit_log.export", "admin_1")
    );
    let filters = json!({ "actor_type": "user", "actor_id": "u_1" });
    let wanted = json!({ "format": "ndjson", "bom": false, "compression": "none",
        "filters": filters });
    assert_eq!(
        (&entry.json["new_value"], entry.text_at("/request_id")),
        (&wanted, accepted.header("x-request-id"))
    );
    assert_eq!(accepted.text_at("/requested_by/id"), "admin_1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_nothing_is_a_file_of_nothing() {
    let (service, _) = scene().await;
    let api = service.operator().await;
    let nothing = Ask { actor_id: Some("nobody".into()), ..Ask::default() };
    let ndjson = export(&service, &api, "ws_a", &body("ndjson", "none", &nothing)).await;
    assert_eq!((ndjson.bytes.as_slice(), ndjson.number_at("/file/row_count")), (&b""[..], 0));
    assert_eq!(ndjson.text_at("/as_of"), NOON);
    let csv = export(&service, &api, "ws_a", &body("csv", "none", &nothing)).await;
    assert!(
        csv.bytes.starts_with(b"id,workspace_id,occurred_at")
            && csv.bytes.ends_with(b"integrity,unusual\r\n"),
        "{:?}",
        csv.bytes
    );
    let gzip = export(&service, &api, "ws_a", &body("csv", "gzip", &nothing)).await;
    assert_eq!(gzip.number_at("/file/row_count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_or_is_hidden_is_not_exported() {
    let (service, workspace) = scene().await;
    let log = log(&service, &workspace, 7, 200);
    let api = service.operator().await;
    let later = || service.clock.set(service.clock.now().plus_ms(1_000));
    later();
    assert_eq!(
        export(&service, &api, "ws_a", &body("csv", "none", &Ask::default()))
            .await
            .number_at("/rows_written"),
        200
    );
    later();
    let accepted =
        api.post("/v1/workspaces/ws_a/exports", &body("csv", "none", &Ask::default())).await;
    later();
    // Between the request and the work the plan is lowered: what that hides is not written any
    // more.
    assert_eq!(api.put("/v1/workspaces/ws_a", &json!({ "plan": "free" })).await.status, 200);
    service.work().await;
    let seen = log
        .iter()
        .filter(|entry| {
            entry.is_visible(
                &workspace.with_plan(Plan::Free, service.clock.now(), GraceDays::default()),
                service.clock.now(),
            )
        })
        .count();
    assert!(seen < 200);
    let export = finished(&api.get(accepted.header("location")).await).await;
    assert_eq!(
        export.number_at("/file/row_count"),
        u64::try_from(seen + 1).unwrap(),
        "and the export before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_gone_after_a_week_and_its_address_is_good_for_ten_minutes_only() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 8, 3);
    let api = service.operator().await;
    let done = export(&service, &api, "ws_a", &body("csv", "none", &Ask::default())).await;
    let path = format!("/v1/workspaces/ws_a/exports/{}", done.text_at("/id"));
    let url = done.text_at("/file/url");
    assert!(url.contains("X-Amz-Expires=600"), "{url}");
    let tampered = url.replace(".csv?", ".csx?");
    assert_eq!(reqwest::get(&tampered).await.unwrap().status().as_u16(), 403);
    service.clock.set(service.clock.now().plus_days(7).plus_ms(-1));
    assert_eq!(api.get(&path).await.status, 200);
    service.clock.set(service.clock.now().plus_ms(1));
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(api.get("/v1/workspaces/ws_a/exports").await.json, json!({ "exports": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_keeps_failing_is_given_up_and_says_so() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 9, 3);
    let api = service.operator().await;
    let accepted =
        api.post("/v1/workspaces/ws_a/exports", &body("csv", "none", &Ask::default())).await;
    // A worker whose bucket is not there: every chunk fails.
    let mut worker = service.worker();
    worker.files =
        aws::s3::S3Files::new(local::objects::client("http://127.0.0.1:1"), "none".into());
    let message = service.backend.queue.take().unwrap();
    let id = domain::identity::EntryId::parse(accepted.text_at("/id")).unwrap();
    let key = JobKey { workspace_id: workspace.id, name: JobName::Export(id) };
    let job = service.store.job(&key).await.unwrap().unwrap();
    service.store.replace_job(&job, &Job { tries: MAX_TRIES - 1, ..job.clone() }).await.unwrap();
    assert!(worker.work_on(&message).await.is_err(), "the last try");
    assert_eq!(api.get(accepted.header("location")).await.text_at("/state"), "running");
    worker.work_on(&message).await.unwrap();
    let failed = api.get(accepted.header("location")).await;
    assert_eq!((failed.text_at("/state"), &failed.json["file"]), ("failed", &Value::Null));
    assert!(failed.text_at("/failure").contains("given up"));
    assert!(service.store.job(&key).await.unwrap().unwrap().is_closed());
    assert!(service.open_jobs().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_begins_with_a_byte_order_mark_if_one_is_asked_for() {
    let (service, workspace) = scene().await;
    log(&service, &workspace, 9, 40);
    let api = service.operator().await;
    // Up to now, so that the entry of one export is not in the next.
    let ask = Ask { to: Some(service.clock.now()), ..Ask::default() };
    let (plain, mut with_mark) = (body("csv", "none", &ask), body("csv", "none", &ask));
    with_mark["bom"] = true.into();
    let without = export(&service, &api, "ws_a", &plain).await;
    let with = export(&service, &api, "ws_a", &with_mark).await;
    assert_eq!(with.bytes, [b"\xef\xbb\xbf", without.bytes.as_slice()].concat());
    assert_eq!((&without.json["bom"], &with.json["bom"]), (&false.into(), &true.into()));
    with_mark["compression"] = "gzip".into();
    let gzip = export(&service, &api, "ws_a", &with_mark).await;
    let mut text = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(gzip.bytes.as_slice());
    std::io::Read::read_to_end(&mut reader, &mut text).unwrap();
    assert_eq!(text, with.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_export_with_a_byte_order_mark_is_another_one() {
    let (service, _) = scene().await;
    let api = service.operator().await;
    let path = "/v1/workspaces/ws_a/exports";
    let (plain, with_mark) = (json!({ "format": "csv" }), json!({ "format": "csv", "bom": true }));
    let first = api.post(path, &plain).await;
    let second = api.post(path, &with_mark).await;
    assert_eq!((first.status, second.status), (202, 202));
    assert_ne!(first.text_at("/id"), second.text_at("/id"));
    for (body, started) in [(plain, first), (with_mark, second)] {
        let again = api.post(path, &body).await;
        assert_eq!((again.status, again.text_at("/id")), (200, started.text_at("/id")));
    }
}
