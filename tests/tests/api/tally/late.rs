//! Entries that come late are counted at once, whatever time they belong to.

use crate::tally::{LIST, MINUTE_MS, counted, every, noon, settled};
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use serde_json::json;
use tests::{Api, NOON, at, page};

async fn record(api: &Api, moment: Timestamp, external_id: &str) {
    let entry = json!({ "occurred_at": moment.rfc3339(), "action": "settings.update",
        "external_id": external_id,
        "actor": { "type": "user", "id": "usr_1" },
        "target": { "type": "settings", "id": "one" } });
    let answer = api.post(LIST, &entry).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

async fn total(api: &Api) -> u64 {
    settled(api, LIST).await.total
}

#[tokio::test]
async fn a_late_entry_is_counted_at_once_and_is_in_the_nodes_once_it_is_folded() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    // 4,000 entries from the middle of the eighth to the end of the tenth of November.
    service.load(&every(&workspace, at("2026-11-10T23:59:59.999Z"), MINUTE_MS, 4_000));
    assert_eq!(total(&api).await, 4_000);
    service.count(&workspace).await;
    let before = counted(&service).await;
    record(&api, at("2026-11-09T10:30:00Z"), "late").await;
    assert_eq!((total(&api).await, &counted(&service).await), (4_001, &before));
    let of_kind = page(&api, &format!("{LIST}?action=settings.update")).await;
    assert_eq!((of_kind.ids.len(), of_kind.total), (1, 1));
    service.clock.set(at(NOON).plus_ms(MINUTE_MS));
    service.count(&workspace).await;
    assert_eq!(total(&api).await, 4_001);
    let after = counted(&service).await;
    for (key, entries) in before {
        let is_of_that_time = "20261109T10".starts_with(key.split_once('#').unwrap().1);
        assert_eq!(after[&key], entries + u64::from(is_of_that_time), "{key}");
    }
}

#[tokio::test]
async fn a_backfill_is_counted_while_it_arrives() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    service.load(&every(&workspace, at("2026-11-10T23:59:59.999Z"), MINUTE_MS, 3_000));
    let mut expected = total(&api).await;
    for day in 0..12 {
        let moment = |n: i64| at("2024-03-01T08:00:00Z").plus_days(day * 31).plus_ms(n * 61_000);
        let entry = |n: i64| {
            json!({ "occurred_at": moment(n).rfc3339(), "action": "project.create",
                "actor": { "type": "system", "id": "import" },
                "target": { "type": "project", "id": format!("prj_{n}") } })
        };
        let batch = json!({ "entries": (0..100).map(entry).collect::<Vec<_>>() });
        assert_eq!(api.post(&format!("{LIST}/batch"), &batch).await.json["recorded"], 100);
        expected += 100;
        assert_eq!(total(&api).await, expected);
        service.clock.set(service.clock.now().plus_ms(40_000));
    }
    let oldest = settled(&api, &format!("{LIST}?page_size=100&page=42")).await;
    assert!(oldest.ids.iter().all(|id| id.starts_with("20240301T")), "{oldest:?}");
}
