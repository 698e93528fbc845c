//! Verifies stored entries: computes an entry's id again from its content and compares.

use crate::failure::Failure;
use crate::output::{Answer, fields, quoted};
use crate::workspace::found;
use domain::entry::Entry;
use domain::identity::{EntryId, Salt};
use domain::ports::{GetEntry, ReadControl};
use domain::timestamp::Timestamp;
use domain::workspace::WorkspaceId;
use serde::Serialize;

/// The result of the verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// The content has this id.
    Proven,
    /// The content has another id.
    NotProven,
    /// There is no entry with this id, or it has expired.
    Absent,
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::Proven => "proven: this content has this id",
            Self::NotProven => {
                "NOT PROVEN: this content has another id, so the entry is not as it was recorded"
            }
            Self::Absent => "absent: no such entry was recorded, or it has expired",
        }
    }
}

/// The verification as programs get it.
#[derive(Debug, Serialize)]
struct VerdictView<'a> {
    verdict: Verdict,
    workspace_id: &'a WorkspaceId,
    entry_id: EntryId,
    /// The id of the stored content; `None` if there is no entry.
    content_id: Option<EntryId>,
    /// Set by the service; the id does not cover it.
    recorded_at: Option<Timestamp>,
}

/// `audit entry verify`
pub(crate) async fn verify(
    store: &(impl ReadControl + GetEntry),
    workspace_id: &WorkspaceId,
    id: EntryId,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let workspace = found(store, workspace_id).await?;
    let entry = store.entry(&workspace, id, now).await?;
    answer(workspace_id, id, entry.as_ref(), &workspace.salt)
}

fn answer(
    workspace_id: &WorkspaceId,
    id: EntryId,
    entry: Option<&Entry>,
    salt: &Salt,
) -> Result<Answer, Failure> {
    let content_id = entry.map(|entry| salt.entry_id(&entry.content));
    let verdict = match content_id {
        Some(content_id) if content_id == id => Verdict::Proven,
        Some(_) => Verdict::NotProven,
        None => Verdict::Absent,
    };
    let view = VerdictView {
        verdict,
        workspace_id,
        entry_id: id,
        content_id,
        recorded_at: entry.map(|entry| entry.recorded_at),
    };
    let mut lines = vec![
        ("verdict", verdict.words().to_owned()),
        ("workspace", workspace_id.to_string()),
        ("entry", id.to_string()),
    ];
    if let Some(other) = content_id.filter(|content_id| *content_id != id) {
        lines.push(("content id", other.to_string()));
    }
    if let Some(entry) = entry {
        let content = &entry.content;
        lines.push(("occurred", content.occurred_at.rfc3339()));
        lines.push(("action", quoted(&content.action)));
        lines.push((
            "actor",
            format!("{} {}", content.actor.kind.name(), quoted(&content.actor.id)),
        ));
        lines.push((
            "target",
            format!("{} {}", quoted(&content.target.kind), quoted(&content.target.id)),
        ));
        lines.push((
            "recorded",
            format!("{} (set by the service; not covered by the id)", entry.recorded_at.rfc3339()),
        ));
    }
    Ok(Answer::new(fields(&lines), &view)?.holding(verdict == Verdict::Proven))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Format;
    use domain::entry::{Actor, ActorType, Content, Target};
    use domain::plan::Plan;
    use domain::workspace::Workspace;

    #[test]
    fn the_content_makes_the_id_or_it_does_not() {
        let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
        let workspace = Workspace::new(
            WorkspaceId::parse("ws_1").unwrap(),
            Plan::Free,
            Salt::from_bytes([7; 32]),
            at,
        );
        let actor = Actor { kind: ActorType::User, id: "u_1".into(), name: None, email: None };
        let target = Target { kind: "member".into(), id: "m_1".into(), name: None };
        let entry =
            Entry::new(&workspace, Content::by_service(at, actor, "member.invite", target), at);
        let verdict = |entry: Option<&Entry>, id, salt: &Salt| {
            let mut out = Vec::new();
            let code = answer(&workspace.id, id, entry, salt)
                .unwrap()
                .print(Format::Json, &mut out, &mut std::io::sink())
                .unwrap();
            (
                code,
                serde_json::from_slice::<serde_json::Value>(&out).unwrap()["verdict"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            )
        };
        assert_eq!(verdict(Some(&entry), entry.id, &workspace.salt), (0, "proven".to_owned()));
        assert_eq!(
            verdict(Some(&entry), entry.id, &Salt::from_bytes([8; 32])),
            (1, "not_proven".to_owned())
        );
        assert_eq!(verdict(None, entry.id, &workspace.salt), (1, "absent".to_owned()));
        let mut altered = entry.clone();
        altered.content.actor.id = "u_2".into();
        assert_eq!(
            verdict(Some(&altered), entry.id, &workspace.salt),
            (1, "not_proven".to_owned())
        );
        altered.recorded_at = at.plus_ms(1);
        altered.content = entry.content.clone();
        assert_eq!(
            verdict(Some(&altered), entry.id, &workspace.salt),
            (0, "proven".to_owned()),
            "recorded_at is not covered"
        );
    }
}
