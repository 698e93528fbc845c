//! Owns the wire form of an entry.

use super::{Actor, Entry, Outcome, Summary, Target};
use crate::adjusted::Adjustment;
use crate::identity::EntryId;
use crate::json::JsonText;
use crate::key_id::KeyId;
use crate::plan::Plan;
use crate::reason::Reasons;
use crate::timestamp::Timestamp;
use crate::workspace::WorkspaceId;
use serde::Serialize;

/// The wire form of an entry; `Entry` in `openapi.yaml`. Absent fields are omitted, except that
/// `expires_at` is then `null`.
#[derive(Debug, Serialize)]
pub struct EntryView<'a> {
    id: EntryId,
    workspace_id: &'a WorkspaceId,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unusual: Option<Reasons>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    actor: &'a Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<&'a Actor>,
    action: &'a str,
    target: &'a Target,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    targets: &'a [Target],
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a JsonText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_value: Option<&'a JsonText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_value: Option<&'a JsonText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a Summary>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    adjusted: &'a [Adjustment],
    expires_at: Option<Timestamp>,
}

impl Entry {
    /// The wire form in a list under a workspace's plan: a summary of what changed in place of the
    /// values.
    #[must_use]
    pub fn row(&self, plan: Plan) -> EntryView<'_> {
        EntryView { changes: self.summary.as_ref(), ..self.without_values(plan) }
    }

    /// The wire form under a workspace's plan without what is stored apart when it is large (old
    /// and new value, metadata), and without the credential's id.
    #[must_use]
    pub fn without_values(&self, plan: Plan) -> EntryView<'_> {
        let (metadata, old_value, new_value) = (None, None, None);
        EntryView { key_id: None, metadata, old_value, new_value, ..self.view(plan) }
    }

    /// The wire form under a workspace's plan, which says when the entry expires.
    #[must_use]
    pub fn view(&self, plan: Plan) -> EntryView<'_> {
        let content = &self.content;
        EntryView {
            id: self.id,
            workspace_id: &self.workspace_id,
            occurred_at: content.occurred_at,
            recorded_at: self.recorded_at,
            sequence: None,
            unusual: None,
            key_id: self.key_id.as_ref().map(KeyId::as_str),
            actor: &content.actor,
            on_behalf_of: content.on_behalf_of.as_ref(),
            action: &content.action,
            target: &content.target,
            targets: &content.targets,
            outcome: content.outcome,
            reason: content.reason.as_deref(),
            ip_address: content.ip_address.as_deref(),
            ip_address_text: content.ip_address_text.as_deref(),
            user_agent: content.user_agent.as_deref(),
            location: content.location.as_deref(),
            session_id: content.session_id.as_deref(),
            external_id: content.external_id.as_deref(),
            request_id: content.request_id.as_deref(),
            metadata: content.metadata.as_ref(),
            old_value: content.old_value.as_ref(),
            new_value: content.new_value.as_ref(),
            changes: None,
            adjusted: &content.adjusted,
            expires_at: plan.expires_at(content.occurred_at),
        }
    }
}

impl EntryView<'_> {
    /// The same with its sequence number. `None` means that it has none yet.
    #[must_use]
    pub fn numbered(self, sequence: Option<u64>) -> Self {
        Self { sequence, ..self }
    }

    /// The same with why it is unusual. `None` means that it is not judged yet.
    #[must_use]
    pub fn judged(self, unusual: Option<Reasons>) -> Self {
        Self { unusual, ..self }
    }
}
