//! Each plan to each plan, and on to each plan, with the job done between, under way, or not begun,
//! and with DynamoDB deleting late or at once: what can be seen is what the rule says.

use crate::{log, plan};
use domain::entry::Entry;
use domain::plan::Plan;
use domain::workspace::Workspace;
use tests::{Api, TestService};

/// Days ago on which there are entries: at both sides of every plan's end, and long before.
const DAYS: [i64; 11] = [0, 1, 29, 30, 31, 89, 90, 91, 364, 365, 366];

/// What the job does between the first change and the second.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Between {
    Done,
    UnderWay,
    NotBegun,
}

/// By the rule, without looking at what is stored: an entry is seen while no plan that was in force
/// has let it expire.
struct Model {
    entries: Vec<(Entry, bool)>,
    plan: Plan,
}

impl Model {
    fn expire(&mut self, now: domain::timestamp::Timestamp) {
        for (entry, is_seen) in &mut self.entries {
            *is_seen &= self.plan.expires_at(entry.content.occurred_at).is_none_or(|end| end > now);
        }
    }

    fn change(&mut self, plan: Plan, now: domain::timestamp::Timestamp) {
        self.expire(now);
        self.plan = plan;
        self.expire(now);
    }

    fn seen(&self) -> Vec<String> {
        let mut ids: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, is_seen)| *is_seen)
            .map(|(entry, _)| entry.id.to_string())
            .collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids
    }
}

/// What the list shows of one actor, whose entries these are; twice, by the index and by the tally.
async fn shown(api: &Api, workspace: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for filter in ["actor_id=u_1", "action=project.update"] {
        let page =
            api.get(&format!("/v1/workspaces/{workspace}/entries?{filter}&page_size=100")).await;
        let ids: Vec<_> = page.json["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            page.json["page"]["total_entries"],
            u64::try_from(ids.len()).unwrap(),
            "{filter}"
        );
        assert!(
            shown.is_empty() || filter.starts_with("actor") || shown == ids,
            "index and table differ"
        );
        shown = ids;
    }
    shown
}

struct Case {
    workspace: Workspace,
    model: Model,
    what: String,
}

/// Every second change of one first plan, each in a workspace of its own.
async fn play(first: Plan, between: Between, deletes_at_once: bool) {
    let service = TestService::at_noon().await;
    let mut cases = Vec::new();
    for second in Plan::ALL {
        for third in Plan::ALL {
            let id = format!("ws_{}_{}", second.name(), third.name());
            let workspace = service.fixed_workspace(&id, first);
            let entries = log(&service, &workspace, &DAYS, 2)
                .into_iter()
                .map(|entry| (entry, true))
                .collect();
            let model = Model { entries, plan: first };
            cases.push((
                second,
                third,
                Case {
                    workspace,
                    model,
                    what: format!("{first:?} {second:?} {third:?} {between:?} {deletes_at_once}"),
                },
            ));
        }
    }
    let sweep = async || if deletes_at_once { service.delete_expired().await } else { 0 };
    let api = service.operator().await;
    let now = service.clock.now();
    for (second, _, case) in &mut cases {
        assert_eq!(
            api.put(&format!("/v1/workspaces/{}", case.workspace.id), &plan(*second)).await.status,
            200
        );
        case.model.change(*second, now);
    }
    match between {
        Between::Done => service.work_to_the_end().await,
        Between::UnderWay => drop(service.work().await),
        Between::NotBegun => {}
    }
    sweep().await;
    // Some days later, unless the job waits: what it has not come to yet goes by the old plan.
    let days = if between == Between::Done { 3 } else { 0 };
    service.clock.set(service.clock.now().plus_days(days));
    sweep().await;
    let (api, now) = (service.operator().await, service.clock.now());
    for (_, third, case) in &mut cases {
        case.model.expire(now);
        assert!(
            shown(&api, case.workspace.id.as_str()).await == case.model.seen(),
            "after the first change: {}",
            case.what
        );
        assert_eq!(
            api.put(&format!("/v1/workspaces/{}", case.workspace.id), &plan(*third)).await.status,
            200
        );
        case.model.change(*third, now);
        assert!(
            shown(&api, case.workspace.id.as_str()).await == case.model.seen(),
            "at once: {}",
            case.what
        );
    }
    service.work_to_the_end().await;
    for days in [0, 1, 29, 60, 300] {
        service.clock.set(service.clock.now().plus_days(days));
        sweep().await;
        let (api, now) = (service.operator().await, service.clock.now());
        for (_, _, case) in &mut cases {
            case.model.expire(now);
            assert!(
                shown(&api, case.workspace.id.as_str()).await == case.model.seen(),
                "{days} days later: {}",
                case.what
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_free() {
    each(Plan::Free).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_basic() {
    each(Plan::Basic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_pro() {
    each(Plan::Pro).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_enterprise() {
    each(Plan::Enterprise).await;
}

async fn each(first: Plan) {
    for (between, deletes_at_once) in [
        (Between::Done, false),
        (Between::Done, true),
        (Between::UnderWay, false),
        (Between::UnderWay, true),
        (Between::NotBegun, false),
        (Between::NotBegun, true),
    ] {
        Box::pin(play(first, between, deletes_at_once)).await;
    }
}
