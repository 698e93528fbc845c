//! The whole service over the ports in memory: one workspace whose plan keeps entries forever, one
//! key that may do everything, and a clock that stands still.

use data_encoding::BASE64;
use domain::clock::Clock;
use domain::credential::{Credential, Scope, Token};
use domain::identity::Salt;
use domain::json::{Json, parse};
use domain::memory::fixtures::{at, workspace};
use domain::memory::{MemoryFiles, MemoryQueue, MemoryStore};
use domain::plan::Plan;
use domain::ports::WriteControl;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use job::{JobEvent, Limits, Pace, Worker};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;
use tally::{Planned, StreamEvent};
use tokio::runtime::{Builder, Runtime};
use viewer::FrameAncestors;
use web::http::{Answer, Request};
use web::routes::{ROUTES, matched};
use web::service::Service;

/// A bearer token with the right checksum. The store of every world knows it.
pub(crate) const TOKEN: &str = concat!(
    "cwa_0123456789abcdef_",
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff_4f170f66"
);
/// The workspace.
pub(crate) const WORKSPACE: &str = "ws_a";
/// The entries of the workspace.
pub(crate) const ENTRIES: &str = "/v1/workspaces/ws_a/entries";
/// The time in every world.
pub(crate) const NOON: &str = "2026-11-22T12:00:00.000Z";
/// The most bytes that a function may answer. The body counts as a text within JSON. Source:
/// "Lambda quotas", Lambda developer guide: 6 MB.
const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;
/// The statuses of answers to what a client can send while nothing fails.
const STATUSES: [u16; 13] = [200, 201, 202, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422];

thread_local! {
    /// The deadline of a request needs a runtime with timers. Nothing else of it is used.
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
}

/// The service and what it stores.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) workspace: Workspace,
    service: Service<MemoryStore>,
    queue: MemoryQueue,
    files: MemoryFiles,
}

/// Runs a future to its end.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// The salt of the workspace's page tokens.
pub(crate) fn salt() -> Salt {
    new_workspace().salt
}

pub(crate) fn noon() -> Timestamp {
    at(NOON)
}

fn new_workspace() -> Workspace {
    workspace(WORKSPACE, Plan::Enterprise, noon())
}

impl World {
    pub(crate) fn new() -> Self {
        let (store, workspace) = (MemoryStore::new(), new_workspace());
        store.put_plain_workspace(&workspace);
        let token = Token::parse(TOKEN).unwrap();
        let credential = Credential::of(&token, Scope::ALL.to_vec(), noon());
        finish(store.put_credential(&credential, None)).unwrap();
        let service = Service::new(store.clone(), Clock::manual(noon()));
        let (queue, files) = (MemoryQueue::default(), MemoryFiles::default());
        Self { store, workspace, service, queue, files }
    }

    /// Sends a request with the world's key to the function that the gateway would choose.
    pub(crate) fn send(&self, method: &str, target: &str, body: &[u8]) -> Sent {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("authorization".to_owned(), format!("Bearer {TOKEN}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        self.answer(Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.into(),
            body: body.to_vec(),
            request_id: "r-1".to_owned(),
            ..Request::default()
        })
    }

    pub(crate) fn get(&self, target: &str) -> Sent {
        self.send("GET", target, b"")
    }

    /// Answers a request as the functions do, and checks what holds for every answer.
    pub(crate) fn answer(&self, request: Request) -> Sent {
        let operation = matched(&request).ok().map(|matched| matched.operation);
        let route = ROUTES.iter().find(|route| Some(route.operation) == operation);
        self.answer_by(route.map_or("list", |route| route.function), request)
    }

    /// The answer of one function to a request that may be meant for another.
    pub(crate) fn answer_by(&self, function: &str, request: Request) -> Sent {
        let Self { service, queue, files, .. } = self;
        let is_head = request.method == "HEAD";
        let answer = finish(async {
            match function {
                "record" => record::answer(service, request).await,
                "list" => list::answer(service, request).await,
                "get" => get::answer(service, request).await,
                "workspace" => workspace::answer(service, queue, request).await,
                "export" => export::answer(service, queue, files, request).await,
                "viewer" => viewer::answer(&FrameAncestors::default(), &request),
                other => panic!("no function {other}"),
            }
        });
        Sent::checked(answer, is_head)
    }

    /// Hands a batch of the stream to `tally`.
    pub(crate) fn follow(&self, event: StreamEvent) -> Json {
        let response = finish(tally::handle(&self.service, &Planned::default(), event));
        parse(&serde_json::to_vec(&response).unwrap()).unwrap()
    }

    /// Hands a batch of the queue, or a tick, to `job`.
    pub(crate) fn work(&self, event: JobEvent) -> Json {
        let limits =
            Limits { pace: Pace::UNLIMITED, deadline: Duration::from_hours(1), ..limits() };
        let worker = Worker {
            service: self.service.clone(),
            queue: self.queue.clone(),
            files: self.files.clone(),
            limits,
        };
        let response = finish(worker.handle(event));
        parse(&serde_json::to_vec(&response).unwrap()).unwrap()
    }
}

/// Limits with which a chunk does one step.
fn limits() -> Limits {
    Limits { chunk_time: Duration::ZERO, ..Limits::default() }
}

/// An answer that a client could get.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    /// The body, if it is JSON.
    pub(crate) json: Option<Json>,
}

impl Sent {
    fn checked(answer: Answer, is_head: bool) -> Self {
        let status = answer.status.as_u16();
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        assert!(STATUSES.contains(&status), "{status}: {}", text());
        let headers: BTreeMap<_, _> = answer
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let media_type = headers.get("content-type").map_or("", String::as_str);
        let is_json = ["application/json", "application/problem+json"].contains(&media_type);
        // RFC 9110, section 9.3.2: the headers are those of a GET, and there is no body.
        assert!(!is_head || answer.body.is_empty(), "a body: {}", text());
        let json = (is_json && !is_head).then(|| parse(&answer.body).unwrap());
        let sent = Self { status, headers, json };
        if status >= 400 {
            assert_eq!(sent.headers["content-type"], "application/problem+json");
        }
        if status >= 400 && !is_head {
            assert_eq!(sent.number("/status"), u64::from(status));
            assert!(!sent.text("/type").is_empty() && sent.text("/request_id") == "r-1");
        }
        // The gateway gets the body as a text within JSON.
        let whole = serde_json::to_vec(&answer.into_response()).unwrap();
        assert!(whole.len() <= MAX_ANSWER_BYTES, "{} bytes", whole.len());
        sent
    }

    /// The value at a pointer without escapes. `None` means that there is no such value.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Json> {
        at_pointer(self.json.as_ref()?, pointer)
    }

    /// The text at a pointer, or an empty text.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        if let Some(Json::Text(text)) = self.at(pointer) { text } else { "" }
    }

    /// The number at a pointer.
    pub(crate) fn number(&self, pointer: &str) -> u64 {
        let Some(Json::Number(number)) = self.at(pointer) else { panic!("no number: {self:?}") };
        number.parse().unwrap()
    }

    /// The elements at a pointer, or an empty list.
    pub(crate) fn elements(&self, pointer: &str) -> &[Json] {
        if let Some(Json::Array(elements)) = self.at(pointer) { elements } else { &[] }
    }
}

/// The value at an RFC 6901 pointer.
pub(crate) fn at_pointer<'j>(json: &'j Json, pointer: &str) -> Option<&'j Json> {
    let segments = pointer.split('/').skip(1);
    let mut segments = segments.map(|segment| segment.replace("~1", "/").replace("~0", "~"));
    segments.try_fold(json, |json, segment| match json {
        Json::Object(members) => {
            members.iter().find(|(key, _)| *key == segment).map(|(_, value)| value)
        }
        Json::Array(elements) => elements.get(segment.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Bytes in base64, as a gateway sends a body that is not text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}
