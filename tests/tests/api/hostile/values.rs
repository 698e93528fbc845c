//! Old and new values: nesting, numbers, sizes of containers, keys, and texts that must be returned
//! exactly as they were sent.

use crate::hostile::{Arena, BATCH, MARKER, assert_adjusted, zeros};
use serde_json::json;
use tests::evidence::{meaning, member};

fn nested(levels: usize, (open, close): (&str, &str)) -> String {
    format!("{}1{}", open.repeat(levels), close.repeat(levels))
}

fn array(count: usize) -> String {
    format!("[{}]", vec!["0"; count].join(","))
}

fn object(count: usize) -> String {
    format!("{{{}}}", zeros(count))
}

#[tokio::test]
async fn a_value_nests_32_levels_and_no_more() {
    let arena = Arena::start().await;
    let (arrays, objects) = (("[", "]"), ("{\"k\":", "}"));
    for (brackets, step) in [(arrays, "/0"), (objects, "/k")] {
        let deepest = format!("/new_value{}", step.repeat(32));
        arena.records("32 levels", arena.entry_with_text(&nested(32, brackets))).await;
        for levels in [33, 34, 35, 36, 37, 125, 127, 128, 129, 1_000, 20_000] {
            let request = arena.record(arena.entry_with_text(&nested(levels, brackets)));
            arena.invalid(&format!("{levels} levels"), &request, &[&deepest]).await;
        }
    }
    let old = arena.entry_with_text(&nested(33, arrays)).replace("\"new_value\"", "\"old_value\"");
    arena
        .invalid("the old value", &arena.record(old), &[&format!("/old_value{}", "/0".repeat(32))])
        .await;
    // The deepest container may be empty; one more is one too many.
    arena
        .records(
            "an empty container at level 32",
            arena.entry_with_text(&format!("{}[]{}", "[".repeat(31), "]".repeat(31))),
        )
        .await;
    let request =
        arena.record(arena.entry_with_text(&format!("{}{{}}{}", "[".repeat(32), "]".repeat(32))));
    arena
        .invalid(
            "an empty container at level 33",
            &request,
            &[&format!("/new_value{}", "/0".repeat(32))],
        )
        .await;
}

#[tokio::test]
async fn depth_outside_of_a_value_is_refused_where_it_is() {
    let arena = Arena::start().await;
    let deep = nested(60_000, ("[", "]"));
    let entry = arena.scene.entry().to_string();
    for (what, body, pointer) in [
        ("the whole body", deep.clone(), ""),
        ("an action", entry.replace("\"member.invite\"", &deep), "/action"),
        (
            "an actor",
            entry.replace("\"actor\":{", &format!("\"actor\":{{\"deep\":{deep},")),
            "/actor/deep",
        ),
        ("an unknown field", entry.replacen('{', &format!("{{\"deep\":{deep},"), 1), "/deep"),
    ] {
        arena.invalid(what, &arena.record(body), &[pointer]).await;
    }
    arena
        .invalid(
            "a batch",
            &arena.post(BATCH, format!("{{\"entries\":{{\"a\":{deep}}}}}")),
            &["/entries"],
        )
        .await;
}

#[tokio::test]
async fn containers_keys_and_numbers_are_taken_at_their_limit_and_refused_one_above() {
    let arena = Arena::start().await;
    let key = |text: &str, count: usize| format!("{{\"{}\":1}}", text.repeat(count));
    let cases = [
        ("elements", array(10_000), array(10_001), "/new_value"),
        (
            "elements within",
            format!("[{}]", array(10_000)),
            format!("[{}]", array(10_001)),
            "/new_value/0",
        ),
        ("members", object(10_000), object(10_001), "/new_value"),
        ("a key", key("k", 512), key("k", 513), "/new_value"),
        ("a key of wide characters", key("\u{1f600}", 512), key("\u{1f600}", 513), "/new_value"),
        ("a key of escapes", key("\\u0000", 512), key("\\u0000", 513), "/new_value"),
    ];
    for (what, at_the_limit, above, pointer) in cases {
        let kept = arena.records(what, arena.entry_with_text(&at_the_limit)).await;
        assert_eq!(member(&kept.text, "new_value"), meaning(at_the_limit.as_bytes()), "{what}");
        arena.invalid(what, &arena.record(arena.entry_with_text(&above)), &[pointer]).await;
        let old = arena.entry_with_text(&above).replace("\"new_value\"", "\"old_value\"");
        arena.invalid(what, &arena.record(old), &[&pointer.replace("new", "old")]).await;
    }
    for number in [
        "1".repeat(64),
        format!("-{}", "1".repeat(63)),
        format!("0.{}", "1".repeat(62)),
        format!("1e{}", "0".repeat(62)),
    ] {
        let kept = arena.records("a number", arena.entry_with_text(&number)).await;
        assert_eq!(member(&kept.text, "new_value"), meaning(number.as_bytes()));
        let longer = format!("{number}0");
        let kept = arena.records("a long number", arena.entry_with_text(&longer)).await;
        assert_eq!(kept.text_at("/new_value"), longer);
        assert_adjusted(&kept, "/new_value", "number_as_text");
    }
    for (what, text) in [
        ("4,097 digits", "7".repeat(4_097)),
        ("100,000 digits", "7".repeat(100_000)),
        ("a key of 100 KB", key(MARKER, 10_000)),
        ("20,000 elements", array(20_000)),
    ] {
        arena.invalid(what, &arena.record(arena.entry_with_text(&text)), &["/new_value"]).await;
    }
}

#[tokio::test]
async fn a_great_many_faults_are_reported_within_bounds() {
    let arena = Arena::start().await;
    let long = "9".repeat(4_097);
    let faults = format!("[{}]", vec![long.as_str(); 30].join(","));
    let answer = arena.scene.send(&arena.record(arena.entry_with_text(&faults))).await;
    assert_eq!((answer.status, answer.pointers().len()), (422, 20), "{answer:?}");
    let body = arena.scene.entry().to_string().replacen('{', &format!("{{{},", zeros(10_000)), 1);
    let answer = arena.scene.send(&arena.record(body)).await;
    assert_eq!((answer.status, answer.pointers().len()), (422, 20), "{answer:?}");
    let long_key = format!("{{\"{}\":{long}}}", MARKER.repeat(40));
    arena
        .invalid(
            "a pointer that would be long",
            &arena.record(arena.entry_with_text(&long_key)),
            &["/new_value"],
        )
        .await;
    let body = arena.scene.entry().to_string().replacen(
        '{',
        &format!("{{\"{}\":0,", MARKER.repeat(10)),
        1,
    );
    arena.invalid("an unknown field with a long name", &arena.record(body), &[""]).await;
}

#[tokio::test]
async fn a_value_comes_back_as_it_was_sent() {
    let arena = Arena::start().await;
    for text in [
        "null",
        "false",
        "\"\"",
        "{}",
        "[]",
        "-0",
        "0.0",
        "1E+2",
        "1e2",
        "100",
        "1.10",
        "1e-400",
        "-1e999",
        "9007199254740993",
        "18446744073709551616",
        "0.1000000000000000055511151231257827",
        "[1,1.0,1e0,10e-1]",
        r#"{"":{"":[]}}"#,
        r#"{"__proto__":{"admin":true},"constructor":{"prototype":1},"hasOwnProperty":null}"#,
        r#"{"$ref":"file:///etc/passwd","$where":"1","$serde_json::private::Number":"1"}"#,
        r#"{"S":"x","N":"1","NULL":true,"M":{"L":[]}}"#,
        r#""\u0000\u0001\u001f\u007f\u0085\u2028\u2029\ufeff\ufffe\uffff""#,
        r#""\u202egnp.exe\u200b\u200d""#,
        r#""\ud83d\ude00 \u00e9 e\u0301""#,
        r#""</script><script>alert(1)</script>""#,
        r#""=HYPERLINK(\"http://x.example\")""#,
        r#""'; DROP TABLE entries; --""#,
        r#""%s%n%00${jndi:ldap://x.example/a}{{7*7}}""#,
        "\"\u{2028}\u{202e}\u{1f600}\"",
    ] {
        let kept = arena.records(text, arena.entry_with_text(text)).await;
        assert_eq!(
            member(&kept.text, "new_value"),
            meaning(text.as_bytes()),
            "{text}: {}",
            kept.text
        );
    }
}

#[tokio::test]
async fn a_large_value_comes_back_as_it_was_sent_alone_and_in_a_batch() {
    let arena = Arena::start().await;
    // Beyond 1,024 bytes a value is stored apart from its entry.
    for length in [1_023, 1_024, 1_025, 30_000] {
        let text = format!("\"\\u0000{}\"", "\u{7f}".repeat(length - 8));
        let kept = arena.records("alone", arena.entry_with_text(&text)).await;
        assert_eq!(member(&kept.text, "new_value"), meaning(text.as_bytes()), "{length}");
        let body = arena.entry_with_text(&format!("[{text},1.0]"));
        let answer = arena
            .accepts("in a batch", &arena.post(BATCH, format!("{{\"entries\":[{body}]}}")), 200)
            .await;
        assert_eq!(answer.json.get("recorded"), Some(&json!(1)), "{answer:?}");
        let path = format!("{}/{}", crate::hostile::ENTRIES, answer.text_at("/results/0/id"));
        let kept = arena.accepts("got", &arena.request("GET", &path), 200).await;
        assert_eq!(
            member(&kept.text, "new_value"),
            meaning(format!("[{text},1.0]").as_bytes()),
            "{length}"
        );
    }
}
