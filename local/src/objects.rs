//! Owns the embedded object store: it serves the S3 API on a loopback port, in this process, over a
//! folder.
//!
//! `s3s-fs` keeps the objects as files in the folder. Multipart uploads have an implementation of
//! their own (`objects/multipart.rs`), because those of `s3s-fs` do not accept gaps between part
//! numbers, do not list `ETag`s, and are lost when the process ends while one is being completed.

mod multipart;

use crate::embedded::KEY;
use crate::guard::{self, Port};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::clock::Clock;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use multipart::Store;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fmt, fs, io};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The bucket of exports.
pub const BUCKET: &str = "exports";
/// Objects are deleted once they are older than this. The bucket's lifecycle rule says 7 days
/// (`template.yaml`), and S3 rounds that up to the next midnight UTC, so objects live up to 8 days
/// there ("Lifecycle configuration elements", Amazon S3 user guide).
const KEPT_DAYS: u64 = 8;
/// How often old objects are deleted.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How long requests under way may still take when the store stops.
const GRACE: Duration = Duration::from_secs(2);
/// How long one attempt of a call may take. It is long, because this store shares the machine with
/// everything else that is running.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the embedded object store does not start.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The loopback port or the folder cannot be used.
    #[error("the embedded object store cannot use a port or a folder")]
    Io(#[from] io::Error),
    /// The folder is not that of an object store.
    #[error("the embedded object store cannot open its folder: {0}")]
    Store(String),
}

/// A running S3 API.
pub struct Objects {
    /// The address of the API, for example `http://127.0.0.1:43212`.
    pub endpoint: String,
    folder: PathBuf,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Objects {
    /// Starts the API over `folder` on a loopback `listener`. A missing folder is created.
    ///
    /// # Errors
    /// [`ObjectsError`] when the port or the folder cannot be used.
    pub fn start(folder: &Path, listener: TcpListener) -> Result<Self, ObjectsError> {
        fs::create_dir_all(folder.join(BUCKET))?;
        let store = Store::open(folder)?;
        let mut service = S3ServiceBuilder::new(store);
        service.set_auth(SimpleAuth::from_single(KEY, KEY));
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, service.build(), stopped));
        Ok(Self { endpoint, folder: folder.to_owned(), stop, server })
    }

    /// Deletes old objects once an hour, until the future is dropped.
    pub fn sweep(&self) -> impl Future<Output = ()> + use<> {
        let folder = self.folder.clone();
        async move {
            loop {
                let folder = folder.clone();
                let ms = u64::try_from(Clock::System.now().ms()).unwrap_or_default();
                let now = SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
                match tokio::task::spawn_blocking(move || delete_older(&folder, now, 0)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(%error, "old exports could not be deleted"),
                    Err(error) => tracing::warn!(%error, "the deletion of old exports stopped"),
                }
                tokio::time::sleep(SWEEP_EVERY).await;
            }
        }
    }

    /// Stops the API after it has answered every request under way, or after `GRACE`.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.server.await;
    }
}

/// Deletes files that have not changed for [`KEPT_DAYS`], and empty folders. The folder of the
/// store and those right below it (the bucket and the uploads) are kept.
fn delete_older(folder: &Path, now: SystemTime, depth: u32) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            delete_older(&entry.path(), now, depth + 1)?;
            if depth > 0 {
                // This fails for a folder that is not empty. A file that is written into an empty
                // one at this moment fails, and its client tries again.
                let _ = fs::remove_dir(entry.path());
            }
        } else if now.duration_since(metadata.modified()?).unwrap_or_default()
            > Duration::from_hours(24 * KEPT_DAYS)
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Accepts connections until `stopped`, and then waits up to [`GRACE`] for those that are open.
async fn serve(listener: TcpListener, service: S3Service, mut stopped: oneshot::Receiver<()>) {
    let (connections, graceful) = (Builder::new(TokioExecutor::new()), GracefulShutdown::new());
    let router = Router::new().fallback(answer).with_state(service);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        match accepted {
            Ok((socket, _)) => {
                let service = TowerToHyperService::new(router.clone());
                let connection =
                    connections.serve_connection(TokioIo::new(socket), service).into_owned();
                let connection = graceful.watch(connection);
                tokio::spawn(async move { drop(connection.await) });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the embedded object store failed");
            }
        }
    }
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// 1. Host and Origin: 403.
/// 2. The access key, its signature, and the operation: as S3 answers.
async fn answer(State(service): State<S3Service>, request: Request) -> Response {
    if !guard::admits(Port::Objects, &request) {
        return guard::refusal();
    }
    match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!(?error, "a request to the embedded object store failed");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// A client of an S3 API on loopback, with plain HTTP and path-style addressing.
#[must_use]
pub fn client(endpoint: &str) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE * 2)
        .build();
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new(KEY, KEY, None, None, "local"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(timeouts)
        .retry_config(aws::config::retries());
    Client::from_conf(config.build())
}
