//! Reads what a client asks of the feed.

use super::filters::{CONDITIONS, read_filter};
use super::parameter::{read, whole_number};
use crate::problem::ApiError;
use crate::query::Query;
use domain::catalog::Catalog;
use domain::feed::{FeedQuery, MAX_FEED_ENTRIES};
use domain::validation::Errors;

const FEED_PARAMETERS: [&str; 3] = ["after", "limit", "include"];
/// The entries of a part of the feed unless the client says otherwise.
pub const DEFAULT_FEED_ENTRIES: usize = 100;
/// The greatest sequence number that a client may name: 2^53 - 1, which every JSON reader takes
/// exactly (RFC 8259, section 6).
pub const MAX_SEQUENCE: u64 = 9_007_199_254_740_991;

/// Reads the query string of the feed.
///
/// # Errors
/// What [`Query::parse`] refuses; [`ApiError::ValidationFailed`] with every wrong parameter.
pub fn read_feed_query(raw: &str, catalog: &Catalog) -> Result<FeedQuery, ApiError> {
    let mut query = Query::parse(raw, &[&CONDITIONS[..], &FEED_PARAMETERS].concat())?;
    let mut errors = Errors::default();
    let after = read(&mut query, "after", &mut errors, |text| sequence(&text));
    let limit = read(&mut query, "limit", &mut errors, |text| {
        whole_number(&text, u16::try_from(MAX_FEED_ENTRIES).unwrap_or(u16::MAX))
    });
    let include = read(&mut query, "include", &mut errors, |text| {
        if text == "values" { Ok(()) } else { Err("must be values".to_owned()) }
    });
    let filter = read_filter(&mut query, catalog, &mut errors);
    let query = FeedQuery {
        after,
        limit: limit.map_or(DEFAULT_FEED_ENTRIES, usize::from),
        filter,
        with_values: include.is_some(),
    };
    errors.into_result(Some(query)).map_err(ApiError::ValidationFailed)
}

/// Reads a sequence number: 0, or a whole number without a leading zero.
fn sequence(text: &str) -> Result<u64, String> {
    if text == "0" {
        return Ok(0);
    }
    whole_number(text, MAX_SEQUENCE)
        .map_err(|_not_one| format!("must be a whole number from 0 to {MAX_SEQUENCE}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalog::default_catalog;
    use domain::entry::{Actor, ActorType};
    use domain::filter::Filter;

    #[test]
    fn reads_the_parameters_of_the_feed() {
        let reads = |raw: &str| read_feed_query(raw, default_catalog());
        let plain = FeedQuery { limit: DEFAULT_FEED_ENTRIES, ..FeedQuery::default() };
        assert_eq!(reads(""), Ok(plain.clone()));
        assert_eq!(reads("after=0"), Ok(FeedQuery { after: Some(0), ..plain.clone() }));
        let query = reads("after=17&limit=1000&include=values&action=member.invite&actor_id=u");
        let filter = Filter {
            action: Some("member.invite".into()),
            actor: Some(Actor::new(ActorType::User, "u").key()),
            ..Filter::default()
        };
        assert_eq!(
            query,
            Ok(FeedQuery { after: Some(17), limit: 1_000, filter, with_values: true })
        );
        for after in ["-1", "00", "01", "1.0", "", "9007199254740992", "%D9%A1", "+1", "null"] {
            let refused = reads(&format!("after={after}&limit=0&include=all"));
            let Err(ApiError::ValidationFailed(errors)) = refused else { panic!("{after}") };
            let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, ["/after", "/limit", "/include"], "{after}");
        }
        assert!(reads("limit=1001").is_err());
        let unknown = ["from=2026-01-01T00:00:00Z", "page=1", "page_token=x", "until=3"];
        for raw in unknown {
            assert!(matches!(reads(raw), Err(ApiError::UnknownParameter(_))), "{raw}");
        }
        assert!(matches!(reads("after=1&after=1"), Err(ApiError::DuplicateParameter(_))));
    }
}
