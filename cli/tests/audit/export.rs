//! Exports: started, shown, listed, waited for, and the links to their files.

use crate::bench::{Bench, CONTROL, Run, ended, entry};
use crate::work::{end, export_key};
use domain::job::{JobState, Work};
use domain::memory::fixtures::new_entry;
use domain::ports::{AppendEntry, ReadJobs};
use serde_json::Value;
use std::process::Command;

impl Bench {
    /// Runs `audit` without the AWS configuration of a bench, but with credentials in the
    /// environment.
    fn signing(&self, line: &[&str]) -> Command {
        let mut command = self.command(line);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "eu-central-1");
        command.args([
            "--endpoint-url", &self.endpoint, "--control-table", CONTROL, "--output", "json",
        ]);
        command
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_started_shown_and_listed() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    bench.store.append(&new_entry(&workspace, &entry(&workspace, "p_1", None))).await.unwrap();
    let created = bench.audit(&[
        "export", "create", "ws_1", "--format", "ndjson", "--gzip", "--action", "project.update",
    ]);
    assert_eq!(created.code, 0, "{}", created.notes);
    let id = created.out.strip_suffix('\n').unwrap();
    assert!(
        created.notes.contains("picked up within two minutes")
            && created.notes.contains("0 of 2 rows"),
        "{}",
        created.notes
    );

    let key = export_key(id);
    let job = bench.store.job(&key).await.unwrap().unwrap();
    let Work::Export(work) = &job.work else { panic!("{job:?}") };
    assert_eq!(
        (work.spec.requested_by.kind.name(), work.spec.requested_by.id.as_str()),
        ("system", "operator")
    );
    assert_eq!(bench.store.open_jobs().await.unwrap(), std::slice::from_ref(&key));
    let verified = bench.audit(&["entry", "verify", "ws_1", id]);
    assert!(
        verified.code == 0 && verified.out.contains("audit_log.export"),
        "the log tells of it: {}",
        verified.out
    );

    let shown = bench.audit(&["export", "show", "ws_1", id, "--output", "json"]).json();
    assert_eq!(
        (&shown["state"], &shown["rows_expected"], &shown["file"]),
        (&"queued".into(), &2.into(), &Value::Null)
    );
    let other = bench.export(&[]);
    let listed = bench.audit(&["export", "list", "ws_1", "--output", "json"]).json();
    let ids: Vec<_> = listed["exports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|export| export["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [other.as_str(), id]);
    let listed = bench.audit(&["export", "list", "ws_1"]);
    assert!(
        listed.out.lines().count() == 3 && listed.out.contains("ndjson, gzip"),
        "{}",
        listed.out
    );

    let csv = bench.export(&["--bom"]);
    let shown = bench.audit(&["export", "show", "ws_1", &csv]);
    assert!(shown.out.contains("csv with a byte order mark"), "{}", shown.out);
    let wrong = bench.audit(&["export", "create", "ws_1", "--format", "ndjson", "--bom"]);
    assert!(wrong.code == 2 && wrong.notes.contains("--format csv only"), "{}", wrong.notes);

    let late = bench.audit(&[
        "export", "create", "ws_1", "--format", "csv", "--from", "2026-11-22T00:00:01Z", "--to",
        "2026-11-22T00:00:00Z",
    ]);
    assert_eq!(
        (late.code, late.notes.as_str()),
        (2, "error: --from is after --to; --from is included and --to is not\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finished_file_gets_an_address_where_the_bucket_is_named() {
    let bench = Bench::start().await;
    bench.workspace().await;
    let id = bench.export(&[]);
    end(&bench.store, &export_key(&id), JobState::Done).await;
    let shown = bench.audit(&["export", "show", "ws_1", &id]);
    assert!(
        shown.out.contains("SHA-256") && shown.out.contains("00ff") && !shown.out.contains("http"),
        "{}",
        shown.out
    );
    assert!(shown.notes.contains("EXPORTS_BUCKET"), "{}", shown.notes);

    let show = ["export", "show", "ws_1", &id];
    let file = |run: Run| {
        assert_eq!(run.code, 0, "{}", run.notes);
        run.json()["file"].clone()
    };
    let address = |file: &Value, which: &str| file[which].as_str().unwrap().to_owned();
    let path = format!("/exports/ws_1/{id}/");

    let line =
        [&show[..], &["--exports-bucket", "bucket", "--s3-endpoint-url", "http://127.0.0.1:9001"]]
            .concat();
    let local = file(ended(bench.signing(&line).output().unwrap()));
    let url = address(&local, "url");
    assert!(
        url.starts_with(&format!("http://127.0.0.1:9001/bucket{path}audit-log-ws_1-")),
        "{url}"
    );
    assert!(url.contains("X-Amz-Expires=600") && url.contains("AKIDEXAMPLE"), "{url}");
    assert!(address(&local, "manifest_url").contains(&format!("{path}manifest.json?")));
    assert!(local["url_expires_at"].is_string());

    // The endpoint in the environment is DynamoDB's: S3 is where it is at AWS.
    let remote = file(ended(
        bench
            .signing(&show)
            .env("EXPORTS_BUCKET", "bucket")
            .env("AWS_ENDPOINT_URL", &bench.endpoint)
            .output()
            .unwrap(),
    ));
    assert!(
        address(&remote, "url")
            .starts_with(&format!("https://bucket.s3.eu-central-1.amazonaws.com{path}")),
        "{remote}"
    );

    let text = bench.audit(&line);
    assert!(
        text.out.contains("http://127.0.0.1:9001/bucket/exports/"),
        "{} {}",
        text.out,
        text.notes
    );
    let wrong = bench.audit(
        &[&show[..], &["--exports-bucket", "bucket", "--s3-endpoint-url", "127.0.0.1:9001"]]
            .concat(),
    );
    assert!(wrong.code == 2 && wrong.notes.contains("--s3-endpoint-url"), "{}", wrong.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_told_the_end() {
    let bench = Bench::start().await;
    bench.workspace().await;
    for (state, code, word) in
        [(JobState::Done, 0, "can be fetched"), (JobState::Failed, 1, "audit job retry ws_1")]
    {
        let store = bench.store.clone();
        let worker = tokio::spawn(async move {
            loop {
                if let Some(key) = store.open_jobs().await.unwrap().first() {
                    return end(&store, key, state).await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        });
        let waited = bench.audit(&["export", "create", "ws_1", "--format", "csv", "--wait"]);
        assert_eq!(waited.code, code, "{}", waited.notes);
        assert!(
            waited.notes.contains("is started; waiting") && waited.notes.contains(word),
            "{}",
            waited.notes
        );
        assert_eq!(export_key(waited.out.trim_end()), worker.await.unwrap().key);
    }
}
