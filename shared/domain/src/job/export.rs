//! Owns what an export is: what was asked for, how far the file is, and what people see of it.

use super::{Job, JobName, JobState, PartNumbers, Work};
use crate::entry::Actor;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};

/// Days for which a file is kept after it is written. The bucket's lifecycle rule deletes it then
/// (`template.yaml`).
pub const EXPORT_KEPT_DAYS: i64 = 7;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// RFC 4180, for spreadsheets.
    Csv,
    /// One JSON text a line, for programs: the form that loses nothing.
    Ndjson,
}

impl FileFormat {
    /// The name in the API, and the file's extension.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Ndjson].into_iter().find(|format| format.name() == name)
    }
}

/// Whether the file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// It is not.
    #[default]
    None,
    /// gzip (RFC 1952), in several members.
    Gzip,
}

impl Compression {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
        }
    }

    /// The compression of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Gzip].into_iter().find(|compression| compression.name() == name)
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportSpec {
    /// How rows are written.
    pub format: FileFormat,
    /// Whether the file is compressed.
    pub compression: Compression,
    /// Which entries.
    pub filter: Filter,
    /// Only ids up to this one: the newest entry when it was asked for. None when there was no
    /// entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<EntryId>,
    /// Who asked.
    pub requested_by: Actor,
    /// How many entries matched then; none if that was not counted to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_expected: Option<u64>,
}

/// A file under way, and what it became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportWork {
    /// What was asked for.
    pub spec: ExportSpec,
    /// The multipart upload, once it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// The number that the next part gets; one that an attempt took is not given again, so that
    /// what it uploads late meets no other part.
    pub next_part: u16,
    /// The parts of the file so far.
    pub parts: PartNumbers,
    /// The object that holds what is written and does not fill a part yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<String>,
    /// The last row written; the next is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<EntryId>,
    /// Rows written.
    pub rows: u64,
    /// Bytes written, those carried included.
    pub bytes: u64,
    /// The state of SHA-256 after them, in hexadecimal.
    pub sha256_state: String,
    /// Whether there is no further row, and what is left is to put the file together.
    pub is_written: bool,
    /// SHA-256 of the whole file, in hexadecimal, once it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl ExportWork {
    /// An export that nobody has begun.
    #[must_use]
    pub fn new(spec: ExportSpec) -> Self {
        Self {
            spec,
            upload_id: None,
            next_part: 1,
            parts: PartNumbers::default(),
            carry: None,
            position: None,
            rows: 0,
            bytes: 0,
            sha256_state: String::new(),
            is_written: false,
            sha256: None,
        }
    }
}

/// The names of an export's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    folder: String,
    /// The file's name for people, for example `audit-log-ws_acme-20261122T140506Z.csv.gz`.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
}

impl ExportFile {
    /// The names of this export's objects.
    #[must_use]
    pub fn of(workspace: &WorkspaceId, id: EntryId, spec: &ExportSpec) -> Self {
        let at = id.occurred_at().key();
        let second = at.get(..15).unwrap_or(&at);
        let (extension, media_type) = match (spec.compression, spec.format) {
            (Compression::Gzip, _) => (".gz", "application/gzip"),
            (Compression::None, FileFormat::Csv) => ("", "text/csv; charset=utf-8"),
            (Compression::None, FileFormat::Ndjson) => ("", "application/x-ndjson"),
        };
        let name = format!("audit-log-{workspace}-{second}Z.{}{extension}", spec.format.name());
        Self { folder: format!("exports/{workspace}/{id}"), name, media_type }
    }

    /// The names of the objects of a job; `None` means that the job is not an export.
    #[must_use]
    pub fn of_job(job: &Job) -> Option<Self> {
        let (JobName::Export(id), Work::Export(work)) = (job.key.name, &job.work) else {
            return None;
        };
        Some(Self::of(&job.key.workspace_id, id, &work.spec))
    }

    /// The key of the file.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }

    /// The key of what does not fill a part, as of one attempt.
    #[must_use]
    pub fn carry_key(&self, attempt: u64) -> String {
        format!("{}/carry-{attempt}", self.folder)
    }

    /// The key of the manifest.
    #[must_use]
    pub fn manifest_key(&self) -> String {
        format!("{}/manifest.json", self.folder)
    }
}

/// Whether a finished file lacks rows of its export: it never does, because an export is done only
/// when every row is in its file. An export that cannot be finished has failed and has no file. The
/// wire form has this member so that a reader need not know that.
const TRUNCATED: bool = false;

/// An export as people and programs see it; `Export` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct ExportView<'a> {
    id: EntryId,
    workspace_id: &'a WorkspaceId,
    state: JobState,
    format: FileFormat,
    compression: Compression,
    filters: &'a Filter,
    requested_at: Timestamp,
    requested_by: &'a Actor,
    as_of: Option<EntryId>,
    rows_expected: Option<u64>,
    rows_written: u64,
    completed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    /// The file; null until it is done.
    pub file: Option<FileView<'a>>,
}

/// A finished file as people and programs see it; `ExportFile` in `openapi.yaml`.
#[derive(Debug, Serialize)]
pub struct FileView<'a> {
    name: String,
    media_type: &'static str,
    bytes: u64,
    row_count: u64,
    sha256: &'a str,
    truncated: bool,
    expires_at: Option<Timestamp>,
    /// Where the file can be fetched, for some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_expires_at: Option<Timestamp>,
    /// Where its manifest can be fetched, until the same moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest_url: Option<String>,
}

/// What an export's manifest says: all that is true of the file for good, and nothing of where it
/// can be fetched.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    export_id: EntryId,
    workspace_id: &'a WorkspaceId,
    requested_at: Timestamp,
    requested_by: &'a Actor,
    format: FileFormat,
    compression: Compression,
    filters: &'a Filter,
    as_of: Option<EntryId>,
    file: &'a str,
    bytes: u64,
    row_count: u64,
    sha256: &'a str,
    truncated: bool,
}

impl<'a> ExportView<'a> {
    /// The manifest of a finished export; none before.
    #[must_use]
    pub fn manifest(&'a self) -> Option<Manifest<'a>> {
        let file = self.file.as_ref()?;
        Some(Manifest {
            export_id: self.id,
            workspace_id: self.workspace_id,
            requested_at: self.requested_at,
            requested_by: self.requested_by,
            format: self.format,
            compression: self.compression,
            filters: self.filters,
            as_of: self.as_of,
            file: &file.name,
            bytes: file.bytes,
            row_count: file.row_count,
            sha256: file.sha256,
            truncated: TRUNCATED,
        })
    }

    /// What people and programs see of an export; none of another job.
    #[must_use]
    pub fn of(job: &'a Job) -> Option<Self> {
        let (JobName::Export(id), Work::Export(work)) = (job.key.name, &job.work) else {
            return None;
        };
        let spec = &work.spec;
        Some(Self {
            id,
            workspace_id: &job.key.workspace_id,
            state: job.state,
            format: spec.format,
            compression: spec.compression,
            filters: &spec.filter,
            requested_at: id.occurred_at(),
            requested_by: &spec.requested_by,
            as_of: spec.as_of,
            rows_expected: spec.rows_expected,
            rows_written: work.rows,
            completed_at: job.completed_at,
            failure: (job.state == JobState::Failed)
                .then_some("The export kept failing and was given up. Its operators can find the cause by its id."),
            file: work.sha256.as_deref().filter(|_| job.state == JobState::Done).map(|sha256| {
                let file = ExportFile::of(&job.key.workspace_id, id, spec);
                FileView {
                    name: file.name,
                    media_type: file.media_type,
                    bytes: work.bytes,
                    row_count: work.rows,
                    sha256,
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
