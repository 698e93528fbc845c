//! Owns the command line of the feed.

use super::workspace_id;
use clap::Args;
use domain::workspace::WorkspaceId;
use std::path::PathBuf;

pub(super) const FEED_HELP: &str = "\
Each entry is one line of JSON with its sequence number, in the order in which entries were
recorded. An entry that happened long before it was recorded comes last, like every new one, so a
reader of the feed misses none. An entry gets its number some 10 seconds after it is recorded.
An entry that has expired is {\"sequence\": N, \"gone\": \"expired\"}.

The state file is replaced after the lines are written and flushed. If the command is killed in
between, it writes some lines again: drop those whose sequence you have.

Examples:
  audit feed ws_1 > ws_1.ndjson
  audit feed ws_1 --after 1041 --limit 20
  audit feed ws_1 --follow --state /var/lib/audit/ws_1.state";

/// Reads the feed.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct FeedArgs {
    /// The workspace's id
    #[arg(value_parser = workspace_id)]
    pub(crate) workspace: WorkspaceId,
    /// Begin after the entry with this sequence number; without it, at the first entry
    #[arg(long, value_name = "SEQUENCE")]
    pub(crate) after: Option<u64>,
    /// End after so many entries; without it, at the last entry
    #[arg(long, value_name = "ENTRIES", value_parser = entries)]
    pub(crate) limit: Option<usize>,
    /// Do not end at the last entry: look for new ones every 15 seconds
    #[arg(long)]
    pub(crate) follow: bool,
    /// A file that keeps the last sequence number: begin after it if the file exists, and write it
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Include old and new values and metadata
    #[arg(long)]
    pub(crate) values: bool,
}

fn entries(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|entries| *entries > 0).ok_or("must be a whole number from 1")
}
