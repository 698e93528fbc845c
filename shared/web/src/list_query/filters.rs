//! Reads filters: from the parameters of a query string, and from the members of a body.

use crate::query::Query;
use domain::catalog::Catalog;
use domain::entry::{ActorKey, ActorType, Outcome};
use domain::fields::Fields;
use domain::filter::{AddressRange, Filter, MalformedRange, Selection};
use domain::json::Json;
use domain::text;
use domain::timestamp::Timestamp;
use domain::validation::Errors;

/// The parameters that select entries by what they say.
pub(super) const CONDITIONS: [&str; 10] = [
    "action", "target_type", "outcome", "actor_type", "actor_id", "actor_email", "ip_address",
    "target_id", "external_id", "request_id",
];
/// Further parameters, which the feed does not have: it is in the order of recording, and what was
/// recorded lately is not judged yet.
pub(super) const OF_LISTS: [&str; 3] = ["unusual", "from", "to"];

const MUST_BE_TRUE: &str = "must be true";

/// Where filters are read from.
trait Source {
    /// Takes a text and reads it by its rule. `None` means that it is absent or that its error was
    /// added.
    fn read<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        rule: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T>;

    /// Reads an end of a range of time.
    fn bound(text: String) -> Result<Timestamp, String>;

    /// Takes a condition that is given or not.
    fn flag(&mut self, name: &str, errors: &mut Errors) -> bool;
}

impl Source for Query {
    fn read<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        rule: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        super::parameter::read(self, name, errors, rule)
    }

    /// A `+` in a query string is a space, which a client may not expect in the offset of a time.
    fn bound(text: String) -> Result<Timestamp, String> {
        Timestamp::parse_rounding_up(&text)
            .map_err(|error| format!("{error}; the + of an offset is sent as %2B"))
    }

    fn flag(&mut self, name: &str, errors: &mut Errors) -> bool {
        let is_true = |text: String| (text == "true").then_some(()).ok_or(MUST_BE_TRUE.to_owned());
        self.read(name, errors, is_true).is_some()
    }
}

impl Source for Fields {
    fn read<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        rule: impl FnOnce(String) -> Result<T, String>,
    ) -> Option<T> {
        self.optional_text(name, errors, rule)
    }

    fn bound(text: String) -> Result<Timestamp, String> {
        Timestamp::parse_rounding_up(&text).map_err(|error| error.to_string())
    }

    fn flag(&mut self, name: &str, errors: &mut Errors) -> bool {
        match self.take(name) {
            None | Some(Json::Null) => false,
            Some(Json::Bool(true)) => true,
            Some(_) => {
                errors.add(&self.pointer_to(name), MUST_BE_TRUE);
                false
            }
        }
    }
}

/// Reads the filters of a list from the parameters of a query string.
pub(super) fn read_filter(query: &mut Query, catalog: &Catalog, errors: &mut Errors) -> Filter {
    filter(query, catalog, errors)
}

/// Reads the filters of a list from the members of an object.
pub fn read_filter_fields(fields: &mut Fields, catalog: &Catalog, errors: &mut Errors) -> Filter {
    filter(fields, catalog, errors)
}

fn filter<S: Source>(source: &mut S, catalog: &Catalog, errors: &mut Errors) -> Filter {
    let filter = Filter {
        action: source.read("action", errors, |names| {
            selection(&names, |name| catalog.filterable_action(name.to_owned()))
        }),
        target_type: source.read("target_type", errors, |names| {
            selection(&names, |name| catalog.filterable_target_type(name.to_owned()))
        }),
        outcome: source.read("outcome", errors, |names| selection(&names, outcome)),
        actor: actor(
            source.read("actor_type", errors, |name| actor_type(&name)),
            source.read("actor_id", errors, text::id),
            errors,
        ),
        actor_email: source.read("actor_email", errors, text::email),
        ip_address: source.read("ip_address", errors, |text| address_range(&text)),
        target_id: source.read("target_id", errors, text::id),
        external_id: source.read("external_id", errors, text::id),
        request_id: source.read("request_id", errors, text::id),
        unusual: source.flag("unusual", errors),
        from: source.read("from", errors, S::bound),
        to: source.read("to", errors, S::bound),
    };
    check_together(filter, errors)
}

/// Reads values with commas in between, all or none of them after a minus.
fn selection<T: Ord>(
    text: &str,
    rule: impl Fn(&str) -> Result<T, String>,
) -> Result<Selection<T>, String> {
    Selection::read(text, rule).map_err(|error| error.to_string())
}

fn address_range(text: &str) -> Result<AddressRange, String> {
    text.parse().map_err(|error: MalformedRange| error.to_string())
}

fn outcome(name: &str) -> Result<Outcome, String> {
    name.parse().map_err(|error: domain::entry::UnknownOutcome| error.to_string())
}

fn actor_type(name: &str) -> Result<ActorType, String> {
    let names = ActorType::ALL.map(ActorType::name).join(", ");
    ActorType::named(name).ok_or_else(|| format!("must be one of {names}"))
}

/// The actor of a filter. Its type is `user` unless the client says otherwise.
fn actor(kind: Option<ActorType>, id: Option<String>, errors: &mut Errors) -> Option<ActorKey> {
    match (kind, id) {
        (kind, Some(id)) => Some(ActorKey { kind: kind.unwrap_or(ActorType::User), id }),
        (Some(_), None) => {
            errors.add("/actor_type", "comes with actor_id");
            None
        }
        (None, None) => None,
    }
}

/// Checks the rules that more than one filter takes part in (cross-field validation).
fn check_together(filter: Filter, errors: &mut Errors) -> Filter {
    if filter.target_id.is_some() && filter.target().is_none() {
        errors.add("/target_id", "comes with one target_type: ids are unique only within a type");
    }
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        errors.add("/from", "must not be after to");
    }
    filter
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalog::default_catalog;

    fn pointers(raw: &str) -> Vec<String> {
        let known = [&CONDITIONS[..], &OF_LISTS[..]].concat();
        let (mut query, mut errors) = (Query::parse(raw, &known).unwrap(), Errors::default());
        read_filter(&mut query, default_catalog(), &mut errors);
        let errors = errors.into_result::<()>(None).unwrap_err();
        errors.into_iter().map(|error| error.pointer).collect()
    }

    fn reads(raw: &str) -> Filter {
        let known = [&CONDITIONS[..], &OF_LISTS[..]].concat();
        let (mut query, mut errors) = (Query::parse(raw, &known).unwrap(), Errors::default());
        let filter = read_filter(&mut query, default_catalog(), &mut errors);
        errors.into_result(Some(filter)).unwrap()
    }

    #[test]
    fn several_values_are_alternatives_in_whatever_order() {
        let filter = reads(
            "action=member.remove,member.invite,member.remove&target_type=project%2Cmember\
             &outcome=denied,failure",
        );
        let texts = |names: [&str; 2]| Selection::new(names.map(str::to_owned));
        let expected = Filter {
            action: texts(["member.invite", "member.remove"]),
            target_type: texts(["member", "project"]),
            outcome: Selection::new([Outcome::Failure, Outcome::Denied]),
            ..Filter::default()
        };
        assert_eq!(filter, expected);
        assert_eq!(reads(&format!("{}from=2026-01-01T00:00:00Z", filter.to_query())).to, None);
        let id = reads("external_id=a,b&request_id=%23r");
        assert_eq!(id.external_id.as_deref(), Some("a,b"), "an id may have a comma");
        assert_eq!(id.request_id.as_deref(), Some("#r"));
    }

    #[test]
    fn one_wrong_value_of_several_is_refused() {
        for names in [
            "member.invite,", ",member.invite", "member.invite,,member.remove", ",",
            "member.invite,member.invited", "member.invite, member.remove", "--member.invite",
            "-member.invited", "-", "-member.invite,", "-member.invite,member.remove",
            "member.invite,-member.remove",
        ] {
            let names = names.replace(' ', "+");
            assert_eq!(pointers(&format!("action={names}")), ["/action"], "{names}");
        }
        assert_eq!(pointers("target_type=member,planet"), ["/target_type"]);
        for text in ["", "false", "1", "True", "true,true"] {
            assert_eq!(pointers(&format!("unusual={text}")), ["/unusual"], "{text}");
        }
        assert!(reads("unusual=true").unusual && !reads("").unusual);
        for names in
            ["", "Denied", "success,ok", "denied,", "1", "success;denied", "-ok", "-success,denied"]
        {
            assert_eq!(pointers(&format!("outcome={names}")), ["/outcome"], "{names}");
        }
        assert_eq!(pointers("external_id=&request_id=%00"), ["/external_id", "/request_id"]);
        assert_eq!(pointers("target_id=x&target_type=member,project"), ["/target_id"]);
        let many = |count: usize| vec!["member.invite"; count].join(",");
        assert_eq!(reads(&format!("action={}", many(50))).action, Some("member.invite".into()));
        assert_eq!(pointers(&format!("action={}", many(51))), ["/action"]);
    }
}
