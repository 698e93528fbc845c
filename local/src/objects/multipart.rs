//! Owns the multipart uploads of the embedded object store. Until an upload is completed, it has a
//! folder with one file for each part, named by the part's number and `ETag`.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use s3s::crypto::{Checksum, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListPartsInput,
    ListPartsOutput, Part, PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, io};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

/// The folder of the uploads, next to that of the bucket.
const UPLOADS: &str = ".uploads";
/// The least bytes of a part that is not the last. Source: "Amazon S3 multipart upload limits",
/// Amazon S3 user guide: 5 MiB.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
/// The most bytes of a key that is used as the name of its file.
const MAX_KEY_BYTES: usize = 128;
/// The most parts in one answer. Source: `ListParts`, Amazon S3 API reference.
const MAX_LISTED: usize = 1_000;

/// The files of `s3s-fs`, with multipart uploads of our own.
pub(super) struct Store {
    files: FileSystem,
    uploads: PathBuf,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("uploads", &self.uploads).finish_non_exhaustive()
    }
}

/// What the object of an upload will be called, and its headers.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    key: String,
    content_type: Option<String>,
    content_disposition: Option<String>,
}

/// An uploaded part.
#[derive(Debug)]
struct Uploaded {
    path: PathBuf,
    etag: String,
    bytes: u64,
}

/// The answer when a file of the store cannot be read or written.
fn failed(error: io::Error) -> S3Error {
    S3Error::with_source(S3ErrorCode::InternalError, Box::new(error))
}

impl Store {
    /// Opens the store in `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, super::ObjectsError> {
        let uploads = folder.join(UPLOADS);
        std::fs::create_dir_all(&uploads)?;
        let files = FileSystem::new(folder)
            .map_err(|error| super::ObjectsError::Store(format!("{error:?}")))?;
        Ok(Self { files, uploads })
    }

    /// The folder of an upload for a key, and the head of its object. An id that this store did not
    /// make, or that belongs to another key, is answered with `NoSuchUpload`.
    async fn upload(&self, upload_id: &str, key: &str) -> S3Result<(PathBuf, Head)> {
        let none = || S3Error::new(S3ErrorCode::NoSuchUpload);
        let is_ours =
            upload_id.len() == 32 && upload_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.uploads.join(if is_ours { upload_id } else { "none" });
        let head = fs::read(folder.join("head.json")).await.ok().ok_or_else(none)?;
        let head: Head = serde_json::from_slice(&head).map_err(|error| failed(error.into()))?;
        if head.key == key { Ok((folder, head)) } else { Err(none()) }
    }

    /// Whether a key is only a prefix of others. Then `s3s-fs` has a folder in its place and no
    /// object.
    fn is_folder(&self, bucket: &str, key: &str) -> bool {
        self.uploads.parent().is_some_and(|root| root.join(bucket).join(key).is_dir())
    }

    /// The parts of an upload, by their numbers.
    async fn parts(&self, folder: &Path) -> io::Result<BTreeMap<i32, Uploaded>> {
        let mut parts = BTreeMap::new();
        let mut files = fs::read_dir(folder).await?;
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name();
            let Some((number, etag)) =
                name.to_str().and_then(|name| name.strip_prefix("part-")?.split_once('-'))
            else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            parts.insert(
                number,
                Uploaded {
                    path: file.path(),
                    etag: etag.to_owned(),
                    bytes: file.metadata().await?.len(),
                },
            );
        }
        Ok(parts)
    }
}

/// The key under which `s3s-fs` keeps an object. It turns the key into the name of a file, which
/// may have 255 bytes together with what it adds. So a long key is replaced by its hash.
fn file_key(key: String) -> String {
    if key.len() <= MAX_KEY_BYTES {
        key
    } else {
        format!("long/{}", HEXLOWER.encode(&Sha256::digest(key)))
    }
}

/// The bytes of several files, one after the other.
fn contents(paths: Vec<PathBuf>) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    stream::iter(paths)
        .then(async |path| fs::File::open(path).await.map(ReaderStream::new))
        .try_flatten()
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        if !self.is_folder(&request.input.bucket, "") {
            return Err(S3Error::new(S3ErrorCode::NoSuchBucket));
        }
        request.input.key = file_key(request.input.key);
        self.files.put_object(request).await
    }

    async fn head_object(
        &self,
        mut request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        request.input.key = file_key(request.input.key);
        if self.is_folder(&request.input.bucket, &request.input.key) {
            return Err(S3Error::new(S3ErrorCode::NoSuchKey));
        }
        self.files.head_object(request).await
    }

    /// Adds the headers that a presigned URL asks for, which `s3s-fs` leaves out.
    async fn get_object(
        &self,
        mut request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        request.input.key = file_key(request.input.key);
        let (content_type, disposition) = (
            request.input.response_content_type.clone(),
            request.input.response_content_disposition.clone(),
        );
        if self.is_folder(&request.input.bucket, &request.input.key) {
            return Err(S3Error::new(S3ErrorCode::NoSuchKey));
        }
        let mut response = self.files.get_object(request).await?;
        response.output.content_type = content_type.or(response.output.content_type);
        response.output.content_disposition = disposition.or(response.output.content_disposition);
        Ok(response)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| failed(io::Error::other(error)))?;
        let (upload_id, input) = (HEXLOWER.encode(&id), request.input);
        let head = Head {
            key: input.key.clone(),
            content_type: input.content_type,
            content_disposition: input.content_disposition,
        };
        let folder = self.uploads.join(&upload_id);
        fs::create_dir_all(&folder).await.map_err(failed)?;
        let head = serde_json::to_vec(&head).map_err(|error| failed(error.into()))?;
        fs::write(folder.join("head.json"), head).await.map_err(failed)?;
        let (bucket, key, upload_id) = (Some(input.bucket), Some(input.key), Some(upload_id));
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket,
            key,
            upload_id,
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let UploadPartInput { body, upload_id, part_number, key, .. } = request.input;
        let (folder, _) = self.upload(&upload_id, &key).await?;
        if !(1..=10_000).contains(&part_number) {
            return Err(S3Error::with_message(
                S3ErrorCode::InvalidArgument,
                "a part number is 1 to 10000",
            ));
        }
        let mut body = body.ok_or_else(|| S3Error::new(S3ErrorCode::IncompleteBody))?;
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|error| failed(io::Error::other(error)))?;
        let unfinished = folder.join(format!("unfinished-{}", HEXLOWER.encode(&id)));
        let (mut file, mut md5) =
            (fs::File::create(&unfinished).await.map_err(failed)?, Md5::new());
        while let Some(bytes) = body.next().await {
            let bytes =
                bytes.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
            md5.update(&bytes);
            file.write_all(&bytes).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        let etag = HEXLOWER.encode(md5.finalize().as_ref());
        let before = self.parts(&folder).await.map_err(failed)?.remove(&part_number);
        fs::rename(&unfinished, folder.join(format!("part-{part_number}-{etag}")))
            .await
            .map_err(failed)?;
        if let Some(before) = before.filter(|before| before.etag != etag) {
            fs::remove_file(before.path).await.map_err(failed)?;
        }
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(etag)),
            ..Default::default()
        }))
    }

    async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let after = input.part_number_marker.unwrap_or_default();
        let parts = self
            .parts(&self.upload(&input.upload_id, &input.key).await?.0)
            .await
            .map_err(failed)?;
        let mut listed =
            parts.into_iter().filter(|(number, _)| *number > after).map(|(number, part)| Part {
                part_number: Some(number),
                e_tag: Some(ETag::Strong(part.etag)),
                size: i64::try_from(part.bytes).ok(),
                ..Default::default()
            });
        let most = input
            .max_parts
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(MAX_LISTED)
            .min(MAX_LISTED);
        let parts: Vec<_> = listed.by_ref().take(most).collect();
        let is_truncated = listed.next().is_some();
        let marker = parts.last().and_then(|part| part.part_number).filter(|_| is_truncated);
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            parts: Some(parts),
            is_truncated: Some(is_truncated),
            next_part_number_marker: marker,
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let (folder, head) = self.upload(&request.input.upload_id, &request.input.key).await?;
        let CompleteMultipartUploadInput { bucket, key, multipart_upload, .. } =
            request.input.clone();
        let wanted = multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let mut uploaded = self.parts(&folder).await.map_err(failed)?;
        let (mut parts, mut last) = (Vec::with_capacity(wanted.len()), 0);
        for part in &wanted {
            let number = part.part_number.unwrap_or_default();
            if number <= last {
                return Err(S3Error::new(S3ErrorCode::InvalidPartOrder));
            }
            last = number;
            let is_it = |found: &Uploaded| {
                part.e_tag.as_ref().is_some_and(|etag| etag.value() == found.etag)
            };
            parts.push(
                uploaded
                    .remove(&number)
                    .filter(is_it)
                    .ok_or_else(|| S3Error::new(S3ErrorCode::InvalidPart))?,
            );
        }
        let Some((_, all_but_last)) = parts.split_last() else {
            return Err(S3Error::new(S3ErrorCode::MalformedXML));
        };
        if all_but_last.iter().any(|part| part.bytes < MIN_PART_BYTES) {
            return Err(S3Error::new(S3ErrorCode::EntityTooSmall));
        }
        let body = StreamingBlob::wrap(contents(parts.into_iter().map(|part| part.path).collect()));
        let Head { content_type, content_disposition, .. } = head;
        let put = request.map_input(|_| PutObjectInput {
            bucket: bucket.clone(),
            key: file_key(key.clone()),
            body: Some(body),
            content_type,
            content_disposition,
            ..PutObjectInput::default()
        });
        // The object is stored whole or not at all, and the upload is deleted after that.
        let e_tag = self.files.put_object(put).await?.output.e_tag;
        fs::remove_dir_all(&folder).await.map_err(failed)?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            e_tag,
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        fs::remove_dir_all(self.upload(&request.input.upload_id, &request.input.key).await?.0)
            .await
            .map_err(failed)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}
