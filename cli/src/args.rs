//! Owns the command line: commands, options, the spelling of their values, and the help.

mod actor;
mod catalog;
mod feed;
mod filter;
mod key;
mod log;
mod work;

pub(crate) use actor::{ActorCommand, DestroySalt};
pub(crate) use catalog::CatalogCommand;
pub(crate) use feed::FeedArgs;
pub(crate) use filter::WrongFilter;
use key::KEY_EXAMPLES;
pub(crate) use key::{KeyCommand, NewKey};
pub(crate) use log::{DirectoryCommand, EntryCommand, EntryList, RestoreArgs, TallyCommand};
use log::{RESTORE_HELP, VERIFY_LOG_HELP};
pub(crate) use work::{ExportCommand, FilesArgs, JobCommand, NewExport, PlanCommand};

use aws::config::{CONTROL_TABLE, ENTRIES_TABLE, GRACE_DAYS, JOBS_QUEUE_URL, UNUSUAL_THRESHOLDS};
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::identity::EntryId;
use domain::plan::GraceDays;
use domain::unusual::Thresholds;
use domain::workspace::WorkspaceId;

const EXAMPLES: &str = "\
Examples:
  Make a key with which the billing backend records entries of one workspace, for 90 days:
    audit key create --scope entries:write --workspace ws_1 --name billing --expires-in 90d

  Keep the token in a variable (everything else goes to stderr):
    TOKEN=$(audit key create --scope entries:write --workspace ws_1)

  List all keys as JSON:
    audit key list --output json

  Check that an entry is as it was recorded:
    audit entry verify ws_1 20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0

  Check that a whole log is as it was recorded, and that nothing of it is missing:
    audit verify ws_1

  See which entries a restored table has and the log lacks, then copy them:
    audit restore ws_1 --from-table audit-log-restored --dry-run
    audit restore ws_1 --from-table audit-log-restored

  Export the whole log of a workspace to a compressed file, and show where to fetch it:
    EXPORT=$(audit export create ws_1 --format ndjson --gzip --wait)
    audit export show ws_1 $EXPORT

  Follow the log of a workspace, each entry once and in order, as lines of JSON:
    audit feed ws_1 --follow --state ws_1.state

  Use a DynamoDB on this machine, without AWS credentials:
    audit key list --endpoint-url http://127.0.0.1:8000 --control-table control

Exit codes:
  0  done, or the answer is yes
  1  not found, not proven, or not done
  2  the command line or the settings are wrong or incomplete";

/// The operator's tool for the audit log: keys, workspaces and their plans, exports and other jobs,
/// the feed, the catalogue, the verification of entries, and the salts of actors.
///
/// It connects to DynamoDB with your AWS configuration (environment, profile, single sign-on), or
/// to an endpoint on this machine.
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
    /// The address of a DynamoDB other than AWS's; one on this machine needs no credentials
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        hide_env_values = true,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) endpoint_url: Option<String>,
    /// The name of the entries table
    #[arg(
        long,
        value_name = "TABLE",
        env = ENTRIES_TABLE,
        hide_env_values = true,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) entries_table: Option<String>,
    /// The name of the control table (workspaces, keys, jobs)
    #[arg(
        long,
        value_name = "TABLE",
        env = CONTROL_TABLE,
        hide_env_values = true,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) control_table: Option<String>,
    /// The URL of the queue of jobs, which is the stack's output `JobsQueueUrl`: a job that a
    /// command starts is announced there and begins at once; without it, within two minutes
    #[arg(
        long,
        value_name = "URL",
        env = JOBS_QUEUE_URL,
        hide_env_values = true,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) jobs_queue_url: Option<String>,
    /// For how many days a lowered plan can be raised again without loss: what the deployment's
    /// functions have
    #[arg(
        long,
        value_name = "DAYS",
        env = GRACE_DAYS,
        hide_env_values = true,
        default_value = "7",
        value_parser = grace_days,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) grace_days: GraceDays,
    /// From when on something is unusual, such as `learning_days=7,burst_entries=50`: what the
    /// deployment's functions have
    #[arg(
        long,
        value_name = "NAME=NUMBER,…",
        env = UNUSUAL_THRESHOLDS,
        hide_env_values = true,
        default_value = "",
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) unusual_thresholds: Thresholds,
    /// The AWS profile whose credentials to use; without it, the usual AWS order (environment,
    /// `AWS_PROFILE`, …)
    #[arg(long, value_name = "NAME", global = true, help_heading = "Settings")]
    pub(crate) profile: Option<String>,
    /// The AWS region; without it, the usual AWS order (`AWS_REGION`, the profile, …)
    #[arg(long, value_name = "REGION", global = true, help_heading = "Settings")]
    pub(crate) region: Option<String>,
    /// The form of the answer
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        default_value_t,
        global = true,
        help_heading = "Settings"
    )]
    pub(crate) output: Format,
    /// The same as --output json
    #[arg(long, global = true, conflicts_with = "output", help_heading = "Settings")]
    pub(crate) json: bool,
}

impl Settings {
    /// The form of the answer.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.output }
    }
}

fn grace_days(text: &str) -> Result<GraceDays, String> {
    let max = GraceDays::MAX;
    GraceDays::parse(text).ok_or_else(|| format!("must be a number from 0 to {max}"))
}

/// The form in which an answer goes to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, show, list and revoke keys
    #[command(subcommand, after_help = KEY_EXAMPLES)]
    Key(KeyCommand),
    /// List and show workspaces
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Change how long a workspace keeps entries
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Export a workspace's entries to files, and show where to fetch them
    #[command(subcommand, after_help = work::EXPORT_EXAMPLES)]
    Export(ExportCommand),
    /// Write a workspace's entries as lines of JSON, in the order in which they were recorded
    #[command(after_help = feed::FEED_HELP)]
    Feed(FeedArgs),
    /// List the jobs behind exports and changes of plan, and retry failed ones
    #[command(subcommand, after_help = work::JOB_HELP)]
    Job(JobCommand),
    /// Show and set the catalogue: the actions and target types that entries may name
    #[command(subcommand, after_help = catalog::CATALOG_HELP)]
    Catalog(CatalogCommand),
    /// Show the stored counts of a workspace's entries, or make them again
    #[command(subcommand)]
    Tally(TallyCommand),
    /// Make the directory of a workspace again: who acted, and from which addresses
    #[command(subcommand)]
    Directory(DirectoryCommand),
    /// Verify a stored entry
    #[command(subcommand)]
    Entry(EntryCommand),
    /// Verify a whole log: that every numbered entry is there and as it was recorded, that every
    /// entry has a number, and that the counts agree
    #[command(after_help = VERIFY_LOG_HELP)]
    Verify {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Copy the entries of a workspace that are gone from a restored table
    #[command(after_help = RESTORE_HELP)]
    Restore(RestoreArgs),
    /// Destroy the salt of an actor
    #[command(subcommand)]
    Actor(ActorCommand),
}

/// The commands on workspaces.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// List all workspaces with their plans, by id; it reads the whole control table
    List,
    /// Show a workspace's plan, how long it keeps entries, and when it was made
    Show {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

fn workspace_id(text: &str) -> Result<WorkspaceId, &'static str> {
    WorkspaceId::parse(text).ok_or("must be 1 to 128 of A-Z a-z 0-9 _ -")
}

fn entry_id(text: &str) -> Result<EntryId, &'static str> {
    EntryId::parse(text).ok_or(
        "must be an id exactly as the service returned it, \
         such as 20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    )
}

#[cfg(test)]
mod tests;
