//! Lists for which DynamoDB's own pages end early: at 1 MB, or empty because a filter matches
//! rarely.

use crate::list::noon;
use domain::entry::{Actor, ActorType, Content, Entry, Target};
use domain::json::{JsonText, parse};
use domain::memory::fixtures::entry_with;
use domain::plan::Plan;
use domain::workspace::Workspace;
use serde_json::Value;
use tests::{
    Api, Ask, Call, NOON, Page, TestService, actor, at, content, log_of, page, target, walk,
};

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// The `Query` calls since the last time.
fn queries(service: &TestService) -> Vec<Call> {
    service.proxy.take_calls().into_iter().filter(|call| call.operation == "Query").collect()
}

/// An entry as large as one can be without its values lying apart: four bytes to each character,
/// about 9 KB.
fn largest(workspace: &Workspace, n: usize) -> Entry {
    let long = |length: usize| "😀".repeat(length);
    let id = |of: usize| format!("{}{of:04}", long(508));
    let moment = at(NOON).plus_ms(-i64::try_from(n).unwrap());
    let content = Content {
        actor: Actor {
            name: Some(long(256)),
            email: Some(format!("{}@x", long(252))),
            ..Actor::new(ActorType::User, id(1))
        },
        target: Target { name: Some(long(256)), ..Target::new("integration", id(2)) },
        action: if n.is_multiple_of(2) { "integration.connect" } else { "integration.disconnect" }
            .to_owned(),
        ip_address: Some("2001:db8:1111:2222:3333:4444:5555:6666".to_owned()),
        user_agent: Some(long(512)),
        external_id: Some(id(n)),
        request_id: Some(id(3)),
        new_value: Some(
            JsonText::of(&parse(format!("\"{}\"", "x".repeat(1_022)).as_bytes()).unwrap()).unwrap(),
        ),
        ..content(moment, actor(""), "", target("", ""), n)
    };
    entry_with(workspace, content)
}

/// Walks forwards only, and repeats the filters, which are too long for a token.
async fn pages_of(api: &Api, query: &str) -> Vec<Page> {
    let mut pages = vec![page(api, &format!("/v1/workspaces/ws_a/entries?{query}")).await];
    while let Some(path) = pages.last().unwrap().link("next").map(str::to_owned) {
        pages.push(page(api, &path).await);
    }
    pages
}

#[tokio::test]
async fn a_page_is_full_although_dynamodb_ends_its_own_at_one_megabyte() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log: Vec<_> = (0..330).map(|n| largest(&workspace, n)).collect();
    service.load(&log);
    assert_eq!(service.stored_items("ws_a#values").await, 0, "the values lie in the entries");
    let (one, text) = (log.first().unwrap(), |text: &str| Some(text.to_owned()));
    let by_actor = Ask { actor_id: text(&one.content.actor.id), ..Ask::default() };
    let by_target = Ask {
        target_type: text("integration"),
        target_id: text(&one.content.target.id),
        ..Ask::default()
    };
    for base in [
        Ask::default(),
        by_actor.clone(),
        by_target.clone(),
        Ask { actor_id: by_actor.actor_id, ..by_target },
    ] {
        for ask in [Ask { action: text("integration.connect"), ..base.clone() }, base] {
            queries(&service);
            let pages = pages_of(&api, &format!("{}page_size=100", ask.query())).await;
            let there: Vec<_> = pages.iter().map(|page| page.ids.clone()).collect();
            let expected: Vec<_> = ask.of(&log).chunks(100).map(<[String]>::to_vec).collect();
            assert_eq!(there, expected, "every page but the last is full");
            let ended_early = |call: &Call| {
                let ends = call.response.get("LastEvaluatedKey").is_some();
                ends && number(&call.response, "ScannedCount") < number(&call.request, "Limit")
            };
            assert!(
                ask.action.is_none() || queries(&service).iter().any(ended_early),
                "DynamoDB did end a page at 1 MB"
            );
        }
    }
}

/// 9,600 entries of one actor and target of which eight are of a rare action: five at the far end,
/// two together, one at the near end.
fn rare_among_many(workspace: &Workspace) -> Vec<Entry> {
    const RARE: [u32; 8] = [3, 4_700, 4_701, 9_595, 9_596, 9_597, 9_598, 9_599];
    let of = |n: u32| {
        let action = if RARE.contains(&n) { "api_key.revoke" } else { "project.update" };
        let kind = if n.is_multiple_of(2) { "project" } else { "settings" };
        let place = if RARE.contains(&n) { target("api_key", "one") } else { target(kind, "one") };
        content(at(NOON).plus_ms(-i64::from(n) * 1_000), actor("usr_1"), action, place, 0)
    };
    log_of(workspace, (0..9_600).map(of))
}

#[tokio::test]
async fn a_filter_that_matches_rarely_fills_its_pages_and_finds_all() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = rare_among_many(&workspace);
    service.load(&log);
    service.count(&workspace).await;
    let text = |text: &str| Some(text.to_owned());
    let action = Ask { action: text("api_key.revoke"), ..Ask::default() };
    let of_actor = Ask { actor_id: text("usr_1"), ..Ask::default() };
    for (name, ask) in [
        ("action", action.clone()),
        ("target_type", Ask { target_type: text("api_key"), ..Ask::default() }),
        ("action and target_type", Ask { target_type: text("api_key"), ..action.clone() }),
        ("actor and action", Ask { action: action.action.clone(), ..of_actor.clone() }),
        ("actor and target_type", Ask { target_type: text("api_key"), ..of_actor.clone() }),
        (
            "a time without a match",
            Ask {
                from: Some(at(NOON).plus_ms(-4_600_000)),
                to: Some(at(NOON).plus_ms(-4_000)),
                ..action.clone()
            },
        ),
        ("an action without a match", Ask { action: text("api_key.create"), ..Ask::default() }),
    ] {
        let expected = ask.of(&log);
        for size in [2, 3, 100] {
            let pages = walk(&api, "ws_a", &format!("{}page_size={size}", ask.query())).await;
            let there: Vec<_> = pages.iter().map(|page| page.ids.clone()).collect();
            let full: Vec<_> = expected.chunks(size).map(<[String]>::to_vec).collect();
            assert_eq!(
                there,
                if full.is_empty() { vec![Vec::new()] } else { full },
                "{name}, {size} to a page"
            );
            let total = u64::try_from(expected.len()).unwrap();
            assert!(
                pages.iter().all(|page| page.is_exact && page.total == total),
                "{name}: {pages:?}"
            );
        }
    }
}

/// The read capacity units of the calls since the last time.
fn read_units(service: &TestService) -> f64 {
    let calls = service.proxy.take_calls();
    calls.iter().filter(|call| call.operation == "Query").map(Call::units).sum()
}

#[tokio::test]
async fn what_was_counted_once_is_not_read_again() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    service.load(&rare_among_many(&workspace));
    service.count(&workspace).await;
    for query in [
        "action=api_key.create", "action=api_key.revoke", "target_type=member",
        "action=project.update&page=200", "page=480", "page=240",
    ] {
        let path = format!("/v1/workspaces/ws_a/entries?{query}");
        page(&api, &path).await;
        read_units(&service);
        page(&api, &path).await;
        let units = read_units(&service);
        assert!(units <= 30.0, "{query}: {units}");
    }
}

#[tokio::test]
async fn a_page_by_actor_or_target_reads_each_of_their_entries_once() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    service.load(&rare_among_many(&workspace));
    for query in [
        "actor_id=usr_1&", "target_type=project&target_id=one&",
        "actor_id=usr_1&action=api_key.revoke&",
    ] {
        queries(&service);
        let first = page(&api, &format!("/v1/workspaces/ws_a/entries?{query}page_size=100")).await;
        let calls = queries(&service);
        // The embedded store counts one too many where it ends a page at 1 MB.
        let ended_early = u64::try_from(calls.len()).unwrap() - 1;
        let read: u64 = calls.iter().map(|call| number(&call.response, "ScannedCount")).sum();
        assert!(first.is_exact && read <= 9_600 + ended_early, "{query}: {read}");
    }
}
