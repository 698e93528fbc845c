//! Owns the embedded DynamoDB: an emulator in this process that serves the DynamoDB API on a
//! loopback port. Its data is in a file or in memory.

mod api;
mod records;

use crate::template::{TableProperties, Template, TemplateError};
use aws::dynamodb::Tables;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
pub use dynoxide::Database;
use dynoxide::DynoxideError;
use serde_json::{Value, json};
use std::future::Future;
use std::path::Path;
use std::time::Duration;
use std::{fmt, io};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The access key and its secret, which anybody may know: web pages are kept out by the names that
/// they send (see [`crate::guard`]). A key of an AWS account is refused, so that nobody takes this
/// store for one in AWS.
pub const KEY: &str = "local";
/// How often expired items are deleted. DynamoDB itself takes up to a few days, so nothing may
/// depend on it.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How long one attempt of a call to the embedded DynamoDB may take. A call with its retries may
/// take half as long again: 15 s, which is below the request's 18 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the embedded DynamoDB does not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The loopback port or the data directory cannot be used.
    #[error("the embedded DynamoDB cannot use a port or a file")]
    Io(#[from] io::Error),
    /// The database refused a call.
    #[error("the embedded DynamoDB refuses the call")]
    Database(#[from] DynoxideError),
    /// The records of the streams cannot be kept as they should be.
    #[error("the embedded DynamoDB cannot keep the records of its streams")]
    Records(#[from] rusqlite::Error),
    /// The template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A table of the template is not a valid `CreateTable` request.
    #[error("a table of the template is not valid")]
    Table(#[from] serde_json::Error),
}

/// A running DynamoDB API.
pub struct Embedded {
    /// The database itself, for what the API cannot do.
    pub database: Database,
    /// The address of the API, for example `http://127.0.0.1:43211`.
    pub endpoint: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// The names of the tables in the embedded DynamoDB.
#[must_use]
pub fn tables() -> Tables {
    Tables { entries: "entries".to_owned(), control: "control".to_owned() }
}

/// Opens a database in a file. `None` means in memory.
///
/// A file has a write-ahead log that is not synchronised for each write (SQLite's `synchronous =
/// NORMAL`), as that takes 4 ms or more. What is written survives the end of this process; a
/// machine that loses its power may lose the last writes, and no more.
///
/// # Errors
/// [`EmbeddedError::Database`] when the file is not a database.
pub fn open(file: Option<&Path>) -> Result<Database, EmbeddedError> {
    let Some(file) = file else {
        // The name lets a second connection of this process open the same database.
        let address = format!("file:{}?mode=memory&cache=shared", fastrand::u128(..));
        let database = Database::new(&address)?;
        records::keep(&address)?;
        return Ok(database);
    };
    let path = file.to_string_lossy();
    let database = Database::new(&path)?;
    // Not only after a bulk load: it also sets `synchronous`.
    database.disable_bulk_loading()?;
    records::keep(&path)?;
    Ok(database)
}

impl Embedded {
    /// Starts the API over `database` on a loopback `listener`, with the template's tables.
    ///
    /// # Errors
    /// [`EmbeddedError`] when the port cannot be used, or the tables cannot be created.
    pub fn start(database: Database, listener: TcpListener) -> Result<Self, EmbeddedError> {
        let template = Template::load()?;
        create_tables(&database, &template)?;
        renew_streams(&database, &template)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let server = tokio::spawn(api::serve(listener, database.clone(), shutdown));
        Ok(Self { database, endpoint, stop, server })
    }

    /// Deletes expired items once a minute, until the future is dropped.
    pub fn sweep(&self) -> impl Future<Output = ()> + use<> {
        let database = self.database.clone();
        async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                let database = database.clone();
                match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => tracing::warn!(%error, "expired items could not be deleted"),
                    Err(error) => tracing::warn!(%error, "the deletion of expired items stopped"),
                }
            }
        }
    }

    /// Stops the API after it has answered every request under way.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.server.await;
    }
}

/// Gives the streams of tables that exist the view that the template names: a database in a file
/// may be of an earlier version of it.
fn renew_streams(database: &Database, template: &Template) -> Result<(), EmbeddedError> {
    for present in database.table_stats()? {
        let name = present.table_name;
        let wanted = template.tables.get(&name).and_then(stream_of);
        let description =
            database.describe_table(serde_json::from_value(json!({ "TableName": name }))?)?.table;
        let described = serde_json::to_value(&description)?;
        if let Some(wanted) = wanted
            && described.get("StreamSpecification") != Some(&wanted)
        {
            let renewed = json!({ "TableName": name, "StreamSpecification": wanted });
            database.update_table(serde_json::from_value(renewed)?)?;
        }
    }
    Ok(())
}

/// The stream of a table as `CreateTable` takes it. CloudFormation enables a stream when its view
/// is named; the API needs a flag.
fn stream_of(properties: &TableProperties) -> Option<Value> {
    let view_type = properties.stream_specification.get("StreamViewType")?;
    Some(json!({ "StreamEnabled": true, "StreamViewType": view_type }))
}

/// Creates the tables that do not exist yet. Their properties in the template have the names and
/// shapes of `CreateTable`.
fn create_tables(database: &Database, template: &Template) -> Result<(), EmbeddedError> {
    let present: Vec<_> =
        database.table_stats()?.into_iter().map(|table| table.table_name).collect();
    for (name, properties) in template.tables.iter().filter(|(name, _)| !present.contains(name)) {
        let mut table = json!({
            "TableName": name,
            "KeySchema": properties.key_schema,
            "AttributeDefinitions": properties.attribute_definitions,
            "BillingMode": "PAY_PER_REQUEST",
        });
        if properties.global_secondary_indexes != Value::Null
            && let Some(table) = table.as_object_mut()
        {
            table.insert(
                "GlobalSecondaryIndexes".to_owned(),
                properties.global_secondary_indexes.clone(),
            );
        }
        if let (Some(stream), Some(table)) = (stream_of(properties), table.as_object_mut()) {
            table.insert("StreamSpecification".to_owned(), stream);
        }
        database.create_table(serde_json::from_value(table)?)?;
        let ttl = json!({
            "TableName": name,
            "TimeToLiveSpecification": properties.time_to_live_specification,
        });
        database.update_time_to_live(serde_json::from_value(ttl)?)?;
    }
    Ok(())
}

/// A client of a DynamoDB API on loopback, with plain HTTP and the access key [`KEY`]. Its timeouts
/// are longer than those of the functions with DynamoDB, because this store shares the machine with
/// everything else that is running.
#[must_use]
pub fn client(endpoint: &str) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE * 3 / 2)
        .build();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new(KEY, KEY, None, None, "local"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(timeouts)
        .retry_config(aws::config::retries());
    Client::from_conf(config.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_an_earlier_version_gets_the_view_of_the_template() {
        let database = open(None).unwrap();
        let template = Template::load().unwrap();
        let mut earlier = Template::load().unwrap();
        let entries = earlier.tables.get_mut("entries").unwrap();
        entries.stream_specification = json!({ "StreamViewType": "KEYS_ONLY" });
        create_tables(&database, &earlier).unwrap();
        let view = || {
            let asked = serde_json::from_value(json!({ "TableName": "entries" })).unwrap();
            let table =
                serde_json::to_value(database.describe_table(asked).unwrap().table).unwrap();
            table["StreamSpecification"]["StreamViewType"].as_str().unwrap().to_owned()
        };
        assert_eq!(view(), "KEYS_ONLY");
        create_tables(&database, &template).unwrap();
        renew_streams(&database, &template).unwrap();
        assert_eq!(view(), "NEW_AND_OLD_IMAGES");
    }
}
