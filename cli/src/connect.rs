//! Owns the connections to DynamoDB, S3 and SQS, with the region and the credentials to sign with.

use crate::args::{FilesArgs, Settings};
use crate::failure::{Failure, Report, is_missing_table};
use crate::place::{Place, Role, given, in_words, is_loopback, is_region, origin, tables};
use aws::config;
use aws::dynamodb::{DynamoStore, Tables};
use aws::s3::S3Files;
use aws::sqs::SqsQueue;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Builder, Credentials, ProvideCredentials};
use domain::ports::{Cause, Consistency, ReadControl, ReadSpan, StoreError};
use domain::span::Span;
use domain::workspace::WorkspaceId;
use std::error::Error;
use std::time::Duration;

/// The region and credentials for a store on this machine if none are configured; it checks
/// neither.
const LOCAL: &str = "local";

/// A connection to the tables that a command needs.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) store: DynamoStore,
    tables: Vec<(Role, String)>,
    place: Place,
    signed: Signed,
}

impl Connection {
    /// Finds tables, region and credentials. It sends nothing to DynamoDB.
    pub(crate) async fn open(settings: &Settings, needed: &[Role]) -> Result<Self, Report> {
        let tables = tables(settings, needed).map_err(Failure::TableNotNamed)?;
        let endpoint = given(settings.endpoint_url.as_ref());
        let is_local = endpoint.map_or(Some(false), is_loopback).ok_or(Failure::Endpoint)?;
        let (signed, place) = signed(settings, in_words(&tables), endpoint, is_local).await?;
        let client = Builder::from(&signed.config);
        let client = client.credentials_provider(signed.credentials.clone());
        // A role that the command does not need stays without a name; its table is never used.
        let name = |role| name_of(&tables, role).to_owned();
        let names = Tables { entries: name(Role::Entries), control: name(Role::Control) };
        let store = DynamoStore::new(Client::from_conf(client.build()), names);
        Ok(Self { store, tables, place, signed })
    }

    /// The name of a table that the command needs; empty for one that it does not need.
    pub(crate) fn table(&self, role: Role) -> &str {
        name_of(&self.tables, role)
    }

    /// The queue of jobs; `None` means that it is not named. Its URL says where it is, and the
    /// credentials are those for the tables.
    pub(crate) fn queue(&self, settings: &Settings) -> Result<Option<SqsQueue>, Failure> {
        let Some(url) = given(settings.jobs_queue_url.as_ref()) else { return Ok(None) };
        let client = aws_sdk_sqs::config::Builder::from(&self.signed.config)
            .credentials_provider(self.signed.credentials.clone())
            .endpoint_url(origin(url).ok_or(Failure::QueueUrl)?);
        let client = aws_sdk_sqs::Client::from_conf(client.build());
        Ok(Some(SqsQueue::new(client, url.to_owned())))
    }

    /// What to tell the operator about a failure: DynamoDB does not say which table is missing, so
    /// this finds out.
    pub(crate) async fn report(&self, failure: Failure) -> Report {
        match failure {
            Failure::Store(StoreError::Refused(cause)) if is_missing_table(&*cause) => {
                let missing = self.unreadable_tables().await;
                let is_missing = |(role, _): &&(Role, String)| missing.contains(role);
                let what = in_words(self.tables.iter().filter(is_missing));
                let place = Place { what, ..self.place.clone() };
                Report::at(Failure::NoTable(missing, cause), place)
            }
            failure => Report::at(failure, self.place.clone()),
        }
    }

    /// Which of the tables cannot be read: all of them if it cannot be known. It reads with the
    /// permissions that the commands need anyway.
    async fn unreadable_tables(&self) -> Vec<Role> {
        let mut unreadable: Vec<_> = self.tables.iter().map(|(role, _)| *role).collect();
        if let ([_, _, ..], Some(id)) = (unreadable.as_slice(), WorkspaceId::parse("probe")) {
            let control = self.store.workspace(&id).await.is_ok();
            let entries =
                self.store.read(&id, Span::everything(), 1, Consistency::Eventual).await.is_ok();
            let is_read = |role| match role {
                Role::Control => control,
                Role::Entries => entries,
            };
            if !(control && entries) {
                unreadable.retain(|role| !is_read(*role));
            }
        }
        unreadable
    }
}

fn name_of(tables: &[(Role, String)], role: Role) -> &str {
    let table = tables.iter().find(|(of, _)| *of == role);
    table.map(|(_, name)| name.as_str()).unwrap_or_default()
}

/// The files of exports; `None` means that no bucket is named. The endpoint of DynamoDB says
/// nothing about the one of S3.
pub(crate) async fn files(
    settings: &Settings,
    files: &FilesArgs,
) -> Result<Option<S3Files>, Report> {
    let Some(bucket) = given(files.exports_bucket.as_ref()) else { return Ok(None) };
    let endpoint = given(files.s3_endpoint_url.as_ref());
    let is_local = endpoint.map_or(Some(false), is_loopback).ok_or(Failure::FilesEndpoint)?;
    let (signed, _) = signed(settings, format!("bucket {bucket}"), endpoint, is_local).await?;
    let builder = aws_sdk_s3::config::Builder::from(&signed.config);
    let mut builder = builder.credentials_provider(signed.credentials);
    // Also if it is `None`: AWS_ENDPOINT_URL is the endpoint of DynamoDB here.
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    // A store elsewhere has one host name for all buckets, so it needs path-style addressing.
    let client =
        aws_sdk_s3::Client::from_conf(builder.force_path_style(endpoint.is_some()).build());
    Ok(Some(S3Files::new(client, bucket.to_owned())))
}

/// What a client needs: a configuration with a region, and credentials.
#[derive(Debug)]
struct Signed {
    config: SdkConfig,
    credentials: Credentials,
}

/// The configuration for an endpoint, and the credentials to sign with.
///
/// 1. The region is checked first, without asking for credentials.
/// 2. Credentials are fetched here and not at the first call. This may take long: a credential
///    program may be asking a person.
async fn signed(
    settings: &Settings,
    what: String,
    endpoint: Option<&str>,
    is_local: bool,
) -> Result<(Signed, Place), Report> {
    let config = configuration(settings, endpoint, is_local).await;
    let region = config.region().map(Region::to_string);
    let endpoint = endpoint.map(str::to_owned);
    let place = |region| Place { what, endpoint: endpoint.clone(), region };
    let region = match region {
        None => {
            let profile = given(settings.profile.as_ref()).map(str::to_owned);
            return Err(Report::at(Failure::NoRegion(profile), place(None)));
        }
        Some(region) if endpoint.is_none() && !is_region(&region) => {
            return Err(Report::at(Failure::Region(region), place(None)));
        }
        Some(region) => Some(region).filter(|region| !(is_local && region == LOCAL)),
    };
    let place = place(region);
    match credentials(settings, &config, is_local).await {
        Ok(credentials) => Ok((Signed { config, credentials }, place)),
        Err(failure) => Err(Report::at(failure, place)),
    }
}

/// The configuration, without credentials.
async fn configuration(settings: &Settings, endpoint: Option<&str>, is_local: bool) -> SdkConfig {
    // Longer than a function's: an operator's network is slower, and only the operator waits.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(30))
        .build();
    let mut loader = config::aws().timeout_config(timeouts).no_credentials();
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let mut profile_region = ProfileFileRegionProvider::builder();
    if let Some(profile) = given(settings.profile.as_ref()) {
        loader = loader.profile_name(profile);
        profile_region = profile_region.profile_name(profile);
    }
    if let Some(region) = given(settings.region.as_ref()) {
        loader = loader.region(Region::new(region.to_owned()));
    } else if is_local {
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new());
        loader = loader.region(region.or_else(profile_region.build()).or_else(Region::new(LOCAL)));
    }
    loader.load().await
}

/// The credentials to sign with.
///
/// - A profile named on the command line is the only source. In AWS's own order, keys in the
///   environment would silently win over it.
/// - For an endpoint on this machine: what is configured, or else made-up credentials.
/// - Otherwise AWS's own order.
async fn credentials(
    settings: &Settings,
    config: &SdkConfig,
    is_local: bool,
) -> Result<Credentials, Failure> {
    let mut provider = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(http) = config.http_client() {
        provider = provider.with_http_client(http);
    }
    let profile = ProfileFileCredentialsProvider::builder().configure(&provider);
    if let Some(name) = given(settings.profile.as_ref()) {
        let credentials = profile.profile_name(name).build().provide_credentials().await;
        return credentials
            .map_err(|error| Failure::ProfileWithoutCredentials(name.to_owned(), why(error)));
    }
    let credentials = if is_local {
        let made_up = Credentials::new(LOCAL, LOCAL, None, None, LOCAL);
        let chain = CredentialsProviderChain::first_try(
            "environment",
            EnvironmentVariableCredentialsProvider::new(),
        );
        chain
            .or_else("profile", profile.build())
            .or_else(LOCAL, made_up)
            .provide_credentials()
            .await
    } else {
        DefaultCredentialsChain::builder()
            .configure(provider)
            .build()
            .await
            .provide_credentials()
            .await
    };
    credentials.map_err(|error| Failure::NoCredentials(why(error)))
}

/// Why there are no credentials. If none are configured, AWS's own text is long: it lists every
/// place where it looked. Its type is not exported, so this knows it by its text.
fn why(error: impl Error + Send + Sync + 'static) -> Cause {
    if error.to_string() == "the credential provider was not enabled" {
        "none are configured".into()
    } else {
        error.into()
    }
}
