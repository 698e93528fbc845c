//! Tests presigned URLs.

use super::{KEY, Store, multipart};
use aws_sdk_s3::presigning::PresigningConfig;
use local::objects::BUCKET;
use reqwest::Response;
use std::time::Duration;

const DISPOSITION: &str = "attachment; filename=\"audit-log-ws_acme-20261122T140506Z.csv.gz\"";

/// A URL that is valid for ten minutes, starting `ago` before now.
async fn link(store: &Store, ago: Duration) -> String {
    let mut validity = PresigningConfig::builder().expires_in(Duration::from_mins(10));
    if !ago.is_zero() {
        // The time of a new file serves as the clock: tests may not read the system clock.
        let now = std::fs::metadata(store.dir.path()).unwrap().modified().unwrap();
        validity = validity.start_time(now.checked_sub(ago).unwrap());
    }
    let get =
        store.client.get_object().bucket(BUCKET).key(KEY).response_content_disposition(DISPOSITION);
    let signed = get
        .response_content_type("application/gzip")
        .presigned(validity.build().unwrap())
        .await
        .unwrap();
    assert!(signed.headers().next().is_none(), "a browser sends no header");
    signed.uri().to_owned()
}

/// The code in an answer of S3.
async fn code(response: Response) -> String {
    let body = response.text().await.unwrap();
    body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).unwrap().0.to_owned()
}

#[tokio::test]
async fn a_link_gives_the_object_with_the_headers_that_it_names() {
    let store = Store::start().await;
    let id = multipart::begin(&store, KEY).await;
    let e_tag = multipart::upload(&store, KEY, &id, 1, b"content".to_vec()).await;
    multipart::complete(&store, KEY, &id, &[(1, &e_tag)]).await.unwrap();

    let response = reqwest::get(link(&store, Duration::ZERO).await).await.unwrap();
    assert_eq!(response.status(), 200);
    let header = |name| {
        response
            .headers()
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(header("content-disposition"), [DISPOSITION]);
    assert_eq!(header("content-type"), ["application/gzip"]);
    assert_eq!(header("content-length"), ["7"]);
    assert_eq!(header("content-encoding"), [""; 0]);
    assert_eq!(response.bytes().await.unwrap(), "content");
}

#[tokio::test]
async fn a_link_that_was_changed_is_refused() {
    let store = Store::start().await;
    store.put(KEY, b"content").await;
    let good = link(&store, Duration::ZERO).await;
    let signature = good.split_once("X-Amz-Signature=").unwrap().1.get(..64).unwrap();
    for (what, other) in [
        ("ws_acme/", "ws_globex/"),
        ("Expires=600", "Expires=6000"),
        ("application%2Fgzip", "text%2Fhtml"),
        ("attachment", "inline"),
        ("?", "?versionId=1&"),
        (signature, &"0".repeat(64)),
    ] {
        let changed = good.replacen(what, other, 1);
        assert_ne!(changed, good, "{what}");
        let response = reqwest::get(changed).await.unwrap();
        assert_eq!(response.status(), 403, "{what}");
        assert_eq!(code(response).await, "SignatureDoesNotMatch");
    }
    assert_eq!(reqwest::get(good).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_link_that_has_expired_is_refused() {
    let store = Store::start().await;
    store.put(KEY, b"content").await;
    let nearly = link(&store, Duration::from_mins(9)).await;
    assert_eq!(reqwest::get(nearly).await.unwrap().status(), 200);
    let response =
        reqwest::get(link(&store, Duration::from_secs(10 * 60 + 5)).await).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(code(response).await, "AccessDenied");
}

#[tokio::test]
async fn a_link_to_what_is_not_there_is_404() {
    let store = Store::start().await;
    let response = reqwest::get(link(&store, Duration::ZERO).await).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(code(response).await, "NoSuchKey");
}
