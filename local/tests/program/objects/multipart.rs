//! Tests multipart uploads.

use super::{KEY, Store, code, long_key};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::complete_multipart_upload::{
    CompleteMultipartUploadError, CompleteMultipartUploadOutput,
};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use local::objects::BUCKET;

/// A part that is large enough not to be the last.
const LARGE: usize = 5 * 1024 * 1024;

pub(crate) async fn begin(store: &Store, key: &str) -> String {
    let create = store
        .client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key(key)
        .content_type("text/csv; charset=utf-8");
    let created =
        create.content_disposition("attachment; filename=\"log.csv\"").send().await.unwrap();
    assert_eq!(created.key(), Some(key));
    created.upload_id().unwrap().to_owned()
}

/// Uploads a part, and returns its `ETag`.
pub(crate) async fn upload(
    store: &Store,
    key: &str,
    id: &str,
    number: i32,
    content: Vec<u8>,
) -> String {
    let part = store
        .client
        .upload_part()
        .bucket(BUCKET)
        .key(key)
        .upload_id(id)
        .part_number(number)
        .body(ByteStream::from(content));
    part.send().await.unwrap().e_tag().unwrap().to_owned()
}

pub(crate) async fn complete(
    store: &Store,
    key: &str,
    id: &str,
    parts: &[(i32, &String)],
) -> Result<CompleteMultipartUploadOutput, SdkError<CompleteMultipartUploadError>> {
    let parts = parts
        .iter()
        .map(|(number, e_tag)| CompletedPart::builder().part_number(*number).e_tag(*e_tag).build());
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
    store
        .client
        .complete_multipart_upload()
        .bucket(BUCKET)
        .key(key)
        .upload_id(id)
        .multipart_upload(parts)
        .send()
        .await
}

/// The numbers, sizes and `ETag`s of the uploaded parts.
async fn listed(store: &Store, key: &str, id: &str, page: i32) -> Vec<(i32, i64, String)> {
    let mut parts = Vec::new();
    let mut pages = store
        .client
        .list_parts()
        .bucket(BUCKET)
        .key(key)
        .upload_id(id)
        .max_parts(page)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let described = |part: &aws_sdk_s3::types::Part| {
            (part.part_number().unwrap(), part.size().unwrap(), part.e_tag().unwrap().to_owned())
        };
        parts.extend(page.unwrap().parts().iter().map(described));
    }
    parts
}

#[tokio::test]
async fn parts_with_gaps_in_their_numbers_become_one_object() {
    let store = Store::start().await;
    for key in [KEY, &long_key()] {
        let id = begin(&store, key).await;
        let mut e_tags = Vec::new();
        // Out of order, and one of them twice: the later one counts.
        for (number, byte) in [(4, b'd'), (1, b'x'), (1, b'a'), (9, b'z')] {
            e_tags.push(upload(&store, key, &id, number, vec![byte; LARGE]).await);
        }
        e_tags.push(upload(&store, key, &id, 7, b"end".to_vec()).await);
        let parts = [(1, &e_tags[2]), (4, &e_tags[0]), (7, &e_tags[4])];
        let completed = complete(&store, key, &id, &parts).await.unwrap();
        assert_eq!(completed.key(), Some(key));

        let head = store.client.head_object().bucket(BUCKET).key(key).send().await.unwrap();
        assert_eq!(
            (head.content_type(), head.content_disposition()),
            (Some("text/csv; charset=utf-8"), Some("attachment; filename=\"log.csv\""))
        );
        assert_eq!(head.content_length(), Some(i64::try_from(2 * LARGE + 3).unwrap()));
        assert_eq!(head.e_tag(), completed.e_tag());
        assert!(
            store.get(key).await
                == [vec![b'a'; LARGE], vec![b'd'; LARGE], b"end".to_vec()].concat()
        );
    }
}

#[tokio::test]
async fn an_upload_takes_the_place_of_an_object() {
    let store = Store::start().await;
    store.put(KEY, b"before").await;
    for content in ["content", "other content"] {
        let id = begin(&store, KEY).await;
        let e_tag = upload(&store, KEY, &id, 1, content.as_bytes().to_vec()).await;
        complete(&store, KEY, &id, &[(1, &e_tag)]).await.unwrap();
        // The client compares the checksum, if the answer has one.
        assert_eq!(store.get(KEY).await, content.as_bytes());
    }
}

#[tokio::test]
async fn parts_are_listed_in_pages_with_their_e_tags() {
    let store = Store::start().await;
    let id = begin(&store, KEY).await;
    let mut expected = Vec::new();
    for number in [10, 2, 7, 1] {
        let content = vec![b'x'; usize::try_from(number).unwrap()];
        expected.push((number, i64::from(number), upload(&store, KEY, &id, number, content).await));
    }
    expected.sort();
    for page in [1, 2, 4, 1000] {
        assert_eq!(listed(&store, KEY, &id, page).await, expected);
    }
    let first = store
        .client
        .list_parts()
        .bucket(BUCKET)
        .key(KEY)
        .upload_id(&id)
        .max_parts(2)
        .send()
        .await
        .unwrap();
    assert_eq!((first.is_truncated(), first.next_part_number_marker()), (Some(true), Some("2")));
    assert_eq!(expected[3].2, upload(&store, KEY, &id, 10, vec![b'x'; 10]).await);
    let again = upload(&store, KEY, &id, 10, b"other".to_vec()).await;
    assert_eq!(listed(&store, KEY, &id, 1000).await[3], (10, 5, again));
}

#[tokio::test]
async fn an_upload_of_one_empty_part_is_an_empty_object() {
    let store = Store::start().await;
    let id = begin(&store, KEY).await;
    let e_tag = upload(&store, KEY, &id, 1, Vec::new()).await;
    assert_eq!(listed(&store, KEY, &id, 1000).await, [(1, 0, e_tag.clone())]);
    complete(&store, KEY, &id, &[(1, &e_tag)]).await.unwrap();
    assert_eq!(store.get(KEY).await, b"");
}

#[tokio::test]
async fn a_list_that_is_not_right_is_refused_and_changes_nothing() {
    let store = Store::start().await;
    let id = begin(&store, KEY).await;
    let small = upload(&store, KEY, &id, 2, b"small".to_vec()).await;
    let last = upload(&store, KEY, &id, 5, b"last".to_vec()).await;
    let before = listed(&store, KEY, &id, 1000).await;
    for (parts, expected) in [
        (&[(5, &small)][..], "InvalidPart"),
        (&[(3, &small)], "InvalidPart"),
        (&[(5, &last), (2, &small)], "InvalidPartOrder"),
        (&[(2, &small), (2, &small)], "InvalidPartOrder"),
        (&[(2, &small), (5, &last)], "EntityTooSmall"),
        (&[], "MalformedXML"),
    ] {
        assert_eq!(code(complete(&store, KEY, &id, parts).await), expected, "{parts:?}");
        assert_eq!(listed(&store, KEY, &id, 1000).await, before);
    }
    complete(&store, KEY, &id, &[(5, &last)]).await.unwrap();
    assert_eq!(store.get(KEY).await, b"last");
}

#[tokio::test]
async fn an_upload_is_over_when_it_is_completed_or_aborted() {
    let store = Store::start().await;
    let completed = begin(&store, KEY).await;
    let e_tag = upload(&store, KEY, &completed, 1, b"content".to_vec()).await;
    complete(&store, KEY, &completed, &[(1, &e_tag)]).await.unwrap();
    let aborted = begin(&store, KEY).await;
    upload(&store, KEY, &aborted, 1, b"other".to_vec()).await;
    store
        .client
        .abort_multipart_upload()
        .bucket(BUCKET)
        .key(KEY)
        .upload_id(&aborted)
        .send()
        .await
        .unwrap();
    let others = begin(&store, &long_key()).await;

    for id in [&completed, &aborted, &others, "no/../upload"] {
        let call = |number| {
            store
                .client
                .upload_part()
                .bucket(BUCKET)
                .key(KEY)
                .upload_id(id)
                .part_number(number)
                .body(ByteStream::from_static(b"x"))
        };
        assert_eq!(code(call(2).send().await), "NoSuchUpload");
        assert_eq!(code(complete(&store, KEY, id, &[(1, &e_tag)]).await), "NoSuchUpload");
        assert_eq!(
            code(store.client.list_parts().bucket(BUCKET).key(KEY).upload_id(id).send().await),
            "NoSuchUpload"
        );
        assert_eq!(
            code(
                store
                    .client
                    .abort_multipart_upload()
                    .bucket(BUCKET)
                    .key(KEY)
                    .upload_id(id)
                    .send()
                    .await
            ),
            "NoSuchUpload"
        );
    }
    assert_eq!(store.get(KEY).await, b"content");
}

#[tokio::test]
async fn a_part_has_a_number_from_1_to_10000() {
    let store = Store::start().await;
    let id = begin(&store, KEY).await;
    for number in [0, 10_001] {
        let part = store
            .client
            .upload_part()
            .bucket(BUCKET)
            .key(KEY)
            .upload_id(&id)
            .part_number(number)
            .body(ByteStream::from_static(b"x"));
        assert_eq!(code(part.send().await), "InvalidArgument");
    }
    upload(&store, KEY, &id, 10_000, b"x".to_vec()).await;
}
