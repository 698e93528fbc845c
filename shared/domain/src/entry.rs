//! Owns the entry: the content that a client sent, validated once when it is read, and what the
//! service adds to it.

mod canonical;
mod request;

pub use canonical::canonical_form;
pub use request::{MAX_CLOCK_SKEW_MS, read_content};

use crate::identity::EntryId;
use crate::json::JsonText;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceId};
use serde::{Deserialize, Serialize};

/// The most bytes of one entry as JSON: 256 KiB.
pub const MAX_ENTRY_BYTES: usize = 256 * 1024;

/// Who did it: a snapshot from the moment of the action, never looked up later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// The id in the publishing product.
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
    /// A program with an API key.
    ApiKey,
    /// The publishing product itself.
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

/// What the action was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// A target type of the catalogue.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id in the publishing product.
    pub id: String,
    /// The name at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How the action ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    #[default]
    Success,
    /// It was attempted and failed.
    Failure,
    /// It was not permitted.
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

/// The content of an entry. Only [`read_content`] and the service itself create it, so it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// When the action was done.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What was done: an action of the catalogue.
    pub action: String,
    /// What the action was done to.
    pub target: Target,
    /// The IP address of the actor in canonical text (RFC 5952).
    pub ip_address: Option<String>,
    /// The user agent of the actor, at most 512 characters.
    pub user_agent: Option<String>,
    /// Whether the user agent was longer and was truncated.
    pub user_agent_truncated: bool,
    /// The value before, as canonical JSON.
    pub old_value: Option<JsonText>,
    /// The value after, as canonical JSON.
    pub new_value: Option<JsonText>,
    /// How the action ended.
    pub outcome: Outcome,
    /// The id that the publisher gave it. It distinguishes entries that are otherwise equal.
    pub external_id: Option<String>,
    /// The correlation id of a request.
    pub request_id: Option<String>,
}

impl Content {
    /// The content of an entry that the service records itself: done now, with success.
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

/// An entry: the content from the client, and what the service added. Only its expiry ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The workspace to whose log it belongs.
    pub workspace_id: WorkspaceId,
    /// The id, derived from the content.
    pub id: EntryId,
    /// When the service accepted it.
    pub recorded_at: Timestamp,
    /// When it expires. `None` means never.
    pub expires_at: Option<Timestamp>,
    /// The content.
    pub content: Content,
}

impl Entry {
    /// The entry with this content in a workspace, accepted at `now`.
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

    /// Whether a reader at `now` may see the entry, even if DynamoDB has not deleted it yet.
    #[must_use]
    pub fn is_visible(&self, workspace: &Workspace, now: Timestamp) -> bool {
        let has_expired = self.expires_at.is_some_and(|end| end <= now);
        !has_expired
            && workspace.visible_from(now).is_none_or(|from| self.content.occurred_at >= from)
    }

    /// The wire form in a list: without old and new values.
    #[must_use]
    pub fn row(&self) -> EntryView<'_> {
        EntryView { old_value: None, new_value: None, ..self.view() }
    }

    /// The wire form.
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

/// The wire form of an entry; `Entry` in `openapi.yaml`. Absent fields are omitted, except that
/// `expires_at` is then `null`.
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
