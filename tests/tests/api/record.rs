//! Recording one entry: what is answered, what makes two entries the same, and what is stored of
//! it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly, and so may what it is made of")]

use domain::identity::{EntryId, Salt};
use domain::ports::stored_salt;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;
use tests::recording::{ENTRIES, Log, noon};

const JSON: (&str, &str) = ("content-type", "application/json");

/// The text of `"new_value":…` in an answer, which is followed by `"expires_at"`.
fn new_value(text: &str) -> &str {
    let value = text.split_once("\"new_value\":").unwrap().1;
    value.split_once(",\"expires_at\"").unwrap().0
}

#[tokio::test]
async fn a_new_entry_is_answered_with_201_as_it_is_stored() {
    let log = Log::start().await;
    let sent = log.entry("evt_1");
    log.service.clock.set(noon().plus_ms(42));
    let answer = log.record(&sent).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let mut expected = sent.clone();
    for (name, value) in [
        ("id", json!(answer.text_at("/id"))),
        ("workspace_id", json!("ws_log")),
        ("occurred_at", json!("2026-11-22T12:00:00.000Z")),
        ("recorded_at", json!("2026-11-22T12:00:00.042Z")),
        ("expires_at", json!("2027-11-23T00:00:00.000Z")),
        ("key_id", json!(answer.text_at("/key_id"))),
    ] {
        expected[name] = value;
    }
    assert_eq!(answer.json, expected);
    assert!(answer.text_at("/id").starts_with("20261122T120000.000Z-"), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.header("x-request-id").is_empty());

    let mut got = log.api.get(answer.header("location")).await;
    assert_eq!(got.status, 200, "{got:?}");
    assert_eq!(
        got.json.as_object_mut().unwrap().remove("changes").map(|changes| changes.is_array()),
        Some(true)
    );
    let integrity = got.json.as_object_mut().unwrap().remove("integrity");
    assert_eq!(integrity, Some(json!("verified")));
    assert_eq!(got.json, expected);
}

#[tokio::test]
async fn the_least_entry_leaves_out_what_it_does_not_have() {
    let log = Log::start().await;
    let actor = json!({ "type": "system", "id": "s" });
    let target = json!({ "type": "project", "id": "p" });
    let sent = json!({ "occurred_at": "2026-11-22T12:00:00Z", "actor": actor,
        "action": "project.create", "target": target });
    let answer = log.record(&sent).await;
    let members: Vec<_> = answer.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "action", "actor", "expires_at", "id", "key_id", "occurred_at", "outcome",
            "recorded_at", "target", "workspace_id"
        ]
    );
    assert_eq!(
        (&answer.json["actor"], &answer.json["target"], &answer.json["outcome"]),
        (&actor, &target, &json!("success"))
    );
}

#[tokio::test]
async fn the_same_entry_again_is_answered_with_200_as_it_was_stored_first() {
    let log = Log::start().await;
    for entry in [log.entry("inline"), log.entry_with_values("apart", 5_000)] {
        log.service.clock.set(noon());
        let first = log.record(&entry).await;
        log.service.clock.set(noon().plus_days(2));
        let again = log.record(&entry).await;
        assert_eq!((first.status, again.status), (201, 200));
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("location"), first.header("location"));
    }
    assert_eq!(log.stored().await, (2, 1));
}

#[tokio::test]
async fn an_entry_that_is_recorded_again_has_the_end_that_the_plan_gives_it_now() {
    let log = Log::start().await;
    let first = log.record(&log.entry("evt_1")).await;
    assert_eq!(
        log.api.put("/v1/workspaces/ws_log", &json!({ "plan": "enterprise" })).await.status,
        200
    );
    let again = log.record(&log.entry("evt_1")).await;
    assert_eq!(first.text_at("/expires_at"), "2027-11-23T00:00:00.000Z");
    assert_eq!((again.status, &again.json["expires_at"]), (200, &Value::Null));
    assert_eq!(again.json["recorded_at"], first.json["recorded_at"], "the entry is the same");
    let other = log.record(&log.entry("evt_2")).await;
    assert_eq!((other.status, &other.json["expires_at"]), (201, &Value::Null));
}

#[tokio::test]
async fn the_spelling_of_an_entry_is_not_part_of_it() {
    let log = Log::start().await;
    let first = r#"{"occurred_at":"2026-11-22T11:30:00.250Z","action":"project.update",
        "actor":{"type":"user","id":"Ada","name":"é"},"target":{"type":"project","id":"p"},
        "ip_address":"2001:db8::1","new_value":{"a":[1,"A/é😀"],"b":null}}"#;
    let spellings = [
        r#"{"new_value":{"b":null,"a":[1,"A/é😀"]},"ip_address":"2001:db8::1",
            "target":{"id":"p","type":"project"},"action":"project.update",
            "actor":{"name":"é","id":"Ada","type":"user"},
            "occurred_at":"2026-11-22T11:30:00.250Z"}"#,
        r#"{"occurred_at":"2026-11-22T11:30:00.250Z","action":"project\u002eupdate",
            "actor":{"type":"\u0075ser","\u0069d":"\u0041da","name":"\u00e9"},
            "target":{"type":"project","id":"p"},"ip_address":"2001:db8::1",
            "new_value":{"\u0061":[1,"\u0041\/\u00e9\ud83d\uDE00"],"b":null}}"#,
        "\n{\t\"occurred_at\" : \"2026-11-22T13:00:00.250+01:30\" ,
            \"actor\":{\"type\":\"user\",\"id\":\"Ada\",\"name\":\"é\"},\r\n
            \"action\":\"project.update\",\"target\":{\"type\":\"project\",\"id\":\"p\"},
            \"ip_address\":\"2001:DB8:0:0:0:0:0:1\",
            \"new_value\":{ \"a\" : [ 1 , \"A/é😀\" ] , \"b\" : null } } \n",
        r#"{"occurred_at":"2026-11-22T11:30:00.250999999Z","action":"project.update",
            "actor":{"type":"user","id":"Ada","name":"é","email":null},
            "target":{"type":"project","id":"p","name":null},"ip_address":"2001:db8::0:1",
            "user_agent":null,"outcome":null,"external_id":null,"request_id":null,
            "new_value":{"a":[1,"A/é😀"],"b":null}}"#,
        r#"{"occurred_at":"2026-11-22T06:30:00.25-05:00","action":"project.update",
            "actor":{"type":"user","id":"Ada","name":"é"},
            "target":{"type":"project","id":"p"},"outcome":"success",
            "ip_address":"2001:db8:0::0.0.0.1","new_value":{"a":[1,"A/é😀"],"b":null}}"#,
    ];
    let first = log.api.post_text(ENTRIES, first).await;
    assert_eq!(first.status, 201, "{first:?}");
    for spelling in spellings {
        let again = log.api.post_text(ENTRIES, spelling).await;
        assert_eq!((again.status, &again.text), (200, &first.text), "{spelling}");
    }
    assert_eq!(log.stored().await, (1, 0));
}

#[tokio::test]
async fn another_value_in_any_field_is_another_entry() {
    let log = Log::start().await;
    let mut texts = vec![log.entry("evt_1").to_string()];
    let mut change = |pointer: &str, value: Option<Value>| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut entry = log.entry("evt_1");
        let members = entry.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
        texts.push(entry.to_string());
    };
    change("/occurred_at", Some(json!("2026-11-22T12:00:00.001Z")));
    change("/action", Some(json!("member.remove")));
    change("/actor/type", Some(json!("api_key")));
    change("/target/type", Some(json!("project")));
    change("/outcome", Some(json!("denied")));
    change("/outcome", None);
    for pointer in [
        "/actor/id", "/target/id", "/actor/name", "/actor/email", "/target/name", "/user_agent",
        "/external_id", "/reason", "/location", "/session_id",
    ] {
        change(pointer, Some(json!("b@c")));
        change(pointer, Some(json!("B@c")));
    }
    for pointer in [
        "/actor/name", "/actor/email", "/target/name", "/user_agent", "/external_id", "/ip_address",
    ] {
        change(pointer, None);
    }
    change("/ip_address", Some(json!("203.0.113.8")));
    change("/ip_address", Some(json!("203.0.113.8:80")));
    change("/ip_address", Some(json!("unknown")));
    change("/metadata", Some(json!({ "k": 1 })));
    change("/metadata", Some(json!({ "k": "1" })));
    change("/on_behalf_of", Some(json!({ "type": "user", "id": "usr_bo" })));
    change("/targets", Some(json!([{ "type": "project", "id": "prj_1" }])));
    change("/user_agent", Some(json!("x".repeat(512))));
    change("/user_agent", Some(json!("x".repeat(513))));
    for pointer in ["/old_value", "/new_value"] {
        change(pointer, None);
        for value in [
            "null", "false", "0", "\"\"", "[]", "{}", "\"1\"", "1", "[1]", "[[1]]", "{\"1\":1}",
            "{\"a\":null}", "{\"A\":null}",
        ] {
            change(pointer, Some(value.parse().unwrap()));
        }
    }
    let number = |text: &str| log.entry("evt_1").to_string().replace("{\"role\":\"viewer\"}", text);
    texts.extend(
        [
            "1.0", "1e0", "1E0", "-0", "0.0", "18446744073709551616", "18446744073709551617",
            "1e400", "1e-400",
        ]
        .map(number),
    );

    let mut ids = HashSet::new();
    for text in &texts {
        let answer = log.api.post_text(ENTRIES, text).await;
        assert_eq!(answer.status, 201, "{text} {answer:?}");
        assert!(ids.insert(answer.text_at("/id").to_owned()), "{text}");
    }
    assert_eq!(log.stored().await.0, texts.len());
}

#[tokio::test]
async fn what_is_stored_and_the_salt_prove_the_id() {
    let log = Log::start().await;
    let mut long_agent = log.entry("long agent");
    long_agent["user_agent"] = json!("é".repeat(600));
    for sent in [log.entry("inline"), log.entry_with_values("apart", 9_000), long_agent] {
        let id = EntryId::parse(log.record(&sent).await.text_at("/id")).unwrap();
        let stored = domain::ports::GetEntry::entry(&log.service.store, &log.workspace, id, noon())
            .await
            .unwrap()
            .unwrap();
        let (store, key) = (&log.service.store, stored.salt_key());
        let found = stored_salt(store, &log.workspace.id, &key, noon()).await.unwrap().unwrap();
        let salt = found.living().unwrap().clone();
        assert_eq!(stored.fits_its_id(&salt), Some(true));
        for other in [&Salt::from_bytes([0; 32]), &log.workspace.salt] {
            assert_ne!(other.entry_id(&stored.content), id, "no other salt proves it");
        }
        let mut altered = stored.clone();
        altered.content.target.id.push('x');
        assert_eq!(altered.fits_its_id(&salt), Some(false));
        assert_ne!(altered.commitment(), stored.commitment());
    }
}

#[tokio::test]
async fn a_user_agent_is_cut_after_512_characters_and_says_so() {
    let log = Log::start().await;
    let cut = json!([{ "pointer": "/user_agent", "reason": "cut" }]);
    for (sent, kept, adjusted) in [(512, 512, &Value::Null), (513, 512, &cut), (20_000, 512, &cut)]
    {
        let mut entry = log.entry(&format!("evt_{sent}"));
        entry["user_agent"] = json!("😀".repeat(sent));
        let answer = log.record(&entry).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        for answer in [log.get(answer.text_at("/id")).await, answer] {
            assert_eq!(answer.text_at("/user_agent"), "😀".repeat(kept));
            assert_eq!(answer.json.get("adjusted").unwrap_or(&Value::Null), adjusted);
        }
    }
}

#[tokio::test]
async fn an_ip_address_is_stored_in_its_canonical_spelling() {
    let log = Log::start().await;
    for (sent, stored) in [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"),
        ("2001:0DB8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("::192.0.2.1", "::c000:201"),
    ] {
        let mut entry = log.entry(sent);
        entry["ip_address"] = json!(sent);
        let answer = log.record(&entry).await;
        assert_eq!((answer.status, answer.text_at("/ip_address")), (201, stored), "{sent}");
    }
}

#[tokio::test]
async fn values_come_back_byte_for_byte_in_their_canonical_form() {
    let log = Log::start().await;
    for (index, (sent, kept)) in [
        (
            "[1.0, 1e-400, 18446744073709551616, -0, 1E+2, 0.10]",
            "[1.0,1e-400,18446744073709551616,-0,1E+2,0.10]",
        ),
        (r#""\u0000\u001f\u007f\u2028\ud83d\ude00\/\b""#, "\"\\u0000\\u001f\u{7f}\u{2028}😀/\\b\""),
        (
            r#"{"b":1,"a":{"__proto__":{},"":[[],{}]},"é":" x "}"#,
            r#"{"a":{"":[[],{}],"__proto__":{}},"b":1,"é":" x "}"#,
        ),
        (
            r#"{"$serde_json::private::Number":"1","$serde_json::private::RawValue":"2"}"#,
            r#"{"$serde_json::private::Number":"1","$serde_json::private::RawValue":"2"}"#,
        ),
        ("null", "null"),
    ]
    .into_iter()
    .enumerate()
    {
        for padding in [0, 2_000] {
            let mut entry = log.entry(&format!("evt_{index}_{padding}"));
            entry["old_value"] = json!("x".repeat(padding));
            entry["new_value"] = json!("HERE");
            let answer =
                log.api.post_text(ENTRIES, &entry.to_string().replace("\"HERE\"", sent)).await;
            assert_eq!((answer.status, new_value(&answer.text)), (201, kept));
            assert_eq!(new_value(&log.get(answer.text_at("/id")).await.text), kept);
        }
    }
}

#[tokio::test]
async fn values_lie_in_their_entry_up_to_1024_bytes_and_apart_above() {
    let log = Log::start().await;
    for (bytes, is_apart) in [(1_024, false), (1_025, true)] {
        let answer = log.record(&log.entry_with_values("evt_1", bytes)).await;
        let id = answer.text_at("/id");
        let entry = log.item("ws_log", id).await.unwrap();
        assert_eq!(
            (entry.contains_key("new_value"), entry.contains_key("values_apart")),
            (!is_apart, is_apart)
        );
        let values = log.item("ws_log#values", id).await;
        assert_eq!(values.is_some(), is_apart);
        if let Some(values) = values {
            assert_eq!(values["new_value"].as_s().unwrap().len(), bytes - 2);
            assert_eq!(values["delete_at"], entry["delete_at"]);
            assert!(
                !values.contains_key("actor_key") && !values.contains_key("target_key"),
                "no index may hold values"
            );
        }
        assert_eq!(log.get(id).await.text_at("/new_value").len(), bytes - 4);
    }
}

#[tokio::test]
async fn an_entry_may_have_256_kib_and_not_a_byte_more() {
    let log = Log::start().await;
    let overhead = log.entry_with_values("evt_1", 4).to_string().len();
    let largest = log.entry_with_values("evt_1", 4 + 262_144 - overhead);
    assert_eq!(largest.to_string().len(), 262_144);
    let answer = log.api.post_text(ENTRIES, &format!("{largest} ")).await;
    assert_eq!((answer.status, answer.problem()), (413, "payload-too-large"));
    assert_eq!(log.stored().await, (0, 0));
    let answer = log.record(&largest).await;
    assert_eq!(answer.status, 201);
    assert_eq!(log.get(answer.text_at("/id")).await.json["new_value"], largest["new_value"]);
}

#[tokio::test]
async fn a_body_that_is_no_text_is_refused_as_json_and_stores_nothing() {
    let log = Log::start().await;
    let entry = log.entry("evt_1").to_string();
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"] {
        let (head, tail) = entry.split_once("evt_1").unwrap();
        let body = [head.as_bytes(), bad, tail.as_bytes()].concat();
        let answer = log.api.send(Method::POST, ENTRIES, Some(body), &[JSON]).await;
        assert_eq!((answer.status, answer.problem()), (400, "malformed-json"), "{bad:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(log.stored().await, (0, 0));
}
