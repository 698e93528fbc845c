//! A proxy in front of the embedded DynamoDB. It remembers every call with what it consumed, and
//! makes calls fail as a test says.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// One call that passed.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation, for example `PutItem`.
    pub operation: String,
    /// What was asked.
    pub request: Value,
    /// The answer, as the service got it if a fault changed it.
    pub response: Value,
}

impl Call {
    /// The capacity units that the answer states, indexes included.
    #[must_use]
    pub fn units(&self) -> f64 {
        let consumed = self.response.get("ConsumedCapacity");
        let one_or_many = consumed
            .and_then(Value::as_array)
            .map_or_else(|| consumed.into_iter().collect(), |many| many.iter().collect::<Vec<_>>());
        one_or_many.into_iter().filter_map(|one| one.get("CapacityUnits")?.as_f64()).sum()
    }
}

/// What a proxy does with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Pass it on.
    None,
    /// Answer with this DynamoDB error and pass nothing on, for example `ThrottlingException`.
    Refuse(&'static str),
    /// Pass it on, and lose the answer: the connection ends without one.
    LoseAnswer,
    /// Never answer, and pass nothing on.
    Hang,
    /// Pass it on, and never answer.
    HangAfter,
    /// Answer 200 with this and pass nothing on, for example `{}` for a `GetItem` that finds
    /// nothing.
    Answer(Value),
    /// Of a `BatchExecuteStatement`, answer these statements with this error code and pass on the
    /// others.
    RefuseStatements(Vec<usize>, &'static str),
}

impl Fault {
    /// Whether no answer ever comes.
    #[must_use]
    pub fn hangs(&self) -> bool {
        matches!(self, Self::Hang | Self::HangAfter)
    }
}

/// The operations that change nothing.
const READS: [&str; 5] = ["GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"];

type Decide = Box<dyn FnMut(&str, &Value) -> Fault + Send>;

/// A call as it passed. It is read only when a test asks: few tests look at their calls.
struct Passed {
    operation: String,
    request: Bytes,
    response: Bytes,
}

struct Shared {
    target: String,
    http: reqwest::Client,
    calls: Mutex<Vec<Passed>>,
    writes: AtomicU64,
    /// `None` means that everything is passed on.
    decide: Mutex<Option<Decide>>,
}

/// The proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Where it listens.
    pub endpoint: String,
    shared: Arc<Shared>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Starts a proxy in front of the DynamoDB API at `target`. It passes everything on.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::unwrap_used, reason = "a test without its proxy fails")]
    pub async fn start(target: &str) -> Self {
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            http: reqwest::Client::new(),
            calls: Mutex::default(),
            writes: AtomicU64::new(0),
            decide: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(pass)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint, shared }
    }

    /// Asks `decide` about each call from now on, by its operation and request.
    pub fn fail(&self, decide: impl FnMut(&str, &Value) -> Fault + Send + 'static) {
        *self.shared.decide.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(decide));
    }

    /// Passes everything on from now on.
    pub fn heal(&self) {
        *self.shared.decide.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The calls since the last time they were taken.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Call> {
        let passed =
            std::mem::take(&mut *self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner));
        passed
            .into_iter()
            .map(|call| Call {
                operation: call.operation,
                request: json_of(&call.request),
                response: json_of(&call.response),
            })
            .collect()
    }

    /// How many calls have come since the start that may change something, also if they failed.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.shared.writes.load(Ordering::SeqCst)
    }
}

/// A body as JSON, or null if it is not JSON.
fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

async fn pass(State(shared): State<Arc<Shared>>, headers: HeaderMap, request: Bytes) -> Response {
    let target =
        headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    if !READS.contains(&operation.as_str()) {
        shared.writes.fetch_add(1, Ordering::SeqCst);
    }
    let fault = match &mut *shared.decide.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(decide) => decide(&operation, &json_of(&request)),
        None => Fault::None,
    };
    let bytes = |json: &Value| Bytes::from(json.to_string());
    let (status, response) = match &fault {
        Fault::Refuse(code) => (
            400,
            bytes(&json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
                "message": "injected" })),
        ),
        Fault::Answer(answer) => (200, bytes(answer)),
        Fault::RefuseStatements(refused, code) => {
            let (status, response) = without(&shared, &headers, &request, refused, code).await;
            (status, bytes(&response))
        }
        Fault::Hang => return std::future::pending().await,
        Fault::None | Fault::LoseAnswer | Fault::HangAfter => {
            forward(&shared, &headers, request.clone()).await
        }
    };
    let call = Passed { operation, request, response: response.clone() };
    shared.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    if fault == Fault::HangAfter {
        return std::future::pending().await;
    }
    let (status, body) = if fault == Fault::LoseAnswer {
        (StatusCode::BAD_GATEWAY, Bytes::new())
    } else {
        (StatusCode::from_u16(status).unwrap_or_default(), response)
    };
    (status, [("content-type", "application/x-amz-json-1.0")], body).into_response()
}

async fn forward(shared: &Shared, headers: &HeaderMap, request: Bytes) -> (u16, Bytes) {
    let mut call = shared.http.post(&shared.target).body(request);
    for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
        if let Some(value) = headers.get(name) {
            call = call.header(name, value);
        }
    }
    match call.send().await {
        Ok(response) => (response.status().as_u16(), response.bytes().await.unwrap_or_default()),
        Err(_) => (502, Bytes::new()),
    }
}

/// Passes on the statements that are not refused, and puts the answers back in order.
async fn without(
    shared: &Shared,
    headers: &HeaderMap,
    request: &[u8],
    refused: &[usize],
    code: &str,
) -> (u16, Value) {
    let mut request = json_of(request);
    let statements =
        request.get("Statements").and_then(Value::as_array).cloned().unwrap_or_default();
    let kept: Vec<_> = statements
        .iter()
        .enumerate()
        .filter(|(index, _)| !refused.contains(index))
        .map(|(_, one)| one.clone())
        .collect();
    let (mut status, mut response) = (200, json!({ "Responses": [], "ConsumedCapacity": [] }));
    if !kept.is_empty() {
        if let Some(statements) = request.get_mut("Statements") {
            *statements = Value::Array(kept);
        }
        let answer;
        (status, answer) = forward(shared, headers, request.to_string().into()).await;
        response = json_of(&answer);
    }
    let mut passed = response
        .get("Responses")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
        .into_iter();
    let answers: Vec<_> = (0..statements.len())
        .map(|index| {
            if refused.contains(&index) {
                json!({ "Error": { "Code": code, "Message": "injected" } })
            } else {
                passed.next().unwrap_or_default()
            }
        })
        .collect();
    if let Some(responses) = response.get_mut("Responses") {
        *responses = Value::Array(answers);
    }
    (status, response)
}
