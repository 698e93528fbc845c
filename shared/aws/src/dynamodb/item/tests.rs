//! The stored shapes, and that they read back.

use super::*;
use domain::adjusted::Reason;
use domain::entry::{ActorType, Section};
use domain::json::parse;
use domain::plan::Plan;
use domain::workspace::WorkspaceId;

#[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
fn json(text: &str) -> Option<JsonText> {
    Some(JsonText::of(&parse(text.as_bytes()).unwrap()).unwrap())
}

/// An entry in which nothing is absent.
fn entry(new_value: &str) -> Entry {
    let at = Timestamp::parse("2026-11-22T14:05:06.789Z").unwrap();
    let actor = Actor {
        name: Some("Ada".into()),
        email: Some("ada@example.com".into()),
        ..Actor::new(ActorType::ServiceAccount, "u_1")
    };
    let target = Target { name: Some("Apollo".into()), ..Target::new("project", "prj#1") };
    let content = Content {
        on_behalf_of: Some(Actor::new(ActorType::User, "u_2")),
        targets: vec![Target::new("member", "m_1"), Target::new("member", "m_2")],
        outcome: Outcome::Denied,
        reason: Some("not an owner".into()),
        ip_address: Some("203.0.113.9".into()),
        ip_address_text: Some("unknown".into()),
        user_agent: Some("Mozilla/5.0".into()),
        location: Some("Berlin".into()),
        session_id: Some("ses_1".into()),
        old_value: json("18446744073709551616"),
        new_value: json(new_value),
        metadata: json(r#"{"ticket":"T-1"}"#),
        external_id: Some("evt_1".into()),
        request_id: Some("req_1".into()),
        adjusted: vec![Adjustment { pointer: "/user_agent".into(), reason: Reason::Cut }],
        ..Content::new(at, actor, "project.update", target)
    };
    let summary = Summary::of(content.old_value.as_ref(), content.new_value.as_ref());
    Entry {
        workspace_id: WorkspaceId::parse("ws_a").unwrap(),
        id: EntryId::new(at, 0x0123_4567_89ab_cdef),
        recorded_at: at.plus_ms(42),
        key_id: KeyId::parse("0123456789abcdef"),
        journaled_at: None,
        salt_generation: Generation::FIRST,
        seal: Some(Seal::Whole(Seed::from_bytes([7; 32]))),
        summary,
        content,
    }
}

/// The same entry, with an id that was made with the actor's second salt.
fn second() -> Entry {
    Entry { salt_generation: Generation::FIRST.next(), ..entry("{}") }
}

/// The items of an entry that is deleted some day.
fn items(entry: &Entry) -> Items {
    let delete_at = Timestamp::from_ms(1_771_718_400_000);
    split(&NewEntry { entry: entry.clone(), delete_at })
}

fn shown(shape: &impl Serialize) -> String {
    serde_json::to_string(shape).unwrap()
}

fn read_back(item: &EntryItem) -> Entry {
    from_item::<EntryItem>(to_item(item).unwrap()).unwrap().into_entry().unwrap()
}

/// Golden files: stored items have these shapes while the schema is 2.
#[test]
fn stored_shapes_are_fixed() {
    let small = items(&entry("{}"));
    assert!(small.values.is_none());
    assert_eq!(shown(&small.entry), include_str!("../golden/entry.json").trim());
    assert_eq!(shown(&small.rows[1]), include_str!("../golden/entry_row.json").trim());
    let large = format!("\"{}\"", "x".repeat(1_003));
    let apart = items(&entry(&large));
    assert_eq!(shown(&apart.entry), include_str!("../golden/entry_values_apart.json").trim());
    assert_eq!(
        shown(&apart.values.unwrap()).replace(&"x".repeat(1_003), "…"),
        include_str!("../golden/values.json").trim()
    );
    let erased = items(&entry("{}").without(Section::Who)).entry;
    assert_eq!(shown(&erased), include_str!("../golden/entry_erased.json").trim());
    let told = items(&entry("18446744073709551617"));
    assert_eq!(shown(&told.entry), include_str!("../golden/entry_summary.json").trim());
    assert_eq!(shown(&told.rows[1]), include_str!("../golden/entry_row_summary.json").trim());
    let second = items(&second()).entry;
    assert_eq!(shown(&second), include_str!("../golden/entry_second_salt.json").trim());
}

#[test]
fn values_and_metadata_lie_apart_above_1024_bytes_together() {
    let others = r#"18446744073709551616{"ticket":"T-1"}"#.len();
    let of = |bytes: usize| {
        items(&entry(&format!("\"{}\"", "x".repeat(bytes - 2 - others)))).values.is_some()
    };
    assert!(!of(1_024));
    assert!(of(1_025));
}

#[test]
fn an_item_reads_back_as_the_same_entry() {
    let entry = entry(r#"{"a":1e-400}"#);
    assert_eq!(read_back(&items(&entry).entry), entry);
    for section in Section::ALL {
        let erased = entry.without(section);
        let read = read_back(&items(&erased).entry);
        assert_eq!(read, erased);
        assert_eq!(read.commitment(), entry.commitment());
    }
    assert_eq!(read_back(&items(&second()).entry), second());
    let large = format!("\"{}\"", "x".repeat(2_000));
    let entry = self::entry(&large);
    let Items { entry: item, values, .. } = items(&entry);
    let values: ValuesItem = from_item(to_item(&values.unwrap()).unwrap()).unwrap();
    let mut read = read_back(&item);
    values.fill(&mut read).unwrap();
    assert_eq!(read, entry);
}

/// An entry with a change that can be told, and with a name that makes it longer.
fn told(longer: usize) -> Entry {
    let mut entry = entry("false");
    entry.content.target.name = Some("x".repeat(longer));
    entry
}

/// Its items as they are, and without the summary.
fn with_and_without(entry: &Entry) -> [Vec<usize>; 2] {
    let Items { entry: item, rows, .. } = items(entry);
    let bytes = |item: &EntryItem| size::weight_of(&to_item(item).unwrap(), |_| true);
    let all = || rows.iter().chain([&item]);
    let plain = |item: &EntryItem| EntryItem { summary: None, ..item.clone() };
    [all().map(bytes).collect(), all().map(|item| bytes(&plain(item))).collect()]
}

#[test]
fn a_summary_is_stored_where_it_costs_nothing() {
    let units = |bytes: Vec<usize>| bytes.iter().map(|one| one.div_ceil(1_024)).collect::<Vec<_>>();
    let (mut stored, mut left_out) = (0, 0);
    for longer in 0..2_100 {
        let entry = told(longer);
        let [with, without] = with_and_without(&entry);
        assert_eq!(units(with), units(without), "{longer}");
        let item = items(&entry).entry;
        assert_eq!(items(&entry).rows[0].summary, item.summary);
        if item.summary.is_some() { stored += 1 } else { left_out += 1 }
    }
    // Both the entry and its rows cross two borders, each for fewer lengths than the summary and
    // what only some of its items have.
    assert!(stored > 1_500 && left_out > 4 * 30, "{stored} and {left_out}");
}

#[test]
fn what_weighs_what_is_as_dynamodb_says() {
    let item = |value: AttributeValue| Item::from([("name".to_owned(), value)]);
    for (value, bytes) in [
        (text("äb"), 3),
        (number(1234), 3),
        (AttributeValue::Bool(true), 1),
        (AttributeValue::L(vec![text("ab"), text("c")]), 3 + 2 + 3),
        (AttributeValue::M(Item::from([("id".to_owned(), text("x"))])), 3 + 1 + 3),
    ] {
        assert_eq!(size::weight_of(&item(value.clone()), |_| true), 4 + bytes, "{value:?}");
    }
}

#[test]
fn what_is_no_summary_is_malformed() {
    let summary = Some("[1]".to_owned());
    let item = EntryItem { summary, ..items(&entry("{}")).entry };
    assert!(matches!(item.into_entry(), Err(StoreError::Malformed(_))));
}

#[test]
fn a_row_under_a_further_target_is_a_row_of_the_entry() {
    let entry = entry("false");
    let rows = items(&entry).rows;
    assert_eq!(rows.len(), 2);
    for row in &rows {
        let read = read_back(row);
        assert_eq!((read.id, &read.workspace_id), (entry.id, &entry.workspace_id));
        assert_eq!(shown(&read.row(Plan::Free)), shown(&entry.row(Plan::Free)));
        assert_eq!(read.summary, entry.summary);
    }
}

#[test]
fn what_is_no_seal_is_malformed() {
    for text in ["", "?", "AAAA", &"A".repeat(308), &BASE64_NOPAD.encode(&[b'x'; 231])] {
        assert!(SealText(text.to_owned()).into_seal().is_err(), "{text}");
    }
}

#[test]
fn an_unknown_schema_is_an_error() {
    let Items { entry: item, values, rows } = items(&entry(&format!("\"{}\"", "x".repeat(2_000))));
    for item in [&item, &rows[0]] {
        let next: EntryItem = from_item(of_next_schema(item)).unwrap();
        assert!(matches!(next.into_entry(), Err(StoreError::Malformed(_))));
    }
    let next: ValuesItem = from_item(of_next_schema(&values.unwrap())).unwrap();
    let mut read = read_back(&item);
    assert!(matches!(next.fill(&mut read), Err(StoreError::Malformed(_))));
    assert_eq!(read, read_back(&item), "nothing of it is taken");
}
