//! Changes of plan over the store in memory: what they count, and what becomes of two at once.

mod races;

use super::*;
use crate::counting::{Fold, fold};
use crate::entry::Entry;
use crate::memory::fixtures::{at, entry, requester, workspace};
use crate::memory::{Asked, Call, Failure, Fate, MemoryStore, finish};
use crate::ports::ReadControl;
use crate::sequencing::seal;
use proptest::prelude::*;
use std::time::Duration;

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

fn id() -> WorkspaceId {
    WorkspaceId::parse("ws_a").unwrap()
}

fn change<S: PlanChangeStore>(
    store: &S,
    plan: Plan,
    now: Timestamp,
) -> Result<PlanChange, PlanChangeError> {
    let (grace, clock) = (GraceDays::default(), Clock::manual(now));
    finish(change_plan(store, &id(), plan, &requester("u_1"), false, grace, &clock))
}

/// What a change to the plan free would do.
async fn dry_run(store: &MemoryStore) -> Result<PlanChange, PlanChangeError> {
    let grace = GraceDays::default();
    change_plan(store, &id(), Plan::Free, &requester("u_1"), true, grace, &Clock::manual(noon()))
        .await
}

/// What the workspace is now.
fn stored(store: &MemoryStore) -> Option<Workspace> {
    finish(store.workspace(&id())).unwrap()
}

/// The entries that tell of changes: the plan before and the plan after, by the version that each
/// made.
fn told(store: &MemoryStore, workspace: &Workspace) -> Vec<(Option<Plan>, Plan)> {
    let plan = |value: &Option<JsonText>| {
        let text = value.as_ref()?.as_str();
        Plan::ALL.into_iter().find(|plan| text == format!("{{\"plan\":\"{}\"}}", plan.name()))
    };
    let entries = store.stored(workspace).into_iter().map(|entry| entry.content);
    entries
        .filter(|content| content.action == "workspace.plan.update")
        .map(|content| (plan(&content.old_value), plan(&content.new_value).unwrap()))
        .collect()
}

/// A store that takes so long for each call of a kind.
fn slow(store: &MemoryStore, clock: &Clock, kind: Call, ms: i64) -> MemoryStore {
    let clock = clock.clone();
    store.scripted(move |asked| {
        if asked.call == kind {
            clock.set(clock.now().plus_ms(ms));
        }
        Fate::Pass
    })
}

/// Otherwise it would land in time that is numbered already.
#[test]
fn the_entry_of_a_change_is_recorded_once_the_counting_is_done() {
    let (store, clock) = (MemoryStore::new(), Clock::manual(noon()));
    let workspace = workspace("ws_a", Plan::Pro, noon().plus_days(-400));
    store.put_plain_workspace(&workspace);
    let (id, asks, grace) = (id(), requester("u_1"), GraceDays::default());
    let counting = slow(&store, &clock, Call::GetFolded, 15_000);
    finish(change_plan(&counting, &id, Plan::Free, &asks, false, grace, &clock)).unwrap();
    let told = store.stored(&workspace);
    assert_eq!(told.len(), 1);
    assert!(clock.now() >= noon().plus_ms(15_000));
    assert_eq!((told[0].content.occurred_at, told[0].recorded_at), (clock.now(), clock.now()));
}

/// Also in one millisecond, and on a machine whose clock is behind.
#[test]
fn entries_of_changes_are_in_the_order_in_which_the_changes_took_effect() {
    let store = MemoryStore::new();
    let workspace = workspace("ws_a", Plan::Free, noon().plus_days(-1));
    store.put_plain_workspace(&workspace);
    let changes = [Plan::Pro, Plan::Basic, Plan::Enterprise, Plan::Free, Plan::Pro, Plan::Basic];
    for (plan, late_ms) in changes.into_iter().zip([0, 0, 0, 40, 40, 0]) {
        change(&store, plan, noon().plus_ms(-late_ms)).unwrap();
    }
    let mut entries = store.stored(&workspace);
    entries.sort_by_key(|entry| entry.id);
    let told = entries.iter().map(|entry| entry.content.new_value.as_ref().unwrap().as_str());
    let wanted = changes.map(|plan| format!("{{\"plan\":\"{}\"}}", plan.name()));
    assert_eq!(told.collect::<Vec<_>>(), wanted);
    let last = entries.last().unwrap().content.occurred_at;
    assert_eq!(stored(&store).unwrap().updated_at, last);
}

/// It would be out of order, and nothing announces it.
#[test]
fn a_change_whose_entry_is_made_too_slowly_is_not_stored() {
    let (store, clock) = (MemoryStore::new(), Clock::manual(noon()));
    let workspace = workspace("ws_a", Plan::Pro, noon().plus_days(-400));
    store.put_plain_workspace(&workspace);
    let (id, asks, grace) = (id(), requester("u_1"), GraceDays::default());
    let naming = slow(&store, &clock, Call::GetSalt, 5_001);
    let changed = finish(change_plan(&naming, &id, Plan::Free, &asks, false, grace, &clock));
    assert!(matches!(changed, Err(PlanChangeError::Store(StoreError::Unavailable(_)))));
    assert_eq!((store.stored(&workspace).len(), stored(&store)), (0, Some(workspace)));
}

fn plan() -> impl Strategy<Value = Plan> {
    proptest::sample::select(Plan::ALL.to_vec())
}

/// A script for the first transaction; all other calls pass.
fn first_put(fate: Fate) -> impl FnMut(Asked) -> Fate {
    let mut fate = Some(fate);
    move |asked| match asked.call {
        Call::PutWorkspace => fate.take().unwrap_or(Fate::Pass),
        _ => Fate::Pass,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_effect_is_what_a_plain_list_says(
        plans in [plan(), plan(), plan()],
        ages in proptest::collection::vec((0_i64..400, 0_i64..86_400_000), 0..40),
        days in (0_i64..40, 0_i64..40),
    ) {
        effect_is_plain(plans, &ages, 1, days)?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// 120 entries at a time are enough for a count to be kept.
    #[test]
    fn the_effect_of_a_counted_log_is_what_a_plain_list_says(
        plans in [plan(), plan(), plan()],
        ages in proptest::collection::vec((0_i64..100, 0_i64..86_000_000), 1..5),
        days in (0_i64..40, 0_i64..40),
    ) {
        effect_is_plain(plans, &ages, 120, days)?;
    }
}

/// Changes from the first plan to the second and on to the third, with a log of so many entries of
/// each of these ages, counted before either change, and days between the changes.
fn effect_is_plain(
    [first, second, third]: [Plan; 3],
    ages: &[(i64, i64)],
    each: u32,
    (days_before, days_after): (i64, i64),
) -> Result<(), TestCaseError> {
    let store = MemoryStore::new();
    let before = workspace("ws_a", first, noon().plus_ms(-1));
    store.put_plain_workspace(&before);
    let log: Vec<_> = (0_u32..)
        .zip(ages)
        .flat_map(|(n, (days, ms))| (0..each).map(move |of_age| (n * each + of_age, days, ms)))
        .map(|(n, days, ms)| entry(&before, noon().plus_days(-days).plus_ms(-ms), n))
        .collect();
    store.load_by(&before, &log);
    let budget = Budget::new(f64::MAX, Duration::from_mins(1));
    finish(seal(&store, &id(), noon(), &budget)).unwrap();
    finish(fold(&store, &id(), Fold::Now, &budget)).unwrap();
    let then = noon().plus_days(days_before);
    let before = change(&store, second, then).unwrap().workspace;
    let now = then.plus_days(days_after).plus_ms(1);
    let found = change(&store, third, now).unwrap();
    let all = store.stored(&before);
    let turned = |from: &Workspace, to: &Workspace| {
        let is_turned = |entry: &&Entry| entry.is_visible(from, now) && !entry.is_visible(to, now);
        u64::try_from(all.iter().filter(is_turned).count()).unwrap()
    };
    let effect = found.effect;
    prop_assert_eq!(effect.hidden_entries, turned(&before, &found.workspace));
    prop_assert_eq!(effect.restored_entries, turned(&found.workspace, &before));
    prop_assert!(effect.is_exact);
    prop_assert_eq!(effect.kept_from, found.workspace.visible_from(now));
    let until = third.keeps_less_than(before.plan).then(|| now.plus_days(7));
    prop_assert_eq!(effect.restorable_until, until);
    let after = if before.plan == third {
        before
    } else {
        before.with_plan(third, now, GraceDays::default())
    };
    prop_assert_eq!(found.workspace, after);
    Ok(())
}

#[test]
fn a_change_gives_up_when_others_keep_changing() {
    for (rivals, is_stored) in [(0_u64, true), (2, true), (3, false)] {
        let store = MemoryStore::new();
        store.put_plain_workspace(&workspace("ws_a", Plan::Free, noon()));
        let (other, mut puts) = (store.clone(), 0);
        let raced = store.scripted(move |asked| {
            if asked.call == Call::PutWorkspace {
                puts += 1;
                if puts <= rivals {
                    let plan = if puts.is_multiple_of(2) { Plan::Basic } else { Plan::Enterprise };
                    change(&other, plan, noon().plus_ms(asked.number.try_into().unwrap())).unwrap();
                }
            }
            Fate::Pass
        });
        let outcome = change(&raced, Plan::Pro, noon().plus_ms(9_000));
        let end = stored(&store).unwrap();
        assert_eq!(outcome.is_ok(), is_stored, "{rivals} rivals");
        assert_eq!(end.version, 1 + rivals + u64::from(is_stored));
        if is_stored {
            assert_eq!(outcome.unwrap().workspace, end);
        } else {
            assert!(matches!(outcome, Err(PlanChangeError::Contended)));
            assert!(told(&store, &end).iter().all(|(_, plan)| *plan != Plan::Pro));
        }
    }
}

#[test]
fn a_change_whose_answer_was_lost_can_be_asked_for_again() {
    let store = MemoryStore::new();
    store.put_plain_workspace(&workspace("ws_a", Plan::Pro, noon()));
    let lost = store.scripted(first_put(Fate::FailAfter(Failure::Unavailable)));
    let outcome = change(&lost, Plan::Free, noon());
    assert!(matches!(outcome, Err(PlanChangeError::Store(StoreError::Unavailable(_)))));
    let again = change(&lost, Plan::Free, noon().plus_ms(1)).unwrap();
    assert_eq!((again.workspace.version, again.effect.hidden_entries), (2, 0));
    assert!(again.job.is_none(), "it started with the change");
    assert_eq!(told(&store, &again.workspace), [(Some(Plan::Pro), Plan::Free)], "told once");
}

#[test]
fn a_dry_run_stores_nothing_but_numbers_and_counts() {
    let store = MemoryStore::new();
    let writes = store.scripted(|asked| {
        let counts = [Call::PutSegment, Call::Keep, Call::PutFolded];
        assert!(!asked.call.is_write() || counts.contains(&asked.call), "{asked:?}");
        Fate::Pass
    });
    let dry = || finish(dry_run(&writes));
    let new = dry().unwrap();
    assert!(new.is_new && new.job.is_none());
    let before = workspace("ws_a", Plan::Enterprise, noon());
    store.put_plain_workspace(&before);
    store.load(&[
        entry(&before, noon().plus_days(-31), 1),
        entry(&before, noon().plus_days(-30), 2),
    ]);
    let lowered = dry().unwrap();
    assert_eq!((lowered.effect.hidden_entries, lowered.workspace.plan), (1, Plan::Free));
    assert_eq!(stored(&store), Some(before));
}

#[test]
fn an_old_copy_of_the_log_makes_the_effect_smaller_and_never_wrong_for_good() {
    let store = MemoryStore::new();
    let before = workspace("ws_a", Plan::Enterprise, noon());
    store.put_plain_workspace(&before);
    let day = noon().plus_days(-100).start_of_day();
    let load = |numbers: std::ops::Range<u32>| {
        let log = numbers.map(|n| entry(&before, day.plus_ms(i64::from(n)), n));
        store.load(&log.collect::<Vec<_>>());
    };
    load(0..500);
    let version = store.version();
    load(500..600);
    let stale = store.scripted(move |_| Fate::Stale(version));
    let dry = |store: &MemoryStore| {
        let dry = finish(dry_run(store));
        dry.unwrap().effect
    };
    // More than 400 entries: they are counted for good, and what is kept is read strongly.
    assert!((500..=600).contains(&dry(&stale).hidden_entries));
    assert_eq!(dry(&store).hidden_entries, 600, "what the first one kept is true");
}

/// A plan that is lowered and raised within a second loses nothing, whatever DynamoDB deletes.
#[test]
fn lowered_and_raised_within_a_second_is_as_if_nothing_happened() {
    let store = MemoryStore::new();
    let before = workspace("ws_a", Plan::Pro, noon().plus_ms(-1));
    store.put_plain_workspace(&before);
    let log: Vec<_> = (0..)
        .zip([1, 31, 91, 365])
        .map(|(n, days)| entry(&before, noon().plus_days(-days), n))
        .collect();
    store.load_by(&before, &log);
    let lowered = change(&store, Plan::Free, noon()).unwrap().effect;
    assert_eq!((lowered.hidden_entries, lowered.restored_entries), (3, 0));
    assert_eq!(lowered.restorable_until, Some(noon().plus_days(7)));
    store.delete_expired(noon());
    let raised = change(&store, Plan::Pro, noon().plus_ms(1_000)).unwrap().effect;
    assert_eq!((raised.hidden_entries, raised.restored_entries), (0, 3));
    assert_eq!((raised.restorable_until, raised.kept_from), (None, before.visible_from(noon())));
    assert_eq!(store.stored(&before).len(), 4 + 2, "and the two changes");
}
