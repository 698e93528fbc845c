//! Owns the command line of what is stored of a log: entries, counts, and the directory.

use super::filter::FilterArgs;
use super::{entry_id, workspace_id};
use clap::{Args, Subcommand};
use domain::identity::EntryId;
use domain::workspace::WorkspaceId;

const VERIFY_HELP: &str = "\
The id of an entry is an HMAC of what the client sent, keyed with a salt of the actor. This
command reads both from DynamoDB, computes the id again and compares. Nobody without the salt can
change a stored entry, its time or its values and keep its id. The id does not cover recorded_at
and the expiry, which the service sets. An entry whose salt was destroyed cannot be checked.

Exit codes:
  0  the id proves the content
  1  it does not or cannot, or there is no such entry";

pub(super) const VERIFY_LOG_HELP: &str = "\
This command reads every entry that the journal numbers, and every entry that was recorded in the
same time, up to ten seconds ago. It costs about 0.2 RCU an entry. An entry that has no number is
entered into the journal, and so gets one a few seconds later.

A log is also checked by itself, each day when it is over: audit job list --workspace WORKSPACE

Exit codes:
  0  all entries are present, numbered and as they were recorded, and the counts agree
  1  they are not, or there is no such workspace";

pub(super) const RESTORE_HELP: &str = "\
This command compares the entries of one workspace in both tables. It copies an item only if the log
has no item with its key. It copies values and rows before entries, so you can repeat it after an
interruption. It does not copy entries that have expired under the present plan. It reads the log in
both tables, at 0.13 RCU an entry in each.

Exit codes:
  0  everything that was missing is copied, or would be
  1  it is not, or there is no such workspace or table";

const LIST_HELP: &str = "\
With a rare action, the command may read 40,000 entries and more of the log before it finds any.

Examples:
  audit entry list ws_1
  audit entry list ws_1 --action member.invite --from 2026-11-01T00:00:00Z --limit 100 --json";

/// The commands on the tally, the stored counts.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum TallyCommand {
    /// Show the years, months, days and hours for which a count is stored
    Show {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Make all counts again from the numbered entries; use it if a count may be wrong
    Recount {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

/// The commands on the directory of a workspace.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum DirectoryCommand {
    /// Delete what is known of actors and addresses, and make it again from the entries
    Rebuild {
        /// The workspace's id
        #[arg(value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

/// The entries to list.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct EntryList {
    /// The workspace's id
    #[arg(value_parser = workspace_id)]
    pub(crate) workspace: WorkspaceId,
    /// The most entries to list
    #[arg(long, value_name = "NUMBER", default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) limit: u16,
    #[command(flatten)]
    pub(crate) filters: Box<FilterArgs>,
}

/// Which entries to restore.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct RestoreArgs {
    /// The workspace's id
    #[arg(value_parser = workspace_id)]
    pub(crate) workspace: WorkspaceId,
    /// The restored table, from which missing entries are copied
    #[arg(long, value_name = "TABLE")]
    pub(crate) from_table: String,
    /// Only count what is missing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The commands on entries.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum EntryCommand {
    /// List entries, newest first, without their values: all, or those that match all given filters
    #[command(after_help = LIST_HELP)]
    // Large: it has all filters.
    List(Box<EntryList>),
    /// Verify that an entry is as it was recorded
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
