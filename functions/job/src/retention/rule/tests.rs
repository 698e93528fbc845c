use super::*;
use domain::identity::{EntryId, Salt};
use domain::plan::Plan;
use domain::workspace::WorkspaceId;
use proptest::prelude::*;

fn day(days: i64) -> Timestamp {
    Timestamp::parse("2026-11-25T00:00:00Z").unwrap().plus_days(days)
}

/// An entry of a day, recorded when it happened, with an expiry and a version.
fn life(days: i64, expires_at: Option<Timestamp>, version: Option<u64>) -> Life {
    Life {
        id: EntryId::first_of(day(days)),
        recorded_at: day(days),
        values_apart: false,
        further_targets: 0,
        expires_at,
        version,
    }
}

/// A workspace whose plan was changed on day 0.
fn changed(before: Plan, after: Plan) -> Workspace {
    let id = WorkspaceId::parse("ws_a").unwrap();
    Workspace::new(id, before, Salt::from_bytes([0; 32]), day(-900)).with_plan(after, day(0))
}

fn new_life(workspace: &Workspace, life: &Life, now: Timestamp) -> Option<NewLife> {
    Rule { workspace, requested_at: day(0) }.new_life(life, now)
}

/// The life that a workspace gives on day 0.
fn ends(workspace: &Workspace, days: i64) -> NewLife {
    NewLife { expires_at: Some(day(days)), version: workspace.version, now: day(0) }
}

#[test]
fn a_wrong_expiry_is_rewritten_and_a_right_one_is_stamped() {
    let raised = changed(Plan::Free, Plan::Basic);
    let new = |workspace, days, end| new_life(workspace, &life(days, Some(day(end)), None), day(0));
    assert_eq!(new(&raised, -5, 26), Some(ends(&raised, 86)));
    assert_eq!(new(&raised, -5, 86), Some(ends(&raised, 86)), "stamped");
    let lowered = changed(Plan::Basic, Plan::Free);
    assert_eq!(new(&lowered, -5, 86), Some(ends(&lowered, 26)));
    assert_eq!(new(&lowered, -40, 51), Some(ends(&lowered, 0)), "hidden");
}

#[test]
fn what_this_or_a_later_version_has_decided_stays() {
    let raised = changed(Plan::Free, Plan::Basic);
    assert_eq!(raised.version, 2);
    for version in [2, 3] {
        assert_eq!(new_life(&raised, &life(-5, Some(day(26)), Some(version)), day(0)), None);
    }
    assert!(new_life(&raised, &life(-5, Some(day(26)), Some(1)), day(0)).is_some());
}

#[test]
fn what_was_recorded_after_the_change_needs_no_stamp() {
    let raised = changed(Plan::Free, Plan::Basic);
    let recorded = |ms| Life { recorded_at: day(0).plus_ms(ms), ..life(-5, Some(day(86)), None) };
    assert!(new_life(&raised, &recorded(CLOCKS_DIFFER_MS), day(1)).is_some());
    assert_eq!(new_life(&raised, &recorded(CLOCKS_DIFFER_MS + 1), day(1)), None);
    let wrong = Life { expires_at: Some(day(26)), ..recorded(CLOCKS_DIFFER_MS + 1) };
    assert!(new_life(&raised, &wrong, day(1)).is_some(), "recorded by the old plan");
}

#[test]
fn what_is_to_stay_and_would_go_within_a_day_is_urgent() {
    let now = day(0).plus_ms(23 * 3_600_000);
    let end = |days: i64| Some(day(days));
    let is_urgent =
        |old, new| is_urgent(&life(-30, old, None), &NewLife { expires_at: new, version: 2, now });
    assert!(is_urgent(end(1), end(60)) && is_urgent(end(1), None));
    assert!(!is_urgent(end(2), end(60)) && !is_urgent(None, end(60)), "there is time");
    assert!(!is_urgent(end(1), end(1)) && !is_urgent(end(1), end(0)), "it goes all the same");
}

#[test]
fn each_pass_begins_at_the_oldest_entry_and_not_before_its_time() {
    let first = RetentionWork {
        position: Some(EntryId::first_of(day(-1))),
        rewritten: 7,
        ..RetentionWork::new(Plan::Free)
    };
    let (second, moment) = after_pass(&first, day(0), day(3));
    assert_eq!((second.phase, second.position, second.rewritten), (Phase::SecondPass, None, 7));
    assert_eq!(moment, day(0).plus_ms(120_000), "counted from the change of plan");
    let (third, moment) = after_pass(&second, day(0), day(3));
    assert_eq!((third.phase, third.rewritten), (Phase::Recounting, 7));
    assert_eq!(moment, day(3).plus_ms(60_000), "counted from the last reopening");
}

proptest! {
    /// An entry that has expired never gets a longer life, whatever the plans.
    #[test]
    fn what_has_expired_never_comes_back(
        days in -900_i64..0, before in 0_usize..4, after in 0_usize..4, later in 0_i64..3,
    ) {
        let (before, after) = (Plan::ALL[before], Plan::ALL[after]);
        let (workspace, now) = (changed(before, after), day(later));
        let stored = life(days, before.expires_at(day(days)), None);
        let new = new_life(&workspace, &stored, now);
        if let (Some(new), Some(end)) = (new, stored.expires_at.filter(|end| *end <= now)) {
            let new = new.expires_at;
            prop_assert!(new.is_some_and(|new| new <= end), "{:?} after {:?}", new, end);
        }
    }

    /// Rewriting is idempotent: an entry with its new life is not written again.
    #[test]
    fn a_new_life_is_written_once(
        days in -900_i64..0, before in 0_usize..4, after in 0_usize..4, later in 0_i64..3,
    ) {
        let (before, after) = (Plan::ALL[before], Plan::ALL[after]);
        let (workspace, now) = (changed(before, after), day(later));
        let stored = life(days, before.expires_at(day(days)), None);
        if let Some(new) = new_life(&workspace, &stored, now) {
            let written = Life { expires_at: new.expires_at, version: Some(new.version), ..stored };
            prop_assert_eq!(new_life(&workspace, &written, now), None);
        }
    }
}
