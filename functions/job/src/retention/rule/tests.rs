use super::*;
use domain::identity::{EntryId, Salt};
use domain::plan::Plan;
use domain::workspace::WorkspaceId;
use proptest::prelude::*;

fn day(days: i64) -> Timestamp {
    Timestamp::parse("2026-11-25T00:00:00Z").unwrap().plus_days(days)
}

/// An entry of a day, recorded when it happened, with a life and a version.
fn life(days: i64, delete_at: Option<Timestamp>, version: Option<u64>) -> Life {
    Life {
        id: EntryId::first_of(day(days)),
        recorded_at: day(days),
        values_apart: false,
        further_targets: 0,
        delete_at,
        version,
    }
}

/// A workspace whose plan was changed on day 0.
fn changed(before: Plan, after: Plan) -> Workspace {
    let id = WorkspaceId::parse("ws_a").unwrap();
    let workspace = Workspace::new(id, before, Salt::from_bytes([0; 32]), day(-900));
    workspace.with_plan(after, day(0), GraceDays::default())
}

fn rule(workspace: &Workspace) -> Rule<'_> {
    Rule { workspace, requested_at: day(0), grace: GraceDays::default() }
}

/// The new life of an entry once every clock says that it is `now`.
fn new_life(workspace: &Workspace, life: &Life, now: Timestamp) -> Option<NewLife> {
    rule(workspace).new_life(life, now.plus_ms(CLOCKS_DIFFER_MS))
}

/// The life that a workspace gives.
fn ends(workspace: &Workspace, days: i64) -> NewLife {
    NewLife { delete_at: Some(day(days)), version: workspace.version }
}

#[test]
fn a_wrong_life_is_rewritten_and_a_right_one_is_stamped() {
    let raised = changed(Plan::Free, Plan::Basic);
    let new = |workspace, days, end, now| {
        new_life(workspace, &life(days, Some(day(end)), None), day(now))
    };
    assert_eq!(new(&raised, -5, 33, 0), Some(ends(&raised, 93)));
    assert_eq!(new(&raised, -5, 93, 0), Some(ends(&raised, 93)), "stamped");
    assert_eq!(new(&raised, -31, 7, 0), Some(ends(&raised, 0)), "hidden for good");
    let lowered = changed(Plan::Basic, Plan::Free);
    assert_eq!(new(&lowered, -40, 58, 0), Some(ends(&lowered, 58)), "it can be brought back");
    assert_eq!(new(&lowered, -40, 58, 7), Some(ends(&lowered, 7)), "not any more");
    assert_eq!(new(&lowered, -5, 93, 7), Some(ends(&lowered, 33)));
}

/// Basic, then Pro, then Free: what the run for Pro has not reached must not be deleted, because
/// Pro can be raised to again.
#[test]
fn a_lowered_plan_lengthens_what_the_plan_before_it_had_not_reached() {
    let free = changed(Plan::Basic, Plan::Pro).with_plan(Plan::Free, day(1), GraceDays::default());
    let stored = life(-90, Some(day(8)), None);
    assert_eq!(new_life(&free, &stored, day(1)), Some(ends(&free, -90 + 373)));
}

#[test]
fn what_a_later_version_has_decided_stays() {
    let raised = changed(Plan::Free, Plan::Basic);
    let new = |version| new_life(&raised, &life(-5, Some(day(33)), Some(version)), day(0));
    assert_eq!(raised.version, 2);
    assert_eq!(new(3), None);
    assert!(new(2).is_some(), "a life that an earlier pass has made, and that is not right now");
    assert!(new(1).is_some());
}

#[test]
fn what_was_recorded_after_the_change_needs_no_stamp() {
    let raised = changed(Plan::Free, Plan::Basic);
    let recorded = |ms| Life { recorded_at: day(0).plus_ms(ms), ..life(-5, Some(day(93)), None) };
    assert!(new_life(&raised, &recorded(CLOCKS_DIFFER_MS), day(1)).is_some());
    assert_eq!(new_life(&raised, &recorded(CLOCKS_DIFFER_MS + 1), day(1)), None);
    let wrong = Life { delete_at: Some(day(33)), ..recorded(CLOCKS_DIFFER_MS + 1) };
    assert!(new_life(&raised, &wrong, day(1)).is_some(), "recorded by the old plan");
}

#[test]
fn what_is_to_stay_and_would_go_within_a_day_is_urgent() {
    let now = day(0).plus_ms(23 * 3_600_000);
    let end = |days: i64| Some(day(days));
    let is_urgent =
        |old, new| is_urgent(&life(-30, old, None), &NewLife { delete_at: new, version: 2 }, now);
    assert!(is_urgent(end(1), end(60)) && is_urgent(end(1), None));
    assert!(!is_urgent(end(2), end(60)) && !is_urgent(None, end(60)), "there is time");
    assert!(!is_urgent(end(1), end(1)) && !is_urgent(end(1), end(0)), "it goes all the same");
}

#[test]
fn each_pass_begins_at_the_oldest_entry_and_not_before_its_time() {
    let lowered = changed(Plan::Pro, Plan::Free);
    let first = RetentionWork {
        position: Some(EntryId::first_of(day(-1))),
        rewritten: 7,
        ..RetentionWork::new(Plan::Free)
    };
    let Next::Pass(second, moment) = rule(&lowered).after_pass(&first) else { panic!() };
    assert_eq!((second.phase, second.position, second.rewritten), (Phase::SecondPass, None, 7));
    assert_eq!(moment, day(0).plus_ms(120_000), "counted from the change of plan");
    let Next::Pass(last, moment) = rule(&lowered).after_pass(&second) else { panic!() };
    assert_eq!((last.phase, last.rewritten), (Phase::FinalPass, 7));
    assert_eq!(moment, day(7).plus_ms(40_000), "when the grace is over by every clock");
    assert_eq!(rule(&lowered).after_pass(&last), Next::Nothing);
    let raised = changed(Plan::Free, Plan::Pro);
    assert_eq!(rule(&raised).after_pass(&second), Next::Nothing, "there is no grace");
}

proptest! {
    /// Rewriting is idempotent: an entry with its new life is not written again.
    #[test]
    fn a_new_life_is_written_once(
        days in -900_i64..0, before in 0_usize..4, after in 0_usize..4, later in 0_i64..9,
    ) {
        let (before, after) = (Plan::ALL[before], Plan::ALL[after]);
        let (workspace, now) = (changed(before, after), day(later));
        let stored = life(days, before.delete_at(day(days), GraceDays::default()), None);
        if let Some(new) = new_life(&workspace, &stored, now) {
            let written = Life { delete_at: new.delete_at, version: Some(new.version), ..stored };
            prop_assert_eq!(new_life(&workspace, &written, now), None);
        }
    }

    /// An entry that can be seen or brought back never gets a life that has ended.
    #[test]
    fn what_can_be_brought_back_is_not_deleted(
        days in -900_i64..0, before in 0_usize..4, after in 0_usize..4, later in 0_i64..9,
    ) {
        let (before, after) = (Plan::ALL[before], Plan::ALL[after]);
        let (workspace, now) = (changed(before, after), day(later));
        let stored = life(days, before.delete_at(day(days), GraceDays::default()), None);
        let is_kept = workspace.recoverable_from(now).is_none_or(|from| day(days) >= from);
        if let Some(NewLife { delete_at: Some(end), .. }) = new_life(&workspace, &stored, now) {
            prop_assert!(!is_kept || end > now, "{:?} at {:?}", end, now);
        }
    }
}
