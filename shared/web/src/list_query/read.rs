//! Reads what a client asks of a list: the query string of a list and of the facets, and the same
//! filters in a body.

use super::{ListQuery, MAX_PAGE_SIZE, PageToken, Position};
use crate::problem::ApiError;
use crate::query::Query;
use domain::catalog::Catalog;
use domain::entry::{ActorKey, ActorType};
use domain::fields::Fields;
use domain::filter::Filter;
use domain::identity::Salt;
use domain::text;
use domain::timestamp::Timestamp;
use domain::validation::Errors;

const DEFAULT_PAGE_SIZE: u8 = 20;
const PARAMETERS: [&str; 10] = [
    "action", "target_type", "actor_type", "actor_id", "target_id", "from", "to", "page_size",
    "page", "page_token",
];
const FACET_PARAMETERS: [&str; 4] = ["action", "target_type", "from", "to"];

/// Reads the query string of a list. Filters and page size may be left out beside a page token; if
/// they are given, they must equal the token's. A page number beside a token asks for that page of
/// the token's browse.
///
/// # Errors
/// What [`Query::parse`] refuses; [`ApiError::InvalidPageToken`]; [`ApiError::ValidationFailed`]
/// with every wrong parameter.
pub fn read_query(raw: &str, salt: &Salt, catalog: &Catalog) -> Result<ListQuery, ApiError> {
    let mut query = Query::parse(raw, &PARAMETERS)?;
    let page_token = query.take("page_token");
    let mut errors = Errors::default();
    let page_size =
        read(&mut query, "page_size", &mut errors, |text| whole_number(&text, MAX_PAGE_SIZE));
    let page = read(&mut query, "page", &mut errors, |text| whole_number(&text, u32::MAX))
        .map(Position::Number);
    let filter_is_given = !query.is_empty();
    let filter = read_filter(&mut query, catalog, &mut errors);
    let (filter, page_size) =
        errors.into_result(Some((filter, page_size))).map_err(ApiError::ValidationFailed)?;
    match page_token {
        None => Ok(ListQuery {
            filter,
            page_size: page_size.unwrap_or(DEFAULT_PAGE_SIZE),
            position: page.unwrap_or(Position::FIRST),
            as_of: None,
        }),
        Some(token) => {
            let token = PageToken::open(&token, salt).ok_or(ApiError::InvalidPageToken)?;
            let query = token
                .into_query(filter_is_given.then_some(filter), page_size)
                .ok_or(ApiError::InvalidPageToken)?;
            Ok(ListQuery { position: page.unwrap_or(query.position), ..query })
        }
    }
}

/// Reads the query string of the facets.
///
/// # Errors
/// What [`Query::parse`] refuses; [`ApiError::ValidationFailed`] with every wrong parameter.
pub fn read_facets_query(raw: &str, catalog: &Catalog) -> Result<Filter, ApiError> {
    let mut query = Query::parse(raw, &FACET_PARAMETERS)?;
    let mut errors = Errors::default();
    let filter = read_filter(&mut query, catalog, &mut errors);
    errors.into_result(Some(filter)).map_err(ApiError::ValidationFailed)
}

pub(super) fn read_filter(query: &mut Query, catalog: &Catalog, errors: &mut Errors) -> Filter {
    let filter = Filter {
        action: read(query, "action", errors, |name| catalog.filterable_action(name)),
        target_type: read(query, "target_type", errors, |name| {
            catalog.filterable_target_type(name)
        }),
        actor: actor(
            read(query, "actor_type", errors, |name| actor_type(&name)),
            read(query, "actor_id", errors, text::id),
            errors,
        ),
        target_id: read(query, "target_id", errors, text::id),
        from: read(query, "from", errors, |text| query_bound(&text)),
        to: read(query, "to", errors, |text| query_bound(&text)),
    };
    check_together(filter, errors)
}

/// Reads the filters of a list from the members of an object.
pub fn read_filter_fields(fields: &mut Fields, catalog: &Catalog, errors: &mut Errors) -> Filter {
    let bound =
        |text: String| Timestamp::parse_rounding_up(&text).map_err(|error| error.to_string());
    let filter = Filter {
        action: fields.optional_text("action", errors, |name| catalog.filterable_action(name)),
        target_type: fields
            .optional_text("target_type", errors, |name| catalog.filterable_target_type(name)),
        actor: actor(
            fields.optional_text("actor_type", errors, |name| actor_type(&name)),
            fields.optional_text("actor_id", errors, text::id),
            errors,
        ),
        target_id: fields.optional_text("target_id", errors, text::id),
        from: fields.optional_text("from", errors, bound),
        to: fields.optional_text("to", errors, bound),
    };
    check_together(filter, errors)
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
    if filter.target_id.is_some() && filter.target_type.is_none() {
        errors.add("/target_id", "comes with target_type: ids are unique only within a type");
    }
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        errors.add("/from", "must not be after to");
    }
    filter
}

/// Takes a parameter and reads it by its rule. `None` means that it is absent or that its error was
/// added.
pub(super) fn read<T>(
    query: &mut Query,
    name: &str,
    errors: &mut Errors,
    rule: impl FnOnce(String) -> Result<T, String>,
) -> Option<T> {
    rule(query.take(name)?).map_err(|detail| errors.add(&format!("/{name}"), detail)).ok()
}

/// Reads an end of a range of time. A `+` in a query string is a space, which a client may not
/// expect in the offset of a time.
fn query_bound(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rounding_up(text)
        .map_err(|error| format!("{error}; the + of an offset is sent as %2B"))
}

/// Reads a whole number from 1 to `most`, in its one spelling: digits without a leading zero.
pub(super) fn whole_number<
    T: std::str::FromStr + PartialOrd + From<u8> + std::fmt::Display + Copy,
>(
    text: &str,
    most: T,
) -> Result<T, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let number = if is_plain { text.parse().ok() } else { None };
    number
        .filter(|number| (T::from(1)..=most).contains(number))
        .ok_or_else(|| format!("must be a whole number from 1 to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalog::default_catalog;
    use domain::entry::Actor;
    use domain::journal::AsOf;

    fn reads(raw: &str, salt: &Salt) -> Result<ListQuery, ApiError> {
        read_query(raw, salt, default_catalog())
    }

    fn user() -> ActorKey {
        Actor::new(ActorType::User, "u").key()
    }
    use crate::list_query::Edge;
    use domain::identity::EntryId;

    fn salt() -> Salt {
        Salt::from_bytes([1; 32])
    }

    fn pointers(raw: &str) -> Vec<String> {
        match reads(raw, &salt()) {
            Err(ApiError::ValidationFailed(errors)) => {
                errors.into_iter().map(|error| error.pointer).collect()
            }
            other => panic!("{raw}: {other:?}"),
        }
    }

    #[test]
    fn reads_every_parameter() {
        let query = reads(
            "action=member.invite&target_type=member&actor_id=u&target_id=%23m\
             &from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00%2B01:00&page_size=100",
            &salt(),
        );
        let time = |text| Some(Timestamp::parse(text).unwrap());
        let filter = Filter {
            action: Some("member.invite".into()),
            target_type: Some("member".into()),
            actor: Some(user()),
            target_id: Some("#m".into()),
            from: time("2026-01-01T00:00:00Z"),
            to: time("2026-01-01T23:00:00Z"),
        };
        assert_eq!(
            query,
            Ok(ListQuery { filter, page_size: 100, position: Position::FIRST, as_of: None })
        );
        assert_eq!(reads("", &salt()).unwrap().page_size, 20);
    }

    #[test]
    fn refuses_what_is_not_acceptable_by_name() {
        for size in [
            "0", "-1", "101", "%2B5", "+5", "05", "1e3", "5.0", "0x10", "", "256",
            "99999999999999999999", "%EF%BC%95",
        ] {
            assert_eq!(pointers(&format!("page_size={size}")), ["/page_size"], "{size}");
        }
        for page in [
            "0", "-1", "%2B5", "05", "1e3", "1.0", "", "4294967296", "18446744073709551616",
            "%D9%A1",
        ] {
            assert_eq!(pointers(&format!("page={page}")), ["/page"], "{page}");
        }
        assert_eq!(
            pointers("action=&target_type=planet&actor_id=%00&from=today&to=1"),
            ["/action", "/target_type", "/actor_id", "/from", "/to"]
        );
        assert_eq!(pointers("target_id=x"), ["/target_id"]);
        assert_eq!(pointers("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), ["/from"]);
        assert!(reads("from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", &salt()).is_ok());
    }

    #[test]
    fn a_token_stands_for_its_filters_and_contradicts_others() {
        let filter = Filter { actor: Some(user()), ..Filter::default() };
        let id = EntryId::new(Timestamp::clamped(5), 7);
        let moment = Timestamp::clamped(9);
        let as_of = AsOf { sealed: moment, recorded: moment };
        let first = ListQuery {
            filter,
            page_size: 50,
            position: Position::Beside(Edge::OlderThan(id)),
            as_of: Some(as_of),
        };
        let token = PageToken::seal(&first, Edge::OlderThan(id), as_of, &salt());
        for same in ["", "&actor_id=u", "&page_size=50", "&actor_id=u&page_size=50"] {
            assert_eq!(
                reads(&format!("page_token={token}{same}"), &salt()).as_ref(),
                Ok(&first),
                "{same}"
            );
        }
        for other in [
            "&actor_id=v", "&page_size=20", "&action=member.invite",
            "&actor_id=u&action=member.invite",
        ] {
            assert_eq!(
                reads(&format!("page_token={token}{other}"), &salt()),
                Err(ApiError::InvalidPageToken),
                "{other}"
            );
        }
        assert_eq!(reads("page_token=", &salt()), Err(ApiError::InvalidPageToken));
        let third = ListQuery { position: Position::Number(3), ..first };
        assert_eq!(
            reads(&format!("page_token={token}&page=3"), &salt()),
            Ok(third),
            "a page of the same browse"
        );
    }
}
