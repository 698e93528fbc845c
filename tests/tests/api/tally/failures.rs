//! What becomes of counts when the store fails, and of requests when counting does.

use crate::tally::{LIST, MINUTE_MS, every, noon, settled};
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::{Fault, NOON, at, page};

fn entry(moment: Timestamp, external_id: &str) -> Value {
    json!({ "occurred_at": moment.rfc3339(), "action": "settings.update",
        "external_id": external_id,
        "actor": { "type": "user", "id": "usr_1" }, "target": { "type": "settings", "id": "one" } })
}

#[tokio::test]
async fn a_late_entry_whose_marker_cannot_be_stored_is_not_recorded() {
    let (service, _workspace, api) = noon(Plan::Pro).await;
    let (late, in_time) = (entry(at(NOON).plus_days(-2), "late"), entry(at(NOON), "in time"));
    service.proxy.fail(|operation, request| {
        let pk = request.pointer("/Item/pk/S").and_then(Value::as_str);
        if operation == "PutItem" && pk == Some("journal#ws_a") {
            Fault::Refuse("ThrottlingException")
        } else {
            Fault::None
        }
    });
    let single = api.post(LIST, &late).await;
    assert_eq!((single.status, single.problem()), (429, "rate-limited"));
    let batch = api.post(&format!("{LIST}/batch"), &json!({ "entries": [late, in_time] })).await;
    assert_eq!(
        (&batch.json["results"][0]["status"], &batch.json["results"][0]["problem"]["status"]),
        (&json!("rejected"), &json!(429))
    );
    assert_eq!(batch.json["results"][1]["status"], "recorded", "it needs no marker");
    service.proxy.heal();
    assert_eq!(page(&api, LIST).await.total, 1);
    assert_eq!(api.post(LIST, &late).await.status, 201);
    assert_eq!(page(&api, LIST).await.total, 2);
}

#[tokio::test]
async fn a_list_that_cannot_store_what_it_numbered_says_so_and_loses_nothing() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    service.load(&every(&workspace, at(NOON).plus_days(-1), MINUTE_MS, 1_500));
    service.proxy.fail(|operation, _| {
        if operation == "PutItem" { Fault::Refuse("ThrottlingException") } else { Fault::None }
    });
    let refused = api.get(LIST).await;
    assert_eq!(
        (refused.status, refused.problem(), refused.header("retry-after")),
        (429, "rate-limited", "1")
    );
    // The segment is stored, and the answer to its put is lost.
    let mut is_lost = false;
    service.proxy.fail(move |operation, _| {
        if operation != "PutItem" || is_lost {
            return Fault::None;
        }
        is_lost = true;
        Fault::LoseAnswer
    });
    let _ = api.get(LIST).await;
    service.proxy.heal();
    assert_eq!(settled(&api, LIST).await.total, 1_500);
}

#[tokio::test]
async fn a_log_too_long_to_count_at_once_is_counted_list_by_list_and_read_meanwhile() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    let log = every(&workspace, at(NOON).plus_days(-1), 10 * MINUTE_MS, 30_000);
    service.load(&log);
    let first = page(&api, &format!("{LIST}?page_size=100")).await;
    assert!(!first.is_exact && first.next.is_some(), "{}", first.total);
    let newest: Vec<_> = log.iter().take(100).map(|entry| entry.id.to_string()).collect();
    assert_eq!(first.ids, newest);
    let far = page(&api, &format!("{LIST}?page_size=100&page=300")).await;
    assert!(far.is_exact || far.ids.is_empty(), "a page that is not counted yet is not guessed");
    let (mut totals, mut tries) = (vec![first.total], 0);
    loop {
        let again = page(&api, &format!("{LIST}?page_size=100&page=300")).await;
        totals.push(again.total);
        tries += 1;
        if again.is_exact {
            assert_eq!((again.ids.len(), again.total), (100, 30_000));
            break;
        }
        assert!(tries < 200, "{totals:?}");
    }
    assert!(totals.is_sorted(), "each list goes on where the one before stopped: {totals:?}");
}

#[tokio::test]
async fn a_walk_through_a_log_that_is_not_counted_yet_misses_nothing() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    let mut log = every(&workspace, at(NOON).plus_days(-1), 10 * MINUTE_MS, 25_000);
    log.retain(|entry| entry.content.action != "api_key.revoke");
    log.extend(every(&workspace, at("2020-01-01T00:00:00Z"), 1, 1));
    service.load(&log);
    // Only the oldest entry matches. Until counting has reached it, nothing is found, and no answer
    // may say that this is the end.
    let mut one = page(&api, &format!("{LIST}?action=api_key.revoke")).await;
    assert!(one.ids.is_empty() && one.total <= 1 && !one.is_exact, "{one:?}");
    let mut requests = 1;
    while one.ids.is_empty() {
        one = page(&api, one.link("next").unwrap()).await;
        requests += 1;
        assert!(requests < 200);
    }
    assert_eq!(one.ids, [log.last().unwrap().id.to_string()]);
    let rest = one.next.clone();
    assert!(rest.is_none() || page(&api, one.link("next").unwrap()).await.ids.is_empty());
}
