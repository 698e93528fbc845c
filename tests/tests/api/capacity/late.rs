//! What entries that are recorded out of order cost, when they are recorded and in the lists of a
//! counted log.

use crate::capacity::{id_of, spent, usual_row};
use domain::entry::Entry;
use serde_json::{Value, json};
use tests::Call;
use tests::recording::{ENTRIES, Log, noon, usual_entry};

const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600 * SECOND_MS;

/// The units that the calls since the last time have read and written.
fn units(log: &Log) -> (f64, f64) {
    let calls = log.service.proxy.take_calls();
    let of = |is_read: bool| -> f64 {
        let is_of = |call: &&Call| {
            matches!(call.operation.as_str(), "Query" | "GetItem" | "BatchGetItem") == is_read
        };
        calls.iter().filter(is_of).map(|call| call.units().abs()).sum()
    };
    (of(true), of(false))
}

#[tokio::test]
async fn a_late_entry_writes_a_marker_and_a_batch_one_for_34_entries_twice() {
    let log = Log::warm().await;
    let late = |seconds: i64, n: usize| {
        usual_entry(noon().plus_ms(-seconds * SECOND_MS), &format!("late_{seconds}_{n}"))
    };
    id_of(&log, &usual_entry(noon().plus_ms(-5_000), "in order")).await;
    assert_eq!(spent(&log), ["ExecuteStatement 3"]);
    id_of(&log, &usual_entry(noon().plus_ms(-5_001), "late")).await;
    assert_eq!(
        spent(&log),
        ["BatchGetItem 0.5", "ExecuteStatement 3", "PutItem 1"],
        "a look whether it is stored already, the entry, and the marker"
    );
    log.service.clock.set(noon().plus_ms(1));
    let batch: Vec<_> = (0..100).map(|n| late(if n < 50 { 90 } else { 150 }, n)).collect();
    assert_eq!(log.record_batch(&batch).await.json["recorded"], 100);
    // Three markers, and what each of them confirms.
    let expected =
        [vec!["BatchExecuteStatement 75"; 4], vec!["BatchGetItem 50"], vec!["PutItem 1"; 6]];
    assert_eq!(spent(&log), expected.concat());
}

#[tokio::test]
async fn a_duplicate_of_an_old_entry_reads_half_a_unit_and_writes_nothing() {
    let log = Log::warm().await;
    let old = |n: i64| usual_entry(noon().plus_ms(-n * HOUR_MS), &format!("old_{n}"));
    let batch: Vec<_> = (1..=100).map(old).collect();
    assert_eq!(log.record_batch(&batch).await.json["recorded"], 100);
    units(&log);
    for _ in 0..3 {
        assert_eq!(log.record_batch(&batch).await.json["duplicate"], 100);
        assert_eq!(spent(&log), ["BatchGetItem 50"]);
        assert_eq!(log.record(&batch[7]).await.status, 200);
        assert_eq!(spent(&log), ["BatchGetItem 0.5"]);
    }
}

/// 480 entries into 480 hours of a counted log of 40,000: every page is exact at once and costs
/// little, before they are numbered, afterwards, and when they are counted.
#[tokio::test]
async fn late_entries_into_hundreds_of_counted_hours_cost_a_page_little_at_any_time() {
    let log = Log::warm().await;
    let counted = 40_000;
    let row = |n: i64| {
        usual_row(&log, noon().plus_ms(-5 * 24 * HOUR_MS - n * 43_200), u32::try_from(n).unwrap())
    };
    let entries: Vec<Entry> = (0..counted).map(row).collect();
    log.service.load(&entries);
    log.service.count(&log.workspace).await;
    units(&log);
    let pages = async |when: &str, total: i64| {
        for query in ["page=1", "page=2", "page=900", "page=2000", "action=member.invite&page=700"]
        {
            let page = log.api.get(&format!("{ENTRIES}?{query}")).await.json["page"].clone();
            let (read, written) = units(&log);
            let is_filtered = query.starts_with("action");
            assert!(is_filtered || page["total_entries"] == total, "{when}, {query}: {page}");
            assert_eq!(page["total_is_exact"], true, "{when}, {query}: {page}");
            assert!(read <= 30.0 && written <= 0.0, "{when}, {query}: {read} RCU, {written} WCU");
        }
    };
    pages("before", counted).await;
    let late = |n: i64| {
        usual_entry(noon().plus_ms(-5 * 24 * HOUR_MS - n * HOUR_MS - 7), &format!("late_{n}"))
    };
    let late: Vec<Value> = (0..480).map(late).collect();
    for batch in late.chunks(100) {
        assert_eq!(log.record_batch(batch).await.json["recorded"], json!(batch.len()));
        let (_, written) = units(&log);
        let each = written / f64::from(u32::try_from(batch.len()).unwrap());
        assert!(each <= 3.1, "{each} WCU an entry");
        log.service.clock.set(log.service.clock.now().plus_ms(30));
    }
    pages("at once", counted + 480).await;
    log.service.clock.set(log.service.clock.now().plus_ms(9 * SECOND_MS));
    pages("just before they are settled", counted + 480).await;
    log.service.clock.set(log.service.clock.now().plus_ms(2 * SECOND_MS));
    let sealed = log.service.seal(&log.workspace).await;
    assert!(sealed >= 480, "{sealed}");
    pages("numbered", counted + 480).await;
    log.service.count(&log.workspace).await;
    pages("counted", counted + 480).await;
}
