//! Changes from each plan to each plan, and on to each plan. In between, the job is done, under way
//! or not begun, and DynamoDB deletes late or at once. What can be seen is what the rule says. This
//! runs over the store in memory: 384 cases, each looked at seven times.

use crate::entries;
use crate::model::{Between, DAYS, Model};
use crate::world::World;
use domain::memory::fixtures::workspace;
use domain::plan::Plan;
use domain::workspace::WorkspaceId;

struct Case {
    id: WorkspaceId,
    third: Plan,
    model: Model,
    what: String,
}

/// Every second and third plan after one first plan, each pair in a workspace of its own.
async fn play(first: Plan, between: Between, deletes_at_once: bool) {
    let world = World::at_noon();
    let mut cases = Vec::new();
    for second in Plan::ALL {
        for third in Plan::ALL {
            let id = format!("ws_{}_{}", second.name(), third.name());
            let now = world.clock.now();
            let workspace = workspace(&id, first, now);
            let entries = entries(&workspace, now, &DAYS, 2);
            world.store.put_plain_workspace(&workspace);
            world.store.load_by(&workspace, &entries);
            let mut model = Model::new(entries, first);
            world.change(&workspace.id, second).await;
            model.change(second, now);
            let what = format!("{first:?} {second:?} {third:?} {between:?} {deletes_at_once}");
            cases.push(Case { id: workspace.id, third, model, what });
        }
    }
    let sweep = || deletes_at_once.then(|| world.store.delete_expired(world.clock.now()));
    match between {
        Between::Done => world.work_to_the_end().await,
        Between::UnderWay => world.work().await,
        Between::NotBegun => {}
    }
    sweep();
    // Once the job is done, every grace is over. Before that, a raised plan, or a job that is late,
    // has another hour.
    let hours = if between == Between::Done { 3 * 24 } else { 7 * 24 - 1 };
    world.clock.set(world.clock.now().plus_ms(hours * 3_600_000));
    sweep();
    let now = world.clock.now();
    for Case { id, third, model, what } in &mut cases {
        assert_eq!(world.shown(id).await, model.seen(now), "after the first change: {what}");
        world.change(id, *third).await;
        model.change(*third, now);
        assert_eq!(world.shown(id).await, model.seen(now), "at once: {what}");
    }
    world.work_to_the_end().await;
    for days in [0, 1, 29, 60, 300] {
        world.clock.set(world.clock.now().plus_days(days));
        sweep();
        let now = world.clock.now();
        for Case { id, model, what, .. } in &mut cases {
            assert_eq!(world.shown(id).await, model.seen(now), "{days} days later: {what}");
        }
    }
}

#[tokio::test]
async fn from_free() {
    each(Plan::Free).await;
}

#[tokio::test]
async fn from_basic() {
    each(Plan::Basic).await;
}

#[tokio::test]
async fn from_pro() {
    each(Plan::Pro).await;
}

#[tokio::test]
async fn from_enterprise() {
    each(Plan::Enterprise).await;
}

async fn each(first: Plan) {
    for between in [Between::Done, Between::UnderWay, Between::NotBegun] {
        for deletes_at_once in [false, true] {
            Box::pin(play(first, between, deletes_at_once)).await;
        }
    }
}
