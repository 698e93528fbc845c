//! What changes of plan do to an entry, against a model that asks about one entry at a time.

use super::*;
use proptest::prelude::*;

const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600 * SECOND_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// 14:00 on a day that is called day 0.
fn at(days: i64, ms: i64) -> Timestamp {
    Timestamp::clamped(20_000 * DAY_MS + 14 * HOUR_MS).plus_days(days).plus_ms(ms)
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with bounds that may be missing")]
fn midnight(days: i64) -> Option<Timestamp> {
    Some(at(days, 0).start_of_day())
}

/// A workspace that had these plans, the first one from long ago, the others each from a moment on.
fn held(first: Plan, changes: &[(Plan, Timestamp)]) -> Workspace {
    let id = WorkspaceId::parse("w").unwrap();
    let workspace = Workspace::new(id, first, Salt::from_bytes([0; 32]), at(-1_000, 0));
    changes.iter().fold(workspace, |workspace, (plan, now)| {
        if workspace.plan == *plan {
            workspace
        } else {
            workspace.with_plan(*plan, *now, GraceDays::default())
        }
    })
}

#[test]
fn lowering_a_plan_hides_at_once_and_says_until_when_it_can_be_raised() {
    let free = held(Plan::Pro, &[(Plan::Free, at(0, 0))]);
    assert_eq!(free.visible_from(at(0, 0)), midnight(-30));
    assert_eq!(free.recoverable_from(at(0, 0)), midnight(-365));
    assert_eq!(free.graces, [Grace { plan: Plan::Pro, since: at(0, 0), until: at(7, 0) }]);
    assert_eq!(free.recoverable_from(at(7, -1)), midnight(-365 + 7));
    assert_eq!(free.recoverable_from(at(7, 0)), midnight(-30 + 7), "it is over to the millisecond");
}

#[test]
fn raising_a_plan_within_seven_days_brings_everything_back() {
    for (days, ms) in [(0, SECOND_MS), (3, 0), (6, 23 * HOUR_MS), (7, -1)] {
        let again = at(days, ms);
        let pro = held(Plan::Pro, &[(Plan::Free, at(0, 0)), (Plan::Pro, again)]);
        let never_lowered = held(Plan::Pro, &[]);
        assert_eq!(pro.visible_from(again), never_lowered.visible_from(again), "{days} d {ms} ms");
        assert_eq!(pro.graces, []);
    }
}

#[test]
fn raising_a_plan_after_seven_days_brings_nothing_back() {
    let pro = held(Plan::Pro, &[(Plan::Free, at(0, 0)), (Plan::Pro, at(7, 0))]);
    assert_eq!(pro.visible_from(at(7, 0)), midnight(-30 + 7));
    assert_eq!(pro.visible_from(at(100, 0)), midnight(-30 + 7), "not later either");
}

#[test]
fn raising_a_plan_keeps_what_was_visible_and_nothing_that_expired_while_it_was_held() {
    let raised = held(Plan::Free, &[(Plan::Enterprise, at(10, 0))]);
    assert_eq!(raised.visible_from(at(10, 0)), midnight(-20));
    assert_eq!(raised.visible_from(at(1_000, 0)), midnight(-20));
    let basic = held(Plan::Free, &[(Plan::Enterprise, at(10, 0)), (Plan::Basic, at(1_000, 0))]);
    assert_eq!(basic.visible_from(at(1_000, 0)), midnight(910));
    assert_eq!(held(Plan::Enterprise, &[]).visible_from(at(0, 0)), None);
}

#[test]
fn each_plan_that_was_lowered_has_a_grace_of_its_own() {
    let (to_basic, to_free) = ((Plan::Basic, at(0, 0)), (Plan::Free, at(3, 0)));
    let free = held(Plan::Pro, &[to_basic, to_free]);
    let plans = |workspace: &Workspace, now| -> Vec<Plan> {
        workspace.graces_at(now).map(|grace| grace.plan).collect()
    };
    assert_eq!(plans(&free, at(6, 0)), [Plan::Pro, Plan::Basic]);
    assert_eq!(plans(&free, at(7, 0)), [Plan::Basic]);
    let late = held(Plan::Pro, &[to_basic, to_free, (Plan::Pro, at(8, 0))]);
    assert_eq!(late.visible_from(at(8, 0)), midnight(8 - 90), "by the plan that it still had");
    let basic = held(Plan::Pro, &[(Plan::Free, at(0, 0)), (Plan::Basic, at(1, 0))]);
    assert_eq!(plans(&basic, at(1, 0)), [Plan::Pro], "the rest can still be brought back");
}

#[test]
fn a_deployment_without_grace_hides_for_good() {
    let none = GraceDays::new(0).unwrap();
    let pro = held(Plan::Pro, &[]);
    let free = pro.with_plan(Plan::Free, at(0, 0), none);
    assert_eq!(free.graces, []);
    let again = free.with_plan(Plan::Pro, at(0, SECOND_MS), none);
    assert_eq!(again.visible_from(at(0, SECOND_MS)), midnight(-30));
}

#[test]
fn an_entry_is_kept_for_whoever_can_still_bring_it_back() {
    let deleted =
        |workspace: &Workspace, now| workspace.delete_at(at(-100, 0), GraceDays::default(), now);
    let free = held(Plan::Pro, &[(Plan::Free, at(0, 0))]);
    assert_eq!(deleted(&free, at(6, 0)), midnight(-100 + 1 + 365 + 7));
    assert_eq!(deleted(&free, at(7, 0)), midnight(-100 + 1 + 30 + 7));
    let unlimited = held(Plan::Enterprise, &[(Plan::Free, at(0, 0))]);
    assert_eq!(deleted(&unlimited, at(6, 0)), None);
}

/// Whether a plan that was held right before `now`, or until less than 7 days ago, keeps the entry.
/// A plan that begins at `now` does not: it finds what the others have left.
fn is_kept_by_any(changes: &[(Plan, Timestamp)], occurred_at: Timestamp, now: Timestamp) -> bool {
    changes.iter().enumerate().any(|(place, (plan, since))| {
        let left_at = changes.get(place + 1).map(|(_, left_at)| *left_at);
        let is_held = *since < now && left_at.is_none_or(|left_at| now < left_at.plus_days(7));
        is_held && plan.expires_at(occurred_at).is_none_or(|end| end > now)
    })
}

/// The fate of one entry: once no plan keeps it, it is gone for good.
fn can_be_brought_back(
    changes: &[(Plan, Timestamp)],
    occurred_at: Timestamp,
    now: Timestamp,
) -> bool {
    let ends = changes.iter().filter_map(|(plan, _)| plan.expires_at(occurred_at));
    let moments = changes.iter().flat_map(|(_, since)| [*since, since.plus_days(7)]);
    let mut turns: Vec<_> =
        ends.chain(moments).chain([now]).filter(|at| (occurred_at..=now).contains(at)).collect();
    turns.sort_unstable();
    turns.into_iter().all(|turn| is_kept_by_any(changes, occurred_at, turn))
}

fn gap_ms() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(1),
        Just(SECOND_MS),
        0..DAY_MS,
        Just(7 * DAY_MS - 1),
        Just(7 * DAY_MS),
        0..9 * DAY_MS,
        0..120 * DAY_MS,
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    proptest::sample::select(Plan::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_024,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_fate_of_an_entry_is_that_of_the_model(
        first in plan(),
        steps in proptest::collection::vec((plan(), gap_ms()), 0..7),
        ages in proptest::collection::vec(0_i64..500, 1..12),
        after_ms in gap_ms(),
    ) {
        let mut now = at(0, 0);
        let mut changes = vec![(first, at(-1_000, 0))];
        for (plan, gap_ms) in steps {
            now = now.plus_ms(gap_ms);
            if changes.last().unwrap().0 != plan {
                changes.push((plan, now));
            }
        }
        let workspace = held(first, &changes[1..]);
        for now in [now, now.plus_ms(after_ms)] {
            for days in &ages {
                let occurred_at = now.plus_days(-days).plus_ms(-1);
                let is_kept = can_be_brought_back(&changes, occurred_at, now);
                let is_visible =
                    is_kept && workspace.expires_at(occurred_at).is_none_or(|end| end > now);
                let is_from =
                    |bound: Option<Timestamp>| bound.is_none_or(|from| occurred_at >= from);
                prop_assert_eq!(is_from(workspace.recoverable_from(now)), is_kept, "{} days", days);
                prop_assert_eq!(is_from(workspace.visible_from(now)), is_visible, "{} days", days);
                // What can be brought back is not deleted.
                let end = workspace.delete_at(occurred_at, GraceDays::default(), now);
                prop_assert!(!is_kept || end.is_none_or(|end| end > now));
                // Raising the plan at once to one that was held brings back what is kept by it.
                for grace in workspace.graces_at(now) {
                    let raised = workspace.with_plan(grace.plan, now, GraceDays::default());
                    let by_plan = grace.plan.expires_at(occurred_at).is_none_or(|end| end > now);
                    prop_assert_eq!(is_from(raised.visible_from(now)), is_kept && by_plan);
                }
            }
        }
    }

    #[test]
    fn what_can_be_brought_back_never_grows(
        first in plan(),
        steps in proptest::collection::vec((plan(), gap_ms()), 0..9),
    ) {
        let (mut now, mut workspace) = (at(0, 0), held(first, &[]));
        let mut before = workspace.recoverable_from(now);
        for (plan, gap_ms) in steps {
            now = now.plus_ms(gap_ms);
            prop_assert!(workspace.recoverable_from(now) >= before, "time has passed");
            workspace = workspace.with_plan(plan, now, GraceDays::default());
            prop_assert!(workspace.recoverable_from(now) >= before, "the plan has changed");
            before = workspace.recoverable_from(now);
            prop_assert!(workspace.visible_from(now) >= before);
            prop_assert!(workspace.graces.len() < Plan::ALL.len(), "one of each kind");
        }
    }
}
