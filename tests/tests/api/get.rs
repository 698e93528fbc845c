//! Getting one entry with its changes, over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails")]

use aws_sdk_dynamodb::types::AttributeValue;
use domain::clock::Clock;
use domain::plan::Plan;
use serde_json::{Value, json};
use tests::{Api, Fault, NOON, Response, Setup, TestService, at};

const ENTRIES: &str = "/v1/workspaces/ws_a/entries";

async fn noon() -> (TestService, Api) {
    let service = TestService::with(Setup::at(Clock::manual(at(NOON)))).await;
    drop(service.fixed_workspace("ws_a", Plan::Free));
    let api = service.operator().await;
    (service, api)
}

/// Records an entry with these values, as texts of JSON or nothing, and gets it.
async fn recorded(api: &Api, old: Option<&str>, new: Option<&str>) -> Response {
    let member = |name: &str, value: Option<&str>| {
        value.map(|value| format!(r#","{name}":{value}"#)).unwrap_or_default()
    };
    let values = member("old_value", old) + &member("new_value", new);
    let body = format!(
        r#"{{"occurred_at":"{NOON}","action":"settings.update",
            "actor":{{"type":"user","id":"u"}},"target":{{"type":"settings","id":"s"}}{values}}}"#
    );
    let made = api.post_text(ENTRIES, &body).await;
    assert!(matches!(made.status, 200 | 201), "{made:?}");
    // The text is compared and not the parsed body: the parser cannot hold a number such as 1e400.
    let got = api.get(made.header("location")).await;
    assert_eq!(got.status, 200, "{got:?}");
    assert!(
        got.text.starts_with(made.text.strip_suffix('}').unwrap()),
        "the entry as it was answered when it was recorded, then its changes"
    );
    got
}

/// The text of `changes` as it stands in the answer: it is the last member.
fn changes(got: &Response) -> &str {
    got.text.split_once(r#","changes":"#).unwrap().1.strip_suffix('}').unwrap()
}

#[tokio::test]
async fn changes_say_what_was_added_removed_and_changed_in_a_stable_order() {
    let (_service, api) = noon().await;
    for (old, new, expected) in [
        (None, None, "[]"),
        (Some("null"), Some("null"), "[]"),
        (
            Some(r#"{"b":[1,{"c":2}],"a":1}"#),
            Some(r#" { "a" : 1, "b" : [ 1, { "c" : 2 } ] } "#),
            "[]",
        ),
        (None, Some("null"), r#"[{"change":"added","path":"","new_value":null}]"#),
        (Some(r#"{"a":1}"#), None, r#"[{"change":"removed","path":"","old_value":{"a":1}}]"#),
        (
            Some("null"),
            Some("{}"),
            r#"[{"change":"changed","path":"","old_value":null,"new_value":{}}]"#,
        ),
        (
            Some("[]"),
            Some("{}"),
            r#"[{"change":"changed","path":"","old_value":[],"new_value":{}}]"#,
        ),
        (
            Some("false"),
            Some("0"),
            r#"[{"change":"changed","path":"","old_value":false,"new_value":0}]"#,
        ),
        (
            Some(r#"{"seats":5,"sso":{"idp":"okta","force":true},"tags":["a","b","c"]}"#),
            Some(
                r#"{"tags":["a","x"],"sso":{"force":true,"idp":"entra","scim":null},"plan":"pro"}"#,
            ),
            concat!(
                r#"[{"change":"added","path":"/plan","new_value":"pro"},"#,
                r#"{"change":"removed","path":"/seats","old_value":5},"#,
                r#"{"change":"changed","path":"/sso/idp","old_value":"okta","new_value":"entra"},"#,
                r#"{"change":"added","path":"/sso/scim","new_value":null},"#,
                r#"{"change":"changed","path":"/tags/1","old_value":"b","new_value":"x"},"#,
                r#"{"change":"removed","path":"/tags/2","old_value":"c"}]"#
            ),
        ),
        (
            Some(r"[[1,[2]],[]]"),
            Some(r"[[1,[3]],[],[4]]"),
            concat!(
                r#"[{"change":"changed","path":"/0/1/0","old_value":2,"new_value":3},"#,
                r#"{"change":"added","path":"/2","new_value":[4]}]"#
            ),
        ),
        (
            Some(r#"{"":1,"a/b":1,"m~n":1,"é":1,"10":1,"9":1}"#),
            Some(r#"{"":2,"a/b":2,"m~n":2,"é":2,"10":2,"9":2}"#),
            concat!(
                r#"[{"change":"changed","path":"/","old_value":1,"new_value":2},"#,
                r#"{"change":"changed","path":"/10","old_value":1,"new_value":2},"#,
                r#"{"change":"changed","path":"/9","old_value":1,"new_value":2},"#,
                r#"{"change":"changed","path":"/a~1b","old_value":1,"new_value":2},"#,
                r#"{"change":"changed","path":"/m~0n","old_value":1,"new_value":2},"#,
                r#"{"change":"changed","path":"/é","old_value":1,"new_value":2}]"#
            ),
        ),
    ] {
        assert_eq!(changes(&recorded(&api, old, new).await), expected, "{old:?} to {new:?}");
    }
}

#[tokio::test]
async fn values_come_back_byte_for_byte() {
    let (_service, api) = noon().await;
    for value in [
        "1",
        "1.0",
        "1E+2",
        "-0",
        "-0.0",
        "18446744073709551616",
        "-9223372036854775809",
        "1e-400",
        "1e400",
        "0.10000000000000000555111512312578270211815834045410156250000",
        r#"{"__proto__":{"admin":true},"constructor":null}"#,
        r#"{"$serde_json::private::Number":"1","$serde_json::private::RawValue":"2"}"#,
        r#"["a\u0000b","\u001f","é😀","\"\\/"]"#,
        r#"{"\u0000":1}"#,
        "\"\u{7f}\u{2028}\u{feff}\u{202e}\"",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    ] {
        let got = recorded(&api, Some("false"), Some(value)).await;
        assert!(
            got.text.contains(&format!(r#""new_value":{value},"expires_at""#)),
            "{value}: {}",
            got.text
        );
        assert_eq!(
            changes(&got),
            format!(r#"[{{"change":"changed","path":"","old_value":false,"new_value":{value}}}]"#)
        );
    }
}

#[tokio::test]
async fn another_spelling_of_a_number_is_a_change_and_the_same_is_none() {
    let (_service, api) = noon().await;
    for (old, new) in [
        ("1", "1.0"),
        ("100", "1e2"),
        ("18446744073709551616", "18446744073709551617"),
        ("1e-400", "0.0"),
        ("-0", "0"),
        ("1e2", "1E2"),
    ] {
        let got =
            recorded(&api, Some(&format!(r#"{{"n":{old}}}"#)), Some(&format!(r#"{{"n":{new}}}"#)))
                .await;
        assert_eq!(
            changes(&got),
            format!(r#"[{{"change":"changed","path":"/n","old_value":{old},"new_value":{new}}}]"#)
        );
        let same = recorded(&api, Some(&format!("[{old}]")), Some(&format!("[{old}]"))).await;
        assert_eq!(changes(&same), "[]");
    }
}

/// Text of JSON with exactly this many bytes.
fn sized(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

#[tokio::test]
async fn values_lie_apart_above_1024_bytes_and_read_the_same() {
    let (service, api) = noon().await;
    for (old, new, apart) in [
        (0, 1_024, 0),
        (512, 512, 0),
        (0, 1_025, 1),
        (1_025, 0, 1),
        (512, 513, 1),
        (0, 200 * 1024, 1),
        (100_000, 100_000, 1),
    ] {
        let before = service.stored_items("ws_a#values").await;
        let (old, new) = ((old > 0).then(|| sized(old)), (new > 0).then(|| sized(new)));
        let got = recorded(&api, old.as_deref(), new.as_deref()).await;
        assert_eq!(service.stored_items("ws_a#values").await - before, apart);
        for (name, value) in [("old_value", old), ("new_value", new)] {
            let sent: Option<Value> = value.map(|value| serde_json::from_str(&value).unwrap());
            assert_eq!(got.json.get(name), sent.as_ref());
        }
    }
}

#[tokio::test]
async fn changes_beyond_a_thousand_or_a_mebibyte_are_cut_and_say_so() {
    let (_service, api) = noon().await;
    let list = |value: u8, count: usize| format!("[{}]", vec![value.to_string(); count].join(","));
    let two = |value: u8, more: usize| {
        format!(r#"{{"a":{},"b":{}}}"#, list(value, 1_000), list(value, more))
    };
    let at_the_limit = recorded(&api, Some(&two(1, 0)), Some(&two(2, 0))).await;
    assert_eq!(at_the_limit.json.pointer("/changes").unwrap().as_array().unwrap().len(), 1_000);
    assert_eq!(at_the_limit.json.get("changes_truncated"), None);
    let above = recorded(&api, Some(&two(1, 1)), Some(&two(2, 1))).await;
    assert_eq!(above.json.pointer("/changes").unwrap().as_array().unwrap().len(), 1_000);
    assert_eq!(above.json.get("changes_truncated"), Some(&json!(true)));
    assert!(above.text.contains(&format!(r#""new_value":{}"#, two(2, 1))), "the values are whole");

    // The values are small and their paths are long: 15 keys of 512 characters above 900 elements.
    let deep = |value: u8| {
        (0..15).fold(list(value, 900), |inner, _| format!(r#"{{"{}":{inner}}}"#, "k".repeat(512)))
    };
    let long = recorded(&api, Some(&deep(1)), Some(&deep(2))).await;
    assert_eq!(long.json.get("changes_truncated"), Some(&json!(true)));
    let paths = long
        .json
        .pointer("/changes")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change.get("path").unwrap().as_str().unwrap().len());
    let bytes = paths.sum::<usize>();
    assert!((1_000_000..=1_048_576).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn what_cannot_be_seen_is_not_found() {
    let (service, api) = noon().await;
    drop(service.fixed_workspace("ws_b", Plan::Free));
    let got = recorded(&api, None, Some(&sized(2_000))).await;
    let id = got.text_at("/id").to_owned();
    let (time, digest) = id.split_once('-').unwrap();
    let other_digest = format!("{time}-{}", "0".repeat(32));
    let next = |text: &str| text.replace("120000.000", "120000.001");
    for (workspace, other) in [
        ("ws_b", id.clone()),
        ("ws_c", id.clone()),
        ("ws_a%23values", id.clone()),
        ("ws_a", other_digest),
        ("ws_a", next(&id)),
        ("ws_a", format!("{time}-{}", digest.to_uppercase())),
        ("ws_a", id.to_lowercase()),
        ("ws_a", id.chars().take(52).collect()),
        ("ws_a", format!("{id}0")),
        ("ws_a", time.to_owned()),
        ("ws_a", digest.to_owned()),
        ("ws_a", format!("{id}%20")),
        ("ws_a", id.replace('-', "%2D")),
        ("ws_a", id.replace("20261122T12", "20261122T36")),
        ("ws_a", format!("{id}/")),
        ("ws_a", "%00".to_owned()),
    ] {
        let missing = api.get(&format!("/v1/workspaces/{workspace}/entries/{other}")).await;
        assert_eq!((missing.status, missing.problem()), (404, "not-found"), "{workspace} {other}");
        assert!(!missing.text.contains(digest), "an answer repeats nothing");
    }
    assert_eq!(api.get(&format!("{ENTRIES}/{id}")).await.status, 200);
    assert_eq!(api.get(&format!("{ENTRIES}/{id}?changes=no")).await.problem(), "unknown-parameter");
    service.clock.set(at(got.text_at("/expires_at")));
    assert_eq!(api.get(&format!("{ENTRIES}/{id}")).await.status, 404, "expired");
}

#[tokio::test]
async fn an_entry_whose_values_are_gone_is_shown_without_them_and_as_altered() {
    let (service, api) = noon().await;
    let got = recorded(&api, Some(&sized(900)), Some(&sized(900))).await;
    let key = |text: &str| AttributeValue::S(text.to_owned());
    let delete = service
        .dynamodb
        .delete_item()
        .table_name("entries")
        .key("workspace_id", key("ws_a#values"))
        .key("id", key(got.text_at("/id")));
    delete.send().await.unwrap();
    let left = api.get(&format!("{ENTRIES}/{}", got.text_at("/id"))).await;
    assert_eq!((left.status, left.text_at("/integrity")), (200, "failed"));
    for name in ["old_value", "new_value"] {
        assert!(got.json.get(name).is_some() && left.json.get(name).is_none(), "{name}");
    }
    assert_eq!((changes(&left), &left.json["actor"]), ("[]", &got.json["actor"]));
    assert_eq!(
        api.get(ENTRIES).await.json.pointer("/entries/0/id"),
        got.json.get("id"),
        "a list needs no values"
    );
}

#[tokio::test]
async fn a_read_that_lags_behind_the_values_is_repeated_consistently() {
    let (service, api) = noon().await;
    let got = recorded(&api, Some(&sized(900)), Some(&sized(900))).await;
    let of_values = |request: &Value| {
        request.pointer("/Key/workspace_id/S").is_some_and(|partition| partition == "ws_a#values")
    };
    let is_consistent = |request: &Value| {
        request.get("ConsistentRead").and_then(Value::as_bool).unwrap_or_default()
    };
    drop(service.proxy.take_calls());
    service.proxy.fail(move |operation, request| match operation {
        "GetItem" if of_values(request) && !is_consistent(request) => Fault::Answer(json!({})),
        _ => Fault::None,
    });
    let again = api.get(&format!("{ENTRIES}/{}", got.text_at("/id"))).await;
    assert_eq!((again.status, again.text), (200, got.text));
    let reads = service.proxy.take_calls().into_iter().filter(|call| of_values(&call.request));
    assert_eq!(reads.map(|call| is_consistent(&call.request)).collect::<Vec<_>>(), [false, true]);
}
