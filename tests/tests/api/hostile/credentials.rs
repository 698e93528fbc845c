//! Credentials that are not in force, in every form in which one can be sent.

use crate::hostile::{Arena, ENTRIES, MARKER};
use domain::credential::Scope;
use tests::raw::RawRequest;
use tests::scene::{unknown_token, with_other_secret, with_wrong_checksum};

#[tokio::test]
async fn what_is_no_token_is_refused_without_a_look_into_the_store() {
    let arena = Arena::start().await;
    let key = &arena.key;
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}").into_bytes())];
    let header = |value: &str| vec![("authorization", value.as_bytes().to_vec())];
    let cases = [
        ("no credential", vec![]),
        ("an empty header", header("")),
        ("the scheme alone", header("Bearer")),
        ("the scheme and a space", header("Bearer ")),
        ("the token without a scheme", header(key)),
        ("two spaces", bearer(&format!(" {key}"))),
        ("a tab for the space", header(&format!("Bearer\t{key}"))),
        ("another scheme", header(&format!("Basic {key}"))),
        ("basic credentials", header("Basic dXNyXzE6c2VjcmV0")),
        ("a marker", bearer(MARKER)),
        ("null", bearer("null")),
        ("the key id alone", bearer(key.split('_').nth(1).unwrap())),
        ("two headers", [bearer(key), bearer(key)].concat()),
        ("a good header after a bad one", [bearer("x"), bearer(key)].concat()),
        ("two tokens in one header", bearer(&format!("{key},Bearer {key}"))),
        ("a wrong checksum", bearer(&with_wrong_checksum(key))),
        ("no checksum", bearer(key.rsplit_once('_').unwrap().0)),
        ("upper case", bearer(&key.to_uppercase())),
        ("upper-case digits", bearer(&format!("cwa_{}", key[4..].to_uppercase()))),
        ("another prefix", bearer(&key.replacen("cwa_", "cwb_", 1))),
        ("one digit less", bearer(&key[..key.len() - 1])),
        ("one digit more", bearer(&format!("{key}0"))),
        ("a fifth part", bearer(&format!("{key}_{MARKER}"))),
        ("in quotes", bearer(&format!("\"{key}\""))),
        ("in percent-encoding", bearer(&key.replace('_', "%5F"))),
        (
            "bytes that are not UTF-8",
            vec![("authorization", [b"Bearer \xff\xfe", key.as_bytes()].concat())],
        ),
        ("8 KB", bearer(&"a".repeat(8_192))),
        (
            "in a cookie",
            vec![("cookie", format!("token={key}; authorization=Bearer {key}").into_bytes())],
        ),
        (
            "in headers of other systems",
            vec![
                ("x-api-key", key.clone().into_bytes()),
                ("proxy-authorization", format!("Bearer {key}").into_bytes()),
            ],
        ),
    ];
    for (what, headers) in cases {
        for mut request in [arena.record(arena.scene.entry().to_string()), arena.list("")] {
            request = request.without("authorization");
            request
                .headers
                .extend(headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            let _ = arena.scene.service.proxy.take_calls();
            let answer = arena.scene.send(&request).await;
            assert_eq!(arena.scene.service.proxy.take_calls().len(), 0, "{what}");
            assert!(!answer.text.contains(key.as_str()), "{what}: {answer:?}");
            arena.refuses(what, &request, 401, "unauthenticated", &[]).await;
        }
    }
}

#[tokio::test]
async fn a_credential_in_the_url_or_the_body_is_never_read() {
    let arena = Arena::start().await;
    for name in ["api_key", "access_token", "token", "key", "authorization", "Authorization"] {
        let request = RawRequest::new("GET", &format!("{ENTRIES}?{name}={}", arena.key));
        arena.refuses(name, &request, 401, "unauthenticated", &[]).await;
        let body =
            arena.entry_with(&format!("/{name}"), Some(arena.key.clone().into())).to_string();
        arena
            .refuses(
                name,
                &arena.record(body).without("authorization"),
                401,
                "unauthenticated",
                &[],
            )
            .await;
    }
    let request = RawRequest::new("GET", &format!("/v1/workspaces/{}@ws_a/entries", arena.key));
    arena.refuses("in the path", &request, 401, "unauthenticated", &[]).await;
}

#[tokio::test]
async fn a_token_that_is_unknown_revoked_or_expired_is_refused_like_a_mistyped_one() {
    let arena = Arena::start().await;
    let now = arena.scene.service.clock.now();
    let tokens = [
        ("unknown", unknown_token()),
        ("another secret", with_other_secret(&arena.key)),
        ("revoked", arena.scene.revoked_key(&Scope::ALL).await),
        ("expired", arena.scene.expiring_key(&Scope::ALL, now.plus_ms(-1_000)).await),
        ("expired long ago", arena.scene.expiring_key(&Scope::ALL, now.plus_days(-400)).await),
        ("expires now", arena.scene.expiring_key(&Scope::ALL, now).await),
        (
            "expired viewer token",
            arena.scene.service.viewer_token("ws_a", now.plus_ms(-1_000)).await,
        ),
    ];
    let strip = |answer: tests::Response| answer.text.replace(answer.header("x-request-id"), "");
    let request = arena.list("");
    let mistyped = strip(
        arena
            .refuses(
                "mistyped",
                &request.clone().token(&with_wrong_checksum(&arena.key)),
                401,
                "unauthenticated",
                &[],
            )
            .await,
    );
    for (what, token) in tokens {
        let record = arena.record(arena.scene.entry().to_string()).token(&token);
        arena.refuses(what, &record, 401, "unauthenticated", &[]).await;
        let answer =
            arena.refuses(what, &request.clone().token(&token), 401, "unauthenticated", &[]).await;
        assert_eq!(strip(answer), mistyped, "{what}");
    }
}

#[tokio::test]
async fn a_token_ends_at_its_millisecond_although_it_is_remembered() {
    let arena = Arena::start().await;
    let end = arena.scene.service.clock.now().plus_ms(5_000);
    for token in [
        arena.scene.expiring_key(&Scope::ALL, end).await,
        arena.scene.service.viewer_token("ws_a", end).await,
    ] {
        let request = arena.list("").token(&token);
        arena.scene.service.clock.set(end.plus_ms(-1));
        arena.accepts("1 ms before its end", &request, 200).await;
        arena.scene.service.clock.set(end);
        arena.refuses("at its end", &request, 401, "unauthenticated", &[]).await;
    }
}

#[tokio::test]
async fn the_name_of_the_scheme_may_be_in_any_case() {
    let arena = Arena::start().await;
    for scheme in ["bearer", "BEARER", "BeArEr"] {
        let request = arena
            .list("")
            .without("authorization")
            .with("authorization", format!("{scheme} {}", arena.key));
        arena.accepts(scheme, &request, 200).await;
    }
}
