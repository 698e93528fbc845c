//! Owns the command line of keys.

use super::workspace_id;
use crate::life::Life;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use domain::credential::{KeyId, Scope, Token};
use domain::text::MAX_NAME_CHARS;
use domain::workspace::WorkspaceId;

pub(super) const KEY_EXAMPLES: &str = "\
Examples:
  audit key create --scope workspaces:write --scope workspaces:read --name \"provisioning\"
  audit key create --scope entries:write --workspace ws_1 --expires-in 90d
  audit key show 0f1e2d3c4b5a6978
  audit key list --workspace ws_1
  audit key revoke 0f1e2d3c4b5a6978";

/// The commands on keys, which are the API's credentials.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key; its token is shown only now: the token goes to stdout, all else to stderr
    Create(NewKey),
    /// Show a key; its token cannot be shown again
    Show {
        /// The key's id: the 16 characters after `cwa_` in a token (or the whole token)
        #[arg(value_parser = key_id)]
        key_id: KeyId,
    },
    /// List all keys and viewer tokens, also expired and revoked ones; DynamoDB deletes a key some
    /// time after it has expired
    List {
        /// Only keys bound to this workspace; keys for every workspace are left out
        #[arg(long, value_name = "WORKSPACE", value_parser = workspace_id)]
        workspace: Option<WorkspaceId>,
    },
    /// Revoke a key for good; every function refuses it within 60 seconds
    Revoke {
        /// The key's id: the 16 characters after `cwa_` in a token (or the whole token)
        #[arg(value_parser = key_id)]
        key_id: KeyId,
    },
}

/// A key to make.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct NewKey {
    /// What the key may do; repeat the option for each scope
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scopes())]
    pub(crate) scopes: Vec<Scope>,
    /// The only workspace in which the key works; without it, every workspace
    #[arg(long, value_name = "WORKSPACE", value_parser = workspace_id)]
    pub(crate) workspace: Option<WorkspaceId>,
    /// The key's name in lists, and in the log as the actor of what it does to workspaces
    #[arg(long, value_parser = name)]
    pub(crate) name: Option<String>,
    /// The key's lifetime, such as 90d, 12h, 30m or 45s, at most 3650d; without it, the key is
    /// valid until it is revoked
    #[arg(long, value_name = "TIME", value_parser = Life::parse)]
    pub(crate) expires_in: Option<Life>,
}

fn scopes() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::name))
        .try_map(|name| Scope::named(&name).ok_or("no such scope"))
}

/// Reads a key id, or takes it from a whole token, which is what is at hand when one has leaked.
fn key_id(text: &str) -> Result<KeyId, &'static str> {
    let of_token = || Token::parse(text).map(|token| token.key_id().clone());
    KeyId::parse(text)
        .or_else(of_token)
        .ok_or("must be the 16 characters after cwa_ in a token: 0-9 a-f, or v and 15 of these")
}

fn name(name: &str) -> Result<String, String> {
    if (1..=MAX_NAME_CHARS).contains(&name.chars().count()) {
        return Ok(name.to_owned());
    }
    Err(format!("must have 1 to {MAX_NAME_CHARS} characters"))
}
