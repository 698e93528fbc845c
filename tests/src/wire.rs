//! A proxy between the service and its store that breaks connections. It loses, delays, refuses,
//! tears and drips calls, as a test decides for each. `proxy` changes what calls say; this one
//! changes how they arrive.

mod http;

use http::{
    Call, answer, closed, forward, partial, read_call, recorded_in_another_year, refusal, reset,
    success,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tear {
    /// Nothing happens.
    None,
    /// The connection is closed before the call reaches the store.
    DropBefore,
    /// The call lands, and the connection is closed without an answer.
    DropAfter,
    /// The connection is reset (TCP RST) before the call reaches the store.
    ResetBefore,
    /// The call lands, and the connection is reset in the middle of the answer.
    ResetAfter,
    /// The call is held up for this many milliseconds, then passed on.
    Delay(u16),
    /// The call lands, and its answer drips for this many milliseconds.
    Trickle(u16),
    /// HTTP 500, and nothing lands.
    ErrorBefore,
    /// HTTP 500, although the call lands.
    ErrorAfter,
    /// The store throttles, and nothing lands.
    Throttle,
    /// Some statements, or some keys, of a batch are throttled; the others land.
    Partial,
    /// The call is answered as if it had landed, but it never reaches the store. No store does
    /// this: it imitates a service that acknowledges before it writes.
    Lie,
    /// The same for one statement of a batch.
    LieOfOne,
    /// A read answers with another year in `recorded_at`. It imitates a service that makes up when
    /// a duplicate was recorded.
    OtherTime,
}

impl Tear {
    /// Its name in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DropBefore => "drop before",
            Self::DropAfter => "drop after",
            Self::ResetBefore => "reset before",
            Self::ResetAfter => "reset after",
            Self::Delay(_) => "delay",
            Self::Trickle(_) => "trickle",
            Self::ErrorBefore => "500 before",
            Self::ErrorAfter => "500 after",
            Self::Throttle => "throttle",
            Self::Partial => "partial batch",
            Self::Lie => "lie",
            Self::LieOfOne => "lie of one",
            Self::OtherTime => "other time",
        }
    }
}

type Decide = Box<dyn FnMut(&str) -> Tear + Send>;

/// The proxy.
#[derive(Clone)]
pub struct Wire {
    /// Where it listens.
    pub endpoint: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    http: reqwest::Client,
    decide: Mutex<Option<Decide>>,
    torn: Mutex<BTreeMap<&'static str, u64>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Wire {
    /// Starts a proxy in front of the DynamoDB API at `target`. It passes everything on.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::unwrap_used, reason = "a test without its proxy fails")]
    pub async fn start(target: &str) -> Self {
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            http: reqwest::Client::new(),
            decide: Mutex::default(),
            torn: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let of_connections = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&of_connections), connection));
            }
        });
        Self { endpoint, shared }
    }

    /// Asks `decide` about each call from now on, by its operation.
    pub fn tear(&self, decide: impl FnMut(&str) -> Tear + Send + 'static) {
        *self.shared.decide.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(decide));
    }

    /// Passes everything on from now on.
    pub fn heal(&self) {
        *self.shared.decide.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How many calls were torn so far, by the name of the tear.
    #[must_use]
    pub fn torn(&self) -> BTreeMap<&'static str, u64> {
        self.shared.torn.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    /// What happens to a call. A tear that does not apply to its operation becomes [`Tear::None`].
    fn tear_of(&self, call: &Call) -> Tear {
        let mut decide = self.decide.lock().unwrap_or_else(PoisonError::into_inner);
        let tear = decide.as_mut().map_or(Tear::None, |decide| decide(call.operation()));
        drop(decide);
        let tear = if call.can_be(tear) { tear } else { Tear::None };
        if tear != Tear::None {
            let mut torn = self.torn.lock().unwrap_or_else(PoisonError::into_inner);
            *torn.entry(tear.name()).or_default() += 1;
        }
        tear
    }
}

/// Serves one connection, call after call, until it ends.
async fn serve(shared: Arc<Shared>, mut connection: TcpStream) {
    let mut unread = Vec::new();
    while let Some(call) = read_call(&mut connection, &mut unread).await {
        let tear = shared.tear_of(&call);
        if let Tear::Delay(ms) = tear {
            tokio::time::sleep(Duration::from_millis(ms.into())).await;
        }
        let answered = match tear {
            Tear::DropBefore => return closed(connection).await,
            Tear::ResetBefore => return reset(&connection),
            Tear::ErrorBefore => refusal(500, "InternalServerError"),
            Tear::Throttle => refusal(400, "ThrottlingException"),
            Tear::Lie => success(&call),
            Tear::Partial | Tear::LieOfOne => {
                partial(&shared.http, &shared.target, &call, tear == Tear::LieOfOne).await
            }
            Tear::OtherTime => {
                let answered = forward(&shared.http, &shared.target, &call, call.body.clone());
                recorded_in_another_year(answered.await)
            }
            _ => forward(&shared.http, &shared.target, &call, call.body.clone()).await,
        };
        let bytes = answer(&answered);
        let sent = match tear {
            Tear::DropAfter => return closed(connection).await,
            Tear::ResetAfter => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
                let _ = connection.write_all(half).await;
                return reset(&connection);
            }
            Tear::ErrorAfter => {
                connection.write_all(&answer(&refusal(500, "InternalServerError"))).await
            }
            Tear::Trickle(ms) => drip(&mut connection, &bytes, ms).await,
            _ => connection.write_all(&bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Sends an answer in eight parts, which takes this many milliseconds.
async fn drip(connection: &mut TcpStream, bytes: &[u8], ms: u16) -> std::io::Result<()> {
    for part in bytes.chunks(bytes.len().div_ceil(8)) {
        connection.write_all(part).await?;
        tokio::time::sleep(Duration::from_millis(u64::from(ms) / 8)).await;
    }
    Ok(())
}
