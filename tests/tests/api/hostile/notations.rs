//! Email addresses, IP addresses, user agents and times: what is accepted, and in which notation it
//! is stored.

use crate::hostile::{Arena, MARKER, assert_adjusted};
use serde_json::json;

#[tokio::test]
async fn email_addresses_are_judged_by_shape_only() {
    let arena = Arena::start().await;
    let of_length = |length: usize| format!("{}@b.example", "a".repeat(length - 10));
    for email in [
        "a@b",
        "ada+audit@example.com",
        "\"a.b\"@example.com",
        "\u{7528}\u{6237}@\u{4f8b}\u{5b50}.example",
        "'--@x",
        &of_length(254),
    ] {
        let kept = arena
            .records(email, arena.entry_with("/actor/email", Some(json!(email))).to_string())
            .await;
        assert_eq!(kept.text_at("/actor/email"), email);
    }
    let marked = [
        "", "@b.example", "@b@c.example", " @b.example", "@b.example\r\nBcc: x@y.example",
        "@b.example\0", "\u{200b}@b.example", "@b .example",
    ];
    let mut wrong: Vec<_> = marked
        .iter()
        .map(|rest| format!("{MARKER}{rest}"))
        .filter(|email| email != &format!("{MARKER}@b.example"))
        .collect();
    wrong.extend([
        "@".to_owned(),
        format!("@{MARKER}"),
        format!("{MARKER}@"),
        format!("<{MARKER}@b >"),
    ]);
    for email in wrong {
        let body = arena.fresh_with("/actor/email", json!(email)).to_string();
        let kept = arena.records(&email, body).await;
        let visible: String =
            email.chars().map(|c| if is_invisible(c) { '\u{fffd}' } else { c }).collect();
        assert_eq!(kept.text_at("/actor/email"), visible);
        let is_changed = visible != email;
        let reason = if is_changed { "control_character" } else { "not_an_email" };
        assert_adjusted(&kept, "/actor/email", reason);
    }
    let body = arena.fresh_with("/actor/email", json!(of_length(255))).to_string();
    let kept = arena.records("a long one", body).await;
    assert_eq!(kept.text_at("/actor/email"), &of_length(255)[..254]);
    assert_adjusted(&kept, "/actor/email", "cut");
}

fn is_invisible(c: char) -> bool {
    c.is_control() || c == '\u{200b}'
}

#[tokio::test]
async fn ip_addresses_are_stored_canonical_or_as_text() {
    let arena = Arena::start().await;
    for (sent, stored) in [
        ("198.51.100.7", "198.51.100.7"),
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("::FFFF:198.51.100.7", "198.51.100.7"),
        ("::ffff:c633:6407", "198.51.100.7"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::", "::"),
    ] {
        let kept =
            arena.records(sent, arena.fresh_with("/ip_address", json!(sent)).to_string()).await;
        assert_eq!(kept.text_at("/ip_address"), stored, "{sent}");
    }
    for wrong in [
        " ", "localhost", MARKER, "198.51.100", "198.51.100.7.1", "198.51.100.256",
        "198.51.100.07", "0306.063.0144.07", "0xc6336407", "3325256711", "198.51.100.7/24",
        "2001:db8::1::1", "2001:db8:::1", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::",
        "g::1", "\u{ff11}98.51.100.7", "198.51.100.7, 203.0.113.9", "::ffff:198.51.100.999",
    ] {
        let kept =
            arena.records(wrong, arena.fresh_with("/ip_address", json!(wrong)).to_string()).await;
        assert_eq!(kept.text_at("/ip_address_text"), wrong);
        assert_eq!(kept.json.get("ip_address"), None, "{wrong}");
        assert_adjusted(&kept, "/ip_address", "not_an_address");
    }
    for (sent, address) in [
        (" 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7\n", "198.51.100.7"),
        ("198.51.100.7:443", "198.51.100.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ] {
        let kept =
            arena.records(sent, arena.fresh_with("/ip_address", json!(sent)).to_string()).await;
        assert_eq!(kept.text_at("/ip_address"), address, "{sent}");
        assert_eq!(kept.json.get("ip_address_text"), None, "{sent}");
        assert_adjusted(&kept, "/ip_address", "address_only");
    }
}

#[tokio::test]
async fn a_user_agent_is_cut_and_never_refused() {
    let arena = Arena::start().await;
    for (sent, is_cut) in [
        ("u".repeat(512), false),
        ("u".repeat(513), true),
        ("\u{202e}".repeat(512), false),
        ("\u{1f600}".repeat(2_048), true),
        ("\r\nX-Injected: 1\0".repeat(100), true),
    ] {
        let kept = arena
            .records("a user agent", arena.entry_with("/user_agent", Some(json!(sent))).to_string())
            .await;
        assert_eq!(kept.text_at("/user_agent"), sent.chars().take(512).collect::<String>());
        let cut = json!([{ "pointer": "/user_agent", "reason": "cut" }]);
        assert_eq!(kept.json.get("adjusted"), is_cut.then_some(&cut), "{kept:?}");
        assert_eq!(kept.headers.get("x-injected"), None);
    }
}

#[tokio::test]
async fn times_are_taken_in_one_notation_and_within_the_window() {
    let arena = Arena::start().await;
    for (sent, stored) in [
        ("2026-11-22T12:05:00.000Z", "2026-11-22T12:05:00.000Z"),
        ("2026-11-22T12:05:00.000999999Z", "2026-11-22T12:05:00.000Z"),
        ("2026-11-22T23:59:00+11:59", "2026-11-22T12:00:00.000Z"),
        ("2026-11-22T00:00:00-12:00", "2026-11-22T12:00:00.000Z"),
        ("2026-08-24T00:00:00Z", "2026-08-24T00:00:00.000Z"),
    ] {
        let kept =
            arena.records(sent, arena.fresh_with("/occurred_at", json!(sent)).to_string()).await;
        assert_eq!(kept.text_at("/occurred_at"), stored, "{sent}");
    }
    for wrong in [
        "", MARKER, "now", "1763812800", "2026-11-22", "2026-11-22T12:00:00", "2026-11-22T12:00Z",
        "2026-11-22 12:00:00Z", "2026-11-22t12:00:00Z", "2026-11-22T12:00:00z",
        "2026-11-22T12:00:00 Z", " 2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z\n",
        "2026-11-22T12:00:00,5Z", "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00.0123456789Z",
        "20261122T120000Z", "2026-W47-7T12:00:00Z", "2026-326T12:00:00Z", "2026-11-22T12:00:60Z",
        "2026-06-30T23:59:60Z", "2026-11-22T24:00:00Z", "2026-11-31T12:00:00Z",
        "2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z",
        "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "+2026-11-22T12:00:00Z",
        "-2026-11-22T12:00:00Z", "2026-11-22T12:00:00+0100", "2026-11-22T12:00:00+1:00",
        "2026-11-22T12:00:00+24:00", "2026-11-22T12:00:00+01:60", "2026-11-22T12:00:00[UTC]",
        "\u{ff12}026-11-22T12:00:00Z", "2026\u{2010}11\u{2010}22T12:00:00Z",
        "2026-11-22T12:20:00.001Z", "2026-11-22T13:00:00Z", "2099-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z", "2026-08-23T23:59:59.999Z", "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
    ] {
        let request =
            arena.record(arena.entry_with("/occurred_at", Some(json!(wrong))).to_string());
        arena.invalid(wrong, &request, &["/occurred_at"]).await;
    }
    for (ahead, retry_after) in [("12:05:00.001", 1), ("12:05:08", 8), ("12:20:00", 900)] {
        let time = format!("2026-11-22T{ahead}Z");
        let body = arena.entry_with("/occurred_at", Some(json!(time))).to_string();
        let answer =
            arena.refuses(ahead, &arena.record(body), 422, "clock-ahead", &["/occurred_at"]).await;
        assert_eq!(answer.json["retry_after"], retry_after);
        assert_eq!(answer.header("retry-after"), retry_after.to_string());
    }
}
