//! Owns the bench that the tests work on: an embedded DynamoDB with both tables, and runs of
//! `audit` over it.

use aws::dynamodb::{DynamoStore, Item, Tables, item_of_salt};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use domain::counting::{Budget, Fold, fold};
use domain::entry::{Actor, ActorType, Content, Entry, Target};
use domain::identity::Salt;
use domain::json::{Json, JsonText};
use domain::memory::fixtures::{entry_with, new_entry, salt_of};
use domain::plan::Plan;
use domain::ports::WriteControl;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub(crate) const ENTRIES: &str = "test-entries";
pub(crate) const CONTROL: &str = "test-control";

/// An embedded DynamoDB with both tables, and the way to it.
pub(crate) struct Bench {
    pub(crate) endpoint: String,
    client: Client,
    pub(crate) store: DynamoStore,
    /// An empty directory: nobody's AWS configuration.
    home: tempfile::TempDir,
}

/// How a run of `audit` ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) notes: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let database = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        let credentials = Credentials::new("test", "test", None, None, "test");
        let loader = aws::config::aws()
            .endpoint_url(&endpoint)
            .region(Region::new("local"))
            .credentials_provider(credentials);
        let client = Client::new(&loader.load().await);
        create_table(&client, ENTRIES, "workspace_id", "id").await;
        create_table(&client, CONTROL, "pk", "sk").await;
        let store = DynamoStore::new(
            client.clone(),
            Tables { entries: ENTRIES.to_owned(), control: CONTROL.to_owned() },
        );
        Self { endpoint, client, store, home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_audit")));
        command.env_clear().env("HOME", self.home.path());
        command.env("AWS_EC2_METADATA_DISABLED", "true").args(line);
        command
    }

    /// Adds a file to the home directory of `audit`, and says where it is.
    pub(crate) fn home_file(&self, path: &str, text: &str) -> PathBuf {
        let file = self.home.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    pub(crate) fn audit(&self, line: &[&str]) -> Run {
        let settings = [
            "--endpoint-url", &self.endpoint, "--entries-table", ENTRIES, "--control-table",
            CONTROL,
        ];
        ended(self.command(line).args(settings).output().unwrap())
    }

    pub(crate) async fn workspace(&self) -> Workspace {
        let now = now();
        let workspace = Workspace::new(
            WorkspaceId::parse("ws_1").unwrap(),
            Plan::Pro,
            Salt::from_bytes([0xab; 32]),
            now,
        );
        let first = new_entry(&workspace, &entry(&workspace, "the first", None));
        self.store.put_workspace(&workspace, None, &first).await.unwrap();
        let actor = actor().key();
        let salt = item_of_salt(&workspace.id, &actor, &salt_of(&workspace.id, &actor)).unwrap();
        let put = self.client.put_item().table_name(CONTROL).set_item(Some(salt));
        put.send().await.unwrap();
        workspace
    }

    /// Numbers and counts all that is recorded.
    pub(crate) async fn count(&self, workspace: &Workspace) {
        let budget = Budget::new(f64::MAX, Duration::from_mins(1));
        fold(&self.store, &workspace.id, Fold::Now, &budget).await.unwrap();
    }

    /// Makes a table with the items that an entries table has now, as a restore does.
    pub(crate) async fn restored(&self, from: &str, name: &str) {
        create_table(&self.client, name, "workspace_id", "id").await;
        for item in self.items(from).await {
            let put = self.client.put_item().table_name(name).set_item(Some(item));
            put.send().await.unwrap();
        }
    }

    /// All items of a table.
    pub(crate) async fn items(&self, table: &str) -> Vec<Item> {
        let scan = self.client.scan().table_name(table).into_paginator().items().send();
        scan.collect::<Result<_, _>>().await.unwrap()
    }

    /// Deletes a stored item, as nobody should.
    pub(crate) async fn delete(&self, partition: &str, id: &str) {
        let delete = self
            .client
            .delete_item()
            .table_name(ENTRIES)
            .key("workspace_id", AttributeValue::S(partition.to_owned()))
            .key("id", AttributeValue::S(id.to_owned()));
        delete.send().await.unwrap();
    }

    /// Changes one attribute of a stored item, as nobody should.
    pub(crate) async fn tamper(&self, partition: &str, id: &str, attribute: &str, value: &str) {
        let update = self
            .client
            .update_item()
            .table_name(ENTRIES)
            .update_expression("SET #attribute = :value");
        let update = update
            .key("workspace_id", AttributeValue::S(partition.to_owned()))
            .key("id", AttributeValue::S(id.to_owned()));
        let update = update.expression_attribute_names("#attribute", attribute);
        update
            .expression_attribute_values(":value", AttributeValue::S(value.to_owned()))
            .send()
            .await
            .unwrap();
    }
}

pub(crate) fn ended(output: Output) -> Run {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        notes: text(output.stderr),
    }
}

/// An endpoint that refuses connections: its port was just given back.
pub(crate) fn closed_endpoint() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An endpoint that answers everything with an error of DynamoDB.
pub(crate) async fn refusing_endpoint(code: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(refuse(connection, code));
        }
    });
    endpoint
}

/// Reads one request to its end and refuses it.
async fn refuse(connection: TcpStream, code: &str) -> std::io::Result<()> {
    let mut connection = BufReader::new(connection);
    body_of_request(&mut connection).await?;
    let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no"}}"#);
    answer(&mut connection, "400 Bad Request", &body).await
}

/// Reads one request to its end, and returns its body.
pub(crate) async fn body_of_request(
    connection: &mut BufReader<TcpStream>,
) -> std::io::Result<Vec<u8>> {
    let (mut length, mut line) = (0, String::new());
    while connection.read_line(&mut line).await? > "\r\n".len() {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.trim_end().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    Ok(body)
}

/// Writes an answer of an AWS service, and ends the connection.
pub(crate) async fn answer(
    connection: &mut BufReader<TcpStream>,
    status: &str,
    body: &str,
) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all((head + body).as_bytes()).await
}

async fn create_table(client: &Client, name: &str, pk: &str, sk: &str) {
    let mut table = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, kind) in [(pk, KeyType::Hash), (sk, KeyType::Range)] {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap();
        let element =
            KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build().unwrap();
        table = table.attribute_definitions(definition).key_schema(element);
    }
    table.send().await.unwrap();
}

pub(crate) fn now() -> Timestamp {
    domain::clock::Clock::System.now()
}

pub(crate) fn entry(workspace: &Workspace, target_id: &str, new_value: Option<&str>) -> Entry {
    entry_at(workspace, target_id, new_value, now())
}

/// The actor of all entries here.
fn actor() -> Actor {
    Actor::new(ActorType::User, "u_1")
}

/// An entry of something that happened at `at`.
pub(crate) fn entry_at(
    workspace: &Workspace,
    target_id: &str,
    new_value: Option<&str>,
    at: Timestamp,
) -> Entry {
    let target = Target::new("project", target_id);
    let new_value = new_value.map(|text| JsonText::of(&Json::Text(text.to_owned())).unwrap());
    let content = Content { new_value, ..Content::new(at, actor(), "project.update", target) };
    Entry { recorded_at: now(), ..entry_with(workspace, content) }
}
