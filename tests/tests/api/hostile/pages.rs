//! Page numbers and page tokens.

use crate::hostile::{Arena, MARKER};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

#[tokio::test]
async fn a_page_number_that_is_none_is_refused_by_name() {
    let arena = Arena::start().await;
    let pages = [
        "", "0", "-1", "-0", "00", "01", "+2", "%2B2", "%202", "2%20", "2%0a", "2%00", "1.0", "1.",
        "1e3", "0x2", "1_000", "1,000", "1,2", "last", "null", "NaN", "Infinity", "%D9%A2",
        "%EF%BC%92", "4294967296", "4294967297", "9223372036854775808", "18446744073709551616",
        "18446744073709551617", MARKER,
    ];
    for page in pages {
        arena.invalid(page, &arena.list(&format!("page={page}")), &["/page"]).await;
    }
    arena.invalid("digits", &arena.list(&format!("page={}", "1".repeat(4_000))), &["/page"]).await;
}

/// The highest number, an encoded digit, a number beside a token: a page that is not there is empty
/// and says how many there are.
#[tokio::test]
async fn a_page_past_the_end_is_empty_and_its_totals_are_true() {
    let arena = Arena::start().await;
    let token = arena.page_token(&arena.scene.a, &arena.key, "").await;
    for (query, number, count) in [
        ("page=%32&page_size=1", 2, 1),
        ("page=3&page_size=1", 3, 0),
        ("page=4294967295", u32::MAX, 0),
        ("page=4294967295&page_size=100", u32::MAX, 0),
        ("page=4294967295&actor_id=usr_1&page_size=100", u32::MAX, 0),
        (&format!("page=4294967295&page_token={token}"), u32::MAX, 0),
        (&format!("page=2&page_token={token}"), 2, 1),
    ] {
        let answer = arena.accepts(query, &arena.list(query), 200).await;
        let of_page = |name: &str| answer.json.pointer("/page").and_then(|page| page.get(name));
        assert_eq!(
            answer.json.pointer("/entries").and_then(Value::as_array).map(Vec::len),
            Some(count),
            "{query}: {answer:?}"
        );
        assert_eq!(
            (of_page("number"), of_page("total_entries")),
            (Some(&json!(number)), Some(&json!(2))),
            "{query}: {answer:?}"
        );
        assert_eq!(of_page("total_is_exact"), Some(&json!(true)), "{query}: {answer:?}");
    }
}

impl Arena {
    /// A page token of a list of two entries in pages of one.
    async fn page_token(
        &self,
        workspace: &domain::workspace::Workspace,
        key: &str,
        query: &str,
    ) -> String {
        let now = self.scene.service.clock.now();
        for second in [1, 2] {
            self.scene.put_entry(workspace, now.plus_ms(-1_000 * second), "usr_1").await;
        }
        let request = self
            .request("GET", &format!("/v1/workspaces/{}/entries?page_size=1{query}", workspace.id))
            .token(key);
        let page = self.accepts("a page", &request, 200).await;
        page.text_at("/page/next_page_token").to_owned()
    }
}

#[tokio::test]
async fn a_page_token_that_was_touched_is_refused() {
    let arena = Arena::start().await;
    let token = arena.page_token(&arena.scene.a, &arena.key, "").await;
    arena.accepts("itself", &arena.list(&format!("page_token={token}")), 200).await;
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    for bit in (0..bytes.len() * 8).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let flipped = BASE64URL_NOPAD.encode(&flipped);
        arena
            .refuses(
                &format!("bit {bit}"),
                &arena.list(&format!("page_token={flipped}")),
                400,
                "invalid-page-token",
                &[],
            )
            .await;
    }
    let mut wrong = vec![
        String::new(),
        "A".to_owned(),
        "AB".to_owned(),
        "null".to_owned(),
        "1".to_owned(),
        MARKER.to_owned(),
        "%00".to_owned(),
    ];
    wrong.extend([
        token[1..].to_owned(),
        token[..token.len() - 1].to_owned(),
        token[..token.len() - 4].to_owned(),
        format!("{token}="),
        format!("{token}%3D%3D"),
        format!("{token}A"),
        format!("{token}AAAA"),
        format!("{token}%20"),
        format!("%0a{token}"),
        format!("{token}{token}"),
        format!("{token},{token}"),
        token.to_lowercase(),
        BASE64URL_NOPAD.encode(&bytes[..bytes.len() - 16]),
        BASE64URL_NOPAD.encode(&vec![0; bytes.len()]),
        "A".repeat(512),
        "A".repeat(513),
        "A".repeat(8_192),
        "%E2%80%AE".repeat(100),
    ]);
    for text in wrong {
        arena
            .refuses(
                &text,
                &arena.list(&format!("page_token={text}")),
                400,
                "invalid-page-token",
                &[],
            )
            .await;
    }
}

#[tokio::test]
async fn a_page_token_serves_only_its_own_workspace_filters_and_page_size() {
    let arena = Arena::start().await;
    let everywhere = arena.scene.key(&domain::credential::Scope::ALL, None).await;
    let elsewhere = arena.page_token(&arena.scene.b, &everywhere, "").await;
    for key in [&arena.key, &everywhere] {
        let request = arena.list(&format!("page_token={elsewhere}")).token(key);
        arena.refuses("another workspace's", &request, 400, "invalid-page-token", &[]).await;
    }
    let token = arena.page_token(&arena.scene.a, &arena.key, "&actor_id=usr_1").await;
    for same in ["", "&actor_id=usr_1", "&page_size=1", "&actor_id=usr%5f1&page_size=1"] {
        arena.accepts(same, &arena.list(&format!("page_token={token}{same}")), 200).await;
    }
    for other in [
        "&actor_id=usr_2",
        "&page_size=2",
        "&action=project.update",
        "&actor_id=usr_1&outcome=success",
        "&actor_id=usr_1&request_id=r",
        "&actor_id=usr_1&to=2026-11-22T12:00:00Z",
        "&target_type=project&target_id=prj_1",
    ] {
        let request = arena.list(&format!("page_token={token}{other}"));
        arena.refuses(other, &request, 400, "invalid-page-token", &[]).await;
    }
    arena
        .invalid(
            "a wrong filter with it",
            &arena.list(&format!("page_token={token}&actor_id=")),
            &["/actor_id"],
        )
        .await;
    arena
        .invalid(
            "a wrong number with it",
            &arena.list(&format!("page_token={token}&page=0")),
            &["/page"],
        )
        .await;
    arena
        .refuses(
            "another filter and a number",
            &arena.list(&format!("page_token={token}&page=1&actor_id=usr_2")),
            400,
            "invalid-page-token",
            &[],
        )
        .await;
}
