//! The `Authorization` header.
//!
//! - A token has one spelling.
//! - Only the key's own token is admitted. Any other header is answered with 401.

use crate::world::{ENTRIES, TOKEN, World};
use domain::credential::{KeyId, Scope, Token};
use web::http::Request;

pub(crate) fn run(data: &[u8]) -> bool {
    let header = String::from_utf8_lossy(data).into_owned();
    let token = header.split_once(' ').map_or(header.as_str(), |(_, token)| token);
    let read = Token::parse(token);
    if let Some(read) = &read {
        assert_eq!(read.text(), token);
        assert_eq!(KeyId::parse(read.key_id().as_str()).as_ref(), Some(read.key_id()));
    }
    assert!(Scope::named(&header).is_none_or(|scope| scope.name() == header));
    let (scheme, rest) = header.split_once(' ').unwrap_or_default();
    let is_right = scheme.eq_ignore_ascii_case("bearer") && rest == TOKEN;
    let request = |header: &str| Request {
        method: "GET".to_owned(),
        path: ENTRIES.to_owned(),
        headers: [("authorization".to_owned(), header.to_owned())].into(),
        request_id: "r-1".to_owned(),
        ..Request::default()
    };
    let answer = World::new().answer(request(&header));
    assert_eq!(answer.status, if is_right { 200 } else { 401 }, "{answer:?}");
    read.is_some()
}
