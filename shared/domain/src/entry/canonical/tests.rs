use super::*;
use crate::entry::{Actor, ActorType, Outcome, Target};
use crate::identity::ID_CHARS;
use crate::json::{JsonText, parse};
use crate::timestamp::Timestamp;
use proptest::prelude::*;

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
fn value(json: &str) -> Option<JsonText> {
    Some(JsonText::of(&parse(json.as_bytes()).unwrap()).unwrap())
}

fn smallest() -> Content {
    Content {
        occurred_at: Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap(),
        actor: Actor { kind: ActorType::User, id: "u_1".into(), name: None, email: None },
        action: "member.invite".into(),
        target: Target { kind: "member".into(), id: "m_1".into(), name: None },
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

fn largest() -> Content {
    Content {
        actor: Actor {
            kind: ActorType::ApiKey,
            id: "k \"1\"".into(),
            name: text("Adä\n"),
            email: text("a@b"),
        },
        target: Target { kind: "member".into(), id: "a/b".into(), name: text("N") },
        ip_address: text("2001:db8::1"),
        user_agent: text("curl/8"),
        user_agent_truncated: true,
        old_value: value("null"),
        new_value: value(r#"{"b":1.0,"a":[1E2]}"#),
        outcome: Outcome::Denied,
        external_id: text("e"),
        request_id: text("r"),
        ..smallest()
    }
}

/// Golden: these texts and ids must never change while `SCHEMA` is 1. The digests come from `hmac`
/// and `hashlib` of Python.
#[test]
fn canonical_forms_and_ids_are_fixed() {
    let salt = Salt::from_bytes([7; 32]);
    let golden = [
        (
            smallest(),
            concat!(
                r#"{"schema":1,"occurred_at":"2026-11-22T14:05:06.789Z","#,
                r#""actor":{"type":"user","id":"u_1"},"action":"member.invite","#,
                r#""target":{"type":"member","id":"m_1"},"outcome":"success"}"#
            ),
            "20261122T140506.789Z-8cd37bab66ee7d7a985091e754322351",
        ),
        (
            largest(),
            concat!(
                r#"{"schema":1,"occurred_at":"2026-11-22T14:05:06.789Z","#,
                r#""actor":{"type":"api_key","id":"k \"1\"","name":"Adä\n","email":"a@b"},"#,
                r#""action":"member.invite","target":{"type":"member","id":"a/b","name":"N"},"#,
                r#""ip_address":"2001:db8::1","user_agent":"curl/8","user_agent_truncated":true,"#,
                r#""outcome":"denied","old_value":null,"new_value":{"a":[1E2],"b":1.0},"#,
                r#""external_id":"e","request_id":"r"}"#
            ),
            "20261122T140506.789Z-869c3e771cb4bb55669a808f4abcfe5d",
        ),
    ];
    for (content, form, id) in golden {
        assert_eq!(canonical_form(&content), form);
        assert_eq!(salt.entry_id(&content).to_string(), id);
    }
}

#[test]
fn every_field_and_the_salt_make_another_id() {
    let salt = Salt::from_bytes([7; 32]);
    let changes: [fn(&mut Content); 16] = [
        |c| c.occurred_at = c.occurred_at.plus_ms(1),
        |c| c.actor.kind = ActorType::System,
        |c| c.actor.id.push('x'),
        |c| c.actor.name = None,
        |c| c.actor.email = None,
        |c| c.action = "member.remove".into(),
        |c| c.target.kind = "project".into(),
        |c| c.target.id.push('x'),
        |c| c.target.name = None,
        |c| c.ip_address = None,
        |c| c.user_agent = None,
        |c| c.user_agent_truncated = false,
        |c| c.old_value = None,
        |c| c.new_value = value(r#"{"b":1,"a":[1E2]}"#),
        |c| c.outcome = Outcome::Failure,
        |c| c.external_id = c.request_id.take(),
    ];
    let mut ids = vec![salt.entry_id(&largest()), Salt::from_bytes([8; 32]).entry_id(&largest())];
    for change in changes {
        let mut content = largest();
        change(&mut content);
        ids.push(salt.entry_id(&content));
    }
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
}

#[test]
fn only_the_canonical_spelling_of_an_id_is_read() {
    let id = "20261122T140506.789Z-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    assert_eq!(id.len(), ID_CHARS);
    assert_eq!(EntryId::parse(id).unwrap().to_string(), id);
    for alias in [
        "",
        "20261122T140506.789Z-0F1E2D3C4B5A69788796A5B4C3D2E1F0",
        &id[..52],
        &format!("{id}0"),
        &id.replace('-', "_"),
        &id.replace("20261122", "20261131"),
        &id.replace(".789", ",789"),
        &id.replace("T14", "T+4"),
        &format!(" {id}"),
    ] {
        assert_eq!(EntryId::parse(alias), None, "{alias}");
    }
}

proptest! {
    #[test]
    fn text_order_is_id_order_and_neighbours_are_adjacent(
        a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000,
        da in any::<u128>(), db in any::<u128>(),
    ) {
        let id = |ms, digest| EntryId::new(Timestamp::clamped(ms), digest);
        let same_time = (id(a, da), id(a, db));
        let neighbours = (id(a, 0), id(a - 1, u128::MAX));
        for (a, b) in [(id(a, da), id(b, db)), same_time, neighbours] {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(EntryId::parse(&a.to_string()), Some(a));
            for id in [a, b] {
                prop_assert_eq!(id.before().unwrap().after(), Some(id));
                prop_assert!(id.before().unwrap() < id);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,60}") {
        let _ = EntryId::parse(&text);
    }
}
