//! Tests the embedded object store through the SDK: the parts of S3 that exports need.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly, and so may what it is made of")]

mod multipart;
mod presigned;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use local::objects::{self, BUCKET, Objects};
use std::fmt::Debug;
use std::path::Path;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A key like those of exports.
const KEY: &str = "exports/ws_acme/20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0/\
     audit-log-ws_acme-20261122T140506Z.csv.gz";

/// A running store over a folder of its own.
struct Store {
    objects: Objects,
    client: Client,
    dir: TempDir,
}

impl Store {
    async fn start() -> Self {
        Self::over(tempfile::tempdir().unwrap()).await
    }

    async fn over(dir: TempDir) -> Self {
        let objects = open(dir.path()).await;
        Self { client: objects::client(&objects.endpoint), objects, dir }
    }

    /// Stops the store, and starts another one over the same folder.
    async fn restart(self) -> Self {
        self.objects.stop().await;
        Self::over(self.dir).await
    }

    async fn put(&self, key: &str, content: &'static [u8]) {
        self.client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(ByteStream::from_static(content))
            .send()
            .await
            .unwrap();
    }

    async fn get(&self, key: &str) -> Vec<u8> {
        let object = self.client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
        object.body.collect().await.unwrap().to_vec()
    }
}

async fn open(dir: &Path) -> Objects {
    Objects::start(&dir.join("objects"), TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap()
}

/// The code of the error in an answer of the store.
fn code<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, SdkError<E>>) -> String {
    result
        .unwrap_err()
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
        .unwrap_or_default()
        .to_owned()
}

/// The id of a workspace may have 128 characters, and a key contains it twice.
fn long_key() -> String {
    KEY.replace("ws_acme", &"w".repeat(128))
}

#[tokio::test]
async fn an_object_is_as_it_was_put() {
    let store = Store::start().await;
    for key in [KEY, &long_key()] {
        let put = store
            .client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .content_type("application/gzip")
            .content_disposition("attachment");
        let put = put.body(ByteStream::from_static(b"content")).send().await.unwrap();
        let head = store.client.head_object().bucket(BUCKET).key(key).send().await.unwrap();
        assert_eq!(
            (head.content_length(), head.content_type(), head.e_tag()),
            (Some(7), Some("application/gzip"), put.e_tag())
        );
        assert_eq!(head.content_disposition(), Some("attachment"));
        assert_eq!(store.get(key).await, b"content");
        let range = store
            .client
            .get_object()
            .bucket(BUCKET)
            .key(key)
            .range("bytes=2-4")
            .send()
            .await
            .unwrap();
        assert_eq!(range.content_range(), Some("bytes 2-4/7"));
        assert_eq!(range.body.collect().await.unwrap().to_vec(), b"nte");
    }
}

#[tokio::test]
async fn a_key_is_the_path_of_its_file() {
    let store = Store::start().await;
    store.put(KEY, b"content").await;
    assert_eq!(
        std::fs::read(store.dir.path().join("objects").join(BUCKET).join(KEY)).unwrap(),
        b"content"
    );
}

#[tokio::test]
async fn an_object_of_no_bytes_is_one() {
    let store = Store::start().await;
    store.put(KEY, b"").await;
    assert_eq!(store.get(KEY).await, b"");
}

#[tokio::test]
async fn an_object_may_be_put_only_if_it_is_not_there() {
    let store = Store::start().await;
    let put = || {
        store
            .client
            .put_object()
            .bucket(BUCKET)
            .key(KEY)
            .if_none_match("*")
            .body(ByteStream::from_static(b"x"))
            .send()
    };
    put().await.unwrap();
    assert_eq!(code(put().await), "PreconditionFailed");
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let store = Store::start().await;
    assert_eq!(code(store.client.get_object().bucket(BUCKET).key(KEY).send().await), "NoSuchKey");
    store.put("exports/ws_acme/log.csv", b"content").await;
    assert_eq!(
        code(store.client.get_object().bucket(BUCKET).key("exports/ws_acme").send().await),
        "NoSuchKey"
    );
    let head = store.client.head_object().bucket(BUCKET).key(KEY).send().await.unwrap_err();
    assert!(head.into_service_error().is_not_found());
    let put = store
        .client
        .put_object()
        .bucket("others")
        .key(KEY)
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(code(put), "NoSuchBucket");
}

#[tokio::test]
async fn objects_and_uploads_outlast_a_restart() {
    let store = Store::start().await;
    store.put(KEY, b"content").await;
    let long = long_key();
    let upload = multipart::begin(&store, &long).await;
    let part = multipart::upload(&store, &long, &upload, 3, b"part".to_vec()).await;

    let store = store.restart().await;
    assert_eq!(store.get(KEY).await, b"content");
    multipart::complete(&store, &long, &upload, &[(3, &part)]).await.unwrap();
    assert_eq!(store.get(&long).await, b"part");
}

#[tokio::test]
async fn a_request_that_is_not_signed_is_refused() {
    let store = Store::start().await;
    store.put(KEY, b"content").await;
    let url = format!("{}/{BUCKET}/{KEY}", store.objects.endpoint);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 403);
}
