//! What the feed refuses, and what it costs.

use super::{FEED, SETTLED_MS, entry};
use domain::credential::Scope;
use tests::Call;
use tests::recording::Log;

const WHOLE: &str = "9007199254740992";

#[tokio::test]
async fn a_parameter_that_is_wrong_is_refused_by_name_and_numbers_nothing() {
    let log = Log::start().await;
    assert_eq!(log.record(&entry(&log, 1)).await.status, 201);
    log.service.clock.set(log.service.clock.now().plus_ms(SETTLED_MS));
    let before = log.service.proxy.writes();
    for (query, pointers) in [
        ("after=-1", &["/after"][..]),
        ("after=", &["/after"]),
        ("after=01", &["/after"]),
        ("after=1.0", &["/after"]),
        ("after=1e3", &["/after"]),
        ("after=%D9%A1", &["/after"]),
        (&format!("after={WHOLE}"), &["/after"]),
        ("limit=0", &["/limit"]),
        ("limit=1001", &["/limit"]),
        ("limit=%2B1", &["/limit"]),
        ("include=", &["/include"]),
        ("include=all", &["/include"]),
        ("include=values,values", &["/include"]),
        ("target_id=x", &["/target_id"]),
        ("actor_type=user", &["/actor_type"]),
        ("outcome=Denied&request_id=", &["/outcome", "/request_id"]),
        ("target_id=x&target_type=member,project", &["/target_id"]),
        ("action=no.such&limit=x&after=y", &["/after", "/limit", "/action"]),
    ] {
        let answer = log.api.get(&format!("{FEED}?{query}")).await;
        assert_eq!((answer.status, answer.pointers().as_slice()), (422, pointers), "{query}");
        assert!(!answer.text.contains(WHOLE), "{query}: no received value");
    }
    for (query, problem) in [
        ("from=2026-11-22T00:00:00Z", "unknown-parameter"),
        ("page=2", "unknown-parameter"),
        ("After=2", "unknown-parameter"),
        ("after=0&after=0", "duplicate-parameter"),
        ("after=0&%61fter=1", "duplicate-parameter"),
        ("after=%zz", "malformed-query"),
    ] {
        let answer = log.api.get(&format!("{FEED}?{query}")).await;
        assert_eq!((answer.status, answer.problem()), (400, problem), "{query}");
    }
    assert_eq!(log.service.proxy.writes(), before, "what is refused numbers nothing");
}

#[tokio::test]
async fn a_number_beyond_the_end_is_refused_and_the_last_one_is_not() {
    let log = Log::start().await;
    for after in [0, 1] {
        let answer = log.api.get(&format!("{FEED}?after={after}")).await;
        assert_eq!((answer.status, answer.pointers()), (422, vec!["/after"]), "an empty log");
    }
    assert_eq!(log.record(&entry(&log, 1)).await.status, 201);
    log.service.clock.set(log.service.clock.now().plus_ms(SETTLED_MS));
    let answer = log.api.get(&format!("{FEED}?after=0")).await;
    assert_eq!((answer.status, &answer.json["next"]), (200, &0.into()));
    assert_eq!(log.api.get(&format!("{FEED}?after=1")).await.status, 422);
}

#[tokio::test]
async fn it_is_read_with_the_scope_of_reading_in_the_own_workspace_only() {
    let log = Log::start().await;
    log.service.workspace("ws_other", "free").await;
    for (scopes, workspace, status) in [
        (&[Scope::EntriesRead][..], Some("ws_log"), 200),
        (&[Scope::EntriesRead], None, 200),
        (&[Scope::EntriesRead], Some("ws_other"), 404),
        (&[Scope::EntriesExport, Scope::EntriesWrite], Some("ws_log"), 403),
    ] {
        let api = log.service.api(&log.service.key(scopes, workspace).await);
        assert_eq!(api.get(FEED).await.status, status, "{scopes:?} {workspace:?}");
    }
    assert_eq!(log.service.anonymous().get(FEED).await.status, 401);
}

/// Read units of the calls since the last time.
fn read_units(log: &Log) -> f64 {
    let calls = log.service.proxy.take_calls();
    let reads = ["Query", "GetItem", "BatchGetItem"];
    let read = calls.iter().filter(|call| reads.contains(&call.operation.as_str()));
    read.map(Call::units).sum()
}

#[tokio::test]
async fn it_costs_at_most_an_eighth_of_a_read_unit_an_entry() {
    let log = Log::start().await;
    for batch in 0..10 {
        let entries: Vec<_> = (0..100).map(|n| log.entry(&format!("evt_{batch}_{n}"))).collect();
        assert_eq!(log.record_batch(&entries).await.json["recorded"], 100);
        log.service.clock.set(log.service.clock.now().plus_ms(3_000));
    }
    log.service.clock.set(log.service.clock.now().plus_ms(SETTLED_MS));
    // The first request numbers the entries and remembers credential, workspace and catalogue.
    assert_eq!(log.api.get(&format!("{FEED}?limit=1000")).await.status, 200);
    let _ = read_units(&log);
    let all = log.api.get(&format!("{FEED}?limit=1000")).await;
    assert_eq!(super::entries(&all).len(), 1_000);
    let whole = read_units(&log);
    assert!(whole <= 120.0, "{whole} read units for 1,000 entries");
    let nothing = log.api.get(&format!("{FEED}?after=999")).await;
    assert_eq!(super::entries(&nothing).len(), 0);
    let poll = read_units(&log);
    assert!(poll <= 8.0, "{poll} read units for nothing new");
}
