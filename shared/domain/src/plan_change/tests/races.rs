//! Two changes at once, in any interleaving and with lost answers.

use super::*;
use crate::memory::interleave;
use std::pin::Pin;

type Task = Pin<Box<dyn Future<Output = Result<PlanChange, PlanChangeError>>>>;

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
            Some(before) => {
                let now = (*now).max(before.updated_at.plus_ms(1));
                before.with_plan(*plan, now, GraceDays::default())
            }
        });
    }
    workspace
}

/// A workspace but for its salt, which is random.
fn without_salt(workspace: Option<Workspace>) -> Option<Workspace> {
    workspace.map(|workspace| Workspace { salt: Salt::from_bytes([0; 32]), ..workspace })
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

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
        Box::pin(async move {
            let grace = GraceDays::default();
            change_plan(&store, &id(), plan, &requester("u"), false, grace, &Clock::manual(now))
                .await
        })
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
