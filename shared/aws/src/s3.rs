//! Keeps the files of exports in Amazon S3, or in a store with the same API.

use crate::dynamodb::classify;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use domain::job::PartNumbers;
use domain::ports::{FileHead, ShareFile, StoreError, WriteFile};
use std::collections::BTreeMap;
use std::time::Duration;

/// The files in a bucket.
#[derive(Debug, Clone)]
pub struct S3Files {
    client: Client,
    bucket: String,
}

impl S3Files {
    /// The files in this bucket, reached through `client`.
    #[must_use]
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// The uploaded parts of a file, by their numbers.
    async fn uploaded(
        &self,
        key: &str,
        upload_id: &str,
    ) -> Result<BTreeMap<i32, CompletedPart>, StoreError> {
        let list = self.client.list_parts().bucket(&self.bucket).key(key).upload_id(upload_id);
        let (mut pages, mut parts) = (list.into_paginator().send(), BTreeMap::new());
        while let Some(page) = pages.try_next().await.map_err(classify)? {
            for part in page.parts() {
                let number = part.part_number().unwrap_or_default();
                let completed = CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(part.e_tag().map(str::to_owned));
                parts.insert(number, completed.build());
            }
        }
        Ok(parts)
    }

    /// Whether a complete file of this size is stored.
    async fn has(&self, key: &str, bytes: u64) -> Result<bool, StoreError> {
        let head = self.client.head_object().bucket(&self.bucket).key(key);
        match head.send().await {
            Ok(output) => {
                let length = output.content_length().and_then(|length| u64::try_from(length).ok());
                Ok(length == Some(bytes))
            }
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                Ok(false)
            }
            Err(error) => Err(classify(error)),
        }
    }
}

/// The `Content-Disposition` with which browsers save a file. Names of exports are plain ASCII
/// without quotes, so they need no encoding.
fn attachment(name: &str) -> String {
    format!("attachment; filename=\"{name}\"")
}

impl WriteFile for S3Files {
    async fn begin(&self, head: FileHead<'_>) -> Result<String, StoreError> {
        let create = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(head.key)
            .content_type(head.media_type)
            .content_disposition(attachment(head.name));
        let output = create.send().await.map_err(classify)?;
        output.upload_id.ok_or_else(|| StoreError::Refused("an upload without an id".into()))
    }

    async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        let part = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(upload_id)
            .part_number(i32::from(number))
            .body(ByteStream::from(bytes));
        part.send().await.map(drop).map_err(classify)
    }

    async fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &PartNumbers,
        bytes: u64,
    ) -> Result<(), StoreError> {
        // An earlier attempt may have completed the file and stopped before it could report that.
        if self.has(key, bytes).await? {
            return Ok(());
        }
        let mut uploaded = self.uploaded(key, upload_id).await?;
        let wanted: Option<Vec<_>> =
            parts.iter().map(|number| uploaded.remove(&i32::from(number))).collect();
        let wanted =
            wanted.ok_or_else(|| StoreError::Refused("a part of the file is missing".into()))?;
        let file = CompletedMultipartUpload::builder().set_parts(Some(wanted)).build();
        let complete = self
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(upload_id)
            .multipart_upload(file);
        match complete.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                if self.has(key, bytes).await? {
                    Ok(())
                } else {
                    Err(classify(error))
                }
            }
        }
    }

    async fn put(&self, head: FileHead<'_>, bytes: Vec<u8>) -> Result<(), StoreError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(head.key)
            .content_type(head.media_type)
            .content_disposition(attachment(head.name))
            .body(ByteStream::from(bytes));
        put.send().await.map(drop).map_err(classify)
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let output = get.send().await.map_err(classify)?;
        let body =
            output.body.collect().await.map_err(|error| StoreError::Unavailable(error.into()))?;
        Ok(body.to_vec())
    }
}

impl ShareFile for S3Files {
    async fn link(&self, head: FileHead<'_>, life: Duration) -> Result<String, StoreError> {
        let life = PresigningConfig::expires_in(life)
            .map_err(|error| StoreError::Refused(error.into()))?;
        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(head.key)
            .response_content_type(head.media_type)
            .response_content_disposition(attachment(head.name));
        Ok(get.presigned(life).await.map_err(classify)?.uri().to_owned())
    }
}
