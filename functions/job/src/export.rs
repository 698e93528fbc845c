//! Writes an export: reads rows until a part of the file is full, uploads it, and remembers where
//! it stands.
//!
//! In memory are one part, one page of rows and the values of some of them, however large the
//! export is.

use crate::file::RowWriter;
use crate::step::Outcome;
use crate::{JobStore, Worker};
use data_encoding::HEXLOWER;
use digest::common::hazmat::{SerializableState, SerializedState};
use domain::job::{
    ExportFile, ExportView, ExportWork, Job, JobName, JobState, MAX_PART_NUMBER, Work,
};
use domain::ports::{FileHead, Row, Rows, StoreError, Stretch, WriteFile};
use domain::span::Span;
use domain::workspace::Workspace;
use sha2::{Digest, Sha256};
use std::time::Instant;
use web::service::Service;

/// Values read at the same time, up to 256 KiB each: 4 MiB.
const VALUES_TOGETHER: usize = 16;
/// After so many parts, parts are twice as large, so that the 10,000 that S3 takes hold 300 GiB and
/// not 80.
const PARTS_OF_A_SIZE: u16 = 2_500;

/// One chunk of an export.
pub(crate) async fn chunk<S: JobStore, Q: Sync, F: WriteFile + Sync>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    job: &Job,
    work: &ExportWork,
) -> Result<Outcome, StoreError> {
    let JobName::Export(id) = job.key.name else {
        return Err(StoreError::Malformed("an export without an id".into()));
    };
    let file = ExportFile::of(&job.key.workspace_id, id, &work.spec);
    let key = file.key();
    if work.is_written {
        return put_together(worker, job, work, &file).await;
    }
    let mut work = work.clone();
    let upload_id = match &work.upload_id {
        Some(id) => id.clone(),
        None => {
            worker
                .files
                .begin(FileHead { key: &key, name: &file.name, media_type: file.media_type })
                .await?
        }
    };
    work.upload_id = Some(upload_id.clone());
    let carried = match &work.carry {
        Some(carry) => worker.files.get(carry).await?,
        None => Vec::new(),
    };
    // The attempt's own number: the one before what `begin` left for the next.
    let number = work.next_part - 1;
    let carried_bytes = carried.len();
    let full = worker.limits.part_bytes << (number / PARTS_OF_A_SIZE).min(2);
    let (bytes, is_end) = Chunk { worker, service, work: &mut work, full }
        .write(&job.key.workspace_id, carried)
        .await?;
    note_bytes(&mut work, bytes.get(carried_bytes..).unwrap_or_default(), is_end)?;
    work.carry = None;
    if is_end || bytes.len() >= full {
        if !bytes.is_empty() || work.parts.is_empty() {
            if number > MAX_PART_NUMBER {
                return Err(StoreError::Refused("the file has more parts than S3 takes".into()));
            }
            worker.files.put_part(&key, &upload_id, number, bytes).await?;
            work.parts.push(number);
        }
    } else if !bytes.is_empty() {
        let carry = file.carry_key(job.attempt);
        worker
            .files
            .put(
                FileHead { key: &carry, name: "carry", media_type: "application/octet-stream" },
                bytes,
            )
            .await?;
        work.carry = Some(carry);
    }
    work.is_written = is_end;
    Ok(Outcome::More(Work::Export(Box::new(work)), None))
}

/// A chunk being written.
struct Chunk<'a, S, Q, F> {
    worker: &'a Worker<S, Q, F>,
    service: &'a Service<S>,
    work: &'a mut ExportWork,
    /// Bytes that fill the part.
    full: usize,
}

impl<S: JobStore, Q: Sync, F: WriteFile + Sync> Chunk<'_, S, Q, F> {
    /// Writes rows after what was carried until the part is full, the time is up or no row is left;
    /// says which bytes there are, and whether it was the end.
    async fn write(
        &mut self,
        workspace: &domain::workspace::WorkspaceId,
        carried: Vec<u8>,
    ) -> Result<(Vec<u8>, bool), StoreError> {
        let until = Instant::now() + self.worker.limits.chunk_time;
        // As it is now: what a new plan hides is not written.
        let workspace = self.service.store.workspace(workspace).await?;
        let workspace = workspace
            .ok_or_else(|| StoreError::Malformed("an export without its workspace".into()))?;
        let spec = &self.work.spec;
        let is_first = self.work.bytes == 0;
        let mut writer = RowWriter::after(carried, spec.format, spec.compression, is_first)?;
        loop {
            let is_end = self.page(&workspace, &mut writer).await?;
            if is_end || writer.bytes() >= self.full || Instant::now() >= until {
                return Ok((writer.finish()?, is_end));
            }
        }
    }

    /// Writes what one call of the store gives; says whether that was all.
    async fn page(
        &mut self,
        workspace: &Workspace,
        writer: &mut RowWriter,
    ) -> Result<bool, StoreError> {
        let now = self.service.clock.now();
        let spec = &self.work.spec;
        let span = spec.as_of.and_then(|as_of| Span::of(&spec.filter, Some(as_of), workspace, now));
        let span = match self.work.position {
            Some(position) => span.and_then(|span| span.older_than(position)),
            None => span,
        };
        let Some(span) = span else { return Ok(true) };
        let stretch = Stretch { workspace, filter: &spec.filter, span, now };
        let Rows { mut rows, stopped_at } = self.service.store.rows(stretch).await?;
        let mut rest = rows.as_mut_slice();
        while !rest.is_empty() {
            // Values can be so large that a page of entries is a hundred times as large with them.
            if writer.bytes() >= 2 * self.full {
                return Ok(false);
            }
            let (group, after) = rest.split_at_mut(group_of(rest));
            self.service.store.fill(&workspace.id, group).await?;
            for row in group {
                writer.write(&row.entry)?;
                self.work.position = Some(row.entry.id);
                self.work.rows += 1;
            }
            rest = after;
        }
        self.work.position = stopped_at.or(self.work.position);
        Ok(stopped_at.is_none())
    }
}

/// How many rows from the front are filled together.
fn group_of(rows: &[Row]) -> usize {
    let apart = rows.iter().enumerate().filter(|(_, row)| row.values_apart);
    apart.map(|(place, _)| place).nth(VALUES_TOGETHER).unwrap_or(rows.len())
}

/// Counts and hashes bytes that were written; at the end the hash is that of the file.
fn note_bytes(work: &mut ExportWork, bytes: &[u8], is_end: bool) -> Result<(), StoreError> {
    let mut hash =
        if work.sha256_state.is_empty() { Sha256::new() } else { hash_of(&work.sha256_state)? };
    hash.update(bytes);
    work.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    work.sha256_state = HEXLOWER.encode(&hash.serialize());
    if is_end {
        work.sha256 = Some(HEXLOWER.encode(&hash.finalize()));
    }
    Ok(())
}

fn hash_of(state: &str) -> Result<Sha256, StoreError> {
    let malformed = || StoreError::Malformed("state of a hash".into());
    let bytes = HEXLOWER.decode(state.as_bytes()).ok().ok_or_else(malformed)?;
    let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).ok().ok_or_else(malformed)?;
    Sha256::deserialize(&state).ok().ok_or_else(malformed)
}

/// Puts the file together, and writes beside it what is in it. Both can be done again: they come
/// out the same.
async fn put_together<S, Q: Sync, F: WriteFile + Sync>(
    worker: &Worker<S, Q, F>,
    job: &Job,
    work: &ExportWork,
    file: &ExportFile,
) -> Result<Outcome, StoreError> {
    let upload_id = work
        .upload_id
        .as_deref()
        .ok_or_else(|| StoreError::Malformed("a written export without an upload".into()))?;
    worker.files.complete(&file.key(), upload_id, &work.parts, work.bytes).await?;
    let done = Job { state: JobState::Done, ..job.clone() };
    let manifest =
        ExportView::of(&done).and_then(|view| serde_json::to_vec_pretty(&view.manifest()).ok());
    let manifest =
        manifest.ok_or_else(|| StoreError::Malformed("an export without a manifest".into()))?;
    let key = file.manifest_key();
    worker
        .files
        .put(
            FileHead { key: &key, name: "manifest.json", media_type: "application/json" },
            manifest,
        )
        .await?;
    Ok(Outcome::Done(Work::Export(Box::new(work.clone()))))
}
