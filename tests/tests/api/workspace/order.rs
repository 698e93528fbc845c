//! Changes of plan at the same time: what each is answered, and in which order the log tells them.

use super::{plans, put, recorded};
use std::collections::BTreeMap;
use tests::TestService;

/// The clock stands still, so all changes happen within one millisecond.
#[tokio::test]
async fn entries_of_changes_at_once_are_in_the_order_in_which_these_took_effect() {
    let service = TestService::at_noon().await;
    let api = service.operator().await;
    assert_eq!(put(&api, "free").await.status, 201);
    let mut answered = BTreeMap::<u16, usize>::new();
    for _ in 0..6 {
        let names = ["pro", "basic", "enterprise", "free", "pro", "enterprise"];
        let answers = futures::future::join_all(names.map(|plan| put(&api, plan))).await;
        for (plan, answer) in names.iter().zip(&answers) {
            *answered.entry(answer.status).or_default() += 1;
            if answer.status == 409 {
                assert_eq!(answer.problem(), "conflict");
                assert!(answer.text_at("/detail").contains("Read it, then decide"), "{answer:?}");
            } else {
                assert_eq!((answer.status, answer.text_at("/plan")), (200, *plan), "{answer:?}");
            }
        }
        // The newest comes first. Each begins with the plan that the one before it ended with.
        let entries = recorded(&api, "workspace.plan.update").await;
        let told: Vec<_> = entries.iter().map(plans).collect();
        assert_eq!(told[0].1, service.stored_workspace("ws_a").await.plan.name(), "{told:?}");
        for pair in told.windows(2) {
            assert_eq!(pair[0].0, Some(pair[1].1), "{told:?}");
        }
        assert_eq!(told.last().unwrap(), &(None, "free"));
    }
    assert!(answered[&200] > 6, "{answered:?}");
}
