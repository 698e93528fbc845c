//! Owns the HTTP port. It does what API Gateway does between a client and the functions, with
//! payload format 2.0.

use crate::cors::Cors;
use crate::guard::{self, Port};
use crate::jobs::Backend;
use crate::metrics::{self, Metrics};
use crate::status;
use crate::template::{Route, Template, TemplateError};
use aws::dynamodb::DynamoStore;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use viewer::FrameAncestors;
use web::http::{Answer, HttpEvent};
use web::rates::Rates;
use web::service::Service;

/// The rates of the local service: those of 100 instances. It does the work of the five functions
/// that have rates, and of as many instances of each as a deployment would start.
pub const RATES: Rates = Rates::OF_AN_INSTANCE.times(100);

/// The most bytes of a body. Source: "Quotas for HTTP APIs", API Gateway developer guide: 10 MB.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// What the port needs to answer requests.
struct Gateway {
    routes: Vec<Route>,
    cors: Cors,
    service: Service<DynamoStore>,
    backend: Backend,
    metrics: Option<Metrics>,
}

/// Serves every route of the template on `listener` until `shutdown`, and then finishes the
/// requests under way.
///
/// # Errors
/// [`GatewayError`] when the template cannot be used, or the port fails.
pub async fn serve(
    listener: TcpListener,
    service: Service<DynamoStore>,
    backend: Backend,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), GatewayError> {
    serve_with(listener, service, backend, None, shutdown).await
}

/// As [`serve`], and the figures under [`metrics::PATH`].
///
/// # Errors
/// As [`serve`].
pub async fn serve_with(
    listener: TcpListener,
    service: Service<DynamoStore>,
    backend: Backend,
    metrics: Option<Metrics>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), GatewayError> {
    let gateway = Arc::new(Gateway {
        routes: Template::load()?.routes,
        cors: Cors::from_environment(),
        service,
        backend,
        metrics,
    });
    let router = Router::new().fallback(answer).with_state(gateway);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service).with_graceful_shutdown(shutdown).await?)
}

/// Why the port cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The port failed.
    #[error("the port failed")]
    Io(#[from] io::Error),
}

async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if !guard::admits(Port::Api, &request) {
        return guard::refusal();
    }
    let (head, body) = request.into_parts();
    if let Some(metrics) = &gateway.metrics
        && head.method == Method::GET
    {
        match head.uri.path() {
            metrics::PATH => return metrics.answer(),
            status::PATH => return status::answer(&metrics.text()),
            _ => {}
        }
    }
    if gateway.cors.is_preflight(&head.method, &head.headers) {
        let answer = Answer { status: StatusCode::NO_CONTENT, ..Answer::default() };
        return response(gateway.cors.allow(&head.headers, answer));
    }
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        let message = json!({ "message": "Request Entity Too Large" });
        return response(Answer::json(StatusCode::PAYLOAD_TOO_LARGE, &message));
    };
    let function = gateway.function(head.method.as_str(), head.uri.path());
    let event = event(&head, &body, source.ip());
    let Ok(event) = serde_json::from_value::<HttpEvent>(event) else {
        return response(Answer { status: StatusCode::INTERNAL_SERVER_ERROR, ..Answer::default() });
    };
    let answer = invoke(&gateway.service, &gateway.backend, function, event).await;
    response(gateway.cors.allow(&head.headers, answer))
}

impl Gateway {
    /// The function of the most specific matching route, or else of `$default`.
    fn function(&self, method: &str, path: &str) -> &str {
        let matching =
            self.routes.iter().filter(|route| route.method == method && matches(&route.path, path));
        let best = matching.min_by_key(|route| route.path.matches('{').count());
        let default = || self.routes.iter().find(|route| route.path == "$default");
        best.or_else(default).map_or("", |route| &route.function)
    }
}

tokio::task_local! {
    /// The name of the function that runs, for a test that watches what it does.
    pub static FUNCTION: String;
}

/// Hands an event to the function with this name, as the Lambda runtime does.
pub async fn invoke(
    service: &Service<DynamoStore>,
    backend: &Backend,
    function: &str,
    event: HttpEvent,
) -> Answer {
    let answer = Box::pin(run(service, backend, function, event));
    FUNCTION.scope(function.to_owned(), answer).await
}

async fn run(
    service: &Service<DynamoStore>,
    backend: &Backend,
    function: &str,
    event: HttpEvent,
) -> Answer {
    match function {
        "record" => record::answer(service, event.into()).await,
        "list" => list::answer(service, event.into()).await,
        "get" => get::answer(service, event.into()).await,
        "workspace" => workspace::answer(service, &backend.queue, event.into()).await,
        "export" => export::answer(service, &backend.queue, &backend.files, event.into()).await,
        "viewer" => viewer_answer(event),
        other => {
            tracing::error!(
                function = other,
                "template.yaml names a function that is not part of the local service"
            );
            Answer { status: StatusCode::INTERNAL_SERVER_ERROR, ..Answer::default() }
        }
    }
}

fn viewer_answer(event: HttpEvent) -> Answer {
    match FrameAncestors::from_environment() {
        Ok(ancestors) => viewer::answer(&ancestors, &event.into()),
        Err(error) => {
            tracing::error!(%error, "cannot serve the viewer");
            Answer { status: StatusCode::INTERNAL_SERVER_ERROR, ..Answer::default() }
        }
    }
}

/// Whether a path has the segments of a route. A segment in braces matches any text that is not
/// empty.
fn matches(pattern: &str, path: &str) -> bool {
    let (wanted, sent) = (pattern.split('/'), path.split('/'));
    wanted.clone().count() == sent.clone().count()
        && wanted
            .zip(sent)
            .all(|(wanted, sent)| wanted == sent || (wanted.starts_with('{') && !sent.is_empty()))
}

/// The event that API Gateway would send. The values of a repeated header are joined with commas,
/// and a body that is not UTF-8 is in base64. Source: "Create AWS Lambda proxy integrations for
/// HTTP APIs", API Gateway developer guide.
fn event(head: &axum::http::request::Parts, body: &[u8], source: IpAddr) -> Value {
    let (body, is_base64) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64.encode(body), true),
    };
    json!({
        "version": "2.0",
        "rawPath": head.uri.path(),
        "rawQueryString": head.uri.query().unwrap_or_default(),
        "headers": joined(&head.headers),
        "body": body,
        "isBase64Encoded": is_base64,
        "requestContext": {
            "stage": "$default",
            "http": {
                "method": head.method.as_str(),
                "path": head.uri.path(),
                "sourceIp": source.to_string(),
            },
        },
    })
}

/// The headers, with the values of a repeated one joined with commas.
fn joined(headers: &HeaderMap) -> Value {
    let value_of = |name| {
        headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect::<Vec<_>>()
            .join(",")
    };
    Value::Object(
        headers
            .keys()
            .map(|name| (name.to_string(), Value::from(value_of(name))))
            .collect::<Map<_, _>>(),
    )
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
