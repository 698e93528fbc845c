//! Changes of plan and jobs. No worker runs here, so a test does to a job what a worker would do.

use crate::bench::{Bench, ended, entry_at, now};
use aws::dynamodb::DynamoStore;
use domain::identity::EntryId;
use domain::job::{Job, JobKey, JobName, JobState, Work};
use domain::memory::fixtures::new_entry;
use domain::plan::Plan;
use domain::ports::{AppendEntry, ReadControl, ReadJobs, WriteJobs};
use domain::workspace::WorkspaceId;
use serde_json::Value;

fn key(name: JobName) -> JobKey {
    JobKey { workspace_id: WorkspaceId::parse("ws_1").unwrap(), name }
}

pub(crate) fn export_key(id: &str) -> JobKey {
    key(JobName::Export(EntryId::parse(id).unwrap()))
}

/// Ends a job as a worker does.
pub(crate) async fn end(store: &DynamoStore, key: &JobKey, state: JobState) -> Job {
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
    pub(crate) fn export(&self, more: &[&str]) -> String {
        let created =
            self.audit(&[&["export", "create", "ws_1", "--format", "csv"], more].concat());
        assert_eq!(created.code, 0, "{}", created.notes);
        created.out.strip_suffix('\n').unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_plan_is_tried_before_it_is_made() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    for days in [-40, -35, -1] {
        let entry = entry_at(&workspace, "p_1", None, now().plus_days(days));
        bench.store.append(&new_entry(&workspace, &entry)).await.unwrap();
    }
    let stored = async || bench.store.workspace(&workspace.id).await.unwrap().unwrap();
    let tried = bench.audit(&["plan", "set", "ws_1", "free", "--dry-run"]);
    assert!(
        tried.code == 0
            && tried
                .out
                .contains("2 entries, at once; the plan can be raised again without loss before")
            && tried.out.contains(", if it were done now"),
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

    // Nobody is there to agree.
    let asked = bench.audit(&["plan", "set", "ws_1", "free"]);
    assert!(asked.code == 1 && asked.notes.contains("--yes"), "{} {}", asked.out, asked.notes);
    assert!(asked.out.contains("2 entries, at once"), "{}", asked.out);
    assert_eq!(stored().await.plan, Plan::Pro);
    let raised = bench.audit(&["plan", "set", "ws_1", "enterprise"]);
    assert_eq!((raised.code, stored().await.plan), (0, Plan::Enterprise), "{}", raised.notes);
    let back = bench.audit(&["plan", "set", "ws_1", "pro", "--yes"]);
    assert_eq!((back.code, stored().await.plan), (0, Plan::Pro), "{}", back.notes);

    let line = ["plan", "set", "ws_1", "free", "--yes", "--output", "json"];
    let changed = bench.audit(&line).json();
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
async fn workspaces_and_their_newest_entries_are_listed() {
    let bench = Bench::start().await;
    assert_eq!(bench.audit(&["workspace", "list"]).notes, "There are no workspaces.\n");
    let workspace = bench.workspace().await;
    let none = bench.audit(&["entry", "list", "ws_1", "--action", "api_key.revoke"]);
    assert_eq!((none.code, none.notes.as_str()), (0, "There are no such entries.\n"));
    for days in [-400, -3, -2, -1] {
        let entry = entry_at(&workspace, "p_1", None, now().plus_days(days));
        bench.store.append(&new_entry(&workspace, &entry)).await.unwrap();
    }
    let listed = bench.audit(&["workspace", "list", "--json"]).json();
    assert_eq!(listed["workspaces"][0]["workspace_id"], "ws_1");
    assert_eq!(listed["workspaces"].as_array().unwrap().len(), 1, "and no other item");
    let entries = |line: &[&str]| {
        let listed = bench.audit(&[&["entry", "list", "ws_1", "--json"], line].concat()).json();
        listed["entries"].as_array().unwrap().clone()
    };
    let all = entries(&[]);
    // With one that is there already.
    assert_eq!(all.len(), 4, "what the plan hides is not listed: {all:?}");
    let times: Vec<_> = all.iter().map(|entry| entry["occurred_at"].to_string()).collect();
    assert!(times.is_sorted_by(|a, b| a > b), "newest first: {times:?}");
    assert_eq!(entries(&["--limit", "2"]), all[..2]);
    assert_eq!(entries(&["--action", "project.update"]).len(), 4);
    assert_eq!(bench.audit(&["entry", "list", "ws_1"]).out.lines().count(), 5);
}

/// The entry must be stored within 20 s of the clock reading (A2 in `docs/table.md`), so the clock
/// is read after the credentials were fetched, however long that takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_change_is_read_after_the_credentials_were_fetched() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    let credentials = r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"secret"}"#;
    let file = bench.home_file("credentials.json", credentials);
    let process = format!("sleep 1; cat {}", file.display());
    bench.home_file(".aws/config", &format!("[profile slow]\ncredential_process = {process}\n"));
    let begun = now();
    let changed = bench.audit(&["plan", "set", "ws_1", "free", "--yes", "--profile", "slow"]);
    assert_eq!(changed.code, 0, "{}", changed.notes);
    let stored = bench.store.workspace(&workspace.id).await.unwrap().unwrap();
    assert!(stored.updated_at >= begun.plus_ms(1_000), "{begun:?} {:?}", stored.updated_at);

    let begun = now();
    let id = bench.export(&["--profile", "slow"]);
    let asked_at = EntryId::parse(&id).unwrap().occurred_at();
    assert!(asked_at >= begun.plus_ms(1_000), "{begun:?} {asked_at:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_job_is_started_again_and_no_other() {
    let bench = Bench::start().await;
    bench.workspace().await;
    assert_eq!(bench.audit(&["job", "list"]).notes, "There are no such jobs.\n");
    let id = bench.export(&[]);
    assert_eq!(bench.audit(&["plan", "set", "ws_1", "free", "--yes"]).code, 0);
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
    assert!(
        wrong_table.notes.contains("(entries table no-such-table at ")
            && wrong_table.notes.contains("check --entries-table"),
        "{}",
        wrong_table.notes
    );
    assert!(bench.store.open_jobs().await.unwrap().is_empty());
}
