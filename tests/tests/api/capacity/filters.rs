//! What filters cost: those that the counts know, and those that only the entries answer.
#![expect(clippy::indexing_slicing, reason = "a test that meets what it does not expect fails")]

use super::ids;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::recording::{ENTRIES, Log, noon, usual_entry};
use tests::{actor, content, log_of, target};

const COUNT: i64 = 300;

/// A log of 300 entries, one each second. The one in the middle is of another request and was
/// denied.
async fn log() -> Log {
    let log = Log::warm().await;
    let entry = |index: i64| {
        let mut entry = usual_entry(moment(index), &format!("evt_{index}"));
        entry["request_id"] = json!(if index == COUNT / 2 { "req_rare" } else { "req_usual" });
        entry["outcome"] = json!(if index == COUNT / 2 { "denied" } else { "success" });
        entry
    };
    let entries: Vec<Value> = (0..COUNT).map(entry).collect();
    for batch in entries.chunks(100) {
        assert_eq!(ids(&log.record_batch(batch).await).len(), 100);
    }
    log
}

fn moment(index: i64) -> Timestamp {
    noon().plus_ms(-index * 1_000)
}

/// The read capacity units of a list that must find the one entry, and know that it is the only
/// one.
async fn units(log: &Log, query: &str) -> f64 {
    drop(log.service.proxy.take_calls());
    let page = log.api.get(&format!("{ENTRIES}?{query}")).await;
    let found = page.json["entries"].as_array().map(Vec::len);
    let total = (&page.json["page"]["total_entries"], &page.json["page"]["total_is_exact"]);
    assert_eq!((found, total), (Some(1), (&json!(1), &json!(true))), "{page:?}");
    log.service.proxy.take_calls().iter().map(|call| call.units().abs()).sum()
}

#[tokio::test]
async fn an_id_of_the_publisher_costs_a_look_through_the_log_between_its_times() {
    let log = log().await;
    let near = format!("&from={}&to={}", moment(155).rfc3339(), moment(145).rfc3339());
    for id in ["request_id=req_rare", "external_id=evt_150"] {
        let whole = units(&log, id).await;
        // 300 entries of some 600 bytes at 0.5 RCU for 8 KB, the rounding of a few calls, and the
        // number of the entry.
        assert!((8.0..=0.09 * 300.0).contains(&whole), "{id}: {whole} RCU");
        let near = units(&log, &format!("{id}{near}")).await;
        assert!(near <= 2.0, "{id} in ten seconds: {near} RCU");
        let of_actor = units(&log, &format!("{id}&actor_id=usr_ada")).await;
        assert!((8.0..=0.09 * 300.0).contains(&of_actor), "{id}: {of_actor} RCU");
    }
}

#[tokio::test]
async fn a_list_by_outcome_opens_only_what_holds_a_match() {
    let log = log().await;
    log.service.clock.set(noon().plus_ms(60_000));
    log.service.count(&log.workspace).await;
    let counted = units(&log, "outcome=denied,failure").await;
    assert!(counted <= 12.0, "{counted} RCU");
}

/// The read capacity units of facets.
async fn units_of_facets(log: &Log, query: &str) -> f64 {
    drop(log.service.proxy.take_calls());
    let facets = log.api.get(&format!("/v1/workspaces/ws_log/facets?{query}")).await;
    assert_eq!((facets.status, &facets.json["total_is_exact"]), (200, &json!(true)), "{facets:?}");
    log.service.proxy.take_calls().iter().map(|call| call.units().abs()).sum()
}

/// 90 days of 120 entries: each month has a node, which counts its days.
#[tokio::test]
async fn a_timeline_by_days_costs_a_node_of_each_month() {
    let log = Log::warm().await;
    let entry = |n: i64| {
        let at = noon().plus_ms(-n * 12 * 60_000);
        let target = target("project", "prj_9");
        content(at, actor("usr_ada"), "project.update", target, usize::try_from(n).unwrap())
    };
    log.service.load(&log_of(&log.workspace, (0..90 * 120).map(entry)));
    log.service.clock.set(noon().plus_ms(60_000));
    log.service.count(&log.workspace).await;
    // The directory follows, and the instance remembers the year.
    units_of_facets(&log, "").await;
    let menus = units_of_facets(&log, "action=project.update").await;
    let days = units_of_facets(&log, "action=project.update&interval=auto").await - menus;
    // Four months, at 0.5 RCU each, if a node has at most 4 KB.
    assert!((0.5..=2.0).contains(&days), "{days} RCU for days, and {menus} for the menus");
    let again = units_of_facets(&log, "action=project.update&interval=auto").await - menus;
    assert!(again <= 0.0, "an instance remembers nodes: {again} RCU");
}

#[tokio::test]
async fn an_email_or_ip_address_costs_what_its_actors_cost() {
    let log = Log::warm().await;
    let entry = |index: i64| {
        let mut entry = usual_entry(moment(index), &format!("evt_{index}"));
        let is_rare = index == COUNT / 2;
        let (id, address) = if is_rare { ("rare", "203.0.117.9") } else { ("ada", "203.0.113.7") };
        let email = format!("{id}@example.com");
        entry["actor"] = json!({ "type": "user", "id": format!("usr_{id}"), "email": email });
        entry["ip_address"] = address.into();
        entry
    };
    let entries: Vec<Value> = (0..COUNT).map(entry).collect();
    for batch in entries.chunks(100) {
        assert_eq!(ids(&log.record_batch(batch).await).len(), 100);
    }
    log.service.clock.set(noon().plus_ms(60_000));
    // The directory follows with the first of them.
    units(&log, "actor_email=rare@example.com").await;
    for filter in [
        "actor_email=rare@example.com",
        "ip_address=203.0.117.9",
        "ip_address=203.0.116.0/22&actor_email=rare@example.com",
    ] {
        let units = units(&log, filter).await;
        // The checkpoint, the segments and the tail since, the profile or term, the row, and the
        // number of the entry.
        assert!(units <= 7.0, "{filter}: {units} RCU");
    }
}
