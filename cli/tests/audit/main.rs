//! Runs the real `audit` over an embedded DynamoDB, without any AWS configuration.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod actor;
mod announce;
mod bench;
mod catalog;
mod causes;
mod directory;
mod export;
mod feed;
mod restore;
mod verify;
mod work;

use bench::{Bench, CONTROL, Run, closed_endpoint, ended, entry, now};
use domain::credential::{KeyId, Token};
use domain::entry::{Entry, Outcome};
use domain::identity::EntryId;
use domain::journal::{Numbered, Segment};
use domain::memory::fixtures::new_entry;
use domain::ports::{AppendEntry, ReadControl, WriteControl, WriteJournal};
use domain::tally::Cell;
use domain::timestamp::Timestamp;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_made_shown_listed_and_revoked() {
    let bench = Bench::start().await;
    bench.workspace().await;
    let line = [
        "key", "create", "--scope", "entries:write", "--workspace", "ws_1", "--name",
        "billing \u{1b}[2J", "--expires-in", "90d",
    ];
    let created = bench.audit(&line);
    assert_eq!(created.code, 0, "{}", created.notes);
    let token =
        Token::parse(created.out.strip_suffix('\n').unwrap()).expect("the token alone on stdout");
    let key_id = token.key_id().as_str();
    assert!(
        created.notes.contains(key_id) && created.notes.contains("shown only now"),
        "{}",
        created.notes
    );
    assert!(
        !created.notes.contains("warning") && !created.notes.contains('\u{1b}'),
        "{}",
        created.notes
    );

    let stored = bench.store.credential(token.key_id()).await.unwrap().unwrap();
    assert!(stored.admits(&token, now()));
    assert_eq!(
        stored.expires_at.unwrap().epoch_seconds(),
        stored.created_at.epoch_seconds() + 90 * 24 * 60 * 60
    );

    let shown = bench.audit(&["key", "show", key_id, "--output", "json"]).json();
    assert_eq!(
        (&shown["state"], &shown["scopes"][0], &shown["workspace_id"]),
        (&"active".into(), &"entries:write".into(), &"ws_1".into())
    );
    let secret = token.text().split('_').nth(2).unwrap().to_owned();
    assert!(!shown.to_string().contains(&secret) && !shown.to_string().contains("sha256"));

    let other =
        bench.audit(&["key", "create", "--scope", "entries:read", "--output", "json"]).json();
    assert!(Token::parse(other["token"].as_str().unwrap()).is_some());
    let ids = |run: &Run| {
        run.json()["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["key_id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&bench.audit(&["key", "list", "--output", "json"])),
        [Value::from(key_id), other["key_id"].clone()]
    );
    assert_eq!(
        ids(&bench.audit(&["key", "list", "--workspace", "ws_1", "--output", "json"])),
        [Value::from(key_id)]
    );
    let listed = bench.audit(&["key", "list"]);
    assert_eq!(listed.out.lines().count(), 3, "{}", listed.out);

    let revoked = bench.audit(&["key", "revoke", key_id]);
    assert_eq!(revoked.code, 0, "{}", revoked.notes);
    assert!(revoked.notes.contains("60 seconds"), "{}", revoked.notes);
    let since = bench.store.credential(token.key_id()).await.unwrap().unwrap().revoked_at.unwrap();
    let again = bench.audit(&["key", "revoke", key_id]);
    assert!(again.code == 0 && again.out.contains(&since.rfc3339()), "{}", again.out);
    let shown = bench.audit(&["key", "show", key_id]);
    assert!(shown.out.contains("revoked") && shown.out.contains(&since.rfc3339()), "{}", shown.out);
    assert!(!bench.store.credential(token.key_id()).await.unwrap().unwrap().admits(&token, now()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_reads_every_page_and_nothing_but_credentials() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    // A scan's page ends at 1 MB: these names, of four bytes a character, make several.
    let name = "\u{1f511}".repeat(256);
    for _ in 0..1_100 {
        let token = Token::random().unwrap();
        let made = domain::credential::Credential {
            workspace_id: Some(workspace.id.clone()),
            name: Some(name.clone()),
            ..domain::credential::Credential::of(
                &token,
                vec![domain::credential::Scope::EntriesRead],
                now(),
            )
        };
        bench.store.put_credential(&made, None).await.unwrap();
    }
    let listed = bench.audit(&["key", "list", "--output", "json"]);
    assert_eq!(listed.json()["keys"].as_array().unwrap().len(), 1_100, "{}", listed.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_told_in_one_line() {
    let bench = Bench::start().await;
    let warned =
        bench.audit(&["key", "create", "--scope", "entries:write", "--workspace", "ws_not_yet"]);
    assert!(
        warned.code == 0 && warned.notes.contains("warning: there is no workspace ws_not_yet yet"),
        "{}",
        warned.notes
    );
    let empty = bench.audit(&["key", "list", "--workspace", "ws_1"]);
    assert_eq!((empty.code, empty.out.as_str(), empty.notes.lines().count()), (0, "", 1));
    let entry_id = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    for line in [
        &["key", "show", "0123456789abcdef"][..],
        &["key", "revoke", "0123456789abcdef"],
        &["workspace", "show", "ws_1"],
        &["entry", "verify", "ws_1", entry_id],
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
    // Revoking what is not there makes nothing.
    assert!(
        bench.store.credential(&KeyId::parse("0123456789abcdef").unwrap()).await.unwrap().is_none()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incomplete_command_line_exits_with_2_and_a_failing_store_with_1() {
    let bench = Bench::start().await;
    let scope = bench.audit(&["key", "create", "--scope", "entries:delete"]);
    assert_eq!((scope.code, scope.out.as_str()), (2, ""));
    assert!(
        scope.notes.contains("entries:delete")
            && scope.notes.contains("entries:write, entries:read"),
        "{}",
        scope.notes
    );

    let no_table =
        ended(bench.command(&["key", "list", "--endpoint-url", &bench.endpoint]).output().unwrap());
    assert_eq!(
        (no_table.code, no_table.notes.as_str()),
        (2, "error: the control table has no name; give --control-table or set CONTROL_TABLE\n")
    );
    let by_environment = ended(
        bench
            .command(&["key", "list"])
            .env("AWS_ENDPOINT_URL", &bench.endpoint)
            .env("CONTROL_TABLE", CONTROL)
            .output()
            .unwrap(),
    );
    assert_eq!(by_environment.code, 0, "{}", by_environment.notes);

    let line =
        ["key", "list", "--endpoint-url", &bench.endpoint, "--control-table", "no-such-table"];
    let wrong_table = ended(bench.command(&line).output().unwrap());
    assert_eq!(
        (wrong_table.code, wrong_table.notes.lines().count()),
        (1, 1),
        "{}",
        wrong_table.notes
    );
    assert!(
        wrong_table.notes.contains("ResourceNotFound")
            && wrong_table.notes.contains("check --control-table"),
        "{}",
        wrong_table.notes
    );

    let endpoint = closed_endpoint();
    let line = ["key", "list", "--endpoint-url", &endpoint, "--control-table", CONTROL];
    let nobody = ended(bench.command(&line).output().unwrap());
    assert_eq!((nobody.code, nobody.notes.lines().count()), (1, 1), "{}", nobody.notes);
    assert!(nobody.notes.starts_with("error: the store did not answer"), "{}", nobody.notes);

    let line = [
        "key", "list", "--endpoint-url", &bench.endpoint, "--control-table", CONTROL, "--profile",
        "no-such-profile",
    ];
    let profile = ended(bench.command(&line).output().unwrap());
    assert_eq!((profile.code, profile.notes.lines().count()), (1, 1), "{}", profile.notes);
    assert!(
        profile.notes.starts_with("error: the profile no-such-profile gives no AWS credentials"),
        "{}",
        profile.notes
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_is_shown_without_its_salt() {
    let bench = Bench::start().await;
    bench.workspace().await;
    let shown = bench.audit(&["workspace", "show", "ws_1", "--output", "json"]);
    assert_eq!(
        (&shown.json()["plan"], &shown.json()["retention_days"]),
        (&"pro".into(), &365.into())
    );
    assert!(!shown.out.contains("abab"));
    assert!(bench.audit(&["workspace", "show", "ws_1"]).out.contains("365 days"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_proves_what_was_recorded_and_nothing_else() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    let (small, large) = (
        entry(&workspace, "p_1", Some("kept")),
        entry(&workspace, "p_2", Some(&"x".repeat(2_000))),
    );
    let verify = |entry: &Entry| bench.audit(&["entry", "verify", "ws_1", &entry.id.to_string()]);
    let verdict = |entry: &Entry| {
        let run =
            bench.audit(&["entry", "verify", "ws_1", &entry.id.to_string(), "--output", "json"]);
        (run.code, run.json()["verdict"].as_str().unwrap().to_owned())
    };
    assert_eq!(verdict(&small), (1, "absent".to_owned()));
    for entry in [&small, &large] {
        bench.store.append(&new_entry(&workspace, entry)).await.unwrap();
        assert_eq!(verdict(entry), (0, "proven".to_owned()));
        assert!(verify(entry).out.starts_with("verdict     proven"), "{}", verify(entry).out);
    }
    bench.tamper("ws_1", &small.id.to_string(), "action", "project.create").await;
    assert_eq!(verdict(&small), (1, "not_proven".to_owned()));
    assert!(verify(&small).out.contains("NOT PROVEN"));
    // Values that lie apart are covered too. An answer with a value that is not JSON is an error,
    // and proves nothing.
    bench.tamper("ws_1#values", &large.id.to_string(), "new_value", "\"y\"").await;
    assert_eq!(verdict(&large), (1, "not_proven".to_owned()));
    bench.tamper("ws_1#values", &large.id.to_string(), "new_value", "{").await;
    assert_eq!((verify(&large).code, verify(&large).notes.lines().count()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_counts_of_a_log_are_shown_and_made_again() {
    let bench = Bench::start().await;
    let workspace = bench.workspace().await;
    assert_eq!(bench.audit(&["tally", "show", "ws_1"]).out, "nothing is counted of ws_1\n");
    let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
    let (action, target_type) = ("project.update".into(), "project".into());
    let kind = Cell { action, target_type, outcome: Outcome::Success };
    let entries =
        (0..117).map(|n| Numbered { recorded_at: at, id: EntryId::new(at, n), kind: kind.clone() });
    let (from, through) = (Timestamp::MIN, at);
    let segment = Segment { from, through, first: 0, entries: entries.collect() };
    assert!(bench.store.put_segment(&workspace.id, &segment).await.unwrap());
    let recounted = bench.audit(&["tally", "recount", "ws_1"]);
    assert_eq!((recounted.code, recounted.notes.as_str()), (0, ""));
    assert!(recounted.out.contains("117 entries, in 4 nodes"), "{}", recounted.out);
    let shown = bench.audit(&["tally", "show", "ws_1"]).out;
    assert!(shown.contains("d#20261122     117 entries, through number 117\n"), "{shown}");
    let again = bench.audit(&["tally", "recount", "ws_1", "--output", "json"]).json();
    assert_eq!(again["folded_entries"], 117, "the same from the journal once more");
    let shown = bench.audit(&["tally", "show", "ws_1", "--output", "json"]).json();
    assert_eq!(shown.pointer("/nodes/0/entries"), Some(&Value::from(117)), "{shown}");
    assert_eq!(bench.audit(&["tally", "recount", "ws_none"]).code, 1);
}
