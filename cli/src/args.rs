//! Owns the command line: what may be asked, in which spelling, and the help that says so.

mod work;

pub(crate) use work::{ExportCommand, FilesArgs, JobCommand, NewExport, PlanCommand};

use crate::life::Life;
use aws::config::{CONTROL_TABLE, ENTRIES_TABLE};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::credential::{KeyId, Scope, Token};
use domain::identity::EntryId;
use domain::text;
use domain::workspace::WorkspaceId;

const EXAMPLES: &str = "\
Examples:
  A key with which the billing backend records entries of one workspace, for 90 days:
    audit key create --scope entries:write --workspace ws_1 --name \"billing backend\" --expires-in 90d

  The same, with the token in a variable (the rest goes to stderr):
    TOKEN=$(audit key create --scope entries:write --workspace ws_1)

  Who can get in, as JSON:
    audit key list --output json

  Whether an entry is as it was recorded:
    audit entry verify ws_1 20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0

  The whole log of a workspace as a compressed file, and where it can be fetched:
    EXPORT=$(audit export create ws_1 --format ndjson --gzip --wait)
    audit export show ws_1 $EXPORT

  On this machine, without AWS credentials:
    audit key list --endpoint-url http://127.0.0.1:8000 --control-table control

Exit codes:
  0  done, or the answer is yes
  1  not there, not proven, or the store did not do it
  2  the command line or the settings are not complete";

const KEY_EXAMPLES: &str = "\
Examples:
  audit key create --scope workspaces:write --scope workspaces:read --name \"provisioning\"
  audit key create --scope entries:write --workspace ws_1 --expires-in 90d
  audit key show 0f1e2d3c4b5a6978
  audit key list --workspace ws_1
  audit key revoke 0f1e2d3c4b5a6978";

const VERIFY_HELP: &str = "\
An entry's id is made from what the client said and a secret of the workspace. This reads both from DynamoDB, makes the id again and compares: \
whoever changes a stored entry, its time or its old and new values without the secret cannot keep its id. The times at which it was accepted and \
at which it expires are the service's own and are not covered.

Exit codes:
  0  the id proves the content
  1  it does not, or the entry is not there";

/// The operator's tool of the audit log: credentials, workspaces and their plans, exports and other
/// jobs, and the proof of an entry.
///
/// It talks to DynamoDB with your AWS configuration (environment, profile, single sign-on), or to
/// an endpoint on this machine.
#[derive(Debug, Parser)]
#[command(name = "audit", version, after_help = EXAMPLES, propagate_version = true)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the tables are, and how to answer.
#[derive(Debug, Default, Args)]
pub(crate) struct Settings {
    /// Where DynamoDB answers, if not at AWS; on this machine no credentials are needed
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        hide_env_values = true,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) endpoint_url: Option<String>,
    /// The table of entries
    #[arg(long, value_name = "TABLE", env = ENTRIES_TABLE, hide_env_values = true, global = true, help_heading = "Settings")]
    pub(crate) entries_table: Option<String>,
    /// The table of workspaces and credentials
    #[arg(long, value_name = "TABLE", env = CONTROL_TABLE, hide_env_values = true, global = true, help_heading = "Settings")]
    pub(crate) control_table: Option<String>,
    /// The AWS profile to sign with, before any other credentials; else as AWS does it,
    /// `AWS_PROFILE` included
    #[arg(long, value_name = "NAME", global = true, help_heading = "Settings")]
    pub(crate) profile: Option<String>,
    /// The AWS region; else as AWS does it, `AWS_REGION` included
    #[arg(long, value_name = "REGION", global = true, help_heading = "Settings")]
    pub(crate) region: Option<String>,
    /// How to answer
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        default_value_t,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) output: Format,
}

/// In which form an answer goes to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What is asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, show, list and revoke credentials
    #[command(subcommand, after_help = KEY_EXAMPLES)]
    Key(KeyCommand),
    /// Show a workspace
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Change how long a workspace keeps entries
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Write a workspace's entries to files, and fetch them
    #[command(subcommand, after_help = work::EXPORT_EXAMPLES)]
    Export(ExportCommand),
    /// Show the work that goes on behind exports and changes of plan, and start again what failed
    #[command(subcommand, after_help = work::JOB_HELP)]
    Job(JobCommand),
    /// Show the counts kept of a workspace's log, or have them made anew
    #[command(subcommand)]
    Tally(TallyCommand),
    /// Check a stored entry
    #[command(subcommand)]
    Entry(EntryCommand),
}

/// What is asked of credentials.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a credential; its token is shown this once: alone on stdout, all else on stderr
    Create(NewKey),
    /// Show a credential; its token cannot be shown again
    Show {
        /// The id of the key: 16 hexadecimal digits, the part of a token after `cwa_` (the whole
        /// token is taken too)
        #[arg(value_parser = key_id)]
        key_id: KeyId,
    },
    /// List the credentials, viewer tokens included, in force or not, until DynamoDB deletes them
    /// some time after their end
    List {
        /// Only those for this one workspace; those for every workspace are left out
        #[arg(long, value_name = "WORKSPACE", value_parser = workspace_id)]
        workspace: Option<WorkspaceId>,
    },
    /// Revoke a credential, for good; it is refused everywhere within 60 seconds
    Revoke {
        /// The id of the key: 16 hexadecimal digits, the part of a token after `cwa_` (the whole
        /// token is taken too)
        #[arg(value_parser = key_id)]
        key_id: KeyId,
    },
}

/// A credential to be made.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct NewKey {
    /// What it may do; once for each scope
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scopes())]
    pub(crate) scopes: Vec<Scope>,
    /// The one workspace it may do it in; without, every workspace
    #[arg(long, value_name = "WORKSPACE", value_parser = workspace_id)]
    pub(crate) workspace: Option<WorkspaceId>,
    /// What it is called in lists, and as the actor of what it does to workspaces
    #[arg(long, value_parser = name)]
    pub(crate) name: Option<String>,
    /// For how long it is in force, such as 90d, 12h, 30m or 45s, at most 3650d; without, until it
    /// is revoked
    #[arg(long, value_name = "TIME", value_parser = Life::parse)]
    pub(crate) expires_in: Option<Life>,
}

/// What is asked of workspaces.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// Show a workspace's plan, how long it keeps entries, and since when it is there
    Show {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

/// What is asked of the tally.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum TallyCommand {
    /// Show each year, month, day and hour of which a count is kept
    Show {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Drop all counts, so that they are made anew: after entries or the control table were
    /// restored or changed by other means than the service
    Recount {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

/// What is asked of entries.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum EntryCommand {
    /// Check that an entry is as it was recorded
    #[command(after_help = VERIFY_HELP)]
    Verify {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The entry's id
        #[arg(value_name = "ENTRY_ID", value_parser = entry_id)]
        entry: EntryId,
    },
}

fn scopes() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::name))
        .try_map(|name| Scope::named(&name).ok_or("no such scope"))
}

fn workspace_id(text: &str) -> Result<WorkspaceId, &'static str> {
    WorkspaceId::parse(text).ok_or("must be 1 to 128 of A-Z a-z 0-9 _ -")
}

/// Reads a key id, or takes it from a whole token: with a leaked one at hand, that is what one has.
fn key_id(text: &str) -> Result<KeyId, &'static str> {
    let of_token = || Token::parse(text).map(|token| token.key_id().clone());
    KeyId::parse(text)
        .or_else(of_token)
        .ok_or("must be 16 of 0-9 a-f: the part of a token after cwa_")
}

fn entry_id(text: &str) -> Result<EntryId, &'static str> {
    EntryId::parse(text).ok_or("must be an id as the service gave it, such as 20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0")
}

fn name(name: &str) -> Result<String, String> {
    text::name(name.to_owned())
}

#[cfg(test)]
mod tests;
