//! Two workspaces with an entry each, credentials of every kind, and assertions that hold for every
//! answer.

use crate::client::Response;
use crate::moment::{NOON, at};
use crate::raw::RawRequest;
use crate::service::{Setup, TestService};
use domain::clock::Clock;
use domain::credential::{Scope, Token};
use domain::entry::{Actor, ActorType, Content, Entry, Target};
use domain::memory::fixtures::{entry_with, new_entry};
use domain::plan::Plan;
use domain::ports::AppendEntry;
use domain::timestamp::Timestamp;
use domain::workspace::{Workspace, WorkspaceId};
use serde_json::{Value, json};

/// Every type of problem that bad input can have, and its status.
pub const PROBLEMS: [(&str, u16); 14] = [
    ("malformed-json", 400),
    ("duplicate-key", 400),
    ("malformed-query", 400),
    ("unknown-parameter", 400),
    ("duplicate-parameter", 400),
    ("invalid-page-token", 400),
    ("unauthenticated", 401),
    ("insufficient-scope", 403),
    ("not-found", 404),
    ("method-not-allowed", 405),
    ("payload-too-large", 413),
    ("unsupported-media-type", 415),
    ("validation-failed", 422),
    ("clock-ahead", 422),
];

/// A fingerprint of what is stored. If it is equal before and after a request, the request changed
/// nothing: the proxy counts the service's writes, and the tables show any other change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Calls of the service that may have changed something.
    writes: u64,
    /// The items of both tables.
    pub items: i64,
    /// The bytes of the items.
    bytes: u64,
}

/// A service with the workspaces `ws_a` and `ws_b` on the plan basic.
#[derive(Debug)]
pub struct Scene {
    /// The service.
    pub service: TestService,
    /// `ws_a` as it is stored.
    pub a: Workspace,
    /// `ws_b` as it is stored.
    pub b: Workspace,
}

impl Scene {
    /// A scene on 22 November 2026, at noon.
    ///
    /// # Panics
    /// When the service does not start.
    pub async fn start() -> Self {
        Self::at(Clock::manual(at(NOON))).await
    }

    /// A scene at another time.
    pub async fn at(clock: Clock) -> Self {
        let service = TestService::with(Setup::at(clock)).await;
        let (a, b) = (
            service.bare_workspace("ws_a", Plan::Basic).await,
            service.bare_workspace("ws_b", Plan::Basic).await,
        );
        Self { service, a, b }
    }

    /// The text of a key for one workspace, or for all.
    pub async fn key(&self, scopes: &[Scope], workspace: Option<&str>) -> String {
        self.service.key(scopes, workspace).await
    }

    /// A key that expires at `end`.
    pub async fn expiring_key(&self, scopes: &[Scope], end: Timestamp) -> String {
        let change = |credential: &mut domain::credential::Credential| {
            credential.scopes = scopes.to_vec();
            credential.workspace_id = WorkspaceId::parse("ws_a");
            credential.expires_at = Some(end);
        };
        self.service.credential(change).await
    }

    /// A key that was revoked a minute ago.
    pub async fn revoked_key(&self, scopes: &[Scope]) -> String {
        let since = self.service.clock.now().plus_ms(-60_000);
        let change = |credential: &mut domain::credential::Credential| {
            credential.scopes = scopes.to_vec();
            credential.workspace_id = WorkspaceId::parse("ws_a");
            credential.revoked_at = Some(since);
        };
        self.service.credential(change).await
    }

    /// Stores an entry without the API, as if it had been accepted at `occurred_at`. It may have
    /// expired since.
    ///
    /// # Panics
    /// When the store fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]
    pub async fn put_entry(
        &self,
        workspace: &Workspace,
        occurred_at: Timestamp,
        actor_id: &str,
    ) -> Entry {
        let target = Target::new("project", "prj_1");
        let actor = Actor::new(ActorType::User, actor_id);
        let content = Content::new(occurred_at, actor, "project.update", target);
        let entry = entry_with(workspace, content);
        self.service.store.append(&new_entry(workspace, &entry)).await.unwrap();
        entry
    }

    /// An entry as a client may send it now.
    #[must_use]
    pub fn entry(&self) -> Value {
        json!({
            "occurred_at": self.service.clock.now().rfc3339(),
            "action": "member.invite",
            "actor": { "type": "user", "id": "usr_1", "name": "Ada", "email": "ada@example.com" },
            "target": { "type": "member", "id": "mem_1", "name": "Grace" },
        })
    }

    /// Sends a request.
    pub async fn send(&self, request: &RawRequest) -> Response {
        request.send(&self.service.address).await
    }

    /// The fingerprint of what is stored now.
    ///
    /// # Panics
    /// When the store fails.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test that cannot see what is stored fails")]
    pub fn stored(&self) -> Stored {
        let tables = self.service.embedded.database.table_stats().unwrap();
        Stored {
            writes: self.service.proxy.writes(),
            items: tables.iter().map(|table| table.item_count).sum(),
            bytes: tables.iter().map(|table| table.size_bytes).sum(),
        }
    }
}

/// The text of a token with the right checksum that no store knows.
///
/// # Panics
/// When the system has no random bits.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test without random bits fails")]
pub fn unknown_token() -> String {
    Token::random().unwrap().text()
}

/// The token with another secret and the right checksum for it.
#[must_use]
pub fn with_other_secret(token: &str) -> String {
    let key_id = token.split('_').nth(1).unwrap_or_default();
    let text = format!("cwa_{key_id}_{}", "5a".repeat(32));
    format!("{text}_{:08x}", crc32(text.as_bytes()))
}

/// The token with one digit of its checksum changed.
#[must_use]
pub fn with_wrong_checksum(token: &str) -> String {
    let (head, last) = token.split_at(token.len() - 1);
    format!("{head}{}", if last == "0" { "1" } else { "0" })
}

/// CRC-32 as of IEEE 802.3, bit by bit: a second opinion on the checksum of tokens.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Fails unless the answer is one that any client can handle: never a 5xx, always with a request
/// id, and with a problem for every refusal.
///
/// # Panics
/// When it is not.
pub fn assert_well_formed(what: &str, answer: &Response) {
    assert!((200..500).contains(&answer.status), "{what}: {answer:?}");
    assert!(!answer.header("x-request-id").is_empty(), "{what}: {answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}: {answer:?}");
    if answer.status < 400 {
        assert_eq!(answer.header("content-type"), "application/json", "{what}: {answer:?}");
        return;
    }
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {answer:?}");
    assert!(PROBLEMS.contains(&(answer.problem(), answer.status)), "{what}: {answer:?}");
    assert_eq!(
        answer.json.get("status").and_then(Value::as_u64),
        Some(u64::from(answer.status)),
        "{what}: {answer:?}"
    );
    assert_eq!(answer.text_at("/request_id"), answer.header("x-request-id"), "{what}: {answer:?}");
    assert!(
        !answer.text_at("/title").is_empty() && !answer.text_at("/detail").is_empty(),
        "{what}: {answer:?}"
    );
    let errors = answer.json.get("errors").and_then(Value::as_array);
    assert_eq!(errors.is_some(), answer.status == 422, "{what}: {answer:?}");
    for error in errors.into_iter().flatten() {
        assert!(
            ["pointer", "detail"].iter().all(|name| error.get(name).is_some_and(Value::is_string)),
            "{what}: {answer:?}"
        );
    }
    let extra = [(401, "www-authenticate"), (405, "allow")];
    for (status, header) in extra {
        assert_eq!(
            !answer.header(header).is_empty(),
            answer.status == status,
            "{what}: {header} in {answer:?}"
        );
    }
}
