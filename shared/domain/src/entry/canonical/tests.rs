use super::*;
use crate::adjusted::Reason;
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
    Content::new(
        Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap(),
        Actor::new(ActorType::User, "u_1"),
        "member.invite",
        Target::new("member", "m_1"),
    )
}

fn largest() -> Content {
    let adjusted = [
        ("/actor/name", Reason::LoneSurrogate),
        ("/user_agent", Reason::Cut),
        ("/target/name", Reason::NotText),
        ("/old_value/a", Reason::NumberAsText),
        ("/new_value", Reason::LoneSurrogate),
        ("/metadata/k", Reason::Cut),
        ("/reason", Reason::Cut),
        ("", Reason::More),
    ];
    let adjusted =
        adjusted.map(|(pointer, reason)| Adjustment { pointer: pointer.to_owned(), reason });
    Content {
        actor: Actor {
            name: text("Adä\n"),
            email: text("a@b"),
            ..Actor::new(ActorType::ApiKey, "k \"1\"")
        },
        on_behalf_of: Some(Actor {
            name: text("Bo"),
            ..Actor::new(ActorType::ServiceAccount, "s")
        }),
        target: Target { name: text("N"), ..Target::new("member", "a/b") },
        targets: vec![
            Target::new("project", "p_1"),
            Target { name: text("P"), ..Target::new("project", "p_2") },
        ],
        reason: text("no"),
        ip_address: text("2001:db8::1"),
        ip_address_text: text("unknown"),
        user_agent: text("curl/8"),
        location: text("Bonn"),
        session_id: text("ses"),
        old_value: value("null"),
        new_value: value(r#"{"b":1.0,"a":[1E2]}"#),
        metadata: value(r#"{"k":true}"#),
        outcome: Outcome::Denied,
        external_id: text("e"),
        request_id: text("r"),
        adjusted: adjusted.to_vec(),
        ..smallest()
    }
}

/// Golden: these texts and ids must never change while `SCHEMA` is 2. The digests come from `hmac`
/// and `hashlib` of Python.
#[test]
fn canonical_forms_and_ids_are_fixed() {
    let salt = Salt::from_bytes([7; 32]);
    let golden = [
        (
            smallest(),
            concat!(
                r#"{"schema":2,"what":{"occurred_at":"2026-11-22T14:05:06.789Z","#,
                r#""actor":{"type":"user","id":"u_1"},"action":"member.invite","#,
                r#""target":{"type":"member","id":"m_1"},"outcome":"success"}}"#
            ),
            "20261122T140506.789Z-5ef0287ac57adadc01d3f195d8b8871a",
        ),
        (
            largest(),
            concat!(
                r#"{"schema":2,"what":{"occurred_at":"2026-11-22T14:05:06.789Z","#,
                r#""actor":{"type":"api_key","id":"k \"1\""},"#,
                r#""on_behalf_of":{"type":"service_account","id":"s"},"#,
                r#""action":"member.invite","target":{"type":"member","id":"a/b"},"#,
                r#""targets":[{"type":"project","id":"p_1"},{"type":"project","id":"p_2"}],"#,
                r#""outcome":"denied","reason":"no","external_id":"e","#,
                r#""adjusted":[{"pointer":"/reason","reason":"cut"},"#,
                r#"{"pointer":"","reason":"more"}]},"#,
                r#""who":{"actor":{"name":"Adä\n","email":"a@b"},"on_behalf_of":{"name":"Bo"},"#,
                r#""adjusted":[{"pointer":"/actor/name","reason":"lone_surrogate"}]},"#,
                r#""where":{"ip_address":"2001:db8::1","ip_address_text":"unknown","#,
                r#""user_agent":"curl/8","location":"Bonn","session_id":"ses","#,
                r#""adjusted":[{"pointer":"/user_agent","reason":"cut"}]},"#,
                r#""target_name":{"target":"N","targets":[null,"P"],"#,
                r#""adjusted":[{"pointer":"/target/name","reason":"not_text"}]},"#,
                r#""old":{"value":null,"#,
                r#""adjusted":[{"pointer":"/old_value/a","reason":"number_as_text"}]},"#,
                r#""new":{"value":{"a":[1E2],"b":1.0},"#,
                r#""adjusted":[{"pointer":"/new_value","reason":"lone_surrogate"}]},"#,
                r#""metadata":{"value":{"k":true},"#,
                r#""adjusted":[{"pointer":"/metadata/k","reason":"cut"}]}}"#
            ),
            "20261122T140506.789Z-eb5ff91b8ed5b22727f26f47c1879415",
        ),
    ];
    for (content, form, id) in golden {
        assert_eq!(canonical_form(&content), form);
        assert_eq!(salt.entry_id(&content).to_string(), id);
    }
}

#[test]
fn every_field_but_the_correlation_id_and_the_salt_make_another_id() {
    let salt = Salt::from_bytes([7; 32]);
    let changes: [fn(&mut Content); 29] = [
        |c| c.occurred_at = c.occurred_at.plus_ms(1),
        |c| c.actor.kind = ActorType::System,
        |c| c.actor.id.push('x'),
        |c| c.actor.name = None,
        |c| c.actor.email = None,
        |c| c.on_behalf_of = None,
        |c| c.on_behalf_of.as_mut().unwrap().id.push('x'),
        |c| c.on_behalf_of.as_mut().unwrap().email = text("x"),
        |c| c.action = "member.remove".into(),
        |c| c.target.kind = "project".into(),
        |c| c.target.id.push('x'),
        |c| c.target.name = None,
        |c| c.targets.clear(),
        |c| c.targets.swap(0, 1),
        |c| c.targets[1].name = None,
        |c| c.reason = None,
        |c| c.ip_address = None,
        |c| c.ip_address_text = None,
        |c| c.user_agent = None,
        |c| c.location = None,
        |c| c.session_id = None,
        |c| c.old_value = None,
        |c| c.new_value = value(r#"{"b":1,"a":[1E2]}"#),
        |c| c.metadata = None,
        |c| c.outcome = Outcome::Failure,
        |c| c.external_id = None,
        |c| c.adjusted.clear(),
        |c| c.adjusted[0].reason = Reason::Cut,
        |c| std::mem::swap(&mut c.old_value, &mut c.new_value),
    ];
    let mut ids = vec![salt.entry_id(&largest()), Salt::from_bytes([8; 32]).entry_id(&largest())];
    for change in changes {
        let mut content = largest();
        change(&mut content);
        ids.push(salt.entry_id(&content));
    }
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    let retried = Content { request_id: text("another"), ..largest() };
    assert_eq!(salt.entry_id(&retried), salt.entry_id(&largest()));
    assert!(retried.says_the_same_as(&largest()));
}

#[test]
fn a_retry_is_a_retry_although_the_schema_of_its_metadata_changed() {
    let salt = Salt::from_bytes([7; 32]);
    let mut noted = largest();
    let pointer = "/metadata/k".to_owned();
    noted.adjusted.push(Adjustment { pointer, reason: Reason::Schema });
    assert_eq!(salt.entry_id(&noted), salt.entry_id(&largest()));
    assert!(noted.says_the_same_as(&largest()));
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
