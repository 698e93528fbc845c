//! What one request goes through, answers and costs at most.

use super::*;
use crate::memory::fixtures::value_of;
use crate::ports::Metered;

/// A reader comes forward even if a filter matches nothing in what one request goes through.
#[test]
fn a_rare_filter_ends_after_so_many_numbers() {
    let log = Log::new(Plan::Enterprise);
    for n in 0..25 {
        log.record(0, 1_000, n * 1_000);
        log.pass(30_000);
    }
    log.seal();
    let filter = Filter { action: Some("member.invite".into()), ..Filter::default() };
    let query = FeedQuery { filter, ..first_page(10) };
    let page = log.read(&log.store, &query).unwrap();
    assert_eq!((page.items.len(), page.next, page.has_more), (0, Some(19_999), true));
    let page = log.read(&log.store, &FeedQuery { after: page.next, ..query }).unwrap();
    assert_eq!((page.items.len(), page.next, page.has_more), (0, Some(24_999), false));
}

#[test]
fn values_come_if_they_are_asked_for_and_end_an_answer_before_it_is_too_large() {
    let log = Log::new(Plan::Enterprise);
    let large = |n| {
        entry_of(&log.workspace, log.clock.now(), n, |content| {
            content.new_value = Some(value_of(200_000));
        })
    };
    log.record_entries((0..40).map(large));
    log.pass(10_000);
    let with_values = FeedQuery { with_values: true, ..first_page(100) };
    let page = log.read(&log.store, &with_values).unwrap();
    assert_eq!((page.items.len(), page.next, page.has_more), (14, Some(13), true));
    assert!(entries(&page.items).iter().all(|entry| entry.content.new_value.is_some()));
    let page = log.read(&log.store, &FeedQuery { after: page.next, ..with_values }).unwrap();
    assert_eq!(page.items[0].sequence, 14);
    assert_eq!(log.read(&log.store, &first_page(100)).unwrap().items.len(), 40);
}

/// A usual log: an entry every half second, and one of fifty late.
fn usual_log(entries: u32, pause_ms: i64) -> Log {
    let log = Log::new(Plan::Enterprise);
    for n in 0..entries {
        log.record(if n % 50 == 0 { 3_000_000 } else { 300 }, 1, n);
        log.pass(pause_ms);
        if n % 100 == 0 {
            log.seal();
        }
    }
    log.pass(10_000);
    log.seal();
    log
}

#[test]
fn it_costs_at_most_an_eighth_of_a_read_unit_an_entry() {
    for (pause_ms, what) in [(500, "busy"), (60_000, "quiet")] {
        let log = usual_log(5_000, pause_ms);
        let measure = |query: &FeedQuery| {
            let store = log.store.metered();
            let page = log.read(&store, query).unwrap();
            (store.spent(), page.items.len())
        };
        let (mut query, mut units) = (first_page(1_000), 0.0);
        for _ in 0..5 {
            let (spent, entries) = measure(&query);
            assert_eq!(entries, 1_000, "{what}");
            units += spent.read_units;
            query.after = Some(query.after.map_or(999, |after| after + 1_000));
        }
        assert!(units / 5_000.0 <= 0.12, "{what}: {} read units an entry", units / 5_000.0);
        let (spent, _) = measure(&FeedQuery { after: Some(2_345), ..first_page(1) });
        assert!(
            spent.calls <= 16 && spent.read_units <= 10.0,
            "{what}: {spent:?} to find a number"
        );
        let (spent, entries) = measure(&FeedQuery { after: Some(4_999), ..first_page(1_000) });
        assert!(entries == 0 && spent.read_units <= 6.0, "{what}: {spent:?} for nothing new");
    }
}

/// Numbers whose times are spread as unevenly as can be are found all the same.
#[test]
fn a_number_is_found_however_unevenly_entries_came() {
    let log = Log::new(Plan::Enterprise);
    for n in 0..60_u32 {
        log.record(0, 1, n);
        log.pass(10_000 + 2_i64.pow((n % 30).min(28)) * 10);
        log.seal();
    }
    let mut most = 0;
    for after in 0..59 {
        let store = log.store.metered();
        let query = FeedQuery { after: Some(after), ..first_page(1) };
        let page = log.read(&store, &query).unwrap();
        assert_eq!(page.items[0].sequence, after + 1);
        most = store.spent().calls.max(most);
    }
    assert!(most <= 40, "{most} calls");
}
