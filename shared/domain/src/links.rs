//! Signs addresses under which the file of a finished export can be fetched.

use crate::job::{ExportFile, Job, JobName, Work};
use crate::ports::{FileHead, ShareFile, StoreError};
use crate::timestamp::Timestamp;
use std::time::Duration;

/// For how long an address of a file is good.
const LINK_LIFE: Duration = Duration::from_mins(10);

/// Addresses of a finished export's file and of its manifest.
#[derive(Debug)]
pub struct Links {
    /// Of the file.
    pub url: String,
    /// Of the manifest.
    pub manifest_url: String,
    /// Until when both are good.
    pub expires_at: Timestamp,
}

/// Signs addresses of a finished export's file and of its manifest. `now` is from before the
/// signing, so that they are good for at least as long as they say.
///
/// # Errors
/// [`StoreError::Malformed`] for a job that is no export; when they cannot be signed.
pub async fn links<F: ShareFile>(
    files: &F,
    job: &Job,
    now: Timestamp,
) -> Result<Links, StoreError> {
    let (JobName::Export(id), Work::Export(work)) = (job.key.name, &job.work) else {
        return Err(StoreError::Malformed("an export of another kind".into()));
    };
    let file = ExportFile::of(&job.key.workspace_id, id, &work.spec);
    let (key, manifest) = (file.key(), file.manifest_key());
    let manifest =
        FileHead { key: &manifest, name: "manifest.json", media_type: "application/json" };
    Ok(Links {
        url: files
            .link(FileHead { key: &key, name: &file.name, media_type: file.media_type }, LINK_LIFE)
            .await?,
        manifest_url: files.link(manifest, LINK_LIFE).await?,
        expires_at: now.plus_ms(i64::try_from(LINK_LIFE.as_millis()).unwrap_or_default()),
    })
}
