//! Changes of plan over the store in memory: what they count, and what becomes of two at once.

use super::*;
use crate::memory::fixtures::{actor, at, entry, workspace};
use crate::memory::{Asked, Call, Failure, Fate, MemoryStore, finish, interleave};
use crate::ports::ReadControl;
use proptest::prelude::*;
use std::pin::Pin;

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
        (first, second, third) in (plan(), plan(), plan()),
        ages in proptest::collection::vec((0_i64..400, 0_i64..86_400_000), 0..40),
        (days_before, days_after) in (0_i64..40, 0_i64..40),
        is_counted in any::<bool>(),
    ) {
        let store = MemoryStore::new();
        let before = workspace("ws_a", first, noon());
        store.put_plain_workspace(&before);
        let entries: Vec<_> = (0_u32..)
            .zip(&ages)
            .map(|(n, (days, ms))| entry(&before, noon().plus_days(-days).plus_ms(-ms), n))
            .collect();
        store.load(&entries);
        let then = noon().plus_days(days_before);
        let before = change(&store, second, then).unwrap().workspace;
        if is_counted {
            let everything = Budget::new(f64::MAX, Duration::from_secs(60));
            finish(crate::counting::count(&store, &id(), Span::everything(), then, &everything)).unwrap();
        }
        let now = then.plus_days(days_after);
        let found = change(&store, third, now).unwrap();
        let after = before.with_plan(third, now);
        let is_hidden = |entry: &Entry| {
            let from = |workspace: &Workspace| workspace.visible_from(now).unwrap_or(Timestamp::MIN);
            (from(&before)..from(&after)).contains(&entry.content.occurred_at)
                && entry.expires_at.is_none_or(|end| end > now)
        };
        let all = store.stored(&before);
        let hidden = if before.plan == third { 0 } else { all.iter().filter(|entry| is_hidden(entry)).count() };
        prop_assert_eq!(found.effect.hidden_entries, u64::try_from(hidden).unwrap());
        prop_assert!(found.effect.is_exact);
        prop_assert_eq!(found.effect.kept_from, found.workspace.visible_from(now));
        let is_seen = |entry: &&Entry| entry.is_visible(&before, now);
        let seen_before = all.iter().filter(is_seen).count();
        let seen_after = all.iter().filter(is_seen).filter(|entry| entry.is_visible(&found.workspace, now)).count();
        prop_assert_eq!(seen_before - seen_after, hidden, "what is said is what happens");
    }

    #[test]
    fn two_changes_at_once_end_as_if_one_came_after_the_other(
        before in proptest::option::of(plan()),
        plans in (plan(), plan()),
        fates in (fate(), fate()),
        schedule in proptest::collection::vec(0_usize..2, 0..40),
    ) {
        let store = MemoryStore::new();
        let before = before.map(|plan| workspace("ws_a", plan, noon().plus_days(-1)));
        before.iter().for_each(|workspace| store.put_plain_workspace(workspace));
        let task = |plan, fate, actor_id, now| {
            let store = store.stepping().scripted(first_put(fate));
            let actor = actor(actor_id);
            Box::pin(async move { change_plan(&store, &id(), plan, &actor, false, now).await })
        };
        let (a, b) = ((plans.0, noon()), (plans.1, noon().plus_ms(1)));
        let outcomes = interleave(
            [task(a.0, fates.0, "u_a", a.1) as Pin<Box<dyn Future<Output = _>>>,
             task(b.0, fates.1, "u_b", b.1)],
            schedule,
        );
        let is_stored = |outcome: &Result<PlanChange, PlanChangeError>, fate| match (outcome, fate) {
            (Ok(_), _) => [true].as_slice(),
            // Whether it landed depends on whether its condition held.
            (Err(PlanChangeError::Store(StoreError::Unavailable(_))), Fate::FailAfter(_)) => &[true, false],
            (Err(PlanChangeError::Store(StoreError::Throttled(_))), Fate::FailBefore(_)) => &[false],
            other => panic!("{other:?}"),
        };
        let mut possible = Vec::new();
        for a_is_stored in is_stored(&outcomes[0], fates.0) {
            for b_is_stored in is_stored(&outcomes[1], fates.1) {
                let some = |one, is_stored: bool| Some(one).filter(|_| is_stored);
                let pair = [some(a, *a_is_stored), some(b, *b_is_stored)];
                let forwards: Vec<_> = pair.into_iter().flatten().collect();
                let backwards: Vec<_> = pair.into_iter().rev().flatten().collect();
                possible.push(without_salt(in_turn(before.as_ref(), &forwards)));
                possible.push(without_salt(in_turn(before.as_ref(), &backwards)));
            }
        }
        let end = stored(&store);
        prop_assert!(possible.contains(&without_salt(end.clone())), "{end:?} is none of {possible:?}");
        let Some(end) = end else { return Ok(()) };
        let told = told(&store, &end);
        let first = before.as_ref().map(|before| before.plan);
        let version = before.as_ref().map_or(0, |before| before.version);
        prop_assert_eq!(u64::try_from(told.len()).unwrap(), end.version - version, "one entry for each change");
        prop_assert!(are_a_chain(first, &told, end.plan));
        let job = finish(store.job(&retention_key(&id()))).unwrap();
        let is_first = end.version == 1;
        prop_assert_eq!(job.map(|job| job.run), (!is_first && end.version > version).then_some(end.version));
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
    store.load(&(0..500).map(|n| entry(&before, day.plus_ms(i64::from(n)), n)).collect::<Vec<_>>());
    let version = store.version();
    store.load(
        &(500..600).map(|n| entry(&before, day.plus_ms(i64::from(n)), n)).collect::<Vec<_>>(),
    );
    let stale = store.scripted(move |_| Fate::Stale(version));
    let dry = |store: &MemoryStore| {
        finish(change_plan(store, &id(), Plan::Free, &actor("u_1"), true, noon())).unwrap().effect
    };
    // More than 400 entries: they are counted for good, and what is kept is read strongly.
    assert!((500..=600).contains(&dry(&stale).hidden_entries));
    assert_eq!(dry(&store).hidden_entries, 600, "what the first one kept is true");
}
