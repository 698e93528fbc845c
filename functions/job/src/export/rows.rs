//! Reads the rows of an export and writes them in the format of the file.

use crate::JobStore;
use crate::error::StepError;
use crate::file::RowWriter;
use domain::entry::Integrity;
use domain::identity::EntryId;
use domain::job::ExportWork;
use domain::numbering::NumberWalk;
use domain::ports::{Row, Rows, Stretch};
use domain::span::Span;
use domain::unusual::Judgement;
use domain::verify::verify_all;
use domain::workspace::{Workspace, WorkspaceId};
use std::time::Instant;
use web::integrity::report;
use web::service::Service;

/// The rows of one chunk while they are written.
pub(super) struct Writing<'a, S> {
    pub(super) service: &'a Service<S>,
    /// The progress, which moves on with every row.
    pub(super) work: &'a mut ExportWork,
    /// The entry that tells of the export, which it does not hold.
    pub(super) own_entry: EntryId,
    /// The size at which the part is full.
    pub(super) full: usize,
    /// From this moment on, no further page is read.
    pub(super) until: Instant,
}

impl<S: JobStore> Writing<'_, S> {
    /// Writes rows after the carried bytes until the part is full, the time is up, or no row is
    /// left. Returns all bytes, and whether no row is left.
    pub(super) async fn write(
        &mut self,
        workspace: &WorkspaceId,
        carried: Vec<u8>,
    ) -> Result<(Vec<u8>, bool), StepError> {
        // The workspace is read for each chunk, so that rows which a new plan hides are left out.
        let workspace = self
            .service
            .store
            .workspace(workspace)
            .await?
            .ok_or(StepError::Inconsistent("its workspace does not exist"))?;
        let spec = &self.work.spec;
        let is_first = self.work.bytes == 0;
        let mut writer = RowWriter::after(carried, spec, is_first)?;
        let mut numbers = NumberWalk::default();
        let (store, limits) = (&self.service.store, &self.service.thresholds);
        let judgement = Judgement::read(store, &workspace.id, limits).await?;
        loop {
            let is_end = self.page(&workspace, judgement, &mut numbers, &mut writer).await?;
            if is_end || writer.bytes() >= self.full || Instant::now() >= self.until {
                return Ok((writer.finish()?, is_end));
            }
        }
    }

    /// Writes the rows that one call of the store gives. Returns whether no row is left.
    async fn page(
        &mut self,
        workspace: &Workspace,
        judgement: Judgement,
        numbers: &mut NumberWalk,
        writer: &mut RowWriter,
    ) -> Result<bool, StepError> {
        let now = self.service.clock.now();
        let Some(span) = rest(self.work, workspace, now) else { return Ok(true) };
        let filter = &self.work.spec.filter;
        let recorded_by = Some(self.work.spec.as_of);
        let stretch = Stretch { workspace, filter, span, recorded_by, now };
        let Rows { mut rows, stopped_at } = self.service.store.rows(stretch).await?;
        let ids = rows.iter().map(|row| row.entry.id);
        let unusual = judgement.reasons_of(&self.service.store, &workspace.id, ids).await?;
        if filter.unusual {
            rows.retain(|row| unusual.contains_key(&row.entry.id));
        }
        let mut rest = rows.as_mut_slice();
        while !rest.is_empty() {
            // With values stored apart, one page of 1 MB can become more than 100 MB of file.
            if writer.bytes() >= 2 * self.full {
                return Ok(false);
            }
            let (group, after) = rest.split_at_mut(Row::filled_together(rest));
            self.service.store.fill(&workspace.id, group).await?;
            let entries = group.iter().map(|row| &row.entry);
            let checked = verify_all(&self.service.store, &workspace.id, entries, now).await?;
            for (row, integrity) in group.iter().zip(checked) {
                if row.entry.id == self.own_entry {
                    continue;
                }
                if integrity == Integrity::Failed {
                    report(&workspace.id, row.entry.id);
                }
                let (store, entry) = (&self.service.store, &row.entry);
                let number =
                    numbers.number_of(store, &workspace.id, entry.id, entry.journal_time()).await?;
                let reasons = unusual.get(&entry.id).copied().unwrap_or_default();
                let reasons = judgement.covers(number).then_some(reasons);
                writer.write(entry, number, reasons, workspace.plan, integrity)?;
                self.work.position = Some(row.entry.id);
                self.work.rows += 1;
            }
            rest = after;
        }
        self.work.position = stopped_at.or(self.work.position);
        Ok(stopped_at.is_none())
    }
}

/// The span of the rows that are still to be written. `None` means that no row is left.
fn rest(
    work: &ExportWork,
    workspace: &Workspace,
    now: domain::timestamp::Timestamp,
) -> Option<Span> {
    let span = Span::of(&work.spec.filter, workspace, now)?;
    match work.position {
        Some(position) => span.older_than(position),
        None => Some(span),
    }
}
