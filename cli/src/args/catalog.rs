//! Owns the command line of the catalogue.

use clap::Subcommand;
use std::path::PathBuf;

pub(super) const CATALOG_HELP: &str = "\
The catalogue has the actions and target types that entries may name, with their labels, groups and
languages. It is the same for all workspaces. Until one is set, the default of the release holds.

Examples:
  audit catalog show --output json > catalog.json
  audit catalog diff catalog.json
  audit catalog set catalog.json";

const SET_HELP: &str = "\
What the current version has cannot be dropped, because entries were recorded with it: set
`\"retired\": true` instead. If the file has the `version` that it was made from, as
`audit catalog show --output json` prints it, the file is refused when another version was stored
since.

Exit codes:
  0  the catalogue is stored, or was this one already
  1  it is not stored";

/// The commands on the catalogue.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Store a catalogue as the next version; functions know it within 60 seconds
    #[command(after_help = SET_HELP)]
    Set {
        /// The catalogue as JSON
        file: PathBuf,
        /// Do not ask before it is stored
        #[arg(long)]
        yes: bool,
    },
    /// Show the current catalogue, or a version of it
    Show {
        /// The version; 0 is the default of this release
        #[arg(long, value_name = "N")]
        version: Option<u64>,
    },
    /// Show what setting a catalogue would change
    Diff {
        /// The catalogue as JSON
        file: PathBuf,
    },
}
