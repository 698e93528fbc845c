use super::*;
use clap::CommandFactory;
use clap::error::ErrorKind;

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
    let least = NewKey { scopes: vec![Scope::EntriesWrite], workspace: None, name: None, expires_in: None };
    assert_eq!(key_command(&["key", "create", "--scope", "entries:write"]), KeyCommand::Create(least));
    let scopes = ["--scope", "entries:read", "--scope", "viewer_tokens:create"];
    let others = ["--workspace", "ws_1", "--name", "billing backend", "--expires-in", "90d"];
    let most = NewKey {
        scopes: vec![Scope::EntriesRead, Scope::ViewerTokensCreate],
        workspace: WorkspaceId::parse("ws_1"),
        name: Some("billing backend".into()),
        expires_in: Life::parse("90d").ok(),
    };
    assert_eq!(key_command(&[&["key", "create"], &scopes[..], &others[..]].concat()), KeyCommand::Create(most));
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
    for wrong in [["--workspace", "ws#1"], ["--workspace", ""], ["--name", ""], ["--expires-in", "90"], ["--expires-in", "1w"]] {
        assert_eq!(refused(&[&create[..], &wrong[..]].concat()).0, ErrorKind::ValueValidation, "{wrong:?}");
    }
    for wrong in [&["key", "show", "0123"][..], &["key", "revoke", "0123456789ABCDEF"], &["entry", "verify", "ws_1", "2026"]] {
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
    for line in [["--control-table", "c", "key", "list", "--output", "json"], ["--output", "json", "key", "list", "--control-table", "c"]] {
        let settings = parsed(&line).unwrap().settings;
        assert_eq!((settings.control_table.as_deref(), settings.output), (Some("c"), Format::Json));
    }
}

#[test]
fn an_entry_is_named_by_its_workspace_and_its_id() {
    let id = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let Command::Entry(command) = parsed(&["entry", "verify", "ws_1", id]).unwrap().command else { panic!("another command") };
    let workspace = WorkspaceId::parse("ws_1").unwrap();
    assert_eq!(command, EntryCommand::Verify { workspace, entry: EntryId::parse(id).unwrap() });
}
