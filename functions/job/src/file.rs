//! Writes rows as CSV or NDJSON into memory, optionally compressed.

use crate::error::StepError;
use csv::{Terminator, Writer, WriterBuilder};
use domain::entry::Entry;
use domain::job::{Compression, FileFormat};
use domain::timestamp::Timestamp;
use flate2::write::GzEncoder;
use std::borrow::Cow;
use std::io::{self, Write};

/// The columns of a CSV file: one for each field of an entry.
pub(crate) const COLUMNS: [&str; 21] = [
    "id", "workspace_id", "occurred_at", "recorded_at", "actor_type", "actor_id", "actor_name",
    "actor_email", "action", "target_type", "target_id", "target_name", "outcome", "ip_address",
    "user_agent", "user_agent_truncated", "external_id", "request_id", "old_value", "new_value",
    "expires_at",
];

/// Collects bytes in memory, optionally through a compressor.
#[derive(Debug)]
enum Sink {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Sink {
    fn bytes(&self) -> usize {
        match self {
            Self::Plain(bytes) => bytes.len(),
            Self::Gzip(encoder) => encoder.get_ref().len(),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(bytes) => Ok(bytes),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(sink) => sink.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    /// Does nothing. Flushing the compressor would only make the file larger, and `finish` writes
    /// what it still holds.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends rows to bytes that an earlier chunk wrote.
#[derive(Debug)]
pub(crate) struct RowWriter(Rows);

#[derive(Debug)]
enum Rows {
    Csv(Box<Writer<Sink>>),
    Ndjson(Sink),
}

fn failed(error: impl Into<domain::ports::Cause>) -> StepError {
    StepError::Format(error.into())
}

impl RowWriter {
    /// Continues after the `carried` bytes. With gzip, the new rows become a member of their own; a
    /// gzip file is a sequence of members (RFC 1952, section 2.2). With CSV, `is_first` writes the
    /// header.
    pub(crate) fn after(
        carried: Vec<u8>,
        format: FileFormat,
        compression: Compression,
        is_first: bool,
    ) -> Result<Self, StepError> {
        let sink = match compression {
            Compression::None => Sink::Plain(carried),
            Compression::Gzip => {
                Sink::Gzip(GzEncoder::new(carried, flate2::Compression::default()))
            }
        };
        if format == FileFormat::Ndjson {
            return Ok(Self(Rows::Ndjson(sink)));
        }
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(sink);
        if is_first {
            writer.write_record(COLUMNS).map_err(failed)?;
        }
        Ok(Self(Rows::Csv(Box::new(writer))))
    }

    /// Writes one row.
    pub(crate) fn write(&mut self, entry: &Entry) -> Result<(), StepError> {
        match &mut self.0 {
            Rows::Csv(writer) => writer
                .write_record(cells(entry).map(|cell| harmless(&cell).into_owned()))
                .map_err(failed),
            Rows::Ndjson(sink) => {
                serde_json::to_writer(&mut *sink, &entry.view()).map_err(failed)?;
                sink.write_all(b"\n").map_err(failed)
            }
        }
    }

    /// The number of bytes so far, without those that the compressor still holds.
    pub(crate) fn bytes(&self) -> usize {
        match &self.0 {
            Rows::Csv(writer) => writer.get_ref().bytes(),
            Rows::Ndjson(sink) => sink.bytes(),
        }
    }

    /// All bytes, including the carried ones.
    pub(crate) fn finish(self) -> Result<Vec<u8>, StepError> {
        let sink = match self.0 {
            Rows::Csv(writer) => writer.into_inner().map_err(|error| failed(error.into_error()))?,
            Rows::Ndjson(sink) => sink,
        };
        sink.finish().map_err(failed)
    }
}

/// The cells of an entry in the order of [`COLUMNS`]. An absent field is an empty cell.
fn cells(entry: &Entry) -> [Cow<'_, str>; COLUMNS.len()] {
    let content = &entry.content;
    let optional =
        |text: &'_ Option<String>| -> Cow<'_, str> { Cow::Owned(text.clone().unwrap_or_default()) };
    let time = |at: Timestamp| Cow::Owned(at.rfc3339());
    let json = |value: Option<&domain::json::JsonText>| {
        Cow::Owned(value.map(|value| value.as_str().to_owned()).unwrap_or_default())
    };
    [
        Cow::Owned(entry.id.to_string()),
        Cow::Borrowed(entry.workspace_id.as_str()),
        time(content.occurred_at),
        time(entry.recorded_at),
        Cow::Borrowed(content.actor.kind.name()),
        Cow::Borrowed(&content.actor.id),
        optional(&content.actor.name),
        optional(&content.actor.email),
        Cow::Borrowed(&content.action),
        Cow::Borrowed(&content.target.kind),
        Cow::Borrowed(&content.target.id),
        optional(&content.target.name),
        Cow::Borrowed(content.outcome.name()),
        optional(&content.ip_address),
        optional(&content.user_agent),
        Cow::Borrowed(if content.user_agent_truncated { "true" } else { "" }),
        optional(&content.external_id),
        optional(&content.request_id),
        json(content.old_value.as_ref()),
        json(content.new_value.as_ref()),
        entry.expires_at.map(time).unwrap_or_default(),
    ]
}

/// Prefixes a cell with an apostrophe if a spreadsheet would run it as a formula (OWASP, "CSV
/// Injection"). Only NDJSON is lossless.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}
