//! The Runtime API of Lambda, as far as a function needs it: it hands out events and takes answers.
//!
//! Source: "Using the Lambda runtime API for custom runtimes", Lambda developer guide.

use crate::Fault;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// How long a function may work on an event. No function here comes near it.
const DEADLINE_MS: HeaderValue = HeaderValue::from_static("4102444800000");
/// After this, a function has failed: it has ended, or hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a function asks for and sends.
struct Shared {
    polls: mpsc::UnboundedSender<Instant>,
    events: Mutex<mpsc::UnboundedReceiver<String>>,
    answers: mpsc::UnboundedSender<(Instant, String)>,
}

/// The Runtime API for one instance of a function.
pub(super) struct Runtime {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) address: String,
    polls: mpsc::UnboundedReceiver<Instant>,
    events: mpsc::UnboundedSender<String>,
    answers: mpsc::UnboundedReceiver<(Instant, String)>,
}

impl Runtime {
    pub(super) async fn start() -> Result<Self, Fault> {
        let (polls, polled) = mpsc::unbounded_channel();
        let (events, handed_out) = mpsc::unbounded_channel();
        let (answers, answered) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { polls, events: Mutex::new(handed_out), answers });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .fallback(answer)
            .with_state(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { address, polls: polled, events, answers: answered })
    }

    /// Waits until the function asks for an event.
    pub(super) async fn polled(&mut self) -> Result<Instant, Fault> {
        let asked = timeout(PATIENCE, self.polls.recv()).await;
        Ok(asked.ok().flatten().ok_or("the function asks for nothing")?)
    }

    /// Hands out an event, and waits for the answer: the seconds that it took, and the answer.
    pub(super) async fn invoke(&mut self, event: String) -> Result<(f64, String), Fault> {
        let started = Instant::now();
        self.events.send(event)?;
        let answered = timeout(PATIENCE, self.answers.recv()).await;
        let (ended, answer) = answered.ok().flatten().ok_or("the function does not answer")?;
        Ok(((ended - started).as_secs_f64(), answer))
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Result<(HeaderMap, String), StatusCode> {
    let _ = shared.polls.send(Instant::now());
    let event = shared.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench";
    let mut headers = HeaderMap::new();
    headers.insert("lambda-runtime-aws-request-id", HeaderValue::from_static("bench"));
    headers.insert("lambda-runtime-invoked-function-arn", HeaderValue::from_static(arn));
    headers.insert("lambda-runtime-deadline-ms", DEADLINE_MS);
    Ok((headers, event))
}

async fn answer(State(shared): State<Arc<Shared>>, body: String) -> StatusCode {
    let _ = shared.answers.send((Instant::now(), body));
    StatusCode::ACCEPTED
}
