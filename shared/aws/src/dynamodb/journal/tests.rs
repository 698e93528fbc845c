use super::*;
use domain::entry::Outcome;
use domain::identity::EntryId;
use domain::journal::Numbered;
use domain::tally::{Cell, Level};
use std::collections::BTreeMap;

fn workspace() -> WorkspaceId {
    WorkspaceId::parse("ws_a").unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn segment() -> Segment {
    let recorded_at = at("2026-11-22T14:05:07.012Z");
    let (action, target_type) = ("member.invite".into(), "member".into());
    let kind = Cell { action, target_type, outcome: Outcome::Denied };
    let id = EntryId::new(at("2026-11-22T14:05:06.789Z"), 5);
    Segment {
        from: at("2026-11-22T14:04:00.000Z"),
        through: at("2026-11-22T14:06:00.000Z"),
        first: 41,
        entries: vec![Numbered { recorded_at, id, kind }],
    }
}

fn marker() -> Marker {
    let ids = vec![EntryId::new(at("2026-11-20T00:00:00Z"), 6)];
    Marker { at: at("2026-11-22T14:05:07.012Z"), ids, confirmed: Vec::new() }
}

/// The marker once its entry is stored.
fn confirming() -> Marker {
    let (action, target_type) = ("member.invite".into(), "member".into());
    let (marker, kind) = (marker(), Cell { action, target_type, outcome: Outcome::Failure });
    let stored = Numbered { recorded_at: at("2026-11-22T14:05:07.047Z"), id: marker.ids[0], kind };
    marker.confirming(&[(stored.id, stored)].into())
}

fn folded() -> Folded {
    let through = at("2026-11-22T14:06:00.000Z");
    let touched = vec![Period::holding(Level::Day, through)];
    Folded { generation: 2, next: 42, through, touched }
}

fn shown(item: &Item) -> BTreeMap<&str, String> {
    item.iter().map(|(name, value)| (name.as_str(), format!("{value:?}"))).collect()
}

fn golden<'a>(lines: &[(&'a str, &str)]) -> BTreeMap<&'a str, String> {
    lines.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Golden: these items have this shape while the schema of the checkpoint is 1, and that of
/// segments and markers is 2.
#[test]
fn the_stored_shapes_are_fixed_and_read_back() {
    let item = segment_item(&workspace(), &segment()).unwrap();
    assert_eq!(
        shown(&item),
        golden(&[
            (
                "entries",
                "B(Blob { inner: 010d6d656d6265722e696e7669746501066d656d6265720100000201889708\
                 bd030000000000000000000000000000000500 })"
            ),
            ("first", r#"N("41")"#),
            ("pk", r#"S("journal#ws_a")"#),
            ("schema", r#"N("2")"#),
            ("sk", r#"S("s#20261122T140400.000Z")"#),
            ("through", r#"S("2026-11-22T14:06:00.000Z")"#),
        ])
    );
    assert_eq!(segment_of(&item).unwrap(), segment());
    let item = marker_item(&workspace(), &marker()).unwrap();
    assert_eq!(
        shown(&item),
        golden(&[
            // 29 November: seven days later.
            ("expires_at", r#"N("1795961107")"#),
            ("ids", "B(Blob { inner: 0180f085e4be6800000000000000000000000000000006 })"),
            ("pk", r#"S("journal#ws_a")"#),
            ("schema", r#"N("2")"#),
            ("sk", r#"S("late#20261122T140507.012Z#00000000000000000000000000000006")"#),
        ])
    );
    assert_eq!(marker_of(&item).unwrap(), marker());
    let item = marker_item(&workspace(), &confirming()).unwrap();
    assert_eq!(
        shown(&item),
        golden(&[
            (
                "confirmed",
                "B(Blob { inner: 010d6d656d6265722e696e7669746501066d656d62657201460000010101 })"
            ),
            ("expires_at", r#"N("1795961107")"#),
            ("ids", "B(Blob { inner: 0180f085e4be6800000000000000000000000000000006 })"),
            ("pk", r#"S("journal#ws_a")"#),
            ("schema", r#"N("2")"#),
            ("sk", r#"S("late#20261122T140507.012Z#00000000000000000000000000000006")"#),
        ])
    );
    assert_eq!(marker_of(&item).unwrap(), confirming());
    let item = folded_item(&workspace(), &folded());
    assert_eq!(
        shown(&item),
        golden(&[
            ("generation", r#"N("2")"#),
            ("next", r#"N("42")"#),
            ("pk", r#"S("journal#ws_a")"#),
            ("schema", r#"N("1")"#),
            ("sk", r#"S("folded")"#),
            ("through", r#"S("2026-11-22T14:06:00.000Z")"#),
            ("touched", r#"L([S("d#20261122")])"#),
        ])
    );
    assert_eq!(folded_of(&item).unwrap(), folded());
}

#[test]
fn an_unknown_schema_is_an_error() {
    let newer = |mut item: Item| {
        item.insert("schema".to_owned(), number(SEGMENT_SCHEMA + 1));
        item
    };
    let segment = newer(segment_item(&workspace(), &segment()).unwrap());
    assert!(matches!(segment_of(&segment), Err(StoreError::Malformed(_))));
    let marker = newer(marker_item(&workspace(), &marker()).unwrap());
    assert!(matches!(marker_of(&marker), Err(StoreError::Malformed(_))));
    let folded = newer(folded_item(&workspace(), &folded()));
    assert!(matches!(folded_of(&folded), Err(StoreError::Malformed(_))));
}
