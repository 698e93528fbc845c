//! Changes of plan over the store in memory: what they count, and what becomes of two at once.

use super::*;
use crate::counting::count;
use crate::memory::fixtures::{actor, at, entry, workspace};
use crate::memory::{Asked, Call, Failure, Fate, MemoryStore, finish, interleave};
use crate::ports::ReadControl;
use proptest::prelude::*;
use std::pin::Pin;

type Task = Pin<Box<dyn Future<Output = Result<PlanChange, PlanChangeError>>>>;

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
    finish(change_plan(store, &id(), plan, &actor("u_1"), false, now))
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

/// Whether the changes can be put in an order in which each begins where the one before ended.
fn are_a_chain(from: Option<Plan>, changes: &[(Option<Plan>, Plan)], to: Plan) -> bool {
    if changes.is_empty() {
        return from == Some(to);
    }
    (0..changes.len()).any(|place| {
        let mut rest = changes.to_vec();
        let (before, after) = rest.remove(place);
        before == from && are_a_chain(Some(after), &rest, to)
    })
}

/// What the changes make of a workspace, one after another.
fn in_turn(before: Option<&Workspace>, changes: &[(Plan, Timestamp)]) -> Option<Workspace> {
    let mut workspace = before.cloned();
    for (plan, now) in changes {
        workspace = Some(match workspace {
            None => self::workspace("ws_a", *plan, *now),
            Some(before) if before.plan == *plan => before,
            Some(before) => before.with_plan(*plan, *now),
        });
    }
    workspace
}

/// A workspace but for its salt, which is random.
fn without_salt(workspace: Option<Workspace>) -> Option<Workspace> {
    workspace.map(|workspace| Workspace { salt: Salt::from_bytes([0; 32]), ..workspace })
}

fn plan() -> impl Strategy<Value = Plan> {
    proptest::sample::select(Plan::ALL.to_vec())
}

/// What becomes of a task's first transaction.
fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Pass),
        1 => Just(Fate::FailBefore(Failure::Throttled)),
        2 => Just(Fate::FailAfter(Failure::Unavailable)),
        1 => Just(Fate::Repeat),
    ]
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
        is_counted in any::<bool>(),
    ) {
        effect_is_plain(plans, &ages, days, is_counted)?;
    }

    #[test]
    fn two_changes_at_once_end_as_if_one_came_after_the_other(
        before in proptest::option::of(plan()),
        plans in [plan(), plan()],
        fates in [fate(), fate()],
        schedule in proptest::collection::vec(0_usize..2, 0..40),
    ) {
        ends_in_turn(before, plans, fates, schedule)?;
    }
}

/// Changes from the first plan to the second and on to the third, with a log of these ages and days
/// between the changes.
fn effect_is_plain(
    [first, second, third]: [Plan; 3],
    ages: &[(i64, i64)],
    (days_before, days_after): (i64, i64),
    is_counted: bool,
) -> Result<(), TestCaseError> {
    let store = MemoryStore::new();
    let before = workspace("ws_a", first, noon());
    store.put_plain_workspace(&before);
    let log: Vec<_> = (0_u32..)
        .zip(ages)
        .map(|(n, (days, ms))| entry(&before, noon().plus_days(-days).plus_ms(-ms), n))
        .collect();
    store.load(&log);
    let then = noon().plus_days(days_before);
    let before = change(&store, second, then).unwrap().workspace;
    if is_counted {
        let budget = Budget::new(f64::MAX, Duration::from_mins(1));
        finish(count(&store, &id(), Span::everything(), then, &budget)).unwrap();
    }
    let now = then.plus_days(days_after);
    let found = change(&store, third, now).unwrap();
    let all = store.stored(&before);
    let seen = |workspace| all.iter().filter(|entry| entry.is_visible(workspace, now)).count();
    let hidden = seen(&before) - seen(&found.workspace);
    prop_assert_eq!(found.effect.hidden_entries, u64::try_from(hidden).unwrap());
    prop_assert!(found.effect.is_exact);
    prop_assert_eq!(found.effect.kept_from, found.workspace.visible_from(now));
    let after = if before.plan == third { before } else { before.with_plan(third, now) };
    prop_assert_eq!(found.workspace, after);
    Ok(())
}

/// Two changes at once, each with a fate for its first transaction.
fn ends_in_turn(
    before: Option<Plan>,
    plans: [Plan; 2],
    fates: [Fate; 2],
    schedule: Vec<usize>,
) -> Result<(), TestCaseError> {
    let store = MemoryStore::new();
    let before = before.map(|plan| workspace("ws_a", plan, noon().plus_days(-1)));
    if let Some(workspace) = &before {
        store.put_plain_workspace(workspace);
    }
    let changes = [(plans[0], noon()), (plans[1], noon().plus_ms(1))];
    let tasks = changes.into_iter().zip(fates).map(|((plan, now), fate)| -> Task {
        let store = store.stepping().scripted(first_put(fate));
        Box::pin(async move { change_plan(&store, &id(), plan, &actor("u"), false, now).await })
    });
    let outcomes = interleave(tasks, schedule);
    let landed = [may_have_landed(&outcomes[0], fates[0]), may_have_landed(&outcomes[1], fates[1])];
    let mut possible = Vec::new();
    for order in [[0, 1], [1, 0]] {
        for a in landed[order[0]] {
            for b in landed[order[1]] {
                let both = [(a, changes[order[0]]), (b, changes[order[1]])];
                let these = both.into_iter().filter(|(is_landed, _)| **is_landed);
                let these: Vec<_> = these.map(|(_, change)| change).collect();
                possible.push(without_salt(in_turn(before.as_ref(), &these)));
            }
        }
    }
    let end = stored(&store);
    prop_assert!(possible.contains(&without_salt(end.clone())), "{end:?}, not of {possible:?}");
    let Some(end) = end else { return Ok(()) };
    let told = told(&store, &end);
    let first = before.as_ref().map(|before| before.plan);
    let version = before.as_ref().map_or(0, |before| before.version);
    prop_assert_eq!(u64::try_from(told.len()).unwrap(), end.version - version, "an entry each");
    prop_assert!(are_a_chain(first, &told, end.plan));
    let job = finish(store.job(&retention_key(&id()))).unwrap();
    let is_rewritten = end.version > version.max(1);
    prop_assert_eq!(job.map(|job| job.run), is_rewritten.then_some(end.version));
    Ok(())
}

/// Whether a change may be stored, given its answer and the fate of its first transaction.
fn may_have_landed(outcome: &Result<PlanChange, PlanChangeError>, fate: Fate) -> &'static [bool] {
    match (outcome, fate) {
        (Ok(_), _) => &[true],
        // It depends on whether the condition held.
        (Err(PlanChangeError::Store(StoreError::Unavailable(_))), Fate::FailAfter(_)) => {
            &[true, false]
        }
        (Err(PlanChangeError::Store(StoreError::Throttled(_))), Fate::FailBefore(_)) => &[false],
        other => panic!("{other:?}"),
    }
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
fn a_dry_run_stores_nothing() {
    let store = MemoryStore::new();
    let writes = store.scripted(|asked| {
        assert!(!asked.call.is_write(), "{asked:?}");
        Fate::Pass
    });
    let dry = || finish(change_plan(&writes, &id(), Plan::Free, &actor("u_1"), true, noon()));
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
        let dry = finish(change_plan(store, &id(), Plan::Free, &actor("u_1"), true, noon()));
        dry.unwrap().effect
    };
    // More than 400 entries: they are counted for good, and what is kept is read strongly.
    assert!((500..=600).contains(&dry(&stale).hidden_entries));
    assert_eq!(dry(&store).hidden_entries, 600, "what the first one kept is true");
}
