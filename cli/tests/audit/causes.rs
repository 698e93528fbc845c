//! Every subcommand with tables, an endpoint, a region or credentials that are wrong. Each must say
//! on one line what is wrong, which table it wanted, where it looked, and what to do.
//!
//! No request leaves this machine: a run either has an endpoint on loopback, or fails before it has
//! both a region and credentials.

use crate::bench::{Bench, CONTROL, ENTRIES, Run, closed_endpoint, ended, refusing_endpoint};
use std::collections::BTreeSet;
use std::process::{Child, Stdio};

const ID: &str = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/domain/catalog.json");
const TABLES: [&str; 4] = ["--control-table", CONTROL, "--entries-table", ENTRIES];
const SIGNING: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];

/// How each subcommand is called, and whether it needs the entries table too.
const CALLS: &[(&[&str], bool)] = &[
    (&["key", "create", "--scope", "entries:write"], false),
    (&["key", "create", "--scope", "entries:write", "--workspace", "ws_1"], false),
    (&["key", "show", "0123456789abcdef"], false),
    (&["key", "list"], false),
    (&["key", "revoke", "0123456789abcdef"], false),
    (&["workspace", "list"], false),
    (&["workspace", "show", "ws_1"], false),
    (&["plan", "set", "ws_1", "free", "--yes"], true),
    (&["plan", "set", "ws_1", "enterprise"], true),
    (&["plan", "set", "ws_1", "free", "--dry-run"], true),
    (&["export", "create", "ws_1", "--format", "csv"], true),
    (&["export", "list", "ws_1"], false),
    (&["export", "show", "ws_1", ID], false),
    (&["job", "list"], false),
    (&["job", "list", "--workspace", "ws_1"], false),
    (&["job", "retry", "ws_1", "retention"], false),
    (&["catalog", "set", CATALOG, "--yes"], false),
    (&["catalog", "show"], false),
    (&["catalog", "show", "--version", "1"], false),
    (&["catalog", "diff", CATALOG], false),
    (&["tally", "show", "ws_1"], false),
    (&["tally", "recount", "ws_1"], true),
    (&["directory", "rebuild", "ws_1"], true),
    (&["entry", "list", "ws_1"], true),
    (&["entry", "verify", "ws_1", ID], true),
    (&["actor", "destroy-salt", "ws_1", "user", "u_1", "--yes"], false),
    (&["feed", "ws_1"], true),
    (&["restore", "ws_1", "--from-table", "restored"], true),
    (&["verify", "ws_1"], true),
];

/// The subcommands in clap's tree, as its help lists them: `key create`, `key list`, …
fn subcommands(bench: &Bench, path: &[&str]) -> BTreeSet<String> {
    let help = ended(bench.command(&[path, &["-h"]].concat()).output().unwrap()).out;
    let Some((_, listed)) = help.split_once("Commands:\n") else {
        return BTreeSet::from([path.join(" ")]);
    };
    let names = listed.lines().map_while(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .flat_map(|name| subcommands(bench, &[path, &[name]].concat()))
        .collect()
}

/// The words of a call that name the subcommand: some commands have none of their own.
fn command(call: &[&str]) -> String {
    let words = if matches!(call.first(), Some(&("feed" | "restore" | "verify"))) { 1 } else { 2 };
    call.iter().take(words).copied().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_subcommand_is_left_out_here() {
    let called: BTreeSet<_> = CALLS.iter().map(|(call, _)| command(call)).collect();
    assert_eq!(called, subcommands(&Bench::start().await, &[]));
}

/// Runs each call with these settings, all at once. Each must fail with `code`, print nothing, and
/// say `texts` on its line.
fn all_fail(
    bench: &Bench,
    settings: &[&str],
    environment: &[(&str, &str)],
    code: i32,
    texts: &[&str],
) -> Vec<(&'static [&'static str], bool, String)> {
    let started: Vec<(_, Child)> =
        CALLS.iter().map(|call| (call, start(bench, call.0, settings, environment))).collect();
    let failed = |((call, is_of_both), child): (&(&'static [&'static str], bool), Child)| {
        let Run { code: ended_with, out, notes } = ended(child.wait_with_output().unwrap());
        let shape = (ended_with, out.as_str(), notes.lines().count());
        assert_eq!(shape, (code, "", 1), "{call:?} {settings:?} {notes}");
        let line = notes.trim_end();
        assert!(line.starts_with("error: "), "{call:?} {line}");
        let (cause, advice) = line.split_once("; ").unwrap_or_default();
        assert!(!cause.is_empty() && !advice.is_empty(), "{call:?} {line}");
        for text in texts {
            assert!(line.contains(text), "{call:?}: {text} is not in: {line}");
        }
        (*call, *is_of_both, line.to_owned())
    };
    started.into_iter().map(failed).collect()
}

fn start(bench: &Bench, call: &[&str], settings: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = bench.command(&[call, settings].concat());
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subcommand_names_a_table_that_does_not_exist() {
    let bench = Bench::start().await;
    let settings = [
        "--endpoint-url", &bench.endpoint, "--region", "eu-central-9", "--control-table",
        "no-control", "--entries-table", "no-entries",
    ];
    let texts = [
        "error: there is no such table (",
        "control table no-control",
        &format!(" at {}, region eu-central-9): ", bench.endpoint),
        "ResourceNotFoundException",
        "--control-table (CONTROL_TABLE)",
    ];
    for (call, is_of_both, line) in all_fail(&bench, &settings, &[], 1, &texts) {
        let is_named = line.contains("entries table no-entries");
        assert_eq!(
            (is_named, line.contains("--entries-table")),
            (is_of_both, is_of_both),
            "{call:?} {line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_tables_the_one_that_does_not_exist_is_named() {
    let bench = Bench::start().await;
    bench.workspace().await;
    for (control, entries, missing, there) in [
        (CONTROL, "no-entries", "(entries table no-entries at ", "control"),
        ("no-control", ENTRIES, "(control table no-control at ", "entries"),
    ] {
        let settings = [
            "--endpoint-url", &bench.endpoint, "--control-table", control, "--entries-table",
            entries,
        ];
        // A recount reads entries only of some logs, so it may not notice that there is no table.
        let both = CALLS.iter().filter(|(call, is_of_both)| *is_of_both && call[0] != "tally");
        for (call, _) in both {
            let child = start(&bench, call, &settings, &[]);
            let run = ended(child.wait_with_output().unwrap());
            let shape = (run.code, run.out.as_str(), run.notes.lines().count());
            assert_eq!(shape, (1, "", 1), "{call:?} {}", run.notes);
            let is_exact = run.notes.contains(missing) && !run.notes.contains(there);
            assert!(is_exact, "{call:?} {}", run.notes);
        }
    }
    assert!(bench.audit(&["job", "list", "--output", "json"]).json()["jobs"][0].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subcommand_names_an_endpoint_that_refuses_connections() {
    let bench = Bench::start().await;
    let endpoint = closed_endpoint();
    let settings = [&["--endpoint-url", &endpoint][..], &TABLES].concat();
    let texts = [
        "error: the store did not answer (",
        &format!("control table {CONTROL} at {endpoint}): "),
        "check that DynamoDB runs at this endpoint (--endpoint-url or AWS_ENDPOINT_URL)",
    ];
    all_fail(&bench, &settings, &[], 1, &texts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subcommand_says_that_there_are_no_credentials_or_no_region() {
    let bench = Bench::start().await;
    let table = format!("control table {CONTROL}");
    let in_region = [&["--region", "eu-central-1"][..], &TABLES].concat();
    let texts = [
        "error: there are no AWS credentials (",
        &format!("{table} in eu-central-1): none are configured; "),
    ];
    all_fail(
        &bench,
        &in_region,
        &[],
        1,
        &[&texts[..], &["; sign in (aws sso login), or"]].concat(),
    );

    let texts = ["error: there is no AWS region (", &format!("{table}); give --region, ")];
    all_fail(&bench, &TABLES, &SIGNING, 2, &texts);

    let no_region = [&["--region", "frankfurt"][..], &TABLES].concat();
    let texts = [
        r#"error: "frankfurt" is not an AWS region ("#,
        &table,
        "; give one such as eu-central-1 to --region or AWS_REGION",
    ];
    all_fail(&bench, &no_region, &SIGNING, 2, &texts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subcommand_says_why_it_is_refused() {
    let bench = Bench::start().await;
    for (code, advice) in [
        ("AccessDeniedException", "; use a profile that may read and write this table"),
        ("UnrecognizedClientException", "; sign in again (aws sso login), and check the region"),
    ] {
        let endpoint = refusing_endpoint(code).await;
        let settings = [&["--endpoint-url", &endpoint, "--region", "eu-central-1"][..], &TABLES];
        let place = format!("control table {CONTROL} at {endpoint}, region eu-central-1): ");
        let texts = ["error: the store refused (", &place, code, advice];
        all_fail(&bench, &settings.concat(), &SIGNING, 1, &texts);
    }
}
