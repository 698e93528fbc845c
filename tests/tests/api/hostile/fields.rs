//! The fields of an entry: each at its limit and one above, of every wrong type, missing, unknown.

use crate::hostile::{Arena, ENTRIES, MARKER, assert_adjusted};
use serde_json::{Value, json};

/// What makes any id wrong.
fn wrong_ids() -> Vec<String> {
    let marked = [
        "\0", "\n", "\r\n", "\t", "\u{7f}", "\u{85}", "\u{200b}", "\u{200d}", "\u{202e}",
        "\u{2066}", "\u{2028}", "\u{2029}", "\u{feff}", "\u{ad}",
    ];
    let mut ids: Vec<String> = marked.iter().map(|hidden| format!("{MARKER}{hidden}x")).collect();
    ids.extend(["", " ", "\u{a0}", "\u{3000}", "\u{200b}"].map(str::to_owned));
    ids.extend([
        format!(" {MARKER}"),
        format!("{MARKER} "),
        format!("\u{a0}{MARKER}"),
        format!("{MARKER}\n"),
    ]);
    ids.extend(["u".repeat(513), "\u{1f600}".repeat(513), MARKER.repeat(400)]);
    ids
}

fn good_ids() -> Vec<String> {
    let mut ids = [
        "0", "a b", "p#q/r \"s\"", "ws_b#usr_1", "../../ws_b", "%00", "\\u0000", "=1+1", "null",
        "\u{7528}\u{6237}", "e\u{301}",
    ]
    .map(str::to_owned)
    .to_vec();
    ids.extend(["u".repeat(512), "\u{1f600}".repeat(512)]);
    ids
}

#[tokio::test]
async fn ids_are_taken_at_their_limit_and_refused_above_it_or_with_hidden_characters() {
    let arena = Arena::start().await;
    for pointer in ["/actor/id", "/target/id", "/session_id", "/external_id", "/request_id"] {
        for id in wrong_ids() {
            let body = arena.entry_with(pointer, Some(json!(id)));
            arena
                .invalid(&format!("{pointer} {id:?}"), &arena.record(body.to_string()), &[pointer])
                .await;
        }
        for id in good_ids() {
            // Two entries that differ in their correlation id alone are the same entry.
            let body = match pointer {
                "/request_id" => arena.fresh_with(pointer, json!(id)),
                _ => arena.entry_with(pointer, Some(json!(id))),
            };
            let kept = arena.records(&format!("{pointer} {id:?}"), body.to_string()).await;
            assert_eq!(kept.text_at(pointer), id, "{pointer}");
        }
    }
}

#[tokio::test]
async fn names_are_kept_whatever_they_hold_up_to_their_limit() {
    let arena = Arena::start().await;
    for pointer in ["/actor/name", "/target/name"] {
        for name in [
            "<svg onload=alert(1)>",
            "=cmd|' /C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\u{ff1d}1",
            "\0",
            " ",
            "\u{202e}evil",
            "\u{200b}",
            "\\",
            "\u{7}\u{1b}[31m",
            &"n".repeat(256),
            &"\u{1f600}".repeat(256),
        ] {
            let kept =
                arena.records(name, arena.entry_with(pointer, Some(json!(name))).to_string()).await;
            assert_eq!(kept.text_at(pointer), name, "{pointer}");
        }
        for name in ["n".repeat(257), "\u{1f600}".repeat(257), MARKER.repeat(1_000)] {
            let body = arena.entry_with(pointer, Some(json!(name)));
            let kept = arena.records(pointer, body.to_string()).await;
            let first: String = name.chars().take(256).collect();
            assert_eq!(kept.text_at(pointer), first, "{pointer}");
            assert_adjusted(&kept, pointer, "cut");
        }
        let body = arena.entry_with(pointer, Some(json!("")));
        let kept = arena.records(pointer, body.to_string()).await;
        assert_eq!(kept.json.pointer(pointer), None);
        assert_adjusted(&kept, pointer, "empty");
    }
}

#[tokio::test]
async fn names_of_the_catalogue_are_taken_in_their_one_spelling() {
    let arena = Arena::start().await;
    let marked = format!("member.invite {MARKER}");
    for (pointer, good) in [
        ("/action", "member.invite"),
        ("/target/type", "member"),
        ("/actor/type", "user"),
        ("/outcome", "success"),
    ] {
        let title = format!("{}{}", good[..1].to_uppercase(), &good[1..]);
        let mut wrong = vec![
            String::new(),
            "*".to_owned(),
            title,
            good.to_uppercase(),
            marked.clone(),
            "a".repeat(129),
            MARKER.repeat(1_000),
        ];
        wrong.extend(
            [" ", "\n", "\r\n2026-11-22 forged", "\0", "\u{200b}", "\u{202e}", "#", "'"]
                .map(|rest| format!("{good}{rest}")),
        );
        wrong.push(good.replacen('e', "\u{435}", 1));
        for text in wrong {
            let request = arena.record(arena.entry_with(pointer, Some(json!(text))).to_string());
            arena.invalid(&format!("{pointer} {text:?}"), &request, &[pointer]).await;
        }
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_refused_where_it_is() {
    let arena = Arena::start().await;
    let values = [json!(5), json!(true), json!([MARKER]), json!({ MARKER: MARKER }), json!([])];
    let texts = [
        "/occurred_at", "/action", "/actor/type", "/actor/id", "/target/type", "/target/id",
        "/outcome", "/session_id", "/external_id", "/request_id",
    ];
    for pointer in texts {
        for value in &values {
            arena
                .invalid(
                    pointer,
                    &arena.record(arena.entry_with(pointer, Some(value.clone())).to_string()),
                    &[pointer],
                )
                .await;
        }
    }
    for pointer in ["/actor", "/target", "/on_behalf_of", "/targets", "/metadata"] {
        for value in [json!(MARKER), json!(5), json!(true)] {
            let body = arena.entry_with(pointer, Some(value)).to_string();
            arena.invalid(pointer, &arena.record(body), &[pointer]).await;
        }
    }
    for pointer in ["/actor", "/target"] {
        for value in [
            json!(MARKER),
            json!(5),
            json!(null),
            json!([]),
            json!([{ "type": "user", "id": "usr_1" }]),
        ] {
            arena
                .invalid(
                    pointer,
                    &arena.record(arena.entry_with(pointer, Some(value)).to_string()),
                    &[pointer],
                )
                .await;
        }
    }
    for body in ["null", "42", "\"ZqMarkerJx\"", "true", "[]", "[{}]"] {
        arena.invalid(body, &arena.record(body), &[""]).await;
    }
}

/// By type confusion, an end user may make the program send an object where it means a text.
#[tokio::test]
async fn a_field_of_an_end_user_is_kept_as_its_json_whatever_it_is() {
    let arena = Arena::start().await;
    for pointer in [
        "/actor/name", "/actor/email", "/target/name", "/reason", "/ip_address", "/user_agent",
        "/location",
    ] {
        for value in [json!(5), json!(true), json!(["a"]), json!({ "$gt": "" }), json!([])] {
            let body = arena.fresh_with(pointer, value.clone()).to_string();
            let kept = arena.records(pointer, body).await;
            let place = if pointer == "/ip_address" { "/ip_address_text" } else { pointer };
            assert_eq!(kept.text_at(place), value.to_string(), "{pointer}");
            assert_adjusted(&kept, pointer, "not_text");
        }
    }
}

#[tokio::test]
async fn a_required_field_is_missed_by_name_and_null_is_no_value() {
    let arena = Arena::start().await;
    for pointer in [
        "/occurred_at", "/action", "/actor", "/target", "/actor/type", "/actor/id", "/target/type",
        "/target/id",
    ] {
        for value in [None, Some(Value::Null)] {
            arena
                .invalid(
                    pointer,
                    &arena.record(arena.entry_with(pointer, value).to_string()),
                    &[pointer],
                )
                .await;
        }
    }
    arena
        .invalid(
            "nothing in it",
            &arena.record("{}"),
            &["/occurred_at", "/actor", "/action", "/target"],
        )
        .await;
    for pointer in [
        "/actor/name", "/actor/email", "/target/name", "/ip_address", "/user_agent", "/outcome",
        "/on_behalf_of", "/targets", "/reason", "/location", "/session_id", "/metadata",
        "/external_id", "/request_id",
    ] {
        let with_null = arena.entry_with(pointer, Some(Value::Null)).to_string();
        let absent = arena.entry_with(pointer, None).to_string();
        let first = arena.scene.send(&arena.record(absent)).await;
        let again = arena.accepts(pointer, &arena.record(with_null), 200).await;
        assert_eq!(again.text_at("/id"), first.text_at("/id"), "{pointer}");
        let is_filled_in = pointer == "/outcome";
        assert_eq!(
            again.json.pointer(pointer),
            is_filled_in.then_some(&json!("success")),
            "{pointer}"
        );
    }
}

#[tokio::test]
async fn a_field_that_is_not_known_is_refused_by_name() {
    let arena = Arena::start().await;
    for pointer in [
        "/acton", "/Action", "/id", "/workspace_id", "/recorded_at", "/expires_at",
        "/user_agent_truncated", "/adjusted", "/key_id", "/seal", "/ip_address_text", "/schema",
        "/values_apart", "/actor_key", "/pk", "/actor/role", "/actor/ID", "/target/url",
        "/__proto__", "/actor/__proto__",
    ] {
        arena
            .invalid(
                pointer,
                &arena.record(arena.entry_with(pointer, Some(json!(MARKER))).to_string()),
                &[pointer],
            )
            .await;
    }
    let sneaky = arena.entry_with("/workspace_id", Some(json!("ws_b")));
    arena.invalid("another workspace", &arena.record(sneaky.to_string()), &["/workspace_id"]).await;
    let escaped = arena.scene.entry().to_string().replacen('{', "{\"a/b~c\":1,", 1);
    arena.invalid("a name with a slash", &arena.record(escaped), &["/a~1b~0c"]).await;
    arena
        .refuses(
            "nothing there",
            &arena.request("GET", &format!("{ENTRIES}/{}", domain::identity::EntryId::LAST)),
            404,
            "not-found",
            &[],
        )
        .await;
}
