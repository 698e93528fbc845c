//! Reads what a client asks of a list: the query string of a list and of the facets.

use super::filters::{CONDITIONS, OF_LISTS, read_filter};
use super::parameter::{read, whole_number};
use super::{DEFAULT_PAGE_SIZE, ListQuery, MAX_PAGE_SIZE, PageToken, Position};
use crate::problem::ApiError;
use crate::query::Query;
use domain::catalog::Catalog;
use domain::counting::{Interval, UnknownInterval};
use domain::filter::Filter;
use domain::identity::Salt;
use domain::validation::Errors;

const PAGE_PARAMETERS: [&str; 3] = ["page_size", "page", "page_token"];

/// Reads the query string of a list. Filters and page size may be left out beside a page token; if
/// they are given, they must equal the token's. A page number beside a token asks for that page of
/// the token's browse.
///
/// # Errors
/// What [`Query::parse`] refuses; [`ApiError::InvalidPageToken`]; [`ApiError::ValidationFailed`]
/// with every wrong parameter.
pub fn read_query(raw: &str, salt: &Salt, catalog: &Catalog) -> Result<ListQuery, ApiError> {
    let mut query = Query::parse(raw, &[&CONDITIONS[..], &OF_LISTS, &PAGE_PARAMETERS].concat())?;
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
            counted: None,
        }),
        Some(token) => {
            let token = PageToken::open(&token, salt).ok_or(ApiError::InvalidPageToken)?;
            let query = token
                .into_query(filter_is_given.then_some(filter), page_size)
                .ok_or(ApiError::InvalidPageToken)?;
            Ok(match page {
                Some(position) => ListQuery { position, counted: None, ..query },
                None => query,
            })
        }
    }
}

/// Asks for the facets of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetsQuery {
    /// Which entries are counted.
    pub filter: Filter,
    /// How long the periods are over which they are counted, too. `None` means that they are not.
    pub interval: Option<Interval>,
}

/// Reads the query string of the facets.
///
/// # Errors
/// What [`Query::parse`] refuses; [`ApiError::ValidationFailed`] with every wrong parameter.
pub fn read_facets_query(raw: &str, catalog: &Catalog) -> Result<FacetsQuery, ApiError> {
    let mut query = Query::parse(raw, &[&CONDITIONS[..], &OF_LISTS, &["interval"]].concat())?;
    let mut errors = Errors::default();
    let interval = read(&mut query, "interval", &mut errors, |text| {
        text.parse().map_err(|unknown: UnknownInterval| unknown.to_string())
    });
    let filter = read_filter(&mut query, catalog, &mut errors);
    errors.into_result(Some(FacetsQuery { filter, interval })).map_err(ApiError::ValidationFailed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list_query::Counted;
    use domain::catalog::default_catalog;
    use domain::entry::{Actor, ActorKey, ActorType, Outcome};
    use domain::filter::Selection;
    use domain::journal::AsOf;
    use domain::timestamp::Timestamp;

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
            "action=member.invite&target_type=member&outcome=denied&actor_id=u&target_id=%23m\
             &actor_email=a%40b&ip_address=2001:DB8::1/32\
             &external_id=e&request_id=r&unusual=true&from=2026-01-01T00:00:00Z\
             &to=2026-01-02T00:00:00%2B01:00&page_size=100",
            &salt(),
        );
        let time = |text| Some(Timestamp::parse(text).unwrap());
        let filter = Filter {
            action: Some("member.invite".into()),
            target_type: Some("member".into()),
            outcome: Selection::new([Outcome::Denied]),
            actor: Some(user()),
            actor_email: Some("a@b".into()),
            ip_address: Some("2001:db8::/32".parse().unwrap()),
            target_id: Some("#m".into()),
            external_id: Some("e".into()),
            request_id: Some("r".into()),
            unusual: true,
            from: time("2026-01-01T00:00:00Z"),
            to: time("2026-01-01T23:00:00Z"),
        };
        assert_eq!(
            query,
            Ok(ListQuery {
                filter,
                page_size: 100,
                position: Position::FIRST,
                as_of: None,
                counted: None
            })
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
        let counted = Counted { rank: 100, total: 120, from: Timestamp::clamped(1), reach: 60 };
        let first = ListQuery {
            filter,
            page_size: 50,
            position: Position::Beside(Edge::OlderThan(id)),
            as_of: Some(as_of),
            counted: Some(counted),
        };
        let token = PageToken::seal(&first, Edge::OlderThan(id), Some(counted), as_of, &salt());
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
        let third = ListQuery { position: Position::Number(3), counted: None, ..first };
        assert_eq!(
            reads(&format!("page_token={token}&page=3"), &salt()),
            Ok(third),
            "a page of the same browse"
        );
    }
}
