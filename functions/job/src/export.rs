//! Does one chunk of an export: writes rows until a part of the file is full, uploads the part, and
//! returns the new checkpoint.
//!
//! However large the export is, memory holds one part, one page of rows, the values of at most 16
//! rows with values that lie apart, and a bounded part of the journal, which tells their numbers.

mod hash;
mod rows;

use crate::error::StepError;
use crate::{JobStore, Worker};
use domain::job::{
    ExportFile, ExportView, ExportWork, Job, JobState, MAX_PART_NUMBER, StepResult, Work,
    part_bytes,
};
use domain::ports::{FileHead, WriteFile};
use rows::Writing;
use web::service::Service;

/// Does one chunk of an export.
pub(crate) async fn chunk<S: JobStore, Q: Sync, F: WriteFile + Sync>(
    worker: &Worker<S, Q, F>,
    service: &Service<S>,
    job: &Job,
    work: &ExportWork,
) -> Result<StepResult, StepError> {
    let file = ExportFile::of_job(job).ok_or(StepError::Inconsistent("not named as an export"))?;
    if work.is_written {
        return complete(worker, job, work, &file).await;
    }
    let key = file.key();
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
    let number = work.own_part();
    let carried_bytes = carried.len();
    let full = part_bytes(number, worker.limits.part_bytes);
    let until = std::time::Instant::now() + worker.limits.chunk_time;
    let own_entry = job.export().map(|(id, _)| id);
    let own_entry = own_entry.ok_or(StepError::Inconsistent("not named as an export"))?;
    let (bytes, is_end) = Writing { service, work: &mut work, own_entry, full, until }
        .write(&job.key.workspace_id, carried)
        .await?;
    hash::note_bytes(&mut work, bytes.get(carried_bytes..).unwrap_or_default(), is_end)?;
    work.carry = None;
    work.is_written = is_end;
    match destination(&work, &bytes, full) {
        Destination::Part if number > MAX_PART_NUMBER => return Err(StepError::TooManyParts),
        Destination::Part => {
            worker.files.put_part(&key, &upload_id, number, bytes).await?;
            work.parts.push(number);
        }
        Destination::Carry => {
            let carry = file.carry_key(job.attempt);
            let head =
                FileHead { key: &carry, name: "carry", media_type: "application/octet-stream" };
            worker.files.put(head, bytes).await?;
            work.carry = Some(carry);
        }
        Destination::Nowhere => {}
    }
    Ok(StepResult::More(Work::Export(Box::new(work)), None))
}

/// Where the bytes at the end of a chunk go.
#[derive(Debug, PartialEq, Eq)]
enum Destination {
    /// Into the file, as a part.
    Part,
    /// Into an object of their own, until more rows fill the part.
    Carry,
    /// There are no bytes.
    Nowhere,
}

/// Where the bytes at the end of a chunk go. The last part may be short, and it may be empty if it
/// is the only one, because S3 completes no upload without a part.
fn destination(work: &ExportWork, bytes: &[u8], full: usize) -> Destination {
    if bytes.is_empty() && !(work.is_written && work.parts.is_empty()) {
        Destination::Nowhere
    } else if work.is_written || bytes.len() >= full {
        Destination::Part
    } else {
        Destination::Carry
    }
}

/// Completes the upload and writes the manifest beside the file. Both calls are idempotent.
async fn complete<S, Q: Sync, F: WriteFile + Sync>(
    worker: &Worker<S, Q, F>,
    job: &Job,
    work: &ExportWork,
    file: &ExportFile,
) -> Result<StepResult, StepError> {
    let upload_id = work
        .upload_id
        .as_deref()
        .ok_or(StepError::Inconsistent("every row is written, but to no upload"))?;
    worker.files.complete(&file.key(), upload_id, &work.parts, work.bytes).await?;
    let done = Job { state: JobState::Done, ..job.clone() };
    let view = ExportView::of(&done);
    let manifest = view
        .as_ref()
        .and_then(ExportView::manifest)
        .ok_or(StepError::Inconsistent("every row is written, but the file has no SHA-256"))?;
    let manifest =
        serde_json::to_vec_pretty(&manifest).map_err(|error| StepError::Format(error.into()))?;
    let key = file.manifest_key();
    let head = FileHead { key: &key, name: "manifest.json", media_type: "application/json" };
    worker.files.put(head, manifest).await?;
    Ok(StepResult::Done(Work::Export(Box::new(work.clone()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::export_work;

    #[test]
    fn bytes_fill_a_part_or_wait_for_more() {
        let (mut work, full) = (export_work(), 10);
        assert_eq!(destination(&work, &[0; 10], full), Destination::Part);
        assert_eq!(destination(&work, &[0; 9], full), Destination::Carry);
        assert_eq!(destination(&work, &[], full), Destination::Nowhere);
        work.is_written = true;
        assert_eq!(destination(&work, &[0; 1], full), Destination::Part, "the last may be short");
        assert_eq!(destination(&work, &[], full), Destination::Part, "an empty file has a part");
        work.parts.push(1);
        assert_eq!(destination(&work, &[], full), Destination::Nowhere);
    }
}
