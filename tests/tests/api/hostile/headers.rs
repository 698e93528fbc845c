//! Headers that the service must ignore.

use crate::hostile::{Arena, MARKER};
use serde_json::json;

#[tokio::test]
async fn headers_of_proxies_and_frameworks_change_nothing() {
    let arena = Arena::start().await;
    let headers: [(&str, &str); 24] = [
        ("x-forwarded-for", "203.0.113.66, ZqMarkerJx"),
        ("forwarded", "for=\"[2001:db8::66]\";host=ZqMarkerJx;proto=http"),
        ("x-real-ip", "203.0.113.66"),
        ("true-client-ip", "203.0.113.66"),
        ("cf-connecting-ip", "203.0.113.66"),
        ("x-client-ip", "203.0.113.66"),
        ("x-forwarded-host", "ZqMarkerJx.example"),
        ("x-forwarded-proto", "ZqMarkerJx"),
        ("x-forwarded-prefix", "/ZqMarkerJx"),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "PUT"),
        ("x-method-override", "GET"),
        ("x-original-url", "/v1/workspaces/ws_b/entries"),
        ("x-rewrite-url", "/v1/workspaces/ws_b/entries"),
        ("x-request-id", "ZqMarkerJx"),
        ("x-correlation-id", "ZqMarkerJx"),
        ("x-amzn-trace-id", "Root=ZqMarkerJx"),
        ("x-amzn-request-context", r#"{"authorizer":{"workspace":"ws_b"}}"#),
        ("x-workspace-id", "ws_b"),
        ("x-user-id", "ZqMarkerJx"),
        ("origin", "https://ZqMarkerJx.example"),
        ("referer", "https://ZqMarkerJx.example/"),
        ("cookie", "workspace=ws_b; session=ZqMarkerJx"),
        ("accept", "ZqMarkerJx/*;q=0"),
    ];
    for (index, (name, value)) in headers.into_iter().enumerate() {
        let recorded = arena
            .accepts(name, &arena.record(arena.numbered(index).to_string()).with(name, value), 201)
            .await;
        let (id, location) =
            (recorded.text_at("/id").to_owned(), recorded.header("location").to_owned());
        assert_eq!(location, format!("{}/{id}", crate::hostile::ENTRIES), "{name}");
        assert!(
            !format!("{recorded:?}").contains(MARKER) && !recorded.text.contains("203.0.113.66"),
            "{name}: {recorded:?}"
        );
        for member in ["ip_address", "user_agent", "request_id"] {
            assert_eq!(recorded.json.get(member), None, "{name}: {recorded:?}");
        }
        let kept =
            arena.accepts(name, &arena.request("GET", &location).with(name, value), 200).await;
        assert_eq!(kept.text_at("/id"), id, "{name}");
        arena
            .refuses(
                name,
                &arena.request("GET", "/v1/workspaces/ws_b/entries").with(name, value),
                404,
                "not-found",
                &[],
            )
            .await;
        arena
            .refuses(
                name,
                &arena.list("").without("authorization").with(name, value),
                401,
                "unauthenticated",
                &[],
            )
            .await;
    }
    assert_eq!(arena.scene.service.stored_items("ws_b").await, 0);
    assert_eq!(arena.scene.service.stored_items("ws_a").await, headers.len());
}

#[tokio::test]
async fn a_hostile_user_agent_of_the_request_itself_is_of_no_interest() {
    let arena = Arena::start().await;
    let agents: [Vec<u8>; 6] = [
        "\u{202e}\u{2066}ZqMarkerJx".repeat(512).into_bytes(),
        vec![0xff; 8_192],
        b"\x80\xfe\xff".to_vec(),
        b"() { :;}; /bin/ZqMarkerJx".to_vec(),
        b"${jndi:ldap://ZqMarkerJx.example/a}".to_vec(),
        b"\tZqMarkerJx\t\xc3\xa9".to_vec(),
    ];
    for (index, agent) in agents.into_iter().enumerate() {
        let request = arena.record(arena.numbered(index).to_string()).with("user-agent", agent);
        let answer = arena.accepts("recording", &request, 201).await;
        assert_eq!(answer.json.get("user_agent"), None, "{answer:?}");
        assert!(!answer.text.contains(MARKER), "{answer:?}");
    }
}

#[tokio::test]
async fn a_request_id_is_the_services_own_and_never_twice_the_same() {
    let arena = Arena::start().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let request = arena.list("").with("x-request-id", "11111111-1111-1111-1111-111111111111");
        let answer = arena.accepts("a list", &request, 200).await;
        assert!(seen.insert(answer.header("x-request-id").to_owned()), "{answer:?}");
        assert!(!answer.header("x-request-id").contains("1111-1111"));
    }
}

#[tokio::test]
async fn many_headers_and_odd_bytes_in_them_are_no_fault() {
    let arena = Arena::start().await;
    let mut request = arena.list("");
    for index in 0..80 {
        request = request.with(
            &format!("x-noise-{index}"),
            [b"\xe9\xff".as_slice(), MARKER.as_bytes()].concat(),
        );
    }
    let answer = arena.accepts("80 headers", &request, 200).await;
    assert_eq!(answer.json.get("entries"), Some(&json!([])));
    assert!(!format!("{answer:?}").contains(MARKER));
}
