//! Owns the ports to the files of exports. Behind them lies Amazon S3 or what speaks its API;
//! [`aws::s3`], with the feature `s3`.

use super::StoreError;
use crate::job::PartNumbers;
use std::future::Future;
use std::time::Duration;

/// What a file is called, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct FileHead<'a> {
    /// The object's key.
    pub key: &'a str,
    /// The name under which people save it: plain ASCII without quotes.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
}

/// Writes files: `PutObject`, `GetObject`, and the calls of a multipart upload.
pub trait WriteFile {
    /// Begins a multipart upload, and gives its id.
    fn begin(&self, head: FileHead<'_>) -> impl Future<Output = Result<String, StoreError>> + Send;
    /// Uploads one part.
    fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: u16,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Puts the file together from these parts; if it is there already, with so many bytes, that is
    /// as good.
    fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: &PartNumbers,
        bytes: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Writes a small file whole.
    fn put(
        &self,
        head: FileHead<'_>,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Reads a small file whole.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, StoreError>> + Send;
}

/// Shares files: signs addresses under which they can be fetched.
pub trait ShareFile {
    /// An address under which the file can be fetched for so long.
    fn link(
        &self,
        head: FileHead<'_>,
        life: Duration,
    ) -> impl Future<Output = Result<String, StoreError>> + Send;
}
