//! The ports to the files of exports: Amazon S3, or a store with the same API.

use super::StoreError;
use crate::job::PartNumbers;
use std::future::Future;
use std::time::Duration;

/// The name and type of a file.
#[derive(Debug, Clone, Copy)]
pub struct FileHead<'a> {
    /// The key of the object.
    pub key: &'a str,
    /// The file name for downloads: ASCII without quotes.
    pub name: &'a str,
    /// The media type.
    pub media_type: &'a str,
}

/// Writes files, and reads small ones: `PutObject`, `GetObject`, and the calls of a multipart
/// upload.
pub trait WriteFile {
    /// Begins a multipart upload and answers its id.
    fn begin(&self, head: FileHead<'_>) -> impl Future<Output = Result<String, StoreError>> + Send;
    /// Uploads one part.
    fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Completes an upload from these parts. It is idempotent: if the file exists with this many
    /// bytes, an earlier attempt has succeeded.
    fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &PartNumbers,
        bytes: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Writes a small file in one call.
    fn put(
        &self,
        head: FileHead<'_>,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Reads a small file in one call.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, StoreError>> + Send;
}

/// Signs addresses from which files can be fetched.
pub trait ShareFile {
    /// An address from which the file can be fetched for as long as `life`.
    fn link(
        &self,
        head: FileHead<'_>,
        life: Duration,
    ) -> impl Future<Output = Result<String, StoreError>> + Send;
}
