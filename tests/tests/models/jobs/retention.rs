//! Runs of the retention job, which rewrites the expiry of every entry after a change of plan.

use crate::jobs::driver::{Driver, Mutant, play_run};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::entry::Entry;
use domain::identity::EntryId;
use domain::job::delete_at;
use domain::json::{JsonText, parse};
use domain::plan::{GraceDays, Plan};
use domain::timestamp::Timestamp;
use std::collections::BTreeMap;
use tests::{actor, content, log_of, target};

/// One run: a log, one or two changes of plan, and workers that may be killed or paused while
/// entries are deleted.
pub(crate) fn play(
    runtime: &tokio::runtime::Runtime,
    seed: u64,
    mutant: Option<Mutant>,
) -> Result<(), String> {
    play_run(runtime, seed, mutant, async |driver| run(driver).await)
}

fn log(driver: &mut Driver<'_>, plan: Plan) -> Vec<Entry> {
    let workspace = driver.service.fixed_workspace("ws_a", plan);
    let (random, now) = (&mut driver.random, driver.service.clock.now());
    let count = 10 + usize::try_from(random.below(50)).unwrap();
    let large =
        JsonText::of(&parse(format!("\"{}\"", "v".repeat(1_500)).as_bytes()).unwrap()).unwrap();
    let days = workspace.plan.retention_days().unwrap_or(500).min(500);
    let contents: Vec<_> = (0..count)
        .map(|number| {
            let at = now
                .start_of_day()
                .plus_days(-i64::from(random.below(days)))
                .plus_ms(i64::from(random.below(40_000_000)));
            let mut one =
                content(at, actor("u_1"), "project.update", target("project", "p"), number);
            one.new_value = (random.below(5) == 0).then(|| large.clone());
            one
        })
        .collect();
    let log = log_of(&workspace, contents);
    driver.service.load_by(&workspace, &log);
    log
}

async fn run(driver: &mut Driver<'_>) -> Result<(), String> {
    let plan = driver.random.pick(&Plan::ALL);
    let mut log = log(driver, plan);
    let api = driver.service.operator().await;
    for change in 0..=driver.random.below(2) {
        let plan = driver.random.pick(&Plan::ALL);
        let answer =
            api.put("/v1/workspaces/ws_a", &serde_json::json!({ "plan": plan.name() })).await;
        if answer.status != 200 {
            return Err(format!("{answer:?}"));
        }
        driver.announced();
        if change == 0 && driver.random.below(2) == 0 {
            driver.run().await?;
        }
        // A worker may read, pause, and then find that entries which it was about to rewrite are
        // gone.
        driver.deliver_some().await;
        // Somebody else deletes some entries. The job must not create them again.
        log = delete_some(driver, log).await;
    }
    loop {
        driver.run().await?;
        let Some(due) = driver.due().await else { break };
        driver.service.clock.set(due.max(driver.service.clock.now()));
        driver.look_after().await;
    }
    if !driver.service.open_jobs().await.is_empty() {
        return Err("a job is open, does not wait, and has no message".to_owned());
    }
    check(driver, &log).await
}

async fn delete_some(driver: &mut Driver<'_>, log: Vec<Entry>) -> Vec<Entry> {
    let mut left = Vec::new();
    for entry in log {
        if driver.random.below(6) > 0 {
            left.push(entry);
            continue;
        }
        for partition in ["ws_a", "ws_a#values"] {
            let delete = driver
                .service
                .dynamodb
                .delete_item()
                .table_name("entries")
                .key("workspace_id", AttributeValue::S(partition.into()));
            delete.key("id", AttributeValue::S(entry.id.to_string())).send().await.unwrap();
        }
    }
    left
}

async fn items(driver: &Driver<'_>, partition: &str) -> BTreeMap<EntryId, Option<Timestamp>> {
    let query = driver
        .service
        .dynamodb
        .query()
        .table_name("entries")
        .key_condition_expression("workspace_id = :partition");
    let query =
        query.expression_attribute_values(":partition", AttributeValue::S(partition.to_owned()));
    let items = query.send().await.unwrap().items.unwrap();
    let end = |seconds: &AttributeValue| {
        Timestamp::clamped(seconds.as_n().unwrap().parse::<i64>().unwrap() * 1_000)
    };
    items
        .iter()
        .map(|item| {
            (EntryId::parse(item["id"].as_s().unwrap()).unwrap(), item.get("delete_at").map(end))
        })
        .collect()
}

async fn check(driver: &Driver<'_>, log: &[Entry]) -> Result<(), String> {
    let workspace = driver.service.stored_workspace("ws_a").await;
    let (there, values) = (items(driver, "ws_a").await, items(driver, "ws_a#values").await);
    let own = there.keys().filter(|id| log.iter().all(|entry| entry.id != **id)).count();
    if own > 2 {
        return Err(format!("{own} items are there that were deleted, or never were"));
    }
    for entry in log {
        let Some(end) = there.get(&entry.id) else { return Err(format!("{} is gone", entry.id)) };
        let (at, now) = (entry.content.occurred_at, driver.service.clock.now());
        let is_right = *end == delete_at(&workspace, at, *end, GraceDays::default(), now);
        // An entry that no plan can bring back must go within the 7 days of grace.
        let is_gone = workspace.recoverable_from(now).is_some_and(|from| at < from);
        let is_over = end.is_some_and(|end| end <= now.plus_days(7));
        if !is_right || (is_gone && !is_over) {
            return Err(format!(
                "{} goes {end:?}, is gone: {is_gone}, plan {:?}",
                entry.id, workspace.plan
            ));
        }
        if values.get(&entry.id).is_some_and(|of_values| of_values != end) {
            return Err(format!(
                "the values of {} go {:?}, and it {end:?}",
                entry.id, values[&entry.id]
            ));
        }
    }
    Ok(())
}
