//! What an export is: the request, the progress of its file, and the names of its objects.

use super::{Job, PartNumbers};
use crate::entry::Actor;
use crate::filter::Filter;
use crate::identity::EntryId;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};

/// An export is shown for this many days after it is done. The bucket's lifecycle rule deletes its
/// objects after as many days (`ExpirationInDays` in `template.yaml`).
pub const EXPORT_KEPT_DAYS: i64 = 7;

/// The format of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// RFC 4180, for spreadsheets.
    Csv,
    /// One JSON text per line, for programs. This format is lossless.
    Ndjson,
}

impl FileFormat {
    /// The name in the API, which is also the file's extension.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// The format with this name. `None` means that there is no such format.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Ndjson].into_iter().find(|format| format.name() == name)
    }
}

/// The compression of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// The file is not compressed.
    #[default]
    None,
    /// gzip (RFC 1952) with several members.
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

    /// The compression with this name. `None` means that there is no such compression.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Gzip].into_iter().find(|compression| compression.name() == name)
    }
}

/// The request of an export, as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportSpec {
    /// The format of the rows.
    pub format: FileFormat,
    /// Whether a CSV file begins with a byte order mark. NDJSON never has one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bom: bool,
    /// The compression of the file.
    pub compression: Compression,
    /// Selects the entries.
    pub filter: Filter,
    /// The export holds the entries that were recorded by this moment, except the one that tells of
    /// it.
    pub as_of: Timestamp,
    /// Who requested the export.
    pub requested_by: Actor,
    /// How many entries matched at that moment. `None` means that they were too many to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_expected: Option<u64>,
}

/// The progress of an export: everything that the next chunk needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportWork {
    /// The request.
    pub spec: ExportSpec,
    /// The id of the multipart upload. `None` means that the upload has not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// The part number that the next attempt takes. A number is never given twice, so a late upload
    /// of an attempt that was fenced off cannot replace a part of the file.
    pub next_part: u16,
    /// The parts that belong to the file so far.
    pub parts: PartNumbers,
    /// The key of the object with the written bytes that do not fill a part yet. `None` means that
    /// there are no such bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<String>,
    /// The id of the last row that was written; the next row is older. `None` means that no row was
    /// written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<EntryId>,
    /// The number of rows written.
    pub rows: u64,
    /// The number of bytes written, including those in `carry`.
    pub bytes: u64,
    /// The state of SHA-256 after these bytes, in hexadecimal. Empty before the first byte.
    pub sha256_state: String,
    /// Whether every row is written. The remaining chunk completes the file.
    pub is_written: bool,
    /// SHA-256 of the whole file, in hexadecimal. `None` means that rows are still missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl ExportWork {
    /// The work of an export that has not begun.
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

    /// The part number of the attempt that has begun: the one before the next.
    #[must_use]
    pub fn own_part(&self) -> u16 {
        self.next_part.saturating_sub(1)
    }
}

/// The names of an export's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    folder: String,
    /// The name under which people save the file, for example
    /// `audit-log-ws_acme-20261122T140506Z.csv.gz`.
    pub name: String,
    /// The media type of the file.
    pub media_type: &'static str,
}

impl ExportFile {
    /// The names of the objects of an export.
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

    /// The names of the objects of a job. `None` means that the job is not an export.
    #[must_use]
    pub fn of_job(job: &Job) -> Option<Self> {
        let (id, work) = job.export()?;
        Some(Self::of(&job.key.workspace_id, id, &work.spec))
    }

    /// The key of the file.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.folder, self.name)
    }

    /// The key of the object in which an attempt stores the bytes that do not fill a part.
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
