//! Owns the settings from the environment, and the connections they describe. Only this module
//! reads environment variables.

use crate::dynamodb::{DynamoStore, Tables};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_sdk_dynamodb::Client;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use domain::plan::GraceDays;
use domain::unusual::{MalformedRules, Thresholds};
use std::time::Duration;

/// A setting that is missing from the environment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingSetting(&'static str);

/// The environment variable that names the entries table.
pub const ENTRIES_TABLE: &str = "ENTRIES_TABLE";
/// The environment variable that names the control table.
pub const CONTROL_TABLE: &str = "CONTROL_TABLE";

/// The environment variable that names the bucket of exports.
pub const EXPORTS_BUCKET: &str = "EXPORTS_BUCKET";
/// The SDK's own environment variable for a store other than Amazon S3.
const S3_ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";
/// The environment variable that holds the URL of the queue of jobs.
pub const JOBS_QUEUE_URL: &str = "JOBS_QUEUE_URL";

/// The environment variable that says which sites may show the viewer in a frame.
pub const VIEWER_FRAME_ANCESTORS: &str = "VIEWER_FRAME_ANCESTORS";

/// The environment variable that says for how many days a lowered plan can be raised again without
/// loss. It is a number from 0 to 90, 7 if it is not set, and the same for all functions.
pub const GRACE_DAYS: &str = "GRACE_DAYS";

/// A setting that has no meaning.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {GRACE_DAYS} must be a number from 0 to 90")]
pub struct WrongGraceDays;

/// The environment variable that says from when on something is unusual, such as
/// `learning_days=7,burst_entries=50`. Thresholds that it does not name have their defaults. It is
/// the same for all functions.
pub const UNUSUAL_THRESHOLDS: &str = "UNUSUAL_THRESHOLDS";

/// Thresholds that have no meaning.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {UNUSUAL_THRESHOLDS}: {0}")]
pub struct WrongThresholds(#[from] MalformedRules);

/// From when on something is unusual, from the environment.
///
/// # Errors
/// [`WrongThresholds`] when it is set to anything else.
pub fn thresholds() -> Result<Thresholds, WrongThresholds> {
    Ok(optional_setting(UNUSUAL_THRESHOLDS).unwrap_or_default().parse()?)
}

/// The text of an environment variable that must be set.
fn setting(name: &'static str) -> Result<String, MissingSetting> {
    optional_setting(name).ok_or(MissingSetting(name))
}

/// The text of an environment variable; `None` means that it is not set or empty.
#[expect(clippy::disallowed_methods, reason = "this is the module that owns the environment")]
#[must_use]
pub fn optional_setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// For how many days a lowered plan can be raised again without loss, from the environment.
///
/// # Errors
/// [`WrongGraceDays`] when it is set to anything but a number from 0 to 90.
pub fn grace_days() -> Result<GraceDays, WrongGraceDays> {
    optional_setting(GRACE_DAYS)
        .map_or(Some(GraceDays::default()), |days| GraceDays::parse(&days))
        .ok_or(WrongGraceDays)
}

/// The names of the tables, from the environment.
///
/// # Errors
/// [`MissingSetting`] when one of them is not set.
pub fn tables() -> Result<Tables, MissingSetting> {
    Ok(Tables { entries: setting(ENTRIES_TABLE)?, control: setting(CONTROL_TABLE)? })
}

/// How long a call of DynamoDB or SQS may take: 1 second to connect, 2 seconds an attempt, 5
/// seconds with its retries. So two calls in a row, for values and their entry, stay within the
/// deadline of the request.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build()
}

/// How long a call of S3 may take: 1 second to connect, 20 seconds an attempt, 45 seconds with its
/// retries. Uploading a part of 8 MiB takes longer than a call of DynamoDB may.
fn file_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_secs(45))
        .build()
}

/// How often a call is tried: up to 3 times, with the SDK's standard backoff between the tries.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// The AWS configuration from the environment, with this service's HTTP client, timeouts and
/// retries.
#[must_use]
pub fn aws() -> ConfigLoader {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts())
        .retry_config(retries())
}

/// The store that a Lambda function uses, set up from the environment.
///
/// # Errors
/// [`MissingSetting`] when a table's name is not set.
pub async fn store() -> Result<DynamoStore, MissingSetting> {
    let tables = tables()?;
    Ok(DynamoStore::new(Client::new(&aws().load().await), tables))
}

/// The files of exports that a Lambda function uses, set up from the environment.
///
/// # Errors
/// [`MissingSetting`] when the bucket's name is not set.
pub async fn files() -> Result<crate::s3::S3Files, MissingSetting> {
    let bucket = setting(EXPORTS_BUCKET)?;
    let config = aws().timeout_config(file_timeouts()).load().await;
    // A store on this machine has one host name for all buckets, so it needs path-style addressing.
    let is_elsewhere = optional_setting(S3_ENDPOINT).is_some();
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(is_elsewhere).build();
    Ok(crate::s3::S3Files::new(aws_sdk_s3::Client::from_conf(config), bucket))
}

/// The queue of jobs that a Lambda function uses, set up from the environment.
///
/// # Errors
/// [`MissingSetting`] when the queue's URL is not set.
pub async fn queue() -> Result<crate::sqs::SqsQueue, MissingSetting> {
    let url = setting(JOBS_QUEUE_URL)?;
    Ok(crate::sqs::SqsQueue::new(aws_sdk_sqs::Client::new(&aws().load().await), url))
}
