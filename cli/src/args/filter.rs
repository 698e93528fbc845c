//! Owns the options that choose the entries of an export.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::catalog::{MAX_ACTION_CHARS, MAX_TARGET_TYPE_CHARS, is_name};
use domain::entry::{ActorKey, ActorType, Outcome, UnknownOutcome};
use domain::filter::{AddressRange, Filter, MalformedSelection, Selection};
use domain::text;
use domain::timestamp::Timestamp;

/// Filters that choose the entries of an export.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Only these actions, such as member.invite,member.remove; with a minus before each, all but
    /// these
    #[arg(long, value_name = "ACTION,…", allow_hyphen_values = true, value_parser = actions)]
    action: Vec<Selection<String>>,
    /// Only targets of these types, such as member; with a minus before each, all but these; needs
    /// to be one for --target-id
    #[arg(long, value_name = "TYPE,…", allow_hyphen_values = true, value_parser = target_types)]
    target_type: Vec<Selection<String>>,
    /// Only what ended like this: success, failure, denied; with a minus before each, all but these
    #[arg(long, value_name = "OUTCOME,…", allow_hyphen_values = true, value_parser = outcomes)]
    outcome: Vec<Selection<Outcome>>,
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

/// Options that do not go together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WrongFilter {
    /// `--from` is after `--to`.
    Window,
    /// The values that an option has, if it is given several times.
    Option(&'static str, MalformedSelection),
}

impl FilterArgs {
    /// The filter.
    ///
    /// # Errors
    /// When `--from` is after `--to`, or the values of an option do not go together.
    pub(crate) fn filter(self) -> Result<Filter, WrongFilter> {
        let kind = self.actor_type.unwrap_or(ActorType::User);
        if self.from.zip(self.to).is_some_and(|(from, to)| from > to) {
            return Err(WrongFilter::Window);
        }
        Ok(Filter {
            action: merged("--action", self.action)?,
            target_type: merged("--target-type", self.target_type)?,
            outcome: merged("--outcome", self.outcome)?,
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

fn merged<T: Ord>(
    option: &'static str,
    selections: Vec<Selection<T>>,
) -> Result<Option<Selection<T>>, WrongFilter> {
    Selection::merged(selections).map_err(|error| WrongFilter::Option(option, error))
}

pub(super) fn actor_types() -> impl TypedValueParser<Value = ActorType> {
    PossibleValuesParser::new(ActorType::ALL.map(ActorType::name))
        .try_map(|name| ActorType::named(&name).ok_or("no such type"))
}

fn outcomes(text: &str) -> Result<Selection<Outcome>, MalformedSelection> {
    let rule = |name: &str| name.parse().map_err(|error: UnknownOutcome| error.to_string());
    Selection::read(text, rule)
}

fn actions(text: &str) -> Result<Selection<String>, MalformedSelection> {
    names(text, MAX_ACTION_CHARS, "must be an action of the catalogue")
}

fn target_types(text: &str) -> Result<Selection<String>, MalformedSelection> {
    names(text, MAX_TARGET_TYPE_CHARS, "must be a target type of the catalogue")
}

fn names(
    text: &str,
    max_chars: usize,
    rule: &str,
) -> Result<Selection<String>, MalformedSelection> {
    Selection::read(text, |name| {
        is_name(name, max_chars).then(|| name.to_owned()).ok_or_else(|| rule.to_owned())
    })
}

fn email(email: &str) -> Result<String, String> {
    text::email(email.to_owned())
}

pub(super) fn id(id: &str) -> Result<String, String> {
    text::id(id.to_owned())
}
