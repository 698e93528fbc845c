//! Owns the command line of exports, changes of plan, and the jobs behind both.

use super::filter::FilterArgs;
use super::{entry_id, workspace_id};
use aws::config::EXPORTS_BUCKET;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use domain::identity::EntryId;
use domain::job::{FileFormat, JobName};
use domain::plan::Plan;
use domain::workspace::WorkspaceId;

pub(super) const EXPORT_EXAMPLES: &str = "\
Examples:
  audit export create ws_1 --format csv --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z
  EXPORT=$(audit export create ws_1 --format ndjson --gzip --wait)
  audit export list ws_1
  audit export show ws_1 $EXPORT --exports-bucket my-bucket";

pub(super) const JOB_HELP: &str = "\
A job is open until it is done or has failed. It is idle when no worker has it although one
should; idle jobs are announced again each minute. A job fails when one of its chunks was begun
50 times and never finished. The list of open jobs no longer has it then: name its workspace.

Examples:
  audit job list
  audit job list --workspace ws_1
  audit job retry ws_1 retention
  audit job retry ws_1 20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";

const PLAN_SET_HELP: &str = "\
Entries that the new plan does not keep are hidden at once. Going back to the longer plan brings
them back for some days (--grace-days); later they are gone for good. So look with --dry-run first.
A plan that keeps less than the present one is set once you agree, on a terminal or by --yes.
After the change, a job moves the time at which stored entries are deleted.

Examples:
  audit plan set ws_1 free --dry-run
  audit plan set ws_1 free --yes

Exit codes:
  0  the plan is set
  1  it is not, also because nobody agreed";

const CREATE_HELP: &str = "\
The id of the export goes to stdout, all else to stderr. Entries recorded later are not exported.
The export is itself recorded in the workspace's log, with the actor operator.

Exit codes:
  0  the export has started; with --wait, its file is ready
  1  it has not; with --wait, it failed";

/// The commands on exports.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum ExportCommand {
    /// Start an export of all entries, or of those that match all given filters
    #[command(after_help = CREATE_HELP)]
    Create(NewExport),
    /// List the exports of a workspace, newest first; each is listed until a week after its end
    List {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Show an export's progress and file; if the bucket is named, also links to the file that work
    /// for 10 minutes
    Show {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The export's id
        #[arg(value_name = "EXPORT_ID", value_parser = entry_id)]
        export: EntryId,
        #[command(flatten)]
        files: FilesArgs,
    },
}

/// An export to start.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct NewExport {
    /// The workspace's id
    #[arg(value_parser = workspace_id)]
    pub(crate) workspace: WorkspaceId,
    /// The format of the file: csv for spreadsheets, ndjson for programs
    #[arg(long, required = true, value_parser = formats())]
    pub(crate) format: FileFormat,
    /// Begin a CSV file with a byte order mark, by which Excel knows UTF-8
    #[arg(long)]
    pub(crate) bom: bool,
    /// Compress the file with gzip
    #[arg(long)]
    pub(crate) gzip: bool,
    /// Wait until the file is ready or the export has failed
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) filters: Box<FilterArgs>,
}

/// Where the files of exports are stored.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct FilesArgs {
    /// The bucket of exports; needed for links to the file, which work for 10 minutes or until your
    /// credentials expire
    #[arg(long, value_name = "BUCKET", env = EXPORTS_BUCKET, hide_env_values = true)]
    pub(crate) exports_bucket: Option<String>,
    /// The address of an S3 other than AWS's
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_S3", hide_env_values = true)]
    pub(crate) s3_endpoint_url: Option<String>,
}

/// The commands on plans.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum PlanCommand {
    /// Change the plan of an existing workspace
    #[command(after_help = PLAN_SET_HELP)]
    Set {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The new plan
        #[arg(value_parser = plans())]
        plan: Plan,
        /// Change nothing; only show what the change would do
        #[arg(long)]
        dry_run: bool,
        /// Lower a plan without a question
        #[arg(long)]
        yes: bool,
    },
}

/// The commands on jobs.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum JobCommand {
    /// List the open jobs of all workspaces, or all jobs of one
    List {
        /// All jobs of this workspace, also those that are done or have failed
        #[arg(long, value_name = "WORKSPACE", value_parser = workspace_id)]
        workspace: Option<WorkspaceId>,
    },
    /// Retry a failed job from where it stopped
    Retry {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// `retention`, or the id of an export
        #[arg(value_name = "JOB", value_parser = job_name)]
        job: JobName,
    },
}

fn formats() -> impl TypedValueParser<Value = FileFormat> {
    let names = [FileFormat::Csv, FileFormat::Ndjson].map(FileFormat::name);
    PossibleValuesParser::new(names)
        .try_map(|name| FileFormat::named(&name).ok_or("no such format"))
}

fn plans() -> impl TypedValueParser<Value = Plan> {
    PossibleValuesParser::new(Plan::ALL.map(Plan::name))
        .try_map(|name| Plan::named(&name).ok_or("no such plan"))
}

/// Reads the name of a job as `audit job list` prints it, or as the logs do.
fn job_name(text: &str) -> Result<JobName, &'static str> {
    JobName::parse(text)
        .or_else(|| EntryId::parse(text).map(JobName::Export))
        .ok_or("must be retention, or the id of an export")
}
