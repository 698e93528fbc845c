//! Owns the entry: the content that a client sent, validated once when it is read, and what the
//! service adds to it.

mod adjust;
mod canonical;
mod commitment;
mod integrity;
mod metadata;
mod new_entry;
mod outcome;
mod request;
mod requester;
mod salts;
mod summary;
mod view;

pub use adjust::may_be_repaired;
pub use canonical::{Section, canonical_form};
pub use commitment::{Commitment, Kept, Seal, Seed};
pub use integrity::Integrity;
pub use metadata::{MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS, MAX_METADATA_TEXT_CHARS};
pub use new_entry::{NewEntry, Recording};
pub use outcome::{Outcome, UnknownOutcome};
pub use request::{ContentError, MAX_CLOCK_SKEW_MS, MAX_FURTHER_TARGETS, Reading, read_content};
pub use requester::{Admin, Requester, may_be_repaired_in_admin};
pub use salts::{Destruction, Generation, LivingSalt, SaltKey, StoredSalt};
pub use summary::{Brief, MAX_TOLD_CHARS, MOST_TOLD, Summary};
pub use view::EntryView;

use crate::adjusted::Adjustment;
use crate::identity::EntryId;
use crate::json::JsonText;
use crate::key_id::KeyId;
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

impl Actor {
    /// An actor of whom nothing but type and id is known.
    #[must_use]
    pub fn new(kind: ActorType, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), name: None, email: None }
    }

    /// Which actor it is.
    #[must_use]
    pub fn key(&self) -> ActorKey {
        ActorKey { kind: self.kind, id: self.id.clone() }
    }
}

/// The kind of an actor.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ActorType {
    /// A person.
    #[default]
    User,
    /// A program with an API key.
    ApiKey,
    /// The publishing product itself.
    System,
    /// A program with an account of its own.
    ServiceAccount,
    /// Somebody unknown, for example at a failed sign-in.
    Anonymous,
}

impl ActorType {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::User, Self::ApiKey, Self::System, Self::ServiceAccount, Self::Anonymous];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ApiKey => "api_key",
            Self::System => "system",
            Self::ServiceAccount => "service_account",
            Self::Anonymous => "anonymous",
        }
    }

    /// The kind with this name. `None` means that there is no such kind.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Which actor: the user `3` and the API key `3` are two actors.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActorKey {
    /// The kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// The id in the publishing product.
    pub id: String,
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

impl Target {
    /// A target of which nothing but type and id is known.
    #[must_use]
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into(), name: None }
    }
}

/// The content of an entry. Only [`read_content`] and the service itself create it, so it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// When the action was done.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// For whom the actor did it: the person who is impersonated, the owner of an assumed role.
    pub on_behalf_of: Option<Actor>,
    /// What was done: an action of the catalogue.
    pub action: String,
    /// What the action was done to.
    pub target: Target,
    /// What else it was done to. No target is named twice.
    pub targets: Vec<Target>,
    /// How the action ended.
    pub outcome: Outcome,
    /// Why it failed or was denied.
    pub reason: Option<String>,
    /// The IP address of the actor in canonical text (RFC 5952).
    pub ip_address: Option<String>,
    /// The text that was sent as the IP address, if it is no address, such as a list of forwarded
    /// addresses.
    pub ip_address_text: Option<String>,
    /// The user agent of the actor.
    pub user_agent: Option<String>,
    /// Where the actor was, in the publisher's words.
    pub location: Option<String>,
    /// The id of the actor's session.
    pub session_id: Option<String>,
    /// The value before, as canonical JSON.
    pub old_value: Option<JsonText>,
    /// The value after, as canonical JSON.
    pub new_value: Option<JsonText>,
    /// What else the publisher says: a JSON object of texts, numbers, `true` and `false`.
    pub metadata: Option<JsonText>,
    /// The id that the publisher gave it. It distinguishes entries that are otherwise equal.
    pub external_id: Option<String>,
    /// The correlation id of a request. It is no part of the id of the entry.
    pub request_id: Option<String>,
    /// What did not fit and was changed, in order of the pointers.
    pub adjusted: Vec<Adjustment>,
}

impl Content {
    /// The content of an entry that says who did what to what, and when, with success.
    #[must_use]
    pub fn new(
        occurred_at: Timestamp,
        actor: Actor,
        action: impl Into<String>,
        target: Target,
    ) -> Self {
        Self {
            occurred_at,
            actor,
            on_behalf_of: None,
            action: action.into(),
            target,
            targets: Vec::new(),
            outcome: Outcome::Success,
            reason: None,
            ip_address: None,
            ip_address_text: None,
            user_agent: None,
            location: None,
            session_id: None,
            old_value: None,
            new_value: None,
            metadata: None,
            external_id: None,
            request_id: None,
            adjusted: Vec::new(),
        }
    }

    /// Whether both say the same, so that they are one entry. The correlation id does not count:
    /// some programs renew it with each attempt to record the same entry.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        canonical_form(self) == canonical_form(other)
    }
}

/// An entry: the content from the client, and what the service added. It never changes, except that
/// a check of the journal may set `journaled_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The workspace to whose log it belongs.
    pub workspace_id: WorkspaceId,
    /// The id, derived from the content.
    pub id: EntryId,
    /// When the service accepted it.
    pub recorded_at: Timestamp,
    /// When a check entered it into the journal because it was a straggler, an entry without a
    /// number. `None`, which is usual, means that the journal takes it as recorded at
    /// `recorded_at`.
    pub journaled_at: Option<Timestamp>,
    /// The id of the credential with which it was recorded. `None` means an operator's tool.
    pub key_id: Option<KeyId>,
    /// Which salt of the actor the id was made with. A row of a list is read without it, and then
    /// has the first.
    pub salt_generation: Generation,
    /// What blinds its commitment. A row of a list is read without it.
    pub seal: Option<Seal>,
    /// What its values changed, in short. A row of a list has it in place of the values. `None`
    /// means that there is nothing to tell, or that its item had no room for it.
    pub summary: Option<Summary>,
    /// The content.
    pub content: Content,
}

impl Entry {
    /// The entry with this content in a workspace.
    #[must_use]
    pub fn new(workspace: &Workspace, content: Content, recording: &Recording) -> Self {
        Self {
            workspace_id: workspace.id.clone(),
            id: recording.salt.salt.entry_id(&content),
            recorded_at: recording.at,
            journaled_at: None,
            key_id: recording.key_id.clone(),
            salt_generation: recording.salt.generation,
            seal: Some(Seal::Whole(recording.seed.clone())),
            summary: Summary::of(content.old_value.as_ref(), content.new_value.as_ref()),
            content,
        }
    }

    /// The moment that decides its place in the journal, and so its sequence number.
    #[must_use]
    pub fn journal_time(&self) -> Timestamp {
        self.journaled_at.unwrap_or(self.recorded_at)
    }

    /// Whether a reader at `now` may see the entry, even if DynamoDB has not deleted it yet: the
    /// plan decides by the time at which it happened.
    #[must_use]
    pub fn is_visible(&self, workspace: &Workspace, now: Timestamp) -> bool {
        workspace.visible_from(now).is_none_or(|from| self.content.occurred_at >= from)
    }
}
