//! Owns the way to DynamoDB and to S3: which endpoints, region, credentials, tables and bucket the
//! settings mean.

use crate::args::{FilesArgs, Settings};
use crate::failure::Failure;
use aws::config;
use aws::dynamodb::{DynamoStore, Tables};
use aws::s3::S3Files;
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
use http::Uri;
use std::net::IpAddr;
use std::time::Duration;

/// What a store on this machine is signed for, when nothing else is configured; it does not look at
/// it.
const LOCAL: &str = "local";

/// Which tables a command reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The control table.
    Control,
    /// Both tables.
    Both,
}

/// The store that the settings mean.
pub(crate) async fn store(settings: &Settings, needs: Needs) -> Result<DynamoStore, Failure> {
    let tables = tables(settings, needs)?;
    let endpoint = given(settings.endpoint_url.as_ref());
    let is_local = endpoint.map(is_loopback).transpose()?.unwrap_or_default();
    let (config, credentials) = signed(settings, endpoint, is_local).await?;
    Ok(DynamoStore::new(
        Client::from_conf(Builder::from(&config).credentials_provider(credentials).build()),
        tables,
    ))
}

/// The files of exports that the settings mean; none if no bucket is named. Where DynamoDB answers
/// says nothing of where S3 does.
pub(crate) async fn files(
    settings: &Settings,
    files: &FilesArgs,
) -> Result<Option<S3Files>, Failure> {
    let Some(bucket) = given(files.exports_bucket.as_ref()) else { return Ok(None) };
    let endpoint = given(files.s3_endpoint_url.as_ref());
    let is_local = endpoint
        .map(is_loopback)
        .transpose()
        .ok()
        .ok_or(Failure::FilesEndpoint)?
        .unwrap_or_default();
    let (config, credentials) = signed(settings, endpoint, is_local).await?;
    let mut builder = aws_sdk_s3::config::Builder::from(&config).credentials_provider(credentials);
    // Also if there is none: AWS_ENDPOINT_URL is DynamoDB's here.
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    // A store elsewhere answers under one name, whatever the bucket.
    let client =
        aws_sdk_s3::Client::from_conf(builder.force_path_style(endpoint.is_some()).build());
    Ok(Some(S3Files::new(client, bucket.to_owned())))
}

/// The configuration for an endpoint, with a region, and the credentials to sign with. They are
/// asked for here, and may take their time: a program may be asking a person.
async fn signed(
    settings: &Settings,
    endpoint: Option<&str>,
    is_local: bool,
) -> Result<(SdkConfig, Credentials), Failure> {
    let config = configuration(settings, endpoint, is_local).await;
    let credentials = credentials(settings, &config, is_local).await?;
    if config.region().is_none() {
        return Err(Failure::NoRegion);
    }
    Ok((config, credentials))
}

/// A setting; an empty one, as from an empty environment variable, is none.
fn given(setting: Option<&String>) -> Option<&str> {
    setting.map(String::as_str).filter(|text| !text.is_empty())
}

fn tables(settings: &Settings, needs: Needs) -> Result<Tables, Failure> {
    let control = given(settings.control_table.as_ref())
        .ok_or(Failure::TableNotNamed("control", config::CONTROL_TABLE))?;
    let entries = match (given(settings.entries_table.as_ref()), needs) {
        (Some(entries), _) => entries,
        // Never read: the commands on credentials and workspaces do not touch the entries.
        (None, Needs::Control) => "",
        (None, Needs::Both) => {
            return Err(Failure::TableNotNamed("entries", config::ENTRIES_TABLE));
        }
    };
    Ok(Tables { entries: entries.to_owned(), control: control.to_owned() })
}

/// Whether an endpoint is on this machine.
fn is_loopback(endpoint: &str) -> Result<bool, Failure> {
    let uri: Uri = endpoint.parse().ok().ok_or(Failure::Endpoint)?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) => {
            let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
            Ok(host == "localhost" || address.is_some_and(|address| address.is_loopback()))
        }
        _ => Err(Failure::Endpoint),
    }
}

/// The configuration, without credentials.
async fn configuration(settings: &Settings, endpoint: Option<&str>, is_local: bool) -> SdkConfig {
    // An operator's network is slower than a function's, and nobody waits for the answer but the
    // operator.
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
/// A profile named on the command line is the only source: AWS's own order would let keys in the
/// environment win over it without a word. On this machine what is configured is used, and if
/// nothing is, made-up credentials. Else AWS's own order.
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
            .map_err(|error| Failure::ProfileWithoutCredentials(name.to_owned(), error.into()));
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
    credentials.map_err(|error| Failure::NoCredentials(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_local() {
        for local in [
            "http://127.0.0.1:8000", "http://localhost:8000/", "https://localhost",
            "http://127.9.9.9", "http://[::1]:8000",
        ] {
            assert!(is_loopback(local).unwrap(), "{local}");
        }
        for remote in [
            "https://dynamodb.eu-central-1.amazonaws.com",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
        ] {
            assert!(!is_loopback(remote).unwrap(), "{remote}");
        }
        for neither in
            ["127.0.0.1:8000", "localhost", "ftp://localhost", "/", "http://", "http://a b"]
        {
            assert!(is_loopback(neither).is_err(), "{neither}");
        }
    }

    #[test]
    fn a_command_asks_only_for_the_tables_it_needs() {
        let settings = |entries: &str, control: &str| Settings {
            entries_table: Some(entries.to_owned()),
            control_table: Some(control.to_owned()),
            ..Settings::default()
        };
        assert_eq!(tables(&settings("", "c"), Needs::Control).unwrap().control, "c");
        assert_eq!(tables(&settings("e", "c"), Needs::Both).unwrap().entries, "e");
        assert!(matches!(
            tables(&settings("", "c"), Needs::Both),
            Err(Failure::TableNotNamed("entries", "ENTRIES_TABLE"))
        ));
        assert!(matches!(
            tables(&settings("e", ""), Needs::Control),
            Err(Failure::TableNotNamed("control", "CONTROL_TABLE"))
        ));
    }
}
