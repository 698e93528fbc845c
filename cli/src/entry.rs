//! Verifies stored entries: computes an entry's id again from its content and compares.

use crate::failure::Failure;
use crate::output::{Answer, fields, quoted};
use crate::workspace::found;
use domain::entry::{Entry, Section, StoredSalt};
use domain::identity::EntryId;
use domain::numbering::numbers_of;
use domain::ports::{GetEntry, ReadControl, ReadJournal, ReadSalts, stored_salt};
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
    /// A section was removed, or the salt of the entry was destroyed or is missing: the id proves
    /// nothing, the commitment still does.
    NotProvable,
    /// There is no entry with this id, or it has expired.
    Absent,
}

impl Verdict {
    fn words(self, salt_destroyed_at: Option<Timestamp>) -> String {
        let words = match (self, salt_destroyed_at) {
            (Self::Proven, _) => "proven: this content has this id",
            (Self::NotProven, _) => {
                "NOT PROVEN: this content has another id, so the entry is not as it was recorded"
            }
            (Self::NotProvable, Some(at)) => {
                let at = at.rfc3339();
                return format!(
                    "not provable: its salt was destroyed on {at}, so its id can no longer be \
                     checked; compare the commitment"
                );
            }
            (Self::NotProvable, None) => {
                "not provable by the id: a section was removed or its salt is missing; compare \
                 the commitment"
            }
            (Self::Absent, _) => "absent: no such entry was recorded, or it has expired",
        };
        words.to_owned()
    }
}

/// The verification as programs get it.
#[derive(Debug, Serialize)]
struct VerdictView<'a> {
    verdict: Verdict,
    workspace_id: &'a WorkspaceId,
    entry_id: EntryId,
    /// The id of the stored content; `None` if there is no entry, or no salt.
    content_id: Option<EntryId>,
    /// When the salt was destroyed with which the id was made; `None` if it was not.
    salt_destroyed_at: Option<Timestamp>,
    /// The sections that the id and the commitment were computed from.
    sections_checked: Vec<&'static str>,
    /// The sections of which only the hash is kept.
    sections_removed: Vec<&'static str>,
    /// SHA-256 over all section hashes, `recorded_at` and the recording key, in hexadecimal digits.
    commitment: Option<String>,
    /// Set by the service; the commitment covers it, the id does not.
    recorded_at: Option<Timestamp>,
    /// Its number in the order of recording; `None` if it has none yet. The journal has it; neither
    /// the commitment nor the id covers it.
    sequence: Option<u64>,
}

/// `audit entry verify`
pub(crate) async fn verify(
    store: &(impl ReadControl + GetEntry + ReadSalts + ReadJournal + Sync),
    workspace_id: &WorkspaceId,
    id: EntryId,
    now: Timestamp,
) -> Result<Answer, Failure> {
    let workspace = found(store, workspace_id).await?;
    let entry = store.entry(&workspace, id, now).await?;
    let salt = match &entry {
        Some(entry) => stored_salt(store, workspace_id, &entry.salt_key(), now).await?,
        None => None,
    };
    let recorded = entry.iter().map(|entry| (id, entry.journal_time()));
    let sequence = numbers_of(store, workspace_id, recorded).await?.remove(&id);
    answer(workspace_id, id, entry.as_ref(), sequence, salt.as_ref())
}

fn answer(
    workspace_id: &WorkspaceId,
    id: EntryId,
    entry: Option<&Entry>,
    sequence: Option<u64>,
    stored: Option<&StoredSalt>,
) -> Result<Answer, Failure> {
    let salt = stored.and_then(StoredSalt::living);
    let content_id = entry.zip(salt).map(|(entry, salt)| salt.entry_id(&entry.content));
    let fits = entry.zip(salt).and_then(|(entry, salt)| entry.fits_its_id(salt));
    let verdict = match (entry, fits) {
        (None, _) => Verdict::Absent,
        (Some(_), Some(true)) => Verdict::Proven,
        (Some(_), Some(false)) => Verdict::NotProven,
        (Some(_), None) => Verdict::NotProvable,
    };
    let (sections_removed, sections_checked) = sections(entry);
    let view = VerdictView {
        verdict,
        workspace_id,
        entry_id: id,
        content_id,
        salt_destroyed_at: stored.and_then(StoredSalt::destroyed_at),
        sections_checked,
        sections_removed,
        commitment: entry.and_then(Entry::commitment).map(|commitment| commitment.to_string()),
        recorded_at: entry.map(|entry| entry.recorded_at),
        sequence,
    };
    let lines = lines(&view, entry);
    Ok(Answer::new(fields(&lines), &view)?.holding(verdict == Verdict::Proven))
}

/// The names of the sections that were removed, and of those that are there.
fn sections(entry: Option<&Entry>) -> (Vec<&'static str>, Vec<&'static str>) {
    let Some(seal) = entry.and_then(|entry| entry.seal.as_ref()) else {
        return (Vec::new(), Vec::new());
    };
    let (removed, kept): (Vec<_>, Vec<_>) =
        Section::ALL.into_iter().partition(|section| seal.is_removed(*section));
    let names = |sections: Vec<Section>| sections.into_iter().map(Section::name).collect();
    (names(removed), names(kept))
}

fn lines(view: &VerdictView<'_>, entry: Option<&Entry>) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("verdict", view.verdict.words(view.salt_destroyed_at)),
        ("workspace", view.workspace_id.to_string()),
        ("entry", view.entry_id.to_string()),
    ];
    if let (Verdict::NotProven, Some(other)) = (view.verdict, view.content_id) {
        lines.push(("content id", other.to_string()));
    }
    let Some(entry) = entry else { return lines };
    lines.push(("sections", view.sections_checked.join(", ")));
    if !view.sections_removed.is_empty() {
        lines.push(("removed", view.sections_removed.join(", ")));
    }
    lines.extend(view.commitment.clone().map(|commitment| ("commitment", commitment)));
    let content = &entry.content;
    lines.push(("occurred", content.occurred_at.rfc3339()));
    lines.push(("action", quoted(&content.action)));
    let named = |kind: &str, id: &str| format!("{kind} {}", quoted(id));
    lines.push(("actor", named(content.actor.kind.name(), &content.actor.id)));
    lines.push(("target", named(&quoted(&content.target.kind), &content.target.id)));
    lines.push((
        "recorded",
        format!(
            "{} (set by the service; covered by the commitment, not by the id)",
            entry.recorded_at.rfc3339()
        ),
    ));
    lines.extend(view.sequence.map(|number| ("sequence", number.to_string())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Format;
    use domain::identity::Salt;
    use domain::memory::fixtures::{at, entry, salt_of, workspace};
    use domain::plan::Plan;

    fn verdict(entry: Option<&Entry>, id: EntryId, salt: Option<&StoredSalt>) -> (u8, String) {
        let mut out = Vec::new();
        let workspace_id = WorkspaceId::parse("ws_1").unwrap();
        let code = answer(&workspace_id, id, entry, None, salt)
            .unwrap()
            .print(Format::Json, &mut out, &mut std::io::sink())
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        (code, json["verdict"].as_str().unwrap().to_owned())
    }

    #[test]
    fn the_content_makes_the_id_or_it_does_not() {
        let now = at("2026-11-22T14:05:06.789Z");
        let entry = entry(&workspace("ws_1", Plan::Free, now), now, 1);
        let salt = salt_of(&entry.workspace_id, &entry.content.actor.key());
        let (id, salt) = (entry.id, StoredSalt::Living(salt));
        let other_salt = StoredSalt::Living(Salt::from_bytes([8; 32]));
        let (proven, not_proven) = ((0, "proven".to_owned()), (1, "not_proven".to_owned()));
        let not_provable = (1, "not_provable".to_owned());
        assert_eq!(verdict(Some(&entry), id, Some(&salt)), proven);
        assert_eq!(verdict(Some(&entry), id, Some(&other_salt)), not_proven);
        assert_eq!(verdict(None, id, None), (1, "absent".to_owned()));
        assert_eq!(verdict(Some(&entry), id, None), not_provable, "the salt is missing");
        let destroyed = StoredSalt::Destroyed(now);
        assert_eq!(verdict(Some(&entry), id, Some(&destroyed)), not_provable);
        assert_eq!(verdict(Some(&entry.without(Section::Who)), id, Some(&salt)), not_provable);
        let mut altered = entry.clone();
        altered.content.actor.name = Some("Eve".into());
        assert_eq!(verdict(Some(&altered), id, Some(&salt)), not_proven);
        let later = Entry { recorded_at: now.plus_ms(1), ..entry };
        assert_eq!(verdict(Some(&later), id, Some(&salt)), proven, "the id does not cover it");
    }

    #[test]
    fn the_sections_that_were_checked_are_named() {
        let now = at("2026-11-22T14:05:06.789Z");
        let entry = entry(&workspace("ws_1", Plan::Free, now), now, 1);
        let (removed, checked) = sections(Some(&entry.without(Section::New)));
        assert_eq!(removed, ["new"]);
        assert_eq!(checked, ["what", "who", "where", "target_name", "old", "metadata"]);
        assert_eq!(sections(None), (vec![], vec![]));
    }
}
