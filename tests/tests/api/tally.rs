//! Numbered pages with exact totals, over HTTP: what is counted, what is kept of it, and what late
//! entries and failures do to it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect fails"
)]

mod facets;
mod failures;
mod kinds;
mod late;
mod numbers;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::{Content, Entry, Outcome};
use domain::plan::Plan;
use domain::tally::{Counted, Period};
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use local::embedded;
use std::collections::BTreeMap;
use tests::{Api, Page, TestService, actor, content, log_of, page, target};

const LIST: &str = "/v1/workspaces/ws_a/entries";
const MINUTE_MS: i64 = 60_000;

/// A service at noon with an empty workspace `ws_a`, and a client that may do everything.
async fn noon(plan: Plan) -> (TestService, Workspace, Api) {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_a", plan);
    let api = service.operator().await;
    (service, workspace, api)
}

/// The n-th of a log: three kinds, of which the second is half as frequent as the first and the
/// third is rare. Each eleventh was denied, and each seventh is of the same request.
fn nth(moment: Timestamp, n: usize) -> Content {
    let (action, kind) = match n % 200 {
        0 => ("api_key.revoke", "api_key"),
        n if n % 3 == 0 => ("project.update", "project"),
        _ => ("member.invite", "member"),
    };
    Content {
        outcome: if n.is_multiple_of(11) { Outcome::Denied } else { Outcome::Success },
        request_id: Some(format!("req_{}", n % 7)),
        ..content(moment, actor("usr_1"), action, target(kind, "one"), n)
    }
}

/// `count` entries, `step_ms` apart, of which the newest is at `last`.
fn every(workspace: &Workspace, last: Timestamp, step_ms: i64, count: usize) -> Vec<Entry> {
    log_of(
        workspace,
        (0..count).map(|n| nth(last.plus_ms(-step_ms * i64::try_from(n).unwrap()), n)),
    )
}

/// The page at a path once everything is counted. A list whose time budget ends is asked again: the
/// next one continues its work.
async fn settled(api: &Api, path: &str) -> Page {
    for _ in 0..50 {
        let one = page(api, path).await;
        if one.is_exact {
            return one;
        }
    }
    page(api, path).await
}

/// The sort keys of the tally nodes of `ws_a` that hold a count, each with the number of entries it
/// counts.
async fn counted(service: &TestService) -> BTreeMap<String, u64> {
    let pages = service
        .dynamodb
        .query()
        .table_name(embedded::tables().control)
        .key_condition_expression("pk = :pk");
    let pages = pages
        .expression_attribute_values(":pk", AttributeValue::S("tally#ws_a#1".to_owned()))
        .into_paginator()
        .items()
        .send();
    let items: Vec<_> = pages.collect::<Result<_, _>>().await.unwrap();
    let counted = items.into_iter().filter(|item| item.contains_key("counts"));
    counted
        .map(|item| {
            let key = item["sk"].as_s().unwrap().clone();
            let period = Period::from_key(&key).unwrap();
            let bytes = item["counts"].as_b().unwrap().as_ref();
            (key, Counted::from_bytes(bytes, period).unwrap().total())
        })
        .collect()
}
