//! The counts for the menus of a filter.

use crate::tally::{MINUTE_MS, every, noon};
use domain::identity::EntryId;
use domain::plan::Plan;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::{Api, Ask, NOON, at};

async fn facets(api: &Api, query: &str) -> Value {
    let answer = api.get(&format!("/v1/workspaces/ws_a/facets?{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json
}

#[tokio::test]
async fn facets_count_what_choosing_would_find() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = every(&workspace, at(NOON), 7 * MINUTE_MS, 2_000);
    service.load(&log);
    service.count(&workspace).await;
    let text = |text: &str| Some(text.to_owned());
    let (from, to) = (Some(at(NOON).plus_days(-5)), Some(at(NOON).plus_days(-2)));
    for ask in [
        Ask::default(),
        Ask { action: text("member.invite"), ..Ask::default() },
        Ask { target_type: text("project"), from, ..Ask::default() },
        Ask {
            action: text("api_key.revoke"),
            target_type: text("member"),
            from,
            to,
            ..Ask::default()
        },
        Ask { action: text("api_key.revoke,project.update"), ..Ask::default() },
        Ask { outcome: text("denied"), target_type: text("api_key,member"), ..Ask::default() },
        Ask { request_id: text("req_3"), outcome: text("success"), from, ..Ask::default() },
        Ask { external_id: text("evt_33"), ..Ask::default() },
        Ask { actor_email: text("none@b.example"), ..Ask::default() },
        Ask { ip_address: text("203.0.113.0/24"), outcome: text("success"), ..Ask::default() },
        Ask { actor_id: text("usr_1"), action: text("member.invite"), ..Ask::default() },
        Ask { target_type: text("project"), target_id: text("one"), ..Ask::default() },
    ] {
        let counts = |name: &str, others: &Ask, names: &[&str]| -> Value {
            let of = |value: &str| {
                let one = others.clone();
                let one = match name {
                    "action" => Ask { action: text(value), ..one },
                    "outcome" => Ask { outcome: text(value), ..one },
                    _ => Ask { target_type: text(value), ..one },
                };
                one.of(&log).len()
            };
            names
                .iter()
                .filter(|value| of(value) > 0)
                .map(|value| json!({ "name": value, "count": of(value) }))
                .collect()
        };
        let answer = facets(&api, &ask.query()).await;
        let but_action = Ask { action: None, ..ask.clone() };
        let but_outcome = Ask { outcome: None, ..ask.clone() };
        let but_type = Ask { target_type: None, ..ask.clone() };
        // A target has one type.
        let types = match &ask.target_id {
            Some(_) => vec!["project"],
            None => vec!["project", "member", "api_key"],
        };
        assert_eq!(
            answer["actions"],
            counts("action", &but_action, &["member.invite", "project.update", "api_key.revoke"]),
            "{ask:?}"
        );
        assert_eq!(answer["target_types"], counts("target_type", &but_type, &types), "{ask:?}");
        assert_eq!(
            answer["outcomes"],
            counts("outcome", &but_outcome, &["success", "failure", "denied"]),
            "{ask:?}"
        );
        assert_eq!(
            (&answer["total_entries"], &answer["total_is_exact"]),
            (&json!(ask.of(&log).len()), &json!(true)),
            "{ask:?}"
        );
        assert_eq!(answer.get("timeline"), None);
        // "2026-11-22" is a day, and "2026-11" a month.
        for (interval, prefix) in [("day", 10), ("month", 7), ("year", 4), ("auto", 10)] {
            let answer = facets(&api, &format!("{}interval={interval}", ask.query())).await;
            assert_eq!(counted_by_prefix(&answer, prefix), by_prefix(&ask.of(&log), prefix));
        }
    }
}

/// How many ids begin with the same date, in the form of a timestamp.
fn by_prefix(ids: &[String], length: usize) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for id in ids {
        let at = EntryId::parse(id).unwrap().occurred_at().rfc3339();
        *counts.entry(at[..length].to_owned()).or_default() += 1;
    }
    counts
}

/// The counts of a timeline, whose buckets begin at different dates.
fn counted_by_prefix(answer: &Value, length: usize) -> BTreeMap<String, u64> {
    let bucket = |bucket: &Value| {
        (bucket["from"].as_str().unwrap()[..length].to_owned(), bucket["count"].as_u64().unwrap())
    };
    let buckets = answer["timeline"]["buckets"].as_array().unwrap();
    let counts: BTreeMap<_, _> = buckets.iter().map(bucket).collect();
    assert_eq!(counts.len(), buckets.len(), "{answer}");
    counts
}

#[tokio::test]
async fn a_timeline_has_the_periods_that_fit_and_says_where_they_end() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    let timeline = async |query: &str| facets(&api, query).await["timeline"].clone();
    assert_eq!(timeline("interval=auto").await, json!({ "interval": "hour", "buckets": [] }));
    // One entry each day, for somewhat more than a year.
    let log = every(&workspace, at(NOON), 24 * 60 * MINUTE_MS, 400);
    service.load(&log);
    service.count(&workspace).await;
    let bucket = |from: &str, to: &str, count: u64| {
        let midnight = |date: &str| format!("{date}T00:00:00.000Z");
        json!({ "from": midnight(from), "to": midnight(to), "count": count })
    };
    let [old, mut new] = [("2025", "2026", 74), ("2026", "2027", 326)]
        .map(|(from, to, count)| bucket(&format!("{from}-01-01"), &format!("{to}-01-01"), count));
    let answer = facets(&api, "interval=year").await;
    // One entry is unusual: the first of its action, when the actor was known for long.
    assert_eq!(answer["unusual_entries"], 1);
    new["unusual"] = json!(1);
    assert_eq!(answer["timeline"], json!({ "interval": "year", "buckets": [old, new] }));
    let months = timeline("interval=auto").await;
    assert_eq!(months["interval"], "month");
    let months = months["buckets"].as_array().unwrap();
    assert_eq!(months.len(), 14);
    assert_eq!(months[4], bucket("2026-02-01", "2026-03-01", 28));
    // A period that is only partly asked for is still named as a whole.
    assert_eq!(
        timeline("interval=month&from=2026-02-10T00:00:00Z&to=2026-02-20T00:00:00Z").await,
        json!({ "interval": "month", "buckets": [bucket("2026-02-01", "2026-03-01", 10)] })
    );
    // A week begins with Monday.
    assert_eq!(
        timeline("interval=week&from=2026-02-10T00:00:00Z&to=2026-02-20T00:00:00Z").await,
        json!({ "interval": "week", "buckets": [
            bucket("2026-02-09", "2026-02-16", 6), bucket("2026-02-16", "2026-02-23", 4)] })
    );
    let half_a_year = timeline("interval=auto&from=2026-05-22T00:00:00Z").await;
    assert_eq!(half_a_year["interval"], "week");
    let hours = timeline("interval=auto&from=2026-02-10T00:00:00Z&to=2026-02-12T00:00:00Z").await;
    let noons = ["2026-02-10", "2026-02-11"].map(|day| {
        json!({ "from": format!("{day}T12:00:00.000Z"), "to": format!("{day}T13:00:00.000Z"),
            "count": 1 })
    });
    assert_eq!(hours, json!({ "interval": "hour", "buckets": noons }));
    let days = timeline("interval=day").await;
    assert_eq!(days["buckets"].as_array().unwrap().len(), 400);
}

#[tokio::test]
async fn a_timeline_with_too_many_periods_is_refused() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    service.load(&every(&workspace, at(NOON), 24 * 60 * MINUTE_MS, 401));
    service.count(&workspace).await;
    for query in ["interval=day", "interval=hour", "interval=day&actor_id=usr_1"] {
        let answer = api.get(&format!("/v1/workspaces/ws_a/facets?{query}")).await;
        assert_eq!((answer.status, answer.problem()), (422, "validation-failed"), "{query}");
        assert_eq!(answer.json["errors"][0]["pointer"], "/interval");
        let detail = answer.json["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("must give at most 400 periods"), "{detail}");
    }
    assert_eq!(facets(&api, "interval=month").await["timeline"]["interval"], "month");
}

#[tokio::test]
async fn facets_tell_the_retention_and_follow_it() {
    let (service, workspace, api) = noon(Plan::Free).await;
    service.load(&every(&workspace, at(NOON), 60 * MINUTE_MS, 24 * 30));
    let answer = facets(&api, "").await;
    assert_eq!(
        (&answer["retention_days"], &answer["visible_from"]),
        (&json!(30), &json!("2026-10-23T00:00:00.000Z"))
    );
    assert_eq!(answer["total_entries"], 720);
    service.clock.set(at("2026-11-23T00:00:00Z"));
    assert_eq!(
        facets(&api, "").await["total_entries"],
        720 - 11,
        "the hours from 13 to 23 of the first day are gone"
    );
    service.clock.set(at("2027-06-01T00:00:00Z"));
    // Nothing was recorded since the log was numbered last, up to 10 s before.
    let nothing = json!({ "actions": [], "target_types": [], "outcomes": [], "unusual": [],
        "unusual_entries": 0, "unusual_is_complete": true,
        "total_entries": 0, "total_is_exact": true, "as_of": "2026-11-22T23:59:50.000Z",
        "retention_days": 30, "visible_from": "2027-05-02T00:00:00.000Z",
        "expiring": { "within_7_days": 0, "within_30_days": 0, "first_expires_at": null,
        "is_exact": true }, "journal_check": null });
    assert_eq!(facets(&api, "").await, nothing);
}

#[tokio::test]
async fn facets_refuse_what_they_do_not_know() {
    let (_service, _workspace, api) = noon(Plan::Free).await;
    for (query, status, problem) in [
        ("actor_name=u", 400, "unknown-parameter"),
        ("outcome=refused", 422, "validation-failed"),
        ("target_id=one", 422, "validation-failed"),
        ("page=1", 400, "unknown-parameter"),
        ("action=member.invite&action=member.invite", 400, "duplicate-parameter"),
        ("action=%zz", 400, "malformed-query"),
        ("action=member.inwite", 422, "validation-failed"),
        ("from=today", 422, "validation-failed"),
        ("interval=quarter", 422, "validation-failed"),
        ("interval=", 422, "validation-failed"),
        ("interval=day&interval=day", 400, "duplicate-parameter"),
    ] {
        let answer = api.get(&format!("/v1/workspaces/ws_a/facets?{query}")).await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{query}");
    }
}
