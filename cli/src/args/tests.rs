use super::*;
use crate::life::Life;
use clap::CommandFactory;
use clap::error::ErrorKind;
use domain::credential::{Scope, Token};
use domain::job::{FileFormat, JobName};
use domain::plan::Plan;

fn parsed(line: &[&str]) -> Result<AuditArgs, clap::Error> {
    AuditArgs::try_parse_from(std::iter::once(&"audit").chain(line))
}

fn key_command(line: &[&str]) -> KeyCommand {
    match parsed(line).unwrap().command {
        Command::Key(command) => command,
        other => panic!("{other:?}"),
    }
}

fn refused(line: &[&str]) -> (ErrorKind, String) {
    let error = parsed(line).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn the_command_line_is_well_formed() {
    AuditArgs::command().debug_assert();
}

#[test]
fn a_key_is_made_from_its_scopes_and_what_else_is_given() {
    let least =
        NewKey { scopes: vec![Scope::EntriesWrite], workspace: None, name: None, expires_in: None };
    assert_eq!(
        key_command(&["key", "create", "--scope", "entries:write"]),
        KeyCommand::Create(least)
    );
    let scopes = ["--scope", "entries:read", "--scope", "viewer_tokens:create"];
    let others = ["--workspace", "ws_1", "--name", "billing backend", "--expires-in", "90d"];
    let most = NewKey {
        scopes: vec![Scope::EntriesRead, Scope::ViewerTokensCreate],
        workspace: WorkspaceId::parse("ws_1"),
        name: Some("billing backend".into()),
        expires_in: Life::parse("90d").ok(),
    };
    assert_eq!(
        key_command(&[&["key", "create"], &scopes[..], &others[..]].concat()),
        KeyCommand::Create(most)
    );
}

#[test]
fn an_unknown_scope_is_refused_with_the_scopes_there_are() {
    let (kind, message) = refused(&["key", "create", "--scope", "entries:delete"]);
    assert_eq!(kind, ErrorKind::InvalidValue);
    for scope in Scope::ALL {
        assert!(message.contains(scope.name()), "{message}");
    }
    assert_eq!(refused(&["key", "create"]).0, ErrorKind::MissingRequiredArgument);
}

#[test]
fn what_is_not_an_id_a_name_or_a_life_is_refused() {
    let create = ["key", "create", "--scope", "entries:write"];
    for wrong in [
        ["--workspace", "ws#1"],
        ["--workspace", ""],
        ["--name", ""],
        ["--expires-in", "90"],
        ["--expires-in", "1w"],
    ] {
        assert_eq!(
            refused(&[&create[..], &wrong[..]].concat()).0,
            ErrorKind::ValueValidation,
            "{wrong:?}"
        );
    }
    for wrong in [
        &["key", "show", "0123"][..],
        &["key", "revoke", "0123456789ABCDEF"],
        &["entry", "verify", "ws_1", "2026"],
    ] {
        assert_eq!(refused(wrong).0, ErrorKind::ValueValidation, "{wrong:?}");
    }
}

#[test]
fn a_key_is_named_by_its_id_or_by_its_token() {
    let token = Token::random().unwrap();
    let (id, text) = (token.key_id().clone(), token.text());
    assert_eq!(key_command(&["key", "show", id.as_str()]), KeyCommand::Show { key_id: id.clone() });
    assert_eq!(key_command(&["key", "revoke", &text]), KeyCommand::Revoke { key_id: id });
}

#[test]
fn settings_stand_before_or_after_the_command() {
    for line in [
        ["--control-table", "c", "key", "list", "--output", "json"],
        ["--output", "json", "key", "list", "--control-table", "c"],
    ] {
        let settings = parsed(&line).unwrap().settings;
        assert_eq!((settings.control_table.as_deref(), settings.output), (Some("c"), Format::Json));
    }
}

#[test]
fn an_entry_is_named_by_its_workspace_and_its_id() {
    let id = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let Command::Entry(command) = parsed(&["entry", "verify", "ws_1", id]).unwrap().command else {
        panic!("another command")
    };
    let workspace = WorkspaceId::parse("ws_1").unwrap();
    assert_eq!(command, EntryCommand::Verify { workspace, entry: EntryId::parse(id).unwrap() });
}

fn export_command(line: &[&str]) -> ExportCommand {
    match parsed(line).unwrap().command {
        Command::Export(command) => command,
        other => panic!("{other:?}"),
    }
}

fn job_command(line: &[&str]) -> JobCommand {
    match parsed(line).unwrap().command {
        Command::Job(command) => command,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_export_is_asked_for_with_the_filters_of_a_list() {
    let line = ["export", "create", "ws_1", "--format", "csv", "--bom", "--gzip"];
    let filters = [
        "--action", "member.remove,member.invite", "--target-type", "member", "--target-id", "m 1",
        "--actor-id", "u_1", "--outcome", "denied", "--outcome", "failure", "--external-id", "e,1",
        "--request-id", "r_1",
    ];
    let times = ["--from", "2026-11-22T14:05:06+01:00", "--to", "2026-11-22T14:05:06.7890001Z"];
    let ExportCommand::Create(new) = export_command(&[&line[..], &filters, &times].concat()) else {
        panic!("another command")
    };
    assert_eq!(
        (new.format, new.bom, new.gzip, new.wait, new.workspace),
        (FileFormat::Csv, true, true, false, WorkspaceId::parse("ws_1").unwrap())
    );
    let filter = new.filters.filter().unwrap();
    assert_eq!(filter.parameters().count(), 10, "{filter:?}");
    assert_eq!(filter.action.unwrap().to_string(), "member.invite,member.remove");
    assert_eq!(filter.outcome.unwrap().to_string(), "failure,denied");
    assert_eq!(filter.external_id.as_deref(), Some("e,1"), "an id may have a comma");
    assert_eq!(filter.from.unwrap().rfc3339(), "2026-11-22T13:05:06.000Z");
    assert_eq!(
        filter.to.unwrap().rfc3339(),
        "2026-11-22T14:05:06.790Z",
        "a bound keeps its meaning"
    );
}

#[test]
fn what_an_export_leaves_out_follows_a_minus() {
    let create = ["export", "create", "ws_1", "--format", "csv"];
    let filter = |options: &[&str]| {
        let ExportCommand::Create(new) = export_command(&[&create[..], options].concat()) else {
            panic!("another command")
        };
        new.filters.filter()
    };
    let kept = filter(&["--action", "-b.c,-a.b", "--outcome=-success"]).unwrap();
    assert_eq!(kept.to_query(), "action=%2Da%2Eb%2C%2Db%2Ec&outcome=%2Dsuccess&");
    let mixed = filter(&["--outcome", "-success", "--outcome", "denied"]);
    assert!(matches!(mixed, Err(WrongFilter::Option("--outcome", _))), "{mixed:?}");
}

#[test]
fn an_export_of_what_cannot_be_is_refused() {
    let create = ["export", "create", "ws_1", "--format", "csv"];
    for wrong in [
        ["--action", "no such"],
        ["--action", "member.invite,"],
        ["--action", "-member.invite,member.remove"],
        ["--outcome", "-ok"],
        ["--request-id", "\0"],
        ["--target-type", "no#such"],
        ["--actor-id", ""],
        ["--from", "2026-11-22"],
        ["--to", "now"],
    ] {
        assert_eq!(
            refused(&[&create[..], &wrong].concat()).0,
            ErrorKind::ValueValidation,
            "{wrong:?}"
        );
    }
    assert_eq!(
        refused(&[&create[..], &["--target-id", "m_1"]].concat()).0,
        ErrorKind::MissingRequiredArgument
    );
    assert_eq!(refused(&["export", "create", "ws_1"]).0, ErrorKind::MissingRequiredArgument);
    assert_eq!(
        refused(&["export", "create", "ws_1", "--format", "xlsx"]).0,
        ErrorKind::InvalidValue
    );
    let times = ["--from", "2026-11-22T00:00:01Z", "--to", "2026-11-22T00:00:00Z"];
    let ExportCommand::Create(new) = export_command(&[&create[..], &times].concat()) else {
        panic!("another command")
    };
    assert!(matches!(new.filters.filter(), Err(WrongFilter::Window)));
}

#[test]
fn a_plan_is_one_that_there_is() {
    let workspace = WorkspaceId::parse("ws_1").unwrap();
    let Command::Plan(command) =
        parsed(&["plan", "set", "ws_1", "free", "--dry-run"]).unwrap().command
    else {
        panic!("another command")
    };
    assert_eq!(
        command,
        PlanCommand::Set { workspace, plan: Plan::Free, dry_run: true, yes: false }
    );
    let (kind, message) = refused(&["plan", "set", "ws_1", "gold"]);
    assert!(
        kind == ErrorKind::InvalidValue && message.contains("free, basic, pro, enterprise"),
        "{message}"
    );
}

#[test]
fn a_job_is_named_as_people_or_as_logs_do() {
    let workspace = WorkspaceId::parse("ws_1").unwrap();
    let id = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let export = JobName::Export(EntryId::parse(id).unwrap());
    for (text, job) in
        [("retention", JobName::Retention), (id, export), (&format!("export#{id}"), export)]
    {
        assert_eq!(
            job_command(&["job", "retry", "ws_1", text]),
            JobCommand::Retry { workspace: workspace.clone(), job },
            "{text}"
        );
    }
    assert_eq!(refused(&["job", "retry", "ws_1", "tally"]).0, ErrorKind::ValueValidation);
    assert_eq!(job_command(&["job", "list"]), JobCommand::List { workspace: None });
    assert_eq!(
        job_command(&["job", "list", "--workspace", "ws_1"]),
        JobCommand::List { workspace: Some(workspace) }
    );
}

#[test]
fn a_feed_is_read_from_a_number_or_from_a_state_file() {
    let line = ["feed", "ws_1", "--after", "7", "--limit", "20", "--follow", "--values"];
    let line = [&line[..], &["--state", "ws_1.state"]].concat();
    let Command::Feed(args) = parsed(&line).unwrap().command else { panic!("another command") };
    let workspace = WorkspaceId::parse("ws_1").unwrap();
    let (after, limit, state) = (Some(7), Some(20), Some("ws_1.state".into()));
    assert_eq!(args, FeedArgs { workspace, after, limit, state, follow: true, values: true });
    for wrong in [["--limit", "0"], ["--limit", "x"], ["--after", "1.5"]] {
        let line = [&["feed", "ws_1"][..], &wrong[..]].concat();
        assert_eq!(refused(&line).0, ErrorKind::ValueValidation, "{wrong:?}");
    }
}
