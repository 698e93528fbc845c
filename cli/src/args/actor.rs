//! Owns the command line of what concerns one actor.

use super::filter::{actor_types, id};
use super::workspace_id;
use clap::{Args, Subcommand};
use domain::entry::{ActorKey, ActorType};
use domain::workspace::WorkspaceId;

const DESTROY_HELP: &str = "\
For when the law demands that nothing confirms any longer what a person did. It cannot be undone.

Examples:
  audit actor destroy-salt ws_1 user usr_8f2
  audit actor destroy-salt ws_1 user usr_8f2 --yes

Exit codes:
  0  the salt is destroyed, or had been before
  1  the actor has no salt, or --yes was not given: nothing is changed";

/// The commands on actors.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum ActorCommand {
    /// Destroy the salt of an actor, so that the ids of its entries confirm nothing any more;
    /// without --yes, only say what that does
    #[command(after_help = DESTROY_HELP)]
    DestroySalt(DestroySalt),
}

/// Whose salt is to be destroyed.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct DestroySalt {
    /// The workspace's id
    #[arg(value_parser = workspace_id)]
    pub(crate) workspace: WorkspaceId,
    /// The type of the actor
    #[arg(value_name = "TYPE", value_parser = actor_types())]
    kind: ActorType,
    /// The id of the actor, as entries have it
    #[arg(value_parser = id)]
    id: String,
    /// Destroy it
    #[arg(long)]
    pub(crate) yes: bool,
}

impl DestroySalt {
    /// The actor.
    pub(crate) fn actor(&self) -> ActorKey {
        ActorKey { kind: self.kind, id: self.id.clone() }
    }
}
