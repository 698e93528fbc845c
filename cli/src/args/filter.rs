//! Owns the options that choose the entries of an export.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::catalog::{MAX_ACTION_CHARS, MAX_TARGET_TYPE_CHARS, is_name};
use domain::entry::{ActorKey, ActorType, Outcome};
use domain::filter::{AddressRange, Filter, OneOf};
use domain::text;
use domain::timestamp::Timestamp;

/// Filters that choose the entries of an export.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Only these actions, such as member.invite,member.remove
    #[arg(long, value_name = "ACTION,…", value_delimiter = ',', value_parser = action)]
    action: Vec<String>,
    /// Only targets of these types, such as member; needs to be one for --target-id
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',', value_parser = target_type)]
    target_type: Vec<String>,
    /// Only what ended like this
    #[arg(long, value_name = "OUTCOME,…", value_delimiter = ',', value_parser = outcomes())]
    outcome: Vec<Outcome>,
    /// The type of the actor, if it is not user; needs --actor-id
    #[arg(long, value_name = "TYPE", requires = "actor_id", value_parser = actor_types())]
    actor_type: Option<ActorType>,
    /// Only this actor
    #[arg(long, value_name = "ID", value_parser = id)]
    actor_id: Option<String>,
    /// Only actors that had this email address then
    #[arg(long, value_name = "EMAIL", value_parser = email)]
    actor_email: Option<String>,
    /// Only from this IP address, or from a range such as 203.0.113.0/24
    #[arg(long, value_name = "ADDRESS")]
    ip_address: Option<AddressRange>,
    /// Only this target; needs --target-type
    #[arg(long, value_name = "ID", requires = "target_type", value_parser = id)]
    target_id: Option<String>,
    /// Only entries to which their publisher gave this id
    #[arg(long, value_name = "ID", value_parser = id)]
    external_id: Option<String>,
    /// Only entries of this request of their publisher
    #[arg(long, value_name = "ID", value_parser = id)]
    request_id: Option<String>,
    /// Only unusual entries
    #[arg(long)]
    unusual: bool,
    /// Only entries that happened at or after this time, such as 2026-11-22T14:05:06Z
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rounding_up)]
    from: Option<Timestamp>,
    /// Only entries that happened before this time
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rounding_up)]
    to: Option<Timestamp>,
}

impl FilterArgs {
    /// The filter; `None` means that `--from` is after `--to`.
    pub(crate) fn filter(self) -> Option<Filter> {
        let kind = self.actor_type.unwrap_or(ActorType::User);
        if self.from.zip(self.to).is_some_and(|(from, to)| from > to) {
            return None;
        }
        Some(Filter {
            action: OneOf::new(self.action),
            target_type: OneOf::new(self.target_type),
            outcome: OneOf::new(self.outcome),
            actor: self.actor_id.map(|id| ActorKey { kind, id }),
            actor_email: self.actor_email,
            ip_address: self.ip_address,
            target_id: self.target_id,
            external_id: self.external_id,
            request_id: self.request_id,
            unusual: self.unusual,
            from: self.from,
            to: self.to,
        })
    }
}

pub(super) fn actor_types() -> impl TypedValueParser<Value = ActorType> {
    PossibleValuesParser::new(ActorType::ALL.map(ActorType::name))
        .try_map(|name| ActorType::named(&name).ok_or("no such type"))
}

fn outcomes() -> impl TypedValueParser<Value = Outcome> {
    PossibleValuesParser::new(Outcome::ALL.map(Outcome::name)).try_map(|name| name.parse())
}

fn action(name: &str) -> Result<String, &'static str> {
    let is_name = is_name(name, MAX_ACTION_CHARS);
    is_name.then(|| name.to_owned()).ok_or("must be an action of the catalogue")
}

fn target_type(name: &str) -> Result<String, &'static str> {
    let is_name = is_name(name, MAX_TARGET_TYPE_CHARS);
    is_name.then(|| name.to_owned()).ok_or("must be a target type of the catalogue")
}

fn email(email: &str) -> Result<String, String> {
    text::email(email.to_owned())
}

pub(super) fn id(id: &str) -> Result<String, String> {
    text::id(id.to_owned())
}
