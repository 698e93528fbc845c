//! Exports, changes of plan, and the jobs behind both; no worker runs here, so a test does what one
//! would do to a job.

use crate::bench::{Bench, Run, ended, entry, entry_at, now};
use aws::dynamodb::DynamoStore;
use domain::identity::EntryId;
use domain::job::{Job, JobKey, JobName, JobState, Work};
use domain::plan::Plan;
use domain::ports::{AppendEntry, ReadControl, ReadJobs, WriteJobs};
use domain::workspace::WorkspaceId;
use serde_json::Value;
use std::process::Command;

fn key(name: JobName) -> JobKey {
    JobKey { workspace_id: WorkspaceId::parse("ws_1").unwrap(), name }
}

fn export_key(id: &str) -> JobKey {
    key(JobName::Export(EntryId::parse(id).unwrap()))
}

/// Ends a job as a worker does.
async fn end(store: &DynamoStore, key: &JobKey, state: JobState) -> Job {
    let job = store.job(key).await.unwrap().unwrap();
    let begun = job.begun(now());
    store.replace_job(&job, &begun).await.unwrap();
    let mut work = begun.work.clone();
    if let (Work::Export(work), JobState::Done) = (&mut work, state) {
        (work.rows, work.bytes, work.sha256) = (2, 117, Some("00ff".repeat(16)));
    }
    let after = begun.closed(state, work, now(), 7);
    store.replace_job(&begun, &after).await.unwrap();
    store.take_off(&after, now()).await.unwrap();
    after
}

impl Bench {
    fn export(&self, more: &[&str]) -> String {
        let created =
            self.audit(&[&["export", "create", "ws_1", "--format", "csv"], more].concat());
        assert_eq!(created.code, 0, "{}", created.notes);
        created.out.strip_suffix('\n').unwrap().to_owned()
    }

    /// Runs `audit` without the AWS configuration of a bench, but with credentials in the
    /// environment.
    fn signing(&self, line: &[&str]) -> Command {
        let mut command = self.command(line);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "eu-central-1");
        command.args([
            "--endpoint-url",
            &self.endpoint,
            "--control-table",
            crate::bench::CONTROL,
            "--output",
            "json",
        ]);
        command
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_started_shown_and_listed() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    bench.store.append(&entry(&workspace, "p_1", None)).await.unwrap();
    let created = bench.audit(&[
        "export", "create", "ws_1", "--format", "ndjson", "--gzip", "--action", "project.update",
    ]);
    assert_eq!(created.code, 0, "{}", created.notes);
    let id = created.out.strip_suffix('\n').unwrap();
    assert!(
        created.notes.contains("picked up within a minute")
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_plan_is_tried_before_it_is_made() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    for days in [-40, -35, -1] {
        bench
            .store
            .append(&entry_at(&workspace, "p_1", None, now().plus_days(days)))
            .await
            .unwrap();
    }
    let stored = async || bench.store.workspace(&workspace.id).await.unwrap().unwrap();
    let tried = bench.audit(&["plan", "set", "ws_1", "free", "--dry-run"]);
    assert!(
        tried.code == 0
            && tried.out.contains("2 entries, at once and for good, if it were done now"),
        "{} {}",
        tried.out,
        tried.notes
    );
    assert!(
        tried.notes.contains("Nothing is changed") && tried.out.contains("free, instead of pro"),
        "{} {}",
        tried.out,
        tried.notes
    );
    let tried =
        bench.audit(&["plan", "set", "ws_1", "free", "--dry-run", "--output", "json"]).json();
    assert_eq!(
        (&tried["effect"]["hidden_entries"], &tried["effect"]["is_exact"], &tried["is_dry_run"]),
        (&2.into(), &true.into(), &true.into())
    );
    assert_eq!((stored().await.plan, &tried["retention_job"]), (Plan::Pro, &Value::Null));
    assert!(bench.store.open_jobs().await.unwrap().is_empty());

    let changed = bench.audit(&["plan", "set", "ws_1", "free", "--output", "json"]).json();
    assert_eq!(
        (&changed["effect"]["hidden_entries"], &changed["previous_plan"]),
        (&2.into(), &"pro".into())
    );
    assert_eq!(
        (stored().await.plan, &changed["retention_job"]["state"]),
        (Plan::Free, &"queued".into())
    );
    assert_eq!(bench.store.open_jobs().await.unwrap(), [key(JobName::Retention)]);
    let again = bench.audit(&["plan", "set", "ws_1", "free"]);
    assert!(
        again.code == 0
            && again.out.contains("free, as before; nothing is changed")
            && again.notes.is_empty(),
        "{}",
        again.out
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_job_is_started_again_and_no_other() {
    let bench = Bench::start().await;
    bench.workspace().await;
    assert_eq!(bench.audit(&["job", "list"]).notes, "There are no such jobs.\n");
    let id = bench.export(&[]);
    assert_eq!(bench.audit(&["plan", "set", "ws_1", "free"]).code, 0);
    let jobs = |line: &[&str]| {
        let jobs = bench.audit(&[line, &["--output", "json"]].concat()).json()["jobs"].take();
        let job = |job: &Value| {
            format!(
                "{} {} {}",
                job["kind"].as_str().unwrap(),
                job["state"].as_str().unwrap(),
                job["is_idle"]
            )
        };
        jobs.as_array().unwrap().iter().map(job).collect::<Vec<_>>()
    };
    assert_eq!(jobs(&["job", "list"]), ["export queued false", "retention queued false"]);
    let early = bench.audit(&["job", "retry", "ws_1", &id]);
    assert!(
        early.code == 1 && early.notes.contains("has not failed, it is queued"),
        "{}",
        early.notes
    );

    let failed = end(&bench.store, &key(JobName::Retention), JobState::Failed).await;
    end(&bench.store, &export_key(&id), JobState::Done).await;
    assert!(jobs(&["job", "list"]).is_empty());
    assert_eq!(
        jobs(&["job", "list", "--workspace", "ws_1"]),
        ["export done false", "retention failed false"]
    );
    assert!(bench.audit(&["job", "retry", "ws_1", &id]).notes.contains("it is done"));

    let retried = bench.audit(&["job", "retry", "ws_1", "retention"]);
    assert_eq!(
        (retried.code, retried.out.as_str()),
        (0, "job retention of ws_1 is queued\n"),
        "{}",
        retried.notes
    );
    let job = bench.store.job(&failed.key).await.unwrap().unwrap();
    assert_eq!((job.state, job.tries, job.step), (JobState::Queued, 0, failed.step + 1));
    assert_eq!(jobs(&["job", "list"]), ["retention queued false"]);
    let listed = bench.audit(&["job", "list"]);
    assert!(listed.out.contains("first pass, 0 rewritten"), "{}", listed.out);

    // It stopped after the job was stored and before its line was: once more puts it on the list.
    bench.store.take_off(&job, now()).await.unwrap();
    assert_eq!(bench.audit(&["job", "retry", "ws_1", "retention"]).code, 0);
    assert_eq!(bench.store.open_jobs().await.unwrap(), [failed.key]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_for_what_is_not_there_is_refused_and_makes_nothing() {
    let bench = Bench::start().await;
    let id = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    for line in [
        &["export", "create", "ws_1", "--format", "csv"][..],
        &["export", "list", "ws_1"],
        &["export", "show", "ws_1", id],
        &["plan", "set", "ws_1", "free"],
        &["job", "list", "--workspace", "ws_1"],
        &["job", "retry", "ws_1", "retention"],
    ] {
        let run = bench.audit(line);
        assert_eq!(
            (run.code, run.out.as_str(), run.notes.lines().count()),
            (1, "", 1),
            "{line:?} {}",
            run.notes
        );
        assert!(run.notes.starts_with("error: there is no "), "{}", run.notes);
    }
    assert!(bench.store.workspace(&WorkspaceId::parse("ws_1").unwrap()).await.unwrap().is_none());
    bench.workspace().await;
    let none = bench.audit(&["export", "list", "ws_1"]);
    assert_eq!(
        (none.code, none.out.as_str(), none.notes.as_str()),
        (0, "", "There are no exports.\n")
    );
    assert_eq!(bench.audit(&["export", "show", "ws_1", id]).code, 1);
    let wrong_table = bench
        .command(&[
            "export", "create", "ws_1", "--format", "csv", "--endpoint-url", &bench.endpoint,
        ])
        .args(["--control-table", crate::bench::CONTROL, "--entries-table", "no-such-table"])
        .output();
    let wrong_table = ended(wrong_table.unwrap());
    assert_eq!(
        (wrong_table.code, wrong_table.out.as_str(), wrong_table.notes.lines().count()),
        (1, "", 1),
        "{}",
        wrong_table.notes
    );
    assert!(wrong_table.notes.contains("check the names of both tables"), "{}", wrong_table.notes);
    assert!(bench.store.open_jobs().await.unwrap().is_empty());
}
