//! The wire forms of an export: what the API, the CLI and the manifest show of it.

use super::{Compression, ExportFile, FileFormat, Job, JobState};
use crate::entry::Actor;
use crate::filter::FilterView;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use serde::Serialize;

/// Whether a finished file lacks rows of its export: it never does, because an export is done only
/// when every row is in its file. An export that cannot be finished has failed and has no file. The
/// wire form has this member so that a reader need not know that.
const TRUNCATED: bool = false;

/// What clients are told of an export that was given up.
const FAILURE: &str = "The export kept failing and was given up. \
                       Its operators can find the cause by its id.";

/// The wire form of an export; `Export` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct ExportView<'a> {
    id: EntryId,
    workspace_id: &'a WorkspaceId,
    state: JobState,
    format: FileFormat,
    bom: bool,
    compression: Compression,
    filters: FilterView<'a>,
    requested_at: Timestamp,
    requested_by: &'a Actor,
    as_of: Timestamp,
    rows_expected: Option<u64>,
    rows_written: u64,
    completed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    /// The file. `None`, and `null` on the wire, until the export is done.
    pub file: Option<FileView<'a>>,
}

/// The wire form of a finished file; `ExportFile` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct FileView<'a> {
    name: String,
    media_type: &'static str,
    bytes: u64,
    row_count: u64,
    sha256: &'a str,
    truncated: bool,
    expires_at: Option<Timestamp>,
    /// A presigned address of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When both addresses expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_expires_at: Option<Timestamp>,
    /// A presigned address of the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest_url: Option<String>,
}

/// The content of an export's manifest: what stays true of the file, without any address.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    export_id: EntryId,
    workspace_id: &'a WorkspaceId,
    requested_at: Timestamp,
    requested_by: &'a Actor,
    format: FileFormat,
    bom: bool,
    compression: Compression,
    filters: FilterView<'a>,
    as_of: Timestamp,
    file: &'a str,
    bytes: u64,
    row_count: u64,
    sha256: &'a str,
    truncated: bool,
}

impl<'a> ExportView<'a> {
    /// The manifest of a finished export. `None` means that the export is not finished.
    #[must_use]
    pub fn manifest(&'a self) -> Option<Manifest<'a>> {
        let file = self.file.as_ref()?;
        Some(Manifest {
            export_id: self.id,
            workspace_id: self.workspace_id,
            requested_at: self.requested_at,
            requested_by: self.requested_by,
            format: self.format,
            bom: self.bom,
            compression: self.compression,
            filters: self.filters,
            as_of: self.as_of,
            file: &file.name,
            bytes: file.bytes,
            row_count: file.row_count,
            sha256: file.sha256,
            truncated: file.truncated,
        })
    }

    /// The wire form of a job that writes an export. `None` means that the job does something else.
    #[must_use]
    pub fn of(job: &'a Job) -> Option<Self> {
        let (id, work) = job.export()?;
        let spec = &work.spec;
        Some(Self {
            id,
            workspace_id: &job.key.workspace_id,
            state: job.state,
            format: spec.format,
            bom: spec.bom,
            compression: spec.compression,
            filters: spec.filter.view(),
            requested_at: id.occurred_at(),
            requested_by: &spec.requested_by,
            as_of: spec.as_of,
            rows_expected: spec.rows_expected,
            rows_written: work.rows,
            completed_at: job.completed_at,
            failure: (job.state == JobState::Failed).then_some(FAILURE),
            file: work.sha256.as_deref().filter(|_| job.state == JobState::Done).map(|sha256| {
                let file = ExportFile::of(&job.key.workspace_id, id, spec);
                FileView {
                    name: file.name,
                    media_type: file.media_type,
                    bytes: work.bytes,
                    row_count: work.rows,
                    sha256,
                    // An export is done only when every row is in the file.
                    truncated: TRUNCATED,
                    expires_at: job.expires_at,
                    url: None,
                    url_expires_at: None,
                    manifest_url: None,
                }
            }),
        })
    }
}
