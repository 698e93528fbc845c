//! Query strings: names, spellings and values of parameters.

use crate::hostile::{Arena, MARKER};
use serde_json::{Value, json};

const FACETS: &str = "/v1/workspaces/ws_a/facets";

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused() {
    let arena = Arena::start().await;
    for query in [
        "actor_id=%", "actor_id=%z", "actor_id=%zz", "actor_id=%2", "actor_id=%G1", "actor_id=%+1",
        "actor_id=%ff", "actor_id=%c3", "actor_id=%c0%af", "actor_id=%ed%a0%80", "actor_id=%u0041",
        "%zz=1", "%ff", "action=member.invite&actor_id=%",
    ] {
        arena.refuses(query, &arena.list(query), 400, "malformed-query", &[]).await;
    }
}

#[tokio::test]
async fn an_unknown_or_repeated_parameter_never_widens_a_query() {
    let arena = Arena::start().await;
    for query in [
        "pag=2", "Page=2", "pages=2", "page%20=2", "page[]=2", "page_number=2", "offset=20",
        "limit=5", "Action=member.invite", "ACTION=member.invite", "action[]=member.invite",
        "action%5B%5D=member.invite", "action%00=x", "%20action=x", "action+=x", "_action=x",
        "order=desc%3B--", "workspace_id=ws_b", "key=1", "=x", "=", "a",
        "action=member.invite;actor_id=x&b=1", "filter=%7B%7D", "actor.id=usr_1", "__proto__=1",
        "callback=alert", "%3Cscript%3E=1", "page_size=5&x=ZqMarkerJx",
    ] {
        arena.refuses(query, &arena.list(query), 400, "unknown-parameter", &[]).await;
    }
    let long = format!("{}=1", MARKER.repeat(800));
    arena.refuses("a long name", &arena.list(&long), 400, "unknown-parameter", &[]).await;
    for query in [
        "page_size=10&page_size=20",
        "page_size=10&page_size=10",
        "page=1&page=2",
        "page=2&page=2",
        "page=2&p%61ge=3",
        "page=&page=1",
        "action=member.invite&action=project.create",
        "actor_id=a&%61ctor_id=b",
        "from=&from=",
        "actor_id&actor_id=x",
        "page_token=&page_token=",
        "actor_id=ZqMarkerJx&actor_id=ZqMarkerJx",
    ] {
        arena.refuses(query, &arena.list(query), 400, "duplicate-parameter", &[]).await;
    }
    for query in [
        "page=1", "page_size=5", "page_token=x", "actor.id=usr_1", "after=1",
        "target_type=member&target-id=mem_1", "Action=member.invite", "=",
    ] {
        arena
            .refuses(
                query,
                &arena.request("GET", &format!("{FACETS}?{query}")),
                400,
                "unknown-parameter",
                &[],
            )
            .await;
    }
    for query in [
        "action=member.invite&action=member.invite",
        "from=&fr%6Fm=",
        "target_type=member&target_type=project",
    ] {
        arena
            .refuses(
                query,
                &arena.request("GET", &format!("{FACETS}?{query}")),
                400,
                "duplicate-parameter",
                &[],
            )
            .await;
    }
    for path in ["/v1/health", "/v1/health/deep", "/v1/catalog", "/v1/workspaces/ws_a", FACETS] {
        arena
            .refuses(
                path,
                &arena.request("GET", &format!("{path}?x={MARKER}")),
                400,
                "unknown-parameter",
                &[],
            )
            .await;
        arena
            .refuses(
                path,
                &arena.request("GET", &format!("{path}?x=%zz")),
                400,
                "malformed-query",
                &[],
            )
            .await;
    }
    for (method, path) in [
        ("POST", crate::hostile::ENTRIES),
        ("POST", crate::hostile::BATCH),
        ("POST", "/v1/workspaces/ws_a/viewer-tokens"),
        ("POST", crate::hostile::EXPORTS),
        ("GET", crate::hostile::EXPORTS),
        ("GET", "/v1/workspaces/ws_a"),
    ] {
        let request = arena.request(method, &format!("{path}?dry_run=true")).json("{}");
        arena.refuses(path, &request, 400, "unknown-parameter", &[]).await;
    }
}

#[tokio::test]
async fn a_dry_run_is_asked_for_in_one_spelling_and_changes_nothing() {
    let arena = Arena::start().await;
    let put = |query: &str| {
        arena.request("PUT", &format!("/v1/workspaces/ws_a?{query}")).json(r#"{"plan":"free"}"#)
    };
    for value in ["", "1", "True", "TRUE", "yes", "true%20", "%20true", "true,true", "ZqMarkerJx"] {
        arena.invalid(value, &put(&format!("dry_run={value}")), &["/dry_run"]).await;
    }
    arena
        .refuses("twice", &put("dry_run=true&dry_run=true"), 400, "duplicate-parameter", &[])
        .await;
    arena.refuses("another name", &put("dryrun=true"), 400, "unknown-parameter", &[]).await;
    let before = arena.scene.stored();
    arena.accepts("a dry run", &put("dry_run=true"), 200).await;
    assert_eq!(arena.scene.stored(), before);
}

#[tokio::test]
async fn a_parameter_of_no_acceptable_value_is_refused_by_name() {
    let arena = Arena::start().await;
    let sizes = [
        "", "0", "-1", "101", "1000", "00", "01", "007", "+5", "%2B5", "%205", "5%20", "5.0",
        "1e1", "0x10", "1_0", "ten", "null", "NaN", "%EF%BC%95", "5%00", "256", "4294967297",
        "18446744073709551617", "5,6", MARKER,
    ];
    for size in sizes {
        arena.invalid(size, &arena.list(&format!("page_size={size}")), &["/page_size"]).await;
    }
    arena
        .invalid(
            "digits",
            &arena.list(&format!("page_size={}", "9".repeat(4_000))),
            &["/page_size"],
        )
        .await;
    let names = [
        "", "*", "%25", "MEMBER.INVITE", "member", "x%22%20or%20%22%22%3D%22", "%00",
        "member.invite%00", "member.invite,projects.create", "member.invite,", ",,,", MARKER,
    ];
    for name in names {
        let target_type = if name == "member" { "members" } else { name };
        arena.invalid(name, &arena.list(&format!("action={name}")), &["/action"]).await;
        arena
            .invalid(name, &arena.list(&format!("target_type={target_type}")), &["/target_type"])
            .await;
        let both =
            arena.request("GET", &format!("{FACETS}?action={name}&target_type={target_type}"));
        arena.invalid(name, &both, &["/action", "/target_type"]).await;
    }
    for id in [
        "",
        "%20",
        "%00",
        "%20usr_1",
        "usr_1+",
        "usr%0a1",
        "%E2%80%8B",
        "%E2%80%AEusr",
        "%C2%A0usr",
        &"u".repeat(513),
        &"%F0%9F%98%80".repeat(513),
    ] {
        arena.invalid(id, &arena.list(&format!("actor_id={id}")), &["/actor_id"]).await;
        arena
            .invalid(
                id,
                &arena.list(&format!("target_type=member&target_id={id}")),
                &["/target_id"],
            )
            .await;
    }
    for outcome in ["", "Denied", "denied,", "denied,failed", "0", "success%00", MARKER] {
        arena.invalid(outcome, &arena.list(&format!("outcome={outcome}")), &["/outcome"]).await;
    }
    for name in ["external_id", "request_id"] {
        for id in ["", "%20", "%00", "x+", "%E2%80%8B", &"x".repeat(513)] {
            let pointer = format!("/{name}");
            arena.invalid(id, &arena.list(&format!("{name}={id}")), &[&pointer]).await;
        }
    }
    let many = vec!["member.invite"; 51].join(",");
    arena.invalid("too many", &arena.list(&format!("action={many}")), &["/action"]).await;
    let two = "target_type=member,project&target_id=mem_1";
    arena.invalid("a target of two types", &arena.list(two), &["/target_id"]).await;
    for time in [
        "", "now", "2026-11-22", "2026-11-22T00:00:00", "2026-11-22T00:00:00+01:00",
        "2026-11-22+00:00:00Z", "1763812800", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
        "2026-11-22T00:00:60Z", "2026-11-22T00:00:00.0123456789Z", "%EF%BC%92026-11-22T00:00:00Z",
        MARKER,
    ] {
        arena.invalid(time, &arena.list(&format!("from={time}")), &["/from"]).await;
        arena.invalid(time, &arena.list(&format!("to={time}")), &["/to"]).await;
    }
    arena.invalid("an id without its type", &arena.list("target_id=mem_1"), &["/target_id"]).await;
    arena
        .invalid(
            "backwards",
            &arena.list("from=2026-11-22T00:00:00.001Z&to=2026-11-22T00:00:00Z"),
            &["/from"],
        )
        .await;
    arena
        .invalid(
            "all at once",
            &arena.list("action=&actor_id=&page=0&page_size=0&to=x"),
            &["/page_size", "/page", "/action", "/actor_id", "/to"],
        )
        .await;
}

#[tokio::test]
async fn an_email_or_ip_address_that_is_none_is_refused_by_name() {
    let arena = Arena::start().await;
    let long = format!("a@{}", "b".repeat(254));
    for email in ["", "nope", "@b", "a@", "a@b@c", "a%20b@c", "a@b%00", &long] {
        let query = format!("actor_email={email}");
        arena.invalid(email, &arena.list(&query), &["/actor_email"]).await;
    }
    for range in [
        "", "203.0.113", "203.0.113.0/33", "203.0.113.0/024", "203.0.113.*", "%20203.0.113.7",
        "203.0.113.7:80", "%5B::1%5D", "::/129", "fe80::1%25eth0", "1.2.3.4,1.2.3.5",
        "::ffff:1.2.3.0/120",
    ] {
        let query = format!("ip_address={range}");
        arena.invalid(range, &arena.list(&query), &["/ip_address"]).await;
    }
}

#[tokio::test]
async fn what_looks_like_an_expression_is_only_a_value() {
    let arena = Arena::start().await;
    let now = arena.scene.service.clock.now();
    arena.scene.put_entry(&arena.scene.a, now, "usr_1").await;
    for id in [
        "%23n", ":low", "%3Apartition", "%23partition", "*", "%25",
        "usr%5F1%27%20OR%20%27%27%3D%27", "ws_a%23usr_1", "%5C", "%7B%22S%22%3A%22usr_1%22%7D",
        "usr_1%23", "USR_1", "usr_",
    ] {
        for query in [
            format!("actor_id={id}"),
            format!("external_id={id}"),
            format!("request_id={id}&outcome=denied"),
            format!("target_type=project&target_id={id}"),
            format!("actor_id={id}&action=project.update&target_type=project"),
        ] {
            let answer = arena.accepts(&query, &arena.list(&query), 200).await;
            assert_eq!(answer.json.get("entries"), Some(&json!([])), "{query}: {answer:?}");
        }
    }
    for query in [
        "", "&", "&&", "actor_id=usr_1", "actor_id=usr%5F1&&", "from=2026-11-22T00:00:00%2B00:00",
        "page_size=1", "page_size=100",
    ] {
        let answer = arena.accepts(query, &arena.list(query), 200).await;
        assert_eq!(
            answer.json.pointer("/entries").and_then(Value::as_array).map(Vec::len),
            Some(1),
            "{query}: {answer:?}"
        );
    }
    let wide = "%F0%9F%98%80".repeat(128);
    arena
        .accepts(
            "an id at its limit",
            &arena.list(&format!("actor_id={wide}&target_type=project&target_id={wide}")),
            200,
        )
        .await;
    for query in [
        "from=2026-11-22T00:00:00Z&to=2026-11-22T00:00:00Z",
        "to=0001-01-01T00:00:00Z",
        "from=9999-12-31T23:59:59.999Z",
    ] {
        let answer = arena.accepts(query, &arena.list(query), 200).await;
        assert_eq!(answer.json.get("entries"), Some(&json!([])), "{query}: {answer:?}");
    }
}
