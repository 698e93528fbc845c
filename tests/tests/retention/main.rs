//! Changes of plan: the effect that they announce, what they change at once, and what the job after
//! them changes in the store. Every combination of plans is played over the store in memory. What
//! only the API or DynamoDB can show is played over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets what it does not expect fails"
)]

mod effect;
mod expiring;
mod job;
mod matrix;
mod model;
mod over_http;
mod world;

use domain::entry::Entry;
use domain::memory::fixtures::value_of;
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use tests::{TestService, actor, content, log_of, target};

/// A log with some entries on each of these days before now, the last of each with values that lie
/// apart.
pub(crate) fn log(
    service: &TestService,
    workspace: &Workspace,
    days: &[i64],
    each: usize,
) -> Vec<Entry> {
    let log = entries(workspace, service.clock.now(), days, each);
    service.load_by(workspace, &log);
    log
}

/// The entries of such a log.
pub(crate) fn entries(
    workspace: &Workspace,
    now: Timestamp,
    days: &[i64],
    each: usize,
) -> Vec<Entry> {
    let contents = days.iter().enumerate().flat_map(|(place, day)| {
        let at = now.plus_days(-day).start_of_day();
        (0..each).map(move |number| {
            let number_ms = i64::try_from(number).unwrap() * 1_000;
            let mut one = content(
                at.plus_ms(number_ms),
                actor("u_1"),
                "project.update",
                target("project", "p"),
                place * each + number,
            );
            one.new_value = (number + 1 == each).then(|| value_of(2_002));
            one
        })
    });
    log_of(workspace, contents)
}

/// What is stored: the id of each item of a partition, and from when on it may be deleted.
pub(crate) async fn stored(
    service: &TestService,
    partition: &str,
) -> Vec<(String, Option<Timestamp>)> {
    let query = service
        .dynamodb
        .query()
        .table_name("entries")
        .key_condition_expression("workspace_id = :partition");
    let query = query.expression_attribute_values(
        ":partition",
        aws_sdk_dynamodb::types::AttributeValue::S(partition.to_owned()),
    );
    let items = query.send().await.unwrap().items.unwrap();
    let end =
        |item: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
            let seconds: i64 = item.get("delete_at")?.as_n().unwrap().parse().unwrap();
            Some(Timestamp::clamped(seconds * 1_000))
        };
    items.iter().map(|item| (item["id"].as_s().unwrap().clone(), end(item))).collect()
}

/// The plan's name.
pub(crate) fn plan(plan: Plan) -> serde_json::Value {
    serde_json::json!({ "plan": plan.name() })
}
