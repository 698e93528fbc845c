//! Owns the entry: what a client says, checked once when it is read, and what the service adds to
//! it.

mod canonical;
mod request;

pub use canonical::canonical_form;
pub use request::{MAX_CLOCK_SKEW_MS, read_content};

use crate::identity::EntryId;
use crate::json::JsonText;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use serde::{Deserialize, Serialize};

/// The most bytes of one entry as JSON.
pub const MAX_ENTRY_BYTES: usize = 256 * 1024;

/// Who did it: a snapshot of that moment, never looked up later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// The actor's id in the publishing product.
    pub id: String,
    /// The name at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The email address at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The kind of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorType {
    /// A person.
    User,
    /// A program with a key.
    ApiKey,
    /// The product itself.
    System,
}

impl ActorType {
    const ALL: [Self; 3] = [Self::User, Self::ApiKey, Self::System];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ApiKey => "api_key",
            Self::System => "system",
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// A target type of the catalogue.
    #[serde(rename = "type")]
    pub kind: String,
    /// The target's id in the publishing product.
    pub id: String,
    /// The name at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    #[default]
    Success,
    /// It was tried and failed.
    Failure,
    /// It was refused.
    Denied,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Success, Self::Failure, Self::Denied];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }
}

/// What a client says of a happening; [`read_content`] and the service itself are the only makers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What was done: an action of the catalogue.
    pub action: String,
    /// What it was done to.
    pub target: Target,
    /// Where the actor was, canonical (RFC 5952).
    pub ip_address: Option<String>,
    /// What the actor used, at most 512 characters.
    pub user_agent: Option<String>,
    /// Whether the user agent was longer.
    pub user_agent_truncated: bool,
    /// The value before, canonical JSON.
    pub old_value: Option<JsonText>,
    /// The value after, canonical JSON.
    pub new_value: Option<JsonText>,
    /// How it ended.
    pub outcome: Outcome,
    /// The publisher's own id; tells apart two happenings that agree in everything else.
    pub external_id: Option<String>,
    /// A correlation id.
    pub request_id: Option<String>,
}

impl Content {
    /// What the service itself records: it was done now, and done well.
    #[must_use]
    pub fn by_service(now: Timestamp, actor: Actor, action: &str, target: Target) -> Self {
        Self {
            occurred_at: now,
            actor,
            action: action.to_owned(),
            target,
            ip_address: None,
            user_agent: None,
            user_agent_truncated: false,
            old_value: None,
            new_value: None,
            outcome: Outcome::Success,
            external_id: None,
            request_id: None,
        }
    }
}

/// An entry: what the client said, and what the service added. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose log it is in.
    pub workspace_id: WorkspaceId,
    /// Its id, made from the content.
    pub id: EntryId,
    /// When it was accepted.
    pub recorded_at: Timestamp,
    /// When it expires; none is never.
    pub expires_at: Option<Timestamp>,
    /// What the client said.
    pub content: Content,
}

impl Entry {
    /// The entry that `content` makes in a workspace when it is accepted at `now`.
    #[must_use]
    pub fn new(workspace: &Workspace, content: Content, now: Timestamp) -> Self {
        Self {
            workspace_id: workspace.id.clone(),
            id: workspace.salt.entry_id(&content),
            recorded_at: now,
            expires_at: workspace.plan.expires_at(content.occurred_at),
            content,
        }
    }

    /// Whether a reader at `now` may see it, however late DynamoDB deletes it.
    #[must_use]
    pub fn is_visible(&self, workspace: &Workspace, now: Timestamp) -> bool {
        let has_expired = self.expires_at.is_some_and(|end| end <= now);
        !has_expired
            && workspace.visible_from(now).is_none_or(|from| self.content.occurred_at >= from)
    }

    /// The entry as a list row: without old and new values.
    #[must_use]
    pub fn row(&self) -> EntryView<'_> {
        EntryView { old_value: None, new_value: None, ..self.view() }
    }

    /// The entry as the API shows it.
    #[must_use]
    pub fn view(&self) -> EntryView<'_> {
        let content = &self.content;
        EntryView {
            id: self.id,
            workspace_id: &self.workspace_id,
            occurred_at: content.occurred_at,
            recorded_at: self.recorded_at,
            actor: &content.actor,
            action: &content.action,
            target: &content.target,
            outcome: content.outcome,
            ip_address: content.ip_address.as_deref(),
            user_agent: content.user_agent.as_deref(),
            user_agent_truncated: content.user_agent_truncated,
            external_id: content.external_id.as_deref(),
            request_id: content.request_id.as_deref(),
            old_value: content.old_value.as_ref(),
            new_value: content.new_value.as_ref(),
            expires_at: self.expires_at,
        }
    }
}

/// An entry's wire form; `Entry` in `openapi.yaml`. What is not there is left out, except
/// `expires_at`.
#[derive(Debug, Serialize)]
pub struct EntryView<'a> {
    id: EntryId,
    workspace_id: &'a WorkspaceId,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    actor: &'a Actor,
    action: &'a str,
    target: &'a Target,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    user_agent_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_value: Option<&'a JsonText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_value: Option<&'a JsonText>,
    expires_at: Option<Timestamp>,
}
