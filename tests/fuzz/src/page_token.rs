//! A page token: the text that a client sends. A client cannot guess the code that authenticates a
//! token, so other bytes are taken for the payload of a token with the right code.
//!
//! - A token is opened or refused, and a list with it is answered or refused.
//! - A token that opens has one spelling: its content, sealed again, gives the same token.
//!
//! The links of the page are not followed. They repeat the filters, and no list has validated the
//! filters of such a token.

use crate::query::{check, with_log};
use crate::world::{ENTRIES, salt};
use data_encoding::BASE64URL_NOPAD;
use web::list_query::{MAX_TOKEN_CHARS, PageToken, Position};

/// The purpose for which the service derives the key of its page tokens.
const PURPOSE: &str = "page-token";

pub(crate) fn run(data: &[u8]) -> bool {
    let text = match std::str::from_utf8(data) {
        Ok(text) if is_plain(text) => text.to_owned(),
        _ => sealed(data),
    };
    let opened = PageToken::open(&text, &salt());
    let is_open = opened.is_some();
    assert!(!is_open || text.len() <= MAX_TOKEN_CHARS);
    // `None` if the token has only a digest of its filter.
    if let Some(query) = opened.and_then(|token| token.into_query(None, None)) {
        let Position::Beside(edge) = query.position else { panic!("{query:?}") };
        let again = PageToken::seal(&query, edge, query.counted, query.as_of.unwrap(), &salt());
        assert_eq!(again, text);
    }
    let world = with_log();
    let list = world.get(&format!("{ENTRIES}?page_token={text}"));
    check(&list);
    assert!(is_open || list.text("/type") == "invalid-page-token", "{list:?}");
    is_open
}

/// Whether a text can be the value of a parameter without being encoded.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

/// The token with this payload and the right code.
fn sealed(payload: &[u8]) -> String {
    let code = salt().authenticate(PURPOSE, payload);
    BASE64URL_NOPAD.encode(&[payload, code.as_slice()].concat())
}
