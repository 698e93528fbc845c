//! The commitment: fixed, covering everything, and unchanged when a section is removed.

use super::*;
use crate::adjusted::{Adjustment, Reason};
use crate::entry::Actor;
use crate::json::JsonText;
use crate::key_id::KeyId;
use crate::memory::fixtures::{actor, at, entry_of, salt_of, target, workspace};
use crate::plan::Plan;
use proptest::prelude::*;

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn json(text: &str) -> Option<JsonText> {
    JsonText::from_stored(text.to_owned()).ok()
}

fn entry() -> Entry {
    let now = at("2026-11-22T12:00:00Z");
    let mut entry = entry_of(&workspace("ws_a", Plan::Free, now), now, 1, |content| {
        content.actor.name = text("Ada");
        content.on_behalf_of = Some(Actor { email: text("bo@example.com"), ..actor("u_2") });
        content.ip_address = text("203.0.113.9");
        content.target.name = text("Apollo");
        content.targets = vec![target("member", "m_1")];
        content.old_value = json("1");
        content.new_value = json(r#"{"a":2}"#);
        content.metadata = json(r#"{"k":true}"#);
        let cut = |pointer: &str| Adjustment { pointer: pointer.to_owned(), reason: Reason::Cut };
        content.adjusted = vec![cut("/actor/name"), cut("/user_agent")];
    });
    entry.key_id = KeyId::parse("0123456789abcdef");
    entry
}

/// Golden: it must never change while `SCHEMA` is 2. The digest comes from `hmac` and `hashlib` of
/// Python.
#[test]
fn the_commitment_is_fixed() {
    let entry = entry();
    assert_eq!(entry.id.to_string(), "20261122T120000.000Z-f339a496e239d1797d7eae72d2b493c7");
    assert_eq!(
        entry.commitment().unwrap().to_string(),
        "5d18ddc4ec6fd413a103a1d02a315aaeb06dd22db5565ab188ed2c684b1b7be6"
    );
}

#[test]
fn the_commitment_covers_what_the_service_adds_and_the_seed() {
    let changes: [fn(&mut Entry); 5] = [
        |entry| entry.workspace_id = crate::workspace::WorkspaceId::parse("ws_b").unwrap(),
        |entry| entry.recorded_at = entry.recorded_at.plus_ms(1),
        |entry| entry.key_id = None,
        |entry| entry.seal = Some(Seal::Whole(Seed::from_bytes([1; 32]))),
        |entry| entry.id = entry.id.after().unwrap(),
    ];
    let mut commitments = vec![entry().commitment()];
    for change in changes {
        let mut entry = entry();
        change(&mut entry);
        commitments.push(entry.commitment());
    }
    let distinct: std::collections::HashSet<_> =
        commitments.iter().map(|commitment| commitment.unwrap().to_string()).collect();
    assert_eq!(distinct.len(), commitments.len());
}

#[test]
fn a_row_without_its_seal_commits_to_nothing() {
    let row = Entry { seal: None, ..entry() };
    assert_eq!(row.commitment(), None);
    assert_eq!(row.fits_its_id(&salt_of(&row.workspace_id, &row.content.actor.key())), None);
}

#[test]
fn an_altered_entry_does_not_fit_its_id() {
    let entry = entry();
    let salt = salt_of(&entry.workspace_id, &entry.content.actor.key());
    assert_eq!(entry.fits_its_id(&salt), Some(true));
    assert_eq!(entry.without(Section::What), entry, "what happened cannot be removed");
    assert_eq!(entry.without(Section::Who).fits_its_id(&salt), None);
    let mut altered = entry;
    altered.content.actor.name = text("Eve");
    assert_eq!(altered.fits_its_id(&salt), Some(false));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_removed_in_whatever_order_the_commitment_stays(
        removed in prop::collection::vec(0_usize..7, 0..8),
    ) {
        let whole = entry();
        let mut entry = whole.clone();
        for index in &removed {
            entry = entry.without(Section::ALL[*index]);
        }
        prop_assert_eq!(entry.commitment(), whole.commitment());
        for (index, section) in Section::ALL.into_iter().enumerate() {
            let is_removed = index > 0 && removed.contains(&index);
            prop_assert_eq!(entry.seal.as_ref().unwrap().is_removed(section), is_removed);
            if is_removed {
                prop_assert_eq!(section_form(&entry.content, section), "");
            } else {
                let form = section_form(&whole.content, section);
                prop_assert_eq!(section_form(&entry.content, section), form);
            }
        }
    }

    #[test]
    fn what_is_kept_cannot_be_altered_unnoticed(removed in 1_usize..7, altered in 0_usize..7) {
        prop_assume!(removed != altered);
        let whole = entry();
        let mut entry = whole.without(Section::ALL[removed]);
        match Section::ALL[altered] {
            Section::What => entry.content.external_id = None,
            Section::Who => entry.content.actor.name = text("Eve"),
            Section::Where => entry.content.location = text("x"),
            Section::TargetName => entry.content.target.name = None,
            Section::Old => entry.content.old_value = None,
            Section::New => entry.content.new_value = json("3"),
            Section::Metadata => entry.content.metadata = json("{}"),
        }
        prop_assert_ne!(entry.commitment(), whole.commitment());
    }
}
