//! What is read, what is refused, what is repaired, and how much is done for it.

use super::*;
use proptest::prelude::*;

#[test]
fn refuses_what_is_not_one_json_text() {
    let cases: [&[u8]; 14] = [
        b"", b"  ", b"{,}", b"[1,]", b"{} {}", b"{'a':1}", b"NaN", b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0", b"\"\xc0\xaf\"", b"\"\xed\xa0\x80\"", br#""\udc00\ud800""#, b"\"a\tb\"",
        b"01",
    ];
    for case in cases {
        assert_eq!(parse(case), Err(ParseError::Malformed), "{case:?}");
    }
}

#[test]
fn refuses_a_repeated_key_at_any_depth_and_in_any_spelling() {
    for text in [r#"{"a":1,"a":1}"#, r#"[[{"x":{"a":1,"\u0061":2}}]]"#, r#"{"":1,"":2}"#] {
        assert_eq!(parse(text.as_bytes()), Err(ParseError::DuplicateKey), "{text}");
    }
}

/// Each byte is looked at as often in 32 levels as in one.
#[test]
fn a_text_is_read_once_however_deep_it_nests() {
    let steps = |levels: usize| {
        let elements = vec!["[0,\"a\",{\"b\":null}]"; 1_000].join(",");
        let text = format!("{}{elements}{}", "[".repeat(levels), "]".repeat(levels));
        let before = STEPS.get();
        parse(text.as_bytes()).unwrap();
        STEPS.get() - before
    };
    assert_eq!(steps(31) - steps(1), 30 * 4, "two brackets a level, each looked at twice");
}

#[test]
fn what_is_too_deep_is_passed_over_whole() {
    let deep = format!("{}[{{\"]\\\"}}\":[]}},\"[\"]{}", "[".repeat(34), "]".repeat(34));
    let json = parse(format!("[{deep}, 7 ]").as_bytes()).unwrap();
    let Json::Array(elements) = json else { panic!("an array") };
    assert_eq!(elements[1], Json::Number("7".to_owned()));
}

#[test]
fn deep_nesting_neither_overflows_nor_is_read() {
    let open = "[".repeat(100_000);
    assert_eq!(parse(open.as_bytes()), Err(ParseError::Malformed));
    let mut json = parse(format!("{open}{}", "]".repeat(100_000)).as_bytes()).unwrap();
    for _ in 0..MAX_PARSED_DEPTH {
        let Json::Array(mut elements) = json else { panic!("an array at every level read") };
        json = elements.remove(0);
    }
    assert_eq!(json, Json::TooDeep);
}

#[test]
fn a_lone_surrogate_is_replaced_where_that_is_permitted() {
    let names = |place: &[&str]| place == ["actor", "name"] || place.first() == Some(&"value");
    let text = concat!(
        r#"{"actor":{"name":"a\ud83d","id":"i"},"#,
        r#""value":{"k":["\udc00\ud800x","\ud83d\ude00"],"\udfff":"\ud800\u0041"}}"#
    );
    let (json, repairs) = parse_repaired(text.as_bytes(), names).unwrap();
    assert_eq!(
        json.canonical(),
        "{\"actor\":{\"id\":\"i\",\"name\":\"a\u{fffd}\"},\
         \"value\":{\"k\":[\"\u{fffd}\u{fffd}x\",\"😀\"],\"\u{fffd}\":\"\u{fffd}A\"}}"
    );
    let places = ["/actor/name", "/value", "/value/k/0", "/value/\u{fffd}"];
    assert!(repairs.pointers.iter().eq(&places));
    assert!(!repairs.has_more);
    for elsewhere in [r#"{"actor":{"id":"\ud83d"}}"#, r#"{"actor":{"\ud83d":1}}"#, r#""\ud83d""#] {
        assert_eq!(parse_repaired(elsewhere.as_bytes(), names), Err(ParseError::Malformed));
    }
    let twice = br#"{"value":{"\ud800":1,"\ud801":2}}"#;
    assert_eq!(parse_repaired(twice, names), Err(ParseError::DuplicateKey));
}

#[test]
fn the_list_of_repairs_is_bounded() {
    let many = format!("[{}]", vec![r#""\ud83d""#; 21].join(","));
    let (_, repairs) = parse_repaired(many.as_bytes(), |_| true).unwrap();
    assert_eq!((repairs.pointers.len(), repairs.has_more), (20, true));
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?".prop_map(Json::Number),
        any::<String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_reads_back_as_the_same_tree(json in any_json()) {
        prop_assert_eq!(parse(json.canonical().as_bytes()), Ok(json));
    }

    /// The tree is that of `serde_json`, and a text that `serde_json` refuses is refused.
    #[test]
    fn it_reads_what_serde_json_reads(text in r#"[\[\]{}:, \t\n"\\0-9a-bu.eE+-]{0,40}"#) {
        let other = serde_json::from_str::<serde_json::Value>(&text);
        match parse(text.as_bytes()) {
            Ok(json) => {
                let same: serde_json::Value = serde_json::from_str(&json.canonical()).unwrap();
                prop_assert_eq!(other.unwrap(), same);
            }
            Err(ParseError::DuplicateKey) => {}
            // A number can be too great for the other reader, and never for this one.
            Err(ParseError::Malformed) => prop_assert!(other.is_err()),
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = parse(&bytes);
    }
}
