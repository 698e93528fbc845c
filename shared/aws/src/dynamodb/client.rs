//! Owns the connection to DynamoDB: the tables, the meter, and what AWS errors mean.

use super::remembered::{CatalogMemory, SaltMemory};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::ConsumedCapacity;
use domain::ports::{Cause, Metered, RememberLogs, Spent, StoreError};
use domain::remembered::LogMemory;
use std::sync::{Arc, Mutex, PoisonError};

/// The names of the two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// Entries and their values.
    pub entries: String,
    /// Workspaces, credentials, tally nodes and jobs.
    pub control: String,
}

/// The store in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    pub(super) client: Client,
    pub(super) tables: Arc<Tables>,
    pub(super) salts: Arc<SaltMemory>,
    pub(super) catalog: Arc<CatalogMemory>,
    logs: Arc<LogMemory>,
    spent: Arc<Mutex<Spent>>,
}

impl DynamoStore {
    /// The store behind `client` in these tables.
    #[must_use]
    pub fn new(client: Client, tables: Tables) -> Self {
        Self {
            client,
            tables: Arc::new(tables),
            salts: Arc::default(),
            catalog: Arc::default(),
            logs: Arc::default(),
            spent: Arc::default(),
        }
    }

    /// Counts a call that read.
    pub(super) fn count_read(&self, consumed: Option<&ConsumedCapacity>) {
        self.count(|spent| {
            spent.calls += 1;
            spent.read_units += units(consumed);
        });
    }

    /// Counts a call that wrote.
    pub(super) fn count_write<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.count(|spent| {
            spent.calls += 1;
            spent.write_units += consumed.into_iter().map(|one| units(Some(one))).sum::<f64>();
        });
    }

    /// Counts the attempts of a call, the SDK's own retries included.
    pub(super) fn attempts(&self) -> Attempts {
        Attempts(Arc::clone(&self.spent))
    }

    fn count(&self, add: impl FnOnce(&mut Spent)) {
        add(&mut self.spent.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Counts each attempt of the call that it is given to.
#[derive(Debug)]
pub(super) struct Attempts(Arc<Mutex<Spent>>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).attempts += 1;
        Ok(())
    }
}

fn units(consumed: Option<&ConsumedCapacity>) -> f64 {
    consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}

impl Metered for DynamoStore {
    fn metered(&self) -> Self {
        Self { spent: Arc::default(), ..self.clone() }
    }

    fn spent(&self) -> Spent {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RememberLogs for DynamoStore {
    fn remembered(&self) -> &LogMemory {
        &self.logs
    }
}

/// What an error of an AWS service means for the caller, after the SDK's own retries.
///
/// Sources: "Error handling with DynamoDB", DynamoDB developer guide; "Error responses", Amazon S3
/// API reference; "Common errors", Amazon SQS API reference.
pub(crate) fn classify<E>(error: SdkError<E, HttpResponse>) -> StoreError
where
    SdkError<E, HttpResponse>: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    // A 5xx without a code comes from something in front of the store, such as its load balancer.
    // Then it is unknown what the store did.
    let is_server_error =
        error.raw_response().is_some_and(|response| response.status().is_server_error());
    let is_refused = !is_server_error
        && matches!(error, SdkError::ServiceError(_) | SdkError::ConstructionFailure(_));
    by_code(&code, is_refused, error.into())
}

/// What an error code means. `is_refused` says whether the service answered with a refusal, rather
/// than not at all.
pub(super) fn by_code(code: &str, is_refused: bool, cause: Cause) -> StoreError {
    match code.trim_end_matches("Exception").trim_end_matches("Error") {
        "ProvisionedThroughputExceeded"
        | "Throttling"
        | "RequestLimitExceeded"
        | "TransactionConflict"
        | "TransactionInProgress" => StoreError::Throttled(cause),
        // Codes of S3 and SQS.
        "SlowDown" | "TooManyRequests" | "RequestThrottled" | "KmsThrottled" => {
            StoreError::Throttled(cause)
        }
        "InternalServer" | "InternalFailure" | "ServiceUnavailable" => {
            StoreError::Unavailable(cause)
        }
        _ if is_refused => StoreError::Refused(cause),
        _ => StoreError::Unavailable(cause),
    }
}

/// A store for tests that build requests and send none.
#[cfg(test)]
pub(super) fn unconnected() -> DynamoStore {
    let config = aws_sdk_dynamodb::Config::builder().behavior_version_latest().build();
    let tables = Tables { entries: "entries".into(), control: "control".into() };
    DynamoStore::new(Client::from_conf(config), tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_says_what_to_do() {
        let of = |code, refused| by_code(code, refused, "cause".into());
        for code in [
            "ProvisionedThroughputExceededException", "ThrottlingException", "ThrottlingError",
            "RequestLimitExceeded", "TransactionConflict",
        ] {
            assert!(matches!(of(code, true), StoreError::Throttled(_)), "{code}");
        }
        for code in ["SlowDown", "TooManyRequests", "RequestThrottled", "KmsThrottled"] {
            assert!(matches!(of(code, true), StoreError::Throttled(_)), "{code}, of S3 or SQS");
        }
        for code in ["InternalServerError", "ServiceUnavailable"] {
            assert!(matches!(of(code, true), StoreError::Unavailable(_)), "{code}");
        }
        for code in ["ValidationException", "ResourceNotFoundException", "AccessDenied", ""] {
            assert!(matches!(of(code, true), StoreError::Refused(_)), "{code}");
        }
        assert!(matches!(of("", false), StoreError::Unavailable(_)));
    }
}
