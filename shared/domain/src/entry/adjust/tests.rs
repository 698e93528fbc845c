//! Whatever an end user puts into a field that end users influence, the entry is recorded.

use super::*;
use crate::catalog::default_catalog;
use crate::entry::{Content, Reading, read_content};
use crate::json::parse_repaired;
use crate::memory::fixtures::{at, salt_of, workspace};
use crate::plan::Plan;
use crate::workspace::WorkspaceId;
use proptest::prelude::*;

/// An entry of a client, with more members. Each is the text of a name and of a JSON value.
fn sent(more: &[(&str, String)]) -> String {
    let mut members = vec![
        r#""occurred_at":"2026-11-22T11:00:00Z""#.to_owned(),
        r#""action":"member.invite""#.to_owned(),
    ];
    let has = |name: &str| more.iter().any(|(other, _)| *other == name);
    if !has("actor") {
        members.push(r#""actor":{"type":"user","id":"u"}"#.to_owned());
    }
    if !has("target") {
        members.push(r#""target":{"type":"member","id":"m"}"#.to_owned());
    }
    members.extend(more.iter().map(|(name, json)| format!("\"{name}\":{json}")));
    format!("{{{}}}", members.join(","))
}

fn read(text: &str) -> Content {
    let now = at("2026-11-22T12:00:00Z");
    let workspace = workspace("w", Plan::Free, now);
    let reading = Reading { workspace: &workspace, catalog: default_catalog(), now };
    let (json, repairs) = parse_repaired(text.as_bytes(), may_be_repaired).unwrap();
    read_content(json, &repairs, reading).unwrap()
}

fn adjusted(content: &Content) -> Vec<(String, Reason)> {
    content.adjusted.iter().map(|one| (one.pointer.clone(), one.reason)).collect()
}

fn at_places(places: &[(&str, Reason)]) -> Vec<(String, Reason)> {
    places.iter().map(|(pointer, reason)| ((*pointer).to_owned(), *reason)).collect()
}

#[test]
fn a_text_that_does_not_fit_is_kept_as_far_as_it_does() {
    let of = |json: &str| {
        let content =
            read(&sent(&[("actor", format!(r#"{{"type":"user","id":"u","name":{json}}}"#))]));
        (content.actor.name.clone(), adjusted(&content))
    };
    let long = |chars: usize| format!("\"{}\"", "é".repeat(chars));
    for (sent, kept, reasons) in [
        (long(256), Some("é".repeat(256)), vec![]),
        (long(257), Some("é".repeat(256)), vec![Reason::Cut]),
        ("\"\"".to_owned(), None, vec![Reason::Empty]),
        ("null".to_owned(), None, vec![]),
        ("5".to_owned(), Some("5".to_owned()), vec![Reason::NotText]),
        (r#"{"$gt":""}"#.to_owned(), Some(r#"{"$gt":""}"#.to_owned()), vec![Reason::NotText]),
        (r#""a\ud83d""#.to_owned(), Some("a\u{fffd}".to_owned()), vec![Reason::LoneSurrogate]),
        (r#""\u0000\u202e<img>=1+1""#.to_owned(), Some("\0\u{202e}<img>=1+1".to_owned()), vec![]),
    ] {
        let reasons =
            reasons.into_iter().map(|reason| ("/actor/name".to_owned(), reason)).collect();
        assert_eq!(of(&sent), (kept, reasons), "{sent}");
    }
}

#[test]
fn an_email_is_kept_without_what_could_forge_a_mail_header() {
    let of = |json: &str| {
        let content =
            read(&sent(&[("actor", format!(r#"{{"type":"user","id":"u","email":{json}}}"#))]));
        (content.actor.email.clone().unwrap_or_default(), adjusted(&content))
    };
    assert_eq!(of(r#""ada@example.com""#), ("ada@example.com".to_owned(), vec![]));
    let not_an_email = ("/actor/email", Reason::NotAnEmail);
    assert_eq!(of(r#""nope""#), ("nope".to_owned(), at_places(&[not_an_email])));
    let (kept, reasons) = of(r#""a@b.c\r\nBcc: x@y.z""#);
    assert_eq!(kept, "a@b.c\u{fffd}\u{fffd}Bcc: x@y.z");
    assert_eq!(reasons, at_places(&[("/actor/email", Reason::ControlCharacter), not_an_email]));
}

#[test]
fn an_address_is_an_address_or_a_text_and_never_a_guess() {
    let of = |text: &str| {
        let json = serde_json::to_string(text).unwrap();
        let content = read(&sent(&[("ip_address", json)]));
        let reasons: Vec<_> = content.adjusted.iter().map(|one| one.reason).collect();
        (content.ip_address, content.ip_address_text, reasons)
    };
    let address = |text: &str| Some(text.to_owned());
    for (sent, kept) in [
        ("203.0.113.7:51454", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ] {
        assert_eq!(of(sent), (address(kept), None, vec![Reason::AddressOnly]));
    }
    for sent in ["203.0.113.7, 10.0.0.1", "unknown", "host.example", "0177.0.0.1"] {
        assert_eq!(of(sent), (None, address(sent), vec![Reason::NotAnAddress]));
    }
    assert_eq!(of(""), (None, None, vec![Reason::Empty]));
    assert_eq!(of("::ffff:1.2.3.4"), (address("1.2.3.4"), None, vec![]));
}

#[test]
fn metadata_is_flat_and_what_is_not_becomes_text() {
    let long = "x".repeat(1_025);
    let json = format!(
        r#"{{"text":"a","number":1.50,"yes":true,"no":false,"none":null,"list":[1],"long":"{long}",
            "digits":{},"empty":""}}"#,
        "7".repeat(65),
    );
    let content = read(&sent(&[("metadata", json)]));
    assert_eq!(
        content.metadata.as_ref().unwrap().as_str(),
        format!(
            concat!(
                r#"{{"digits":"{}","empty":"","list":"[1]","long":"{}","no":false,"#,
                r#""number":1.50,"text":"a","yes":true}}"#
            ),
            "7".repeat(65),
            "x".repeat(1_024),
        )
    );
    let expected = [
        ("/metadata/digits", Reason::NumberAsText),
        ("/metadata/list", Reason::NotText),
        ("/metadata/long", Reason::Cut),
    ];
    assert_eq!(adjusted(&content), at_places(&expected));
    assert_eq!(read(&sent(&[("metadata", "{}".to_owned())])).metadata, None);
}

#[test]
fn the_order_of_members_does_not_matter() {
    let values: Vec<String> = (0..30).map(|index| format!(r#""k{index:02}":"\ud83d""#)).collect();
    let forwards = format!("{{{}}}", values.join(","));
    let backwards: Vec<_> = values.into_iter().rev().collect();
    let backwards = format!("{{{}}}", backwards.join(","));
    let read = |value: String| read(&sent(&[("new_value", value)]));
    let (one, other) = (read(forwards), read(backwards));
    assert_eq!(one, other);
    assert_eq!(one.adjusted.len(), 21);
}

/// Any JSON that an end user can put behind a key: hostile texts, numbers, and by type confusion
/// whole objects.
fn anything() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[\\PC]{0,600}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::collection::vec(any::<u16>(), 0..40).prop_map(|units| {
            let units: Vec<_> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{}\"", units.join(""))
        }),
        "([0-9]{1,3}[.:%\\[\\], ]{0,2}){1,9}".prop_map(|text| format!("\"{text}\"")),
    ];
    let number = "-?(0|[1-9][0-9]{0,100})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,9})?";
    let leaf = prop_oneof![
        text,
        number.prop_map(|number| number),
        Just("null".to_owned()),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::btree_map("[a-z]{1,5}", inner, 0..4).prop_map(|all| {
                let all: Vec<_> =
                    all.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    })]

    /// If the fields that end users influence are changed to anything, an accepted entry is still
    /// accepted. The same request gives the same entry, and the stored entry proves its id.
    #[test]
    fn no_end_user_keeps_an_entry_out(
        names in prop::collection::vec(anything(), 6),
        texts in prop::collection::vec(anything(), 4),
        values in prop::collection::vec(anything(), 2),
        metadata in prop::collection::btree_map("[a-z]{1,5}", anything(), 0..6),
    ) {
        let metadata: Vec<_> =
            metadata.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let person = |kind: &str, name: &str, email: &str| {
            format!(r#"{{"type":"{kind}","id":"i","name":{name},"email":{email}}}"#)
        };
        let text = sent(&[
            ("actor", person("user", &names[0], &names[1])),
            ("on_behalf_of", person("system", &names[2], &names[3])),
            ("target", format!(r#"{{"type":"member","id":"m","name":{}}}"#, names[4])),
            ("targets", format!(r#"[{{"type":"project","id":"p","name":{}}}]"#, names[5])),
            ("reason", texts[0].clone()),
            ("ip_address", texts[1].clone()),
            ("user_agent", texts[2].clone()),
            ("location", texts[3].clone()),
            ("old_value", values[0].clone()),
            ("new_value", values[1].clone()),
            ("metadata", format!("{{{}}}", metadata.join(","))),
        ]);
        let content = read(&text);
        prop_assert_eq!(&read(&text), &content, "a retry is a retry");
        let salt = salt_of(&WorkspaceId::parse("w").unwrap(), &content.actor.key());
        prop_assert_eq!(salt.entry_id(&read(&text)), salt.entry_id(&content));
        prop_assert!(content.adjusted.len() <= 21);
        let count = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        prop_assert!(count(&content.actor.name) <= 256 && count(&content.actor.email) <= 254);
        prop_assert!(content.ip_address.is_none() || content.ip_address_text.is_none());
    }
}
