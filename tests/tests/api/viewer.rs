//! The admin's page over HTTP: what it is served with, and what it is not.

use domain::credential::Scope;
use reqwest::Method;
use tests::{Response, TestService};

/// Every file, with its media type and whose pages may load it.
const FILES: [(&str, &str, &str); 8] = [
    ("/v1/viewer", "text/html; charset=utf-8", "same-origin"),
    ("/v1/viewer/viewer.js", "text/javascript; charset=utf-8", "same-origin"),
    ("/v1/viewer/viewer.css", "text/css; charset=utf-8", "same-origin"),
    ("/v1/viewer/icon.svg", "image/svg+xml", "same-origin"),
    ("/v1/viewer/embed.js", "text/javascript; charset=utf-8", "cross-origin"),
    ("/v1/viewer/example.html", "text/html; charset=utf-8", "same-origin"),
    ("/v1/viewer/example.js", "text/javascript; charset=utf-8", "same-origin"),
    ("/v1/viewer/example.css", "text/css; charset=utf-8", "same-origin"),
];

/// The sources of a directive of the answer's policy.
fn sources<'r>(response: &'r Response, directive: &str) -> Vec<&'r str> {
    let mut directives = response
        .header("content-security-policy")
        .split("; ")
        .map(|one| one.split(' ').collect::<Vec<_>>());
    directives
        .find(|words| words.first() == Some(&directive))
        .unwrap_or_default()
        .into_iter()
        .skip(1)
        .collect()
}

#[tokio::test]
async fn every_file_comes_with_its_type_and_with_what_keeps_a_browser_safe() {
    let service = TestService::start().await;
    for (path, media_type, sharing) in FILES {
        let got = service.anonymous().get(path).await;
        assert_eq!((got.status, got.header("content-type")), (200, media_type), "{path}");
        assert_eq!(got.header("cross-origin-resource-policy"), sharing, "{path}");
        assert_eq!(
            (got.header("cache-control"), got.header("vary")),
            ("no-cache", "accept-encoding"),
            "{path}"
        );
        assert_eq!(
            (got.header("x-content-type-options"), got.header("referrer-policy")),
            ("nosniff", "no-referrer"),
            "{path}"
        );
        assert!(
            got.header("etag").starts_with('"') && !got.header("x-request-id").is_empty(),
            "{path}"
        );
        assert!(
            got.headers.get("set-cookie").is_none()
                && got.headers.get("content-encoding").is_none(),
            "{path}"
        );
        for (directive, expected) in [
            ("default-src", vec!["'none'"]),
            ("script-src", vec!["'self'"]),
            ("style-src", vec!["'self'"]),
            ("connect-src", vec!["'self'"]),
            ("base-uri", vec!["'none'"]),
            ("form-action", vec!["'none'"]),
            ("frame-ancestors", vec!["'self'"]),
            ("frame-src", vec![if path.ends_with("example.html") { "'self'" } else { "'none'" }]),
        ] {
            assert_eq!(sources(&got, directive), expected, "{path}: {directive}");
        }
    }
}

#[tokio::test]
async fn a_file_is_sent_once_and_then_only_said_to_be_the_same() {
    let service = TestService::start().await;
    let anyone = service.anonymous();
    for (path, ..) in FILES {
        let first = anyone.get(path).await;
        let again =
            anyone.send(Method::GET, path, None, &[("if-none-match", first.header("etag"))]).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        for header in ["etag", "cache-control", "vary", "content-security-policy"] {
            assert_eq!(again.header(header), first.header(header), "{path}: {header}");
        }
        let other = anyone.send(Method::GET, path, None, &[("if-none-match", "\"0\"")]).await;
        assert_eq!((other.status, &other.text), (200, &first.text), "{path}");
    }
}

#[tokio::test]
async fn a_client_that_takes_gzip_gets_it_under_a_tag_of_its_own() {
    let service = TestService::start().await;
    let anyone = service.anonymous();
    for (path, ..) in FILES {
        let plain = anyone.get(path).await;
        let zipped = anyone.send(Method::GET, path, None, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(zipped.header("content-encoding"), "gzip", "{path}");
        assert_ne!(zipped.header("etag"), plain.header("etag"), "{path}");
        let length: usize = zipped.header("content-length").parse().unwrap();
        assert!(length < plain.text.len(), "{path}: {length}");
    }
}

/// The page reads its own query; a token in it, or anything else, comes back in no header and no
/// body.
#[tokio::test]
async fn the_page_is_the_same_whatever_its_query_says_and_whoever_asks() {
    let service = TestService::start().await;
    service.workspace("ws_acme", "free").await;
    let page = service.anonymous().get("/v1/viewer").await;
    let admin = service.api(&service.key(&Scope::ALL, None).await);
    for query in [
        "workspace=ws_acme&page=2", "token=s3cret&token=s3cret", "%zz=%ff",
        "a=%3Cscript%3Es3cret%3C/script%3E", "",
    ] {
        for asker in [&admin, &service.anonymous()] {
            let got = asker.get(&format!("/v1/viewer?{query}")).await;
            assert_eq!(
                (got.status, &got.text, got.header("etag")),
                (200, &page.text, page.header("etag")),
                "{query}"
            );
            assert!(!format!("{:?}", got.headers).contains("s3cret"), "{query}");
        }
    }
}

#[tokio::test]
async fn what_is_no_file_or_no_request_for_one_is_a_problem() {
    let service = TestService::start().await;
    let anyone = service.anonymous();
    for path in [
        "admin.js", "index.html", "main.js", "VIEWER.JS", "viewer.js%00", "..%2fCargo.toml",
        "viewer.js/", "a/b", ".", "..", "constructor", "%76iewer.js",
    ] {
        let got = anyone.get(&format!("/v1/viewer/{path}")).await;
        // A client may resolve dots itself, and then asks for another path, which is no route
        // either.
        let is_page = [".", ".."].contains(&path) && got.status == 404;
        assert!(is_page || (got.status, got.problem()) == (404, "not-found"), "{path}: {got:?}");
        assert_eq!(
            (got.header("content-type"), got.header("cache-control")),
            ("application/problem+json", "no-store"),
            "{path}"
        );
    }
    assert_eq!(anyone.get("/v1/viewer/").await.problem(), "not-found");
    let got = anyone.get("/v1/viewer/viewer.js?v=1").await;
    assert_eq!((got.status, got.problem()), (400, "unknown-parameter"));
    for path in ["/v1/viewer", "/v1/viewer/viewer.js"] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let got = anyone.send(method.clone(), path, None, &[]).await;
            assert_eq!((got.status, got.header("allow")), (405, "GET, HEAD"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_page_is_served_without_the_store() {
    let service = TestService::start().await;
    service.proxy.fail(|_, _| tests::Fault::Refuse("InternalServerError"));
    assert_eq!(service.anonymous().get("/v1/viewer").await.status, 200);
    assert_eq!(service.proxy.take_calls().len(), 0, "no call of the store");
}

#[tokio::test]
async fn no_script_sends_a_message_to_whoever_listens() {
    let service = TestService::start().await;
    for name in ["viewer.js", "embed.js"] {
        let script = service.anonymous().get(&format!("/v1/viewer/{name}")).await;
        assert!(script.text.contains(".postMessage("), "{name}");
        for any in ["\"*\"", "'*'", "`*`"] {
            assert!(!script.text.contains(any), "{name} has {any}");
        }
    }
}
