//! Owns the jobs in the control table, and the list of open ones.

use super::client::classify;
use super::item::{Item, from_item, to_item};
use super::{DynamoStore, keys};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnConsumedCapacity};
use domain::entry::Entry;
use domain::job::{ExportWork, Job, JobKey, JobState, RetentionWork, Work};
use domain::ports::{ReadJobs, StoreError, WriteJobs};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::{Deserialize, Serialize};

/// The version of the stored shapes of this module.
const SCHEMA: u32 = 1;

/// A job as it is stored. DynamoDB deletes it some time after `expires_at`, in seconds since the
/// Unix epoch.
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
}

/// An open job's line in the list of open jobs. A closed one has an `expires_at` in the past, and
/// DynamoDB deletes it.
#[derive(Debug, Serialize, Deserialize)]
struct OpenJobItem {
    pk: String,
    sk: String,
    schema: u32,
    run: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl JobItem {
    fn of(job: &Job) -> Self {
        let (pk, sk) = keys::job(&job.key);
        let (export, retention) = match &job.work {
            Work::Export(work) => (Some(work.clone()), None),
            Work::Retention(work) => (None, Some(work.clone())),
        };
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
        }
    }

    fn into_job(self) -> Result<Job, StoreError> {
        let malformed = |what: &str| StoreError::Malformed(what.into());
        if self.schema != SCHEMA {
            return Err(malformed("schema of a job"));
        }
        let work = match (self.export, self.retention) {
            (Some(work), None) => Work::Export(work),
            (None, Some(work)) => Work::Retention(work),
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
            expires_at: self
                .expires_at
                .map(|seconds| Timestamp::clamped(seconds.saturating_mul(1_000))),
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
}

impl ReadJobs for DynamoStore {
    async fn job(&self, key: &JobKey) -> Result<Option<Job>, StoreError> {
        let (pk, sk) = keys::job(key);
        let item = self.control_item((pk, &sk)).await?;
        item.map(|item| from_item::<JobItem>(item)?.into_job()).transpose()
    }

    async fn exports(&self, workspace: &WorkspaceId, limit: usize) -> Result<Vec<Job>, StoreError> {
        let (pk, prefix) = keys::exports(workspace);
        let query = self
            .client
            .query()
            .table_name(&self.tables.control)
            .consistent_read(true)
            .scan_index_forward(false);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let query = query.expression_attribute_values(":pk", AttributeValue::S(pk));
        let query =
            query.expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
        let output = query
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(classify)?;
        self.count_read(output.consumed_capacity());
        output
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| from_item::<JobItem>(item)?.into_job())
            .collect()
    }

    async fn open_jobs(&self) -> Result<Vec<JobKey>, StoreError> {
        let (mut keys, mut start) = (Vec::new(), None);
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.tables.control)
                .consistent_read(true)
                .set_exclusive_start_key(start);
            // Holds for jobs that nobody has taken off the list.
            let query = query
                .key_condition_expression("pk = :pk")
                .filter_expression("attribute_not_exists(expires_at)");
            let query = query
                .expression_attribute_values(":pk", AttributeValue::S(keys::OPEN_JOBS.to_owned()));
            let output = query
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(classify)?;
            self.count_read(output.consumed_capacity());
            for item in output.items.unwrap_or_default() {
                let item: OpenJobItem = from_item(item)?;
                keys.push(
                    JobKey::parse(&item.sk)
                        .ok_or_else(|| StoreError::Malformed("key of an open job".into()))?,
                );
            }
            start = output.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(keys);
            }
        }
    }
}

impl WriteJobs for DynamoStore {
    async fn start_job(&self, job: &Job, entry: &Entry) -> Result<(), StoreError> {
        let puts = self
            .job_puts(job)?
            .into_iter()
            .map(|put| put.condition_expression("attribute_not_exists(pk)"));
        self.transact(puts.chain(self.entry_puts(entry)?).collect()).await
    }

    async fn replace_job(&self, before: &Job, after: &Job) -> Result<(), StoreError> {
        let number = |number: u64| AttributeValue::N(number.to_string());
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.control)
            .set_item(Some(to_item(&JobItem::of(after))?));
        // Holds while the stored job is the one that was read: the same run, as many chunks done,
        // and nobody has begun one since.
        let put = put.condition_expression("run = :run AND step = :step AND attempt = :attempt");
        let put = put
            .expression_attribute_values(":run", number(before.run))
            .expression_attribute_values(":step", number(before.step));
        self.put_if(put.expression_attribute_values(":attempt", number(before.attempt))).await
    }

    async fn open_job(&self, job: &Job) -> Result<(), StoreError> {
        self.put_if(
            self.client
                .put_item()
                .table_name(&self.tables.control)
                .set_item(Some(to_item(&OpenJobItem::of(job, None))?)),
        )
        .await
    }

    async fn take_off(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.control)
            .set_item(Some(to_item(&OpenJobItem::of(job, Some(now)))?));
        // Holds while the line is that of this run: a job that was started anew in between is open.
        // And only for one that is on the list.
        let put = put.condition_expression("run = :run AND attribute_not_exists(expires_at)");
        match self
            .put_if(put.expression_attribute_values(":run", AttributeValue::N(job.run.to_string())))
            .await
        {
            Err(StoreError::Changed) => Ok(()),
            outcome => outcome,
        }
    }
}

impl DynamoStore {
    /// A job and its line in the list of open ones.
    pub(super) fn job_puts(&self, job: &Job) -> Result<Vec<PutBuilder>, StoreError> {
        let put = |item: Item| Put::builder().table_name(&self.tables.control).set_item(Some(item));
        Ok(vec![put(to_item(&JobItem::of(job))?), put(to_item(&OpenJobItem::of(job, None))?)])
    }

    async fn put_if(
        &self,
        put: aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder,
    ) -> Result<(), StoreError> {
        match put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(output) => {
                self.count_write(output.consumed_capacity());
                Ok(())
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                self.count_write([]);
                Err(StoreError::Changed)
            }
            Err(error) => Err(classify(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::{Actor, ActorType};
    use domain::filter::Filter;
    use domain::identity::EntryId;
    use domain::job::{Compression, ExportSpec, FileFormat, JobName, Phase};
    use domain::plan::Plan;

    fn key(name: JobName) -> JobKey {
        JobKey { workspace_id: WorkspaceId::parse("ws_a").unwrap(), name }
    }

    fn export() -> Job {
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let id = EntryId::new(at, 0x0123_4567_89ab_cdef);
        let spec = ExportSpec {
            format: FileFormat::Csv,
            compression: Compression::Gzip,
            filter: Filter {
                action: Some("member.invite".into()),
                from: Some(at),
                ..Filter::default()
            },
            as_of: Some(id),
            requested_by: Actor {
                kind: ActorType::User,
                id: "u_1".into(),
                name: None,
                email: None,
            },
            rows_expected: Some(12),
        };
        let mut work = ExportWork::new(spec);
        work.upload_id = Some("upload".into());
        work.next_part = 3;
        for number in [1, 3] {
            work.parts.push(number);
        }
        work.carry = Some("exports/ws_a/carry".into());
        work.position = Some(id);
        work.sha256_state = "00ff".into();
        let job = Job::new(key(JobName::Export(id)), 0, Work::Export(Box::new(work)), at)
            .begun(at.plus_ms(1));
        Job { not_before: Some(at.plus_ms(2)), ..job }
    }

    fn retention() -> Job {
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let work = RetentionWork {
            phase: Phase::SecondPass,
            position: Some(EntryId::new(at, 1)),
            rewritten: 7,
            ..RetentionWork::new(Plan::Free)
        };
        Job::new(key(JobName::Retention), 3, Work::Retention(work.clone()), at).closed(
            JobState::Done,
            Work::Retention(work),
            at.plus_ms(5),
            7,
        )
    }

    /// Golden: stored jobs have these shapes while the schema is 1.
    #[test]
    fn stored_shapes_are_fixed_and_read_back() {
        for (job, golden) in [
            (export(), include_str!("golden/job_export.json")),
            (retention(), include_str!("golden/job_retention.json")),
        ] {
            assert_eq!(serde_json::to_string(&JobItem::of(&job)).unwrap(), golden.trim());
            let read: JobItem = from_item(to_item(&JobItem::of(&job)).unwrap()).unwrap();
            assert_eq!(read.into_job().unwrap(), job);
        }
        let open =
            serde_json::to_string(&OpenJobItem::of(&retention(), Some(Timestamp::clamped(5_000))))
                .unwrap();
        assert_eq!(
            open,
            r#"{"pk":"open-jobs","sk":"ws_a#retention","schema":1,"run":3,"expires_at":5}"#
        );
    }
}
