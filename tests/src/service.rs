//! Starts the service for a test.

use crate::client::Api;
use crate::moment::{NOON, at};
use crate::proxy::Proxy;
use crate::roles::Roles;
use crate::silence;
use aws::dynamodb::DynamoStore;
use aws::s3::S3Files;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use domain::clock::Clock;
use domain::credential::{Admin, Credential, Scope, Token, VIEWER_SCOPES};
use domain::identity::Salt;
use domain::plan::Plan;
use domain::ports::{ReadControl, WriteControl};
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use local::embedded::{self, Embedded};
use local::gateway;
use local::jobs::{Backend, LocalQueue};
use local::objects::{self, Objects};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use web::rates::Rates;
use web::service::Service;

/// How a service is started for a test.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its clock: the system's, unless a test moves time.
    pub clock: Clock,
    /// Its rates: those of the local service, unless a test is about them.
    pub rates: Rates,
}

impl Setup {
    /// A service with this clock.
    #[must_use]
    pub fn at(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self { clock: Clock::default(), rates: gateway::RATES }
    }
}

/// The whole service, with direct access to what lies behind it.
#[derive(Debug)]
pub struct TestService {
    /// Where it listens, for example `http://127.0.0.1:43211`.
    pub address: String,
    /// Its clock.
    pub clock: Clock,
    /// Its rates.
    pub rates: Rates,
    /// Between the service and the store: counts calls and injects faults.
    pub proxy: Proxy,
    /// The store behind the proxy, for setting things up and looking at what is stored.
    pub store: DynamoStore,
    /// A DynamoDB client that does not pass through the proxy.
    pub dynamodb: Client,
    /// The embedded database.
    pub embedded: Embedded,
    /// The queue of jobs. No job is worked on until a test does so: see [`crate::jobs`].
    pub backend: Backend,
    /// The embedded object store.
    pub objects: Objects,
    /// The roles of the functions, which are enforced.
    pub roles: Roles,
    /// The folder of its files, which is deleted with this.
    pub folder: TempDir,
}

/// A [`patient_client`] that refuses what the role of the running function does not allow.
fn bound_client(endpoint: &str, roles: &Roles) -> Client {
    let config = patient_client(endpoint).config().to_builder().interceptor(roles.clone());
    Client::from_conf(config.build())
}

/// A client of the DynamoDB API that waits as long as a busy machine needs. A client that gave up
/// and tried again could report a service's own entry as already there. A call that takes too long
/// ends with the request's deadline, which a test can see.
fn patient_client(endpoint: &str) -> Client {
    let config = embedded::client(endpoint).config().to_builder();
    let config = config
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    Client::from_conf(config.build())
}

/// A client as bound by roles that gives up as early as that of a function.
pub(crate) fn hurried_client(endpoint: &str, roles: &Roles) -> Client {
    let config = bound_client(endpoint, roles).config().to_builder();
    Client::from_conf(config.timeout_config(aws::config::timeouts()).build())
}

/// Serves one instance over the store behind the proxy, with caches of its own, and returns its
/// address.
pub(crate) async fn serve(
    proxy: &Proxy,
    setup: &Setup,
    backend: &Backend,
    roles: &Roles,
) -> String {
    serve_over(bound_client(&proxy.endpoint, roles), setup, backend).await
}

/// Serves one instance over the store of this client, with caches of its own, and returns its
/// address.
#[expect(clippy::unwrap_used, reason = "a test that cannot start its service fails")]
pub(crate) async fn serve_over(client: Client, setup: &Setup, backend: &Backend) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let store = DynamoStore::new(client, embedded::tables());
    tokio::spawn(gateway::serve(
        listener,
        Service::new(store, setup.clock.clone()).with_rates(setup.rates),
        backend.clone(),
        std::future::pending(),
    ));
    address
}

impl TestService {
    /// Starts a service over an empty database in memory.
    ///
    /// # Panics
    /// When anything does not start: a test never runs without its store.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// Starts a service whose clock stands at noon until a test moves it.
    ///
    /// # Panics
    /// When anything does not start: a test never runs without its store.
    pub async fn at_noon() -> Self {
        Self::with(Setup::at(Clock::manual(at(NOON)))).await
    }

    /// Starts a service as `setup` says.
    ///
    /// # Panics
    /// When anything does not start: a test never runs without its store.
    #[expect(clippy::unwrap_used, reason = "a test that cannot start its service fails")]
    pub async fn with(setup: Setup) -> Self {
        silence::watch();
        let store_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let embedded = Embedded::start(embedded::open(None).unwrap(), store_listener).unwrap();
        let proxy = Proxy::start(&embedded.endpoint).await;
        let dynamodb = patient_client(&embedded.endpoint);
        let roles = Roles::load();
        let store = DynamoStore::new(dynamodb.clone(), embedded::tables());
        let (folder, s3_listener) =
            (TempDir::new().unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let objects = Objects::start(folder.path(), s3_listener).unwrap();
        let s3 =
            objects::client(&objects.endpoint).config().to_builder().interceptor(roles.clone());
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        let files = S3Files::new(s3, objects::BUCKET.to_owned());
        let backend = Backend { queue: LocalQueue::default(), files };
        let address = serve(&proxy, &setup, &backend, &roles).await;
        Self {
            address,
            clock: setup.clock,
            rates: setup.rates,
            proxy,
            store,
            dynamodb,
            embedded,
            backend,
            objects,
            roles,
            folder,
        }
    }

    /// A store for a function that a test runs itself, within the scope of its name (see
    /// [`local::gateway::FUNCTION`]).
    #[must_use]
    pub fn bound_store(&self) -> DynamoStore {
        DynamoStore::new(bound_client(&self.proxy.endpoint, &self.roles), embedded::tables())
    }

    /// The same store, without the proxy.
    pub(crate) fn bound_worker_store(&self) -> DynamoStore {
        DynamoStore::new(bound_client(&self.embedded.endpoint, &self.roles), embedded::tables())
    }

    /// A client with this token.
    #[must_use]
    pub fn api(&self, token: &str) -> Api {
        Api::new(&self.address, Some(token))
    }

    /// A client without a credential.
    #[must_use]
    pub fn anonymous(&self) -> Api {
        Api::new(&self.address, None)
    }

    /// A client with every scope in every workspace.
    pub async fn operator(&self) -> Api {
        self.api(&self.key(&Scope::ALL, None).await)
    }

    /// Makes a workspace with this plan, and returns a client that may record and read in it.
    ///
    /// # Panics
    /// When the workspace cannot be made.
    pub async fn workspace(&self, id: &str, plan: &str) -> Api {
        let response = self
            .operator()
            .await
            .put(&format!("/v1/workspaces/{id}"), &json!({ "plan": plan }))
            .await;
        assert_eq!(response.status, 201, "{response:?}");
        self.api(&self.key(&Scope::ALL, Some(id)).await)
    }

    /// Makes a workspace directly in the store, so without the entry that the API would record.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot make its workspace fails")]
    pub async fn bare_workspace(&self, id: &str, plan: Plan) -> Workspace {
        let workspace = Workspace::new(
            WorkspaceId::parse(id).unwrap(),
            plan,
            Salt::random().unwrap(),
            self.clock.now(),
        );
        for item in aws::dynamodb::items_of_workspace(&workspace).unwrap() {
            let put = self
                .dynamodb
                .put_item()
                .table_name(embedded::tables().control)
                .set_item(Some(item));
            put.send().await.unwrap();
        }
        workspace
    }

    /// The text of a new key.
    pub async fn key(&self, scopes: &[Scope], workspace: Option<&str>) -> String {
        self.credential(|credential| {
            credential.scopes = scopes.to_vec();
            credential.workspace_id = workspace.and_then(WorkspaceId::parse);
        })
        .await
    }

    /// The text of a viewer token that expires at `end`.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot make its credential fails")]
    pub async fn viewer_token(&self, workspace: &str, end: Timestamp) -> String {
        self.credential_of(Token::random_of_viewer().unwrap(), |credential| {
            credential.scopes = VIEWER_SCOPES.to_vec();
            credential.workspace_id = WorkspaceId::parse(workspace);
            credential.admin = Some(Admin {
                id: "admin_1".to_owned(),
                name: Some("Admin".to_owned()),
                ..Admin::default()
            });
            credential.expires_at = Some(end);
        })
        .await
    }

    /// The text of a new credential, changed by `change` before it is stored.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot make its credential fails")]
    pub async fn credential(&self, change: impl FnOnce(&mut Credential)) -> String {
        self.credential_of(Token::random().unwrap(), change).await
    }

    #[expect(clippy::unwrap_used, reason = "a test that cannot make its credential fails")]
    async fn credential_of(&self, token: Token, change: impl FnOnce(&mut Credential)) -> String {
        let mut credential = Credential {
            name: Some("test".to_owned()),
            ..Credential::of(&token, Vec::new(), self.clock.now())
        };
        change(&mut credential);
        self.store.put_credential(&credential, None).await.unwrap();
        token.text()
    }

    /// The workspace as it is stored.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that needs a workspace fails without it")]
    pub async fn stored_workspace(&self, id: &str) -> Workspace {
        self.store.workspace(&WorkspaceId::parse(id).unwrap()).await.unwrap().unwrap()
    }

    /// How many items the entries table holds in this partition.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot count fails")]
    pub async fn stored_items(&self, partition: &str) -> usize {
        let mut pages = self
            .dynamodb
            .query()
            .table_name(embedded::tables().entries)
            .key_condition_expression("workspace_id = :partition")
            .expression_attribute_values(
                ":partition",
                aws_sdk_dynamodb::types::AttributeValue::S(partition.to_owned()),
            )
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += page.unwrap().items().len();
        }
        count
    }
}
