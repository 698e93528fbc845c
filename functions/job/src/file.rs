//! Writes rows as CSV or NDJSON into memory, optionally compressed.

use crate::error::StepError;
use csv::{Terminator, Writer, WriterBuilder};
use domain::entry::{Actor, Entry, EntryView, Integrity};
use domain::job::{Compression, ExportSpec, FileFormat};
use domain::json::JsonText;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::unusual::Reasons;
use flate2::write::GzEncoder;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// The columns of a CSV file: one for each field of an entry.
pub(crate) const COLUMNS: [&str; 35] = [
    "id", "workspace_id", "occurred_at", "recorded_at", "sequence", "key_id", "actor_type",
    "actor_id", "actor_name", "actor_email", "on_behalf_of_type", "on_behalf_of_id",
    "on_behalf_of_name", "on_behalf_of_email", "action", "target_type", "target_id", "target_name",
    "targets", "outcome", "reason", "ip_address", "ip_address_text", "user_agent", "location",
    "session_id", "external_id", "request_id", "metadata", "old_value", "new_value", "adjusted",
    "expires_at", "integrity", "unusual",
];

/// What a spreadsheet knows UTF-8 by. Without it, Excel reads a CSV file in the code page of its
/// machine.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A line of an NDJSON file: the entry, and what its comparison with its id gave unless it fits.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    entry: EntryView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    integrity: Option<Integrity>,
}

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
    /// byte order mark, if the export has one, and the header.
    pub(crate) fn after(
        carried: Vec<u8>,
        spec: &ExportSpec,
        is_first: bool,
    ) -> Result<Self, StepError> {
        let mut sink = match spec.compression {
            Compression::None => Sink::Plain(carried),
            Compression::Gzip => {
                Sink::Gzip(GzEncoder::new(carried, flate2::Compression::default()))
            }
        };
        if spec.format == FileFormat::Ndjson {
            return Ok(Self(Rows::Ndjson(sink)));
        }
        if is_first && spec.bom {
            sink.write_all(BYTE_ORDER_MARK.as_bytes()).map_err(failed)?;
        }
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(sink);
        if is_first {
            writer.write_record(COLUMNS).map_err(failed)?;
        }
        Ok(Self(Rows::Csv(Box::new(writer))))
    }

    /// Writes one row, as it is under a workspace's plan, with its sequence number if it has one,
    /// and why it is unusual if it is judged.
    pub(crate) fn write(
        &mut self,
        entry: &Entry,
        sequence: Option<u64>,
        unusual: Option<Reasons>,
        plan: Plan,
        integrity: Integrity,
    ) -> Result<(), StepError> {
        match &mut self.0 {
            Rows::Csv(writer) => {
                let cells = cells(entry, sequence, unusual, plan, integrity)?;
                writer.write_record(cells.map(|cell| harmless(&cell).into_owned())).map_err(failed)
            }
            Rows::Ndjson(sink) => {
                let integrity = (integrity != Integrity::Verified).then_some(integrity);
                let entry = entry.view(plan).numbered(sequence).judged(unusual);
                let line = Line { entry, integrity };
                serde_json::to_writer(&mut *sink, &line).map_err(failed)?;
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

/// The cells of an entry in the order of [`COLUMNS`]. An absent field is an empty cell; a list and
/// a JSON value are JSON text.
fn cells(
    entry: &Entry,
    sequence: Option<u64>,
    unusual: Option<Reasons>,
    plan: Plan,
    integrity: Integrity,
) -> Result<[Cow<'_, str>; COLUMNS.len()], StepError> {
    let content = &entry.content;
    let [actor_type, actor_id, actor_name, actor_email] = actor_cells(Some(&content.actor));
    let [other_type, other_id, other_name, other_email] =
        actor_cells(content.on_behalf_of.as_ref());
    let time = |at: Timestamp| Cow::Owned(at.rfc3339());
    Ok([
        Cow::Owned(entry.id.to_string()),
        Cow::Borrowed(entry.workspace_id.as_str()),
        time(content.occurred_at),
        time(entry.recorded_at),
        sequence.map(|number| Cow::Owned(number.to_string())).unwrap_or_default(),
        Cow::Borrowed(entry.key_id.as_ref().map_or("", |key_id| key_id.as_str())),
        actor_type,
        actor_id,
        actor_name,
        actor_email,
        other_type,
        other_id,
        other_name,
        other_email,
        Cow::Borrowed(&content.action),
        Cow::Borrowed(&content.target.kind),
        Cow::Borrowed(&content.target.id),
        text(content.target.name.as_ref()),
        list(&content.targets)?,
        Cow::Borrowed(content.outcome.name()),
        text(content.reason.as_ref()),
        text(content.ip_address.as_ref()),
        text(content.ip_address_text.as_ref()),
        text(content.user_agent.as_ref()),
        text(content.location.as_ref()),
        text(content.session_id.as_ref()),
        text(content.external_id.as_ref()),
        text(content.request_id.as_ref()),
        json(content.metadata.as_ref()),
        json(content.old_value.as_ref()),
        json(content.new_value.as_ref()),
        list(&content.adjusted)?,
        plan.expires_at(content.occurred_at).map(time).unwrap_or_default(),
        Cow::Borrowed(integrity.name()),
        list(&unusual.unwrap_or_default().iter().collect::<Vec<_>>())?,
    ])
}

/// Type, id, name and email address of an actor.
fn actor_cells(actor: Option<&Actor>) -> [Cow<'_, str>; 4] {
    actor.map_or_else(Default::default, |actor| {
        [
            Cow::Borrowed(actor.kind.name()),
            Cow::Borrowed(&actor.id),
            text(actor.name.as_ref()),
            text(actor.email.as_ref()),
        ]
    })
}

fn text(text: Option<&String>) -> Cow<'_, str> {
    Cow::Borrowed(text.map_or("", String::as_str))
}

fn json(value: Option<&JsonText>) -> Cow<'_, str> {
    Cow::Borrowed(value.map_or("", JsonText::as_str))
}

/// A list as JSON text. A list without elements is an empty cell.
fn list<T: Serialize>(list: &[T]) -> Result<Cow<'static, str>, StepError> {
    if list.is_empty() {
        return Ok(Cow::Borrowed(""));
    }
    serde_json::to_string(list).map(Cow::Owned).map_err(failed)
}

/// Puts an apostrophe before what a spreadsheet would run as a formula (OWASP, "CSV Injection"): at
/// the start of a cell and after each semicolon, which separates cells where the comma is a decimal
/// sign. Only NDJSON is lossless.
fn harmless(cell: &str) -> Cow<'_, str> {
    let is_sign = |part: &str| part.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if !cell.split(';').any(is_sign) {
        return Cow::Borrowed(cell);
    }
    let quoted = |part| if is_sign(part) { format!("'{part}") } else { part.to_owned() };
    Cow::Owned(cell.split(';').map(quoted).collect::<Vec<_>>().join(";"))
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_spreadsheet_runs_a_cell_whether_it_splits_at_commas_or_at_semicolons() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("a;=1+1", "a;'=1+1"),
            ("@a;b;-c;\td", "'@a;b;'-c;'\td"),
            ("a; =b", "a; =b"),
            ("a;b=c", "a;b=c"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }
}
