//! Sends calls to DynamoDB. Every call asks for its consumed capacity, counts it, and ends in the
//! domain's words.
//!
//! It decides nothing about what is read or written: the callers build the requests. The futures of
//! the SDK are boxed, because their types nest too deeply for the compiler inside those of the use
//! cases.

use super::DynamoStore;
use super::client::classify;
use super::item::{Item, id_of};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity};
use domain::identity::EntryId;
use domain::ports::{Consistency, StoreError};
use futures::FutureExt;

/// Items asked for by one call. A call takes up to 100 items and returns up to 16 MB. Source:
/// `BatchGetItem`, DynamoDB API reference.
const ITEMS_PER_CALL: usize = 100;

/// One page of a query.
///
/// A page ends at the limit of the query or at 1 MB, and the filter expression is applied after
/// that. So a short or empty page is not the end; only a missing `LastEvaluatedKey` is. Source:
/// "Paginating table query results in DynamoDB", DynamoDB developer guide.
#[derive(Debug)]
pub(super) struct QueryPage {
    /// The items that passed the filter; empty when the query selects only their count.
    pub(super) items: Vec<Item>,
    /// How many items passed the filter.
    pub(super) count: u64,
    /// How many items were read, before the filter.
    pub(super) read: usize,
    /// The key after which the next page starts; `None` means that this page is the last.
    pub(super) last_key: Option<Item>,
}

impl QueryPage {
    /// The entry at which the page stopped; `None` means that it came to the end.
    pub(super) fn stopped_at(&self) -> Result<Option<EntryId>, StoreError> {
        self.last_key.as_ref().map(id_of).transpose()
    }
}

impl From<QueryOutput> for QueryPage {
    fn from(output: QueryOutput) -> Self {
        Self {
            count: u64::try_from(output.count()).unwrap_or_default(),
            read: usize::try_from(output.scanned_count()).unwrap_or_default(),
            // The SDK's paginators treat an empty key as a missing one, too.
            last_key: output.last_evaluated_key.filter(|key| !key.is_empty()),
            items: output.items.unwrap_or_default(),
        }
    }
}

/// The limit of a query that asks for so many items. DynamoDB refuses a limit of 0.
pub(super) fn limit(items: usize) -> i32 {
    i32::try_from(items.max(1)).unwrap_or(i32::MAX)
}

/// A call that the SDK does not try again (J1).
pub(super) fn one_attempt() -> aws_sdk_dynamodb::config::Builder {
    aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled())
}

/// How a write with a condition ended.
#[derive(Debug)]
pub(super) enum Written<T> {
    /// The condition held, and the item is written.
    Done(T),
    /// The condition did not hold, and nothing is written.
    ConditionFailed,
}

impl<T> Written<T> {
    /// Whether the item is written.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// The error when an item that an insertion met is not there any more: a second attempt stores it.
pub(super) fn gone() -> StoreError {
    StoreError::Unavailable("the stored item is gone".into())
}

impl DynamoStore {
    /// Gets one item; `None` means that there is no such item.
    pub(super) async fn get(&self, get: GetItemFluentBuilder) -> Result<Option<Item>, StoreError> {
        let get = get.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output =
            get.customize().interceptor(self.attempts()).send().boxed().await.map_err(classify)?;
        self.count_read(output.consumed_capacity());
        Ok(output.item)
    }

    /// Gets the items of these keys, in no particular order. Missing ones are left out.
    pub(super) async fn get_all(
        &self,
        table: &str,
        keys: Vec<Item>,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for keys in keys.chunks(ITEMS_PER_CALL) {
            let mut wanted = keys.to_vec();
            while !wanted.is_empty() {
                let asked = wanted.len();
                let (found, unprocessed) = self.get_batch(table, wanted, consistency).await?;
                items.extend(found);
                if unprocessed.len() == asked {
                    return Err(StoreError::Throttled("no item of a batch was read".into()));
                }
                wanted = unprocessed;
            }
        }
        Ok(items)
    }

    /// Makes one call for items: those that were found, and the keys that were not processed.
    async fn get_batch(
        &self,
        table: &str,
        wanted: Vec<Item>,
        consistency: Consistency,
    ) -> Result<(Vec<Item>, Vec<Item>), StoreError> {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(wanted))
            .consistent_read(consistency == Consistency::Strong)
            .build()
            .map_err(|error| StoreError::Refused(error.into()))?;
        let get = self
            .client
            .batch_get_item()
            .request_items(table, keys)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output =
            get.customize().interceptor(self.attempts()).send().boxed().await.map_err(classify)?;
        for consumed in output.consumed_capacity() {
            self.count_read(Some(consumed));
        }
        let found = output.responses.unwrap_or_default();
        let unprocessed = output.unprocessed_keys.unwrap_or_default();
        Ok((
            found.into_values().flatten().collect(),
            unprocessed.into_values().flat_map(|keys| keys.keys).collect(),
        ))
    }

    /// Reads one page of a query.
    pub(super) async fn page(&self, query: QueryFluentBuilder) -> Result<QueryPage, StoreError> {
        let query = query.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output = query
            .customize()
            .interceptor(self.attempts())
            .send()
            .boxed()
            .await
            .map_err(classify)?;
        self.count_read(output.consumed_capacity());
        Ok(output.into())
    }

    /// Reads all pages of a query.
    pub(super) async fn query_all(
        &self,
        query: QueryFluentBuilder,
    ) -> Result<Vec<Item>, StoreError> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let page = self.page(query.clone().set_exclusive_start_key(start)).await?;
            items.extend(page.items);
            if page.last_key.is_none() {
                return Ok(items);
            }
            start = page.last_key;
        }
    }

    /// Reads all pages of a scan.
    pub(super) async fn scan_all(&self, scan: ScanFluentBuilder) -> Result<Vec<Item>, StoreError> {
        let scan = scan.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let (mut pages, mut items) = (scan.into_paginator().send(), Vec::new());
        while let Some(page) = pages.try_next().await.map_err(classify)? {
            self.count_read(page.consumed_capacity());
            items.extend(page.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// Puts one item.
    pub(super) async fn put(
        &self,
        put: PutItemFluentBuilder,
    ) -> Result<Written<PutItemOutput>, StoreError> {
        let put = put.return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.written(
            put.customize().interceptor(self.attempts()).send().boxed().await,
            PutItemOutput::consumed_capacity,
            PutItemError::is_conditional_check_failed_exception,
        )
    }

    /// Puts one item, in one attempt.
    pub(super) async fn put_once(
        &self,
        put: PutItemFluentBuilder,
    ) -> Result<Written<PutItemOutput>, StoreError> {
        let put = put.return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.written(
            put.customize()
                .config_override(one_attempt())
                .interceptor(self.attempts())
                .send()
                .boxed()
                .await,
            PutItemOutput::consumed_capacity,
            PutItemError::is_conditional_check_failed_exception,
        )
    }

    /// Updates one item.
    pub(super) async fn update(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> Result<Written<UpdateItemOutput>, StoreError> {
        let update = update.return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.written(
            update.customize().interceptor(self.attempts()).send().boxed().await,
            UpdateItemOutput::consumed_capacity,
            UpdateItemError::is_conditional_check_failed_exception,
        )
    }

    /// Updates one item, with one attempt only.
    pub(super) async fn update_once(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> Result<Written<UpdateItemOutput>, StoreError> {
        let update = update.return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.written(
            update
                .customize()
                .config_override(one_attempt())
                .interceptor(self.attempts())
                .send()
                .boxed()
                .await,
            UpdateItemOutput::consumed_capacity,
            UpdateItemError::is_conditional_check_failed_exception,
        )
    }

    /// Deletes one item. Deleting one that is not there changes nothing.
    pub(super) async fn delete(&self, delete: DeleteItemFluentBuilder) -> Result<(), StoreError> {
        let delete = delete.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output = delete
            .customize()
            .interceptor(self.attempts())
            .send()
            .boxed()
            .await
            .map_err(classify)?;
        self.count_write(output.consumed_capacity());
        Ok(())
    }

    /// Counts an answered write and tells a condition that did not hold from an error. DynamoDB
    /// does not say what a write with a failed condition consumed: it counts as a call only.
    fn written<T, E>(
        &self,
        sent: Result<T, SdkError<E, HttpResponse>>,
        consumed: impl Fn(&T) -> Option<&ConsumedCapacity>,
        has_failed: impl Fn(&E) -> bool,
    ) -> Result<Written<T>, StoreError>
    where
        SdkError<E, HttpResponse>: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let error = match sent {
            Ok(output) => {
                self.count_write(consumed(&output));
                return Ok(Written::Done(output));
            }
            Err(error) => error,
        };
        if !error.as_service_error().is_some_and(has_failed) {
            return Err(classify(error));
        }
        self.count_write([]);
        Ok(Written::ConditionFailed)
    }
}
