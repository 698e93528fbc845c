//! A proxy before the embedded DynamoDB: remembers every call with what it consumed, and fails
//! calls as a test says.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// One call that passed.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation, for example `PutItem`.
    pub operation: String,
    /// What was asked.
    pub request: Value,
    /// What was answered; to the service, if a fault changed it.
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
    /// Answer 200 with this and pass nothing on, for example `{}` for a `GetItem` that finds
    /// nothing.
    Answer(Value),
    /// Of a `BatchExecuteStatement`, answer these statements with this error code and pass on the
    /// others.
    RefuseStatements(Vec<usize>, &'static str),
}

type Decide = Box<dyn FnMut(&str, &Value) -> Fault + Send>;

struct Shared {
    target: String,
    http: reqwest::Client,
    calls: Mutex<Vec<Call>>,
    decide: Mutex<Decide>,
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
    /// Starts a proxy before the DynamoDB API at `target`; it passes everything on.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::unwrap_used, reason = "a test without its proxy fails")]
    pub async fn start(target: &str) -> Self {
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            http: reqwest::Client::new(),
            calls: Mutex::default(),
            decide: Mutex::new(Box::new(|_, _| Fault::None)),
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

    /// From now on `decide` is asked about each call, by its operation and request.
    pub fn fail(&self, decide: impl FnMut(&str, &Value) -> Fault + Send + 'static) {
        *self.shared.decide.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(decide);
    }

    /// From now on everything is passed on.
    pub fn heal(&self) {
        self.fail(|_, _| Fault::None);
    }

    /// The calls since the last time they were taken.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn pass(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let target =
        headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fault =
        (shared.decide.lock().unwrap_or_else(PoisonError::into_inner))(&operation, &request);
    let (status, response) = match &fault {
        Fault::Refuse(code) => (
            400,
            json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "injected" }),
        ),
        Fault::Answer(answer) => (200, answer.clone()),
        Fault::RefuseStatements(refused, code) => {
            without(&shared, &headers, &request, refused, code).await
        }
        Fault::None | Fault::LoseAnswer => forward(&shared, &headers, &request).await,
    };
    let call = Call { operation, request, response: response.clone() };
    shared.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    let status = if fault == Fault::LoseAnswer {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::from_u16(status).unwrap_or_default()
    };
    let body = if fault == Fault::LoseAnswer { String::new() } else { response.to_string() };
    (status, [("content-type", "application/x-amz-json-1.0")], body).into_response()
}

async fn forward(shared: &Shared, headers: &HeaderMap, request: &Value) -> (u16, Value) {
    let mut call = shared.http.post(&shared.target).body(request.to_string());
    for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
        if let Some(value) = headers.get(name) {
            call = call.header(name, value);
        }
    }
    match call.send().await {
        Ok(response) => (response.status().as_u16(), response.json().await.unwrap_or_default()),
        Err(_) => (502, Value::Null),
    }
}

/// Passes on the statements that are not refused, and puts the answers back in order.
async fn without(
    shared: &Shared,
    headers: &HeaderMap,
    request: &Value,
    refused: &[usize],
    code: &str,
) -> (u16, Value) {
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
        let mut request = request.clone();
        if let Some(statements) = request.get_mut("Statements") {
            *statements = Value::Array(kept);
        }
        (status, response) = forward(shared, headers, &request).await;
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
