//! Owns the jobs in the control table, and the list of open ones.

use super::call::{Written, limit};
use super::item::{Item, expiry, from_item, malformed, number, text, to_item};
use super::transact::Write;
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use domain::entry::NewEntry;
use domain::identity::EntryId;
use domain::job::{CheckWork, ExportWork, Job, JobKey, JobState, OpenExports, RetentionWork, Work};
use domain::ports::{ReadJobs, StoreError, WriteJobs};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};

/// The version of the stored shapes of this module.
const SCHEMA: u32 = 1;

/// A job as it is stored. `expires_at` is in seconds since the Unix epoch; DynamoDB deletes the
/// item within a few days after it.
#[derive(Debug, Serialize, Deserialize)]
struct JobItem {
    pk: String,
    sk: String,
    schema: u32,
    job: String,
    run: u64,
    step: u64,
    attempt: u64,
    tries: u32,
    state: JobState,
    requested_at: Timestamp,
    updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export: Option<Box<ExportWork>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retention: Option<RetentionWork>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<CheckWork>,
}

/// The attributes of [`JobItem`] that may be missing.
const OPTIONAL_OF_JOB: [&str; 6] =
    ["not_before", "completed_at", "expires_at", "export", "retention", "check"];

/// The line of a job in the list of open jobs. The line of a closed job has an `expires_at` in the
/// past, so DynamoDB deletes it.
#[derive(Debug, Serialize, Deserialize)]
struct OpenJobItem {
    pk: String,
    sk: String,
    schema: u32,
    run: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

/// The open exports of a workspace as they are stored.
#[derive(Debug, Serialize, Deserialize)]
struct OpenExportsItem {
    pk: String,
    sk: String,
    schema: u32,
    version: u64,
    exports: Vec<EntryId>,
}

impl OpenExportsItem {
    fn of(workspace: &WorkspaceId, open: &OpenExports) -> Self {
        let (pk, sk) = keys::open_exports(workspace);
        Self {
            pk,
            sk: sk.to_owned(),
            schema: SCHEMA,
            version: open.version,
            exports: open.exports.clone(),
        }
    }

    fn into_open_exports(self) -> Result<OpenExports, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of open exports"));
        }
        Ok(OpenExports { version: self.version, exports: self.exports })
    }
}

impl JobItem {
    fn of(job: &Job) -> Self {
        let (pk, sk) = keys::job(&job.key);
        let (mut export, mut retention, mut check) = (None, None, None);
        match &job.work {
            Work::Export(work) => export = Some(work.clone()),
            Work::Retention(work) => retention = Some(work.clone()),
            Work::Check(work) => check = Some(work.clone()),
        }
        Self {
            pk,
            sk,
            schema: SCHEMA,
            job: job.key.to_string(),
            run: job.run,
            step: job.step,
            attempt: job.attempt,
            tries: job.tries,
            state: job.state,
            requested_at: job.requested_at,
            updated_at: job.updated_at,
            not_before: job.not_before,
            completed_at: job.completed_at,
            expires_at: job.expires_at.map(Timestamp::epoch_seconds),
            export,
            retention,
            check,
        }
    }

    fn into_job(self) -> Result<Job, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of a job"));
        }
        let work = match (self.export, self.retention, self.check) {
            (Some(work), None, None) => Work::Export(work),
            (None, Some(work), None) => Work::Retention(work),
            (None, None, Some(work)) => Work::Check(work),
            _ => return Err(malformed("work of a job")),
        };
        Ok(Job {
            key: JobKey::parse(&self.job).ok_or_else(|| malformed("key of a job"))?,
            run: self.run,
            step: self.step,
            attempt: self.attempt,
            tries: self.tries,
            state: self.state,
            requested_at: self.requested_at,
            updated_at: self.updated_at,
            not_before: self.not_before,
            completed_at: self.completed_at,
            expires_at: self.expires_at.map(expiry),
            work,
        })
    }
}

impl OpenJobItem {
    fn of(job: &Job, expires_at: Option<Timestamp>) -> Self {
        let (pk, sk) = keys::open_job(&job.key);
        Self {
            pk: pk.to_owned(),
            sk,
            schema: SCHEMA,
            run: job.run,
            expires_at: expires_at.map(Timestamp::epoch_seconds),
        }
    }

    fn into_key(self) -> Result<JobKey, StoreError> {
        if self.schema != SCHEMA {
            return Err(malformed("schema of an open job"));
        }
        JobKey::parse(&self.sk).ok_or_else(|| malformed("key of an open job"))
    }
}

impl ReadJobs for DynamoStore {
    async fn job(&self, key: &JobKey) -> Result<Option<Job>, StoreError> {
        let (pk, sk) = keys::job(key);
        let item = self.control_item((pk, &sk)).await?;
        item.map(|item| from_item::<JobItem>(item)?.into_job()).transpose()
    }

    async fn exports(&self, workspace: &WorkspaceId, most: usize) -> Result<Vec<Job>, StoreError> {
        let (pk, prefix) = keys::exports(workspace);
        let query = self
            .client
            .query()
            .table_name(&self.tables.control)
            .consistent_read(true)
            .scan_index_forward(false)
            // Holds for the jobs of the workspace that are exports.
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":prefix", text(prefix))
            .limit(limit(most));
        let job = |item| from_item::<JobItem>(item)?.into_job();
        self.page(query).await?.items.into_iter().map(job).collect()
    }

    async fn open_exports(&self, workspace: &WorkspaceId) -> Result<OpenExports, StoreError> {
        let item = self.control_item(keys::open_exports(workspace)).await?;
        let open = item.map(|item| from_item::<OpenExportsItem>(item)?.into_open_exports());
        Ok(open.transpose()?.unwrap_or_default())
    }

    async fn open_jobs(&self) -> Result<Vec<JobKey>, StoreError> {
        let query = self
            .control_query(keys::OPEN_JOBS)
            // Holds for jobs that were not taken off the list.
            .filter_expression("attribute_not_exists(expires_at)");
        let key = |item| from_item::<OpenJobItem>(item)?.into_key();
        self.query_all(query).await?.into_iter().map(key).collect()
    }
}

impl WriteJobs for DynamoStore {
    async fn start_export(
        &self,
        job: &Job,
        open: &OpenExports,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        let item = OpenExportsItem::of(&job.key.workspace_id, open);
        let mut writes = vec![self.control_version(to_item(&item)?, &[], open.version)];
        writes.extend(items_of_job(job)?.map(|item| self.control_insert(item)));
        writes.extend(self.entry_inserts(entry)?);
        self.transact(writes).await
    }

    async fn replace_job(&self, before: &Job, after: &Job) -> Result<(), StoreError> {
        let put = if_unchanged(self.control_put(to_item(&JobItem::of(after))?), before);
        match self.put(put).await? {
            Written::Done(_) => Ok(()),
            Written::ConditionFailed => Err(StoreError::Changed),
        }
    }

    async fn insert_job(&self, job: &Job) -> Result<(), StoreError> {
        let put = self
            .control_put(to_item(&JobItem::of(job))?)
            .condition_expression("attribute_not_exists(pk)");
        match self.put(put).await? {
            Written::Done(_) => Ok(()),
            Written::ConditionFailed => Err(StoreError::Changed),
        }
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        let put = self.control_put(to_item(&OpenJobItem::of(job, None))?);
        self.put(put).await.map(drop)
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        let put = self
            .control_put(to_item(&OpenJobItem::of(job, Some(now)))?)
            // Holds when this run of the job is on the list. A line that was taken off stays so,
            // and a job that was started anew in between stays open.
            .condition_expression("run = :run AND attribute_not_exists(expires_at)")
            .expression_attribute_values(":run", number(job.run));
        self.put(put).await.map(drop)
    }
}

/// The put of a job, with the condition that the stored job is still `before`: an optimistic lock.
fn if_unchanged(put: PutItemFluentBuilder, before: &Job) -> PutItemFluentBuilder {
    // Holds when the stored job is at the same run, the same step and the same attempt: nobody has
    // started, advanced or begun it since it was read.
    put.condition_expression("run = :run AND step = :step AND attempt = :attempt")
        .expression_attribute_values(":run", number(before.run))
        .expression_attribute_values(":step", number(before.step))
        .expression_attribute_values(":attempt", number(before.attempt))
}

/// The items of a job: its own, and its line in the list of open jobs.
fn items_of_job(job: &Job) -> Result<[Item; 2], StoreError> {
    Ok([to_item(&JobItem::of(job))?, to_item(&OpenJobItem::of(job, None))?])
}

/// The writes of a job that replaces an earlier one, if there is one, for a transaction.
pub(super) fn put_job(job: &Job) -> Result<[Write; 2], StoreError> {
    let [item, line] = items_of_job(job)?;
    Ok([
        Write::Put { item, optional: &OPTIONAL_OF_JOB, is_there: false },
        Write::Put { item: line, optional: &["expires_at"], is_there: false },
    ])
}

#[cfg(test)]
mod tests;
