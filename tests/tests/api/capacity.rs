//! What each operation costs, in the capacity units that the store reports. The cost table in
//! `docs/table.md` has these figures.

mod filters;
mod late;

use domain::credential::Scope;
use domain::entry::{Content, Entry};
use domain::memory::fixtures::entry_with;
use domain::ports::OperateSalts;
use domain::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::recording::{ENTRIES, Log, ids, noon, outcomes, usual_entry};
use tests::{Call, Response, actor, target};

/// The calls since the last time, in order of their names: operation, and the units that its answer
/// states.
fn spent(log: &Log) -> Vec<String> {
    let calls = log.service.proxy.take_calls();
    let mut spent: Vec<_> =
        calls.iter().map(|call| format!("{} {}", call.operation, call.units().abs())).collect();
    spent.sort_unstable();
    spent
}

async fn id_of(log: &Log, entry: &Value) -> String {
    let answer = log.record(entry).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text_at("/id").to_owned()
}

#[tokio::test]
async fn credential_workspace_catalogue_and_salt_are_read_once_in_sixty_seconds() {
    let log = Log::start().await;
    for (after_ms, read) in [
        (0, true),
        (1, false),
        (59_999, false),
        (60_000, true),
        (60_001, false),
        (119_999, false),
        (120_000, true),
    ] {
        log.service.clock.set(noon().plus_ms(after_ms));
        assert_eq!(log.record(&log.entry(&format!("evt_{after_ms}"))).await.status, 201);
        // Credential, workspace, catalogue, and the salt of the actor, which is made first.
        let expected = match (after_ms, read) {
            (0, _) => {
                vec![
                    "ExecuteStatement 1", "ExecuteStatement 3", "GetItem 1", "GetItem 1",
                    "GetItem 1", "GetItem 1",
                ]
            }
            (_, true) => [vec!["ExecuteStatement 3"], vec!["GetItem 1"; 4]].concat(),
            (_, false) => vec!["ExecuteStatement 3"],
        };
        assert_eq!(spent(&log), expected, "{after_ms}");
    }
}

#[tokio::test]
async fn a_wrong_credential_costs_at_most_its_own_read() {
    let log = Log::warm().await;
    let entry = log.entry("evt_1");
    assert_eq!(log.service.anonymous().post(ENTRIES, &entry).await.status, 401);
    assert_eq!(
        log.service.api("cwa_0123456789abcdef_00_00000000").post(ENTRIES, &entry).await.status,
        401
    );
    assert!(spent(&log).is_empty(), "what cannot be a token is refused without a read");
}

#[tokio::test]
async fn a_deep_health_check_reads_both_tables_each_time() {
    let log = Log::warm().await;
    for _ in 0..2 {
        let health = log.service.anonymous().get("/v1/health/deep").await;
        assert_eq!((health.status, health.text_at("/status")), (200, "ok"), "{health:?}");
        assert_eq!(spent(&log), ["GetItem 0.5", "GetItem 0.5"]);
    }
}

#[tokio::test]
async fn a_refused_entry_costs_nothing() {
    let log = Log::warm().await;
    let mut entry = log.entry("evt_1");
    entry["action"] = json!("member.inwite");
    assert_eq!(log.record(&entry).await.status, 422);
    assert_eq!(outcomes(&log.record_batch(&[entry]).await), ["validation-failed"]);
    assert!(spent(&log).is_empty());
}

#[tokio::test]
async fn a_usual_entry_writes_three_units_in_one_call() {
    let log = Log::warm().await;
    let mut least = log.entry("least");
    for name in ["ip_address", "user_agent", "old_value", "new_value", "external_id", "request_id"]
    {
        least.as_object_mut().unwrap().remove(name);
    }
    for entry in [log.entry("usual"), least] {
        id_of(&log, &entry).await;
        assert_eq!(spent(&log), ["ExecuteStatement 3"]);
    }
}

#[tokio::test]
async fn an_entry_of_more_than_one_kib_with_inline_values_writes_four_units() {
    let log = Log::warm().await;
    id_of(&log, &log.entry_with_values("evt_1", 1_024)).await;
    assert_eq!(spent(&log), ["ExecuteStatement 4"]);
}

#[tokio::test]
async fn the_same_entry_again_is_one_read_more() {
    let log = Log::warm().await;
    id_of(&log, &log.entry("evt_1")).await;
    assert_eq!(spent(&log), ["ExecuteStatement 3"]);
    assert_eq!(log.record(&log.entry("evt_1")).await.status, 200);
    assert_eq!(
        spent(&log),
        ["ExecuteStatement 0", "GetItem 1"],
        "a statement that does not hold states no units; what it met is compared"
    );
}

#[tokio::test]
async fn a_batch_of_a_hundred_writes_three_hundred_units_in_four_calls() {
    let log = Log::warm().await;
    let batch = log.record_batch(&log.entries(100)).await;
    assert_eq!(
        (&batch.json["recorded"], spent(&log)),
        (&json!(100), vec!["BatchExecuteStatement 75".to_owned(); 4])
    );
}

#[tokio::test]
async fn a_duplicate_in_a_batch_writes_one_unit_and_reads_one() {
    let log = Log::warm().await;
    let entries = log.entries(10);
    log.record_batch(&entries).await;
    assert_eq!(spent(&log), ["BatchExecuteStatement 30"]);
    let mixed = [&entries[..], &[log.entry("new"), log.entry("newer")]].concat();
    assert_eq!(log.record_batch(&mixed).await.json["duplicate"], 10);
    assert_eq!(
        spent(&log),
        ["BatchExecuteStatement 16", "BatchGetItem 10"],
        "10 times 1 and twice 3; what is there is compared"
    );
    // An entry that is in a batch twice is written once.
    let twice = vec![log.entry("twice"); 20];
    assert_eq!(log.record_batch(&twice).await.json["duplicate"], 19);
    assert_eq!(spent(&log), ["ExecuteStatement 3"]);
    assert_eq!(log.record_batch(&entries).await.json["duplicate"], 10);
    assert_eq!(
        spent(&log),
        ["BatchExecuteStatement 0", "BatchGetItem 10"],
        "a call of which no statement succeeds states no units"
    );
}

#[tokio::test]
async fn values_apart_are_written_once_and_read_only_with_their_entry() {
    let log = Log::warm().await;
    // 10,240 bytes of values and 154 of keys and names are 11 KB to write and 12 KB to read.
    let id = id_of(&log, &log.entry_with_values("alone", 10_240)).await;
    assert_eq!(spent(&log), ["ExecuteStatement 11", "ExecuteStatement 3"]);
    assert_eq!(log.get(&id).await.status, 200);
    assert_eq!(spent(&log), ["GetItem 0.5", "GetItem 1", "GetItem 1.5", "Query 0.5"]);
    assert_eq!(log.api.get(ENTRIES).await.status, 200);
    let looks = [vec!["GetItem 0.5"], vec!["Query 0.5"; 4]].concat();
    assert_eq!(spent(&log), looks, "what is counted; the entry is its tail, and read once");
    assert_eq!(
        log.record_batch(&[log.entry_with_values("in a batch", 10_240)]).await.json["recorded"],
        1
    );
    assert_eq!(spent(&log), ["ExecuteStatement 11", "ExecuteStatement 3"]);
}

#[tokio::test]
async fn getting_an_entry_reads_half_a_unit_and_as_much_for_its_number() {
    let log = Log::warm().await;
    // How far entries are judged is read once in 30 seconds.
    let mut first = vec!["GetItem 1"];
    for entry in [log.entry("usual"), log.entry_with_values("inline", 1_024)] {
        let id = id_of(&log, &entry).await;
        spent(&log);
        assert_eq!(log.get(&id).await.status, 200);
        let mut expected = vec!["GetItem 0.5", "Query 0.5"];
        expected.splice(1..1, std::mem::take(&mut first));
        assert_eq!(spent(&log), expected);
        // Another instance reads credential, workspace and the salt of an actor once in a minute.
        let key = log.service.key(&[Scope::EntriesRead], None).await;
        let other = log.service.another_instance(&key).await;
        for expected in [
            vec!["GetItem 0.5", "GetItem 1", "GetItem 1", "GetItem 1", "GetItem 1", "Query 0.5"],
            vec!["GetItem 0.5", "Query 0.5"],
        ] {
            let got = other.get(&format!("{ENTRIES}/{id}")).await;
            assert_eq!((got.status, got.text_at("/integrity")), (200, "verified"));
            assert_eq!(spent(&log), expected);
        }
    }
    assert_eq!(log.get("20261122T120000.000Z-00000000000000000000000000000000").await.status, 404);
    assert_eq!(spent(&log), ["GetItem 0.5"]);
    assert_eq!(log.get("20261122T120000.000Z-0000000000000000000000000000000G").await.status, 404);
    assert!(spent(&log).is_empty(), "what is no id is not looked for");
}

#[tokio::test]
async fn a_salt_that_was_destroyed_is_one_read_more_once_in_sixty_seconds() {
    let log = Log::warm().await;
    let actor = actor("usr_ada").key();
    let destroy = async || {
        let (store, now) = (&log.service.store, log.service.clock.now());
        store.destroy_salt(&log.workspace.id, &actor, now).await.unwrap();
        spent(&log);
    };
    let after = async |ms: i64, external_id: &str| {
        log.service.clock.set(noon().plus_ms(ms));
        id_of(&log, &log.entry(external_id)).await;
        spent(&log)
    };
    destroy().await;
    // Credential, workspace, catalogue and the tombstone; the next salt is looked for, and made.
    let first = [vec!["ExecuteStatement 1", "ExecuteStatement 3"], vec!["GetItem 1"; 5]].concat();
    assert_eq!(after(60_000, "1").await, first);
    assert_eq!(after(119_999, "2").await, ["ExecuteStatement 3"]);
    let later = [vec!["ExecuteStatement 3"], vec!["GetItem 1"; 5]].concat();
    assert_eq!(after(120_000, "3").await, later, "the tombstone and the salt");
    // A batch asks for all salts of one generation in one call.
    destroy().await;
    log.service.clock.set(noon().plus_ms(180_000));
    let by = |id: &str| {
        let mut entry = log.entry("batch");
        entry["actor"] = json!({ "type": "user", "id": id });
        entry
    };
    log.record_batch(&[by("usr_ada"), by("usr_new"), by("usr_newer")]).await;
    let calls = spent(&log);
    let expected = [
        vec!["BatchExecuteStatement 9", "BatchGetItem 3"],
        vec!["ExecuteStatement 1"; 3],
        vec!["GetItem 1"; 5],
    ];
    assert_eq!(calls, expected.concat(), "three salts; two more of the first actor, one at a time");
}

#[tokio::test]
async fn a_page_of_a_log_that_nobody_counted_reads_it_once() {
    let log = Log::warm().await;
    let at = |index: i64| noon().plus_ms(-index * 1_000);
    let entries: Vec<_> =
        (0..60).map(|index| usual_entry(at(index), &format!("evt_{index}"))).collect();
    assert_eq!(ids(&log.record_batch(&entries).await).len(), 60);
    spent(&log);
    let of_one_minute =
        format!("from={}&to={}", at(59).rfc3339(), Timestamp::rfc3339(noon().plus_ms(1)));
    // Segments and markers, the page, the other 40 entries. The first time the checkpoints of the
    // counts and of the directory, and a look for nodes, which the instance remembers.
    let mut expected = vec!["GetItem 0.5", "GetItem 1", "Query 0.5"];
    let each_time = ["Query 0.5", "Query 0.5", "Query 2", "Query 3.5"];
    for query in ["", "action=member.invite", of_one_minute.as_str()] {
        let page = log.api.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!(page.json["entries"].as_array().map(Vec::len), Some(20), "{page:?}");
        expected.extend(each_time);
        assert_eq!(spent(&log), std::mem::take(&mut expected), "{query}");
    }
    // By index: a page of 20, and a count of the other 40.
    for query in ["actor_id=usr_ada", "target_type=member&target_id=mem_grace"] {
        let page = log.api.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!(
            (page.json["entries"].as_array().map(Vec::len), &page.json["page"]["total_entries"]),
            (Some(20), &json!(60)),
            "{page:?}"
        );
        assert_eq!(spent(&log), ["Query 0.5", "Query 1.5", "Query 2.5"], "{query}, and numbers");
    }
}

#[tokio::test]
async fn a_judged_entry_reads_half_a_unit_more() {
    let log = Log::warm().await;
    let id = id_of(&log, &log.entry("judged")).await;
    log.service.clock.set(noon().plus_ms(60_000));
    log.service.count(&log.workspace).await;
    assert_eq!(log.api.get("/v1/workspaces/ws_log/facets").await.status, 200);
    spent(&log);
    for expected in [
        vec!["GetItem 0.5", "GetItem 1", "Query 0.5", "Query 0.5"],
        vec!["GetItem 0.5", "Query 0.5", "Query 0.5"],
    ] {
        let got = log.get(&id).await;
        assert_eq!((got.status, &got.json["unusual"]), (200, &json!([])), "a young log: {got:?}");
        assert_eq!(spent(&log), expected);
    }
}

#[tokio::test]
async fn the_next_page_of_a_settled_browse_reads_its_rows_their_numbers_and_what_is_unusual() {
    let log = Log::warm().await;
    let entries: Vec<Entry> =
        (0..120).map(|n| usual_row(&log, noon().plus_ms(-i64::from(n) * 1_000), n)).collect();
    log.service.load(&entries);
    log.service.clock.set(noon().plus_ms(60_000));
    log.service.count(&log.workspace).await;
    // It judges what is not judged yet.
    assert_eq!(log.api.get("/v1/workspaces/ws_log/facets").await.status, 200);
    for (query, calls) in [
        ("", vec!["Query 0.5", "Query 0.5", "Query 1.5"]),
        ("action=member.invite", vec!["Query 0.5", "Query 0.5", "Query 1.5"]),
        ("actor_id=usr_ada", vec!["Query 0.5", "Query 0.5", "Query 1"]),
    ] {
        let next = async |page: &Response| {
            let token = page.text_at("/page/next_page_token");
            log.api.get(&format!("{ENTRIES}?page_token={token}")).await
        };
        let first = log.api.get(&format!("{ENTRIES}?{query}")).await;
        // A browse by an index begins with the clock.
        log.service.clock.set(log.service.clock.now().plus_ms(10_000));
        let second = next(&first).await;
        spent(&log);
        let third = next(&second).await;
        assert_eq!((third.status, &third.json["page"]["number"]), (200, &json!(3)));
        assert_eq!(third.json["page"]["total_entries"], first.json["page"]["total_entries"]);
        assert_eq!(spent(&log), calls, "{query}");
    }
}

#[tokio::test]
async fn a_page_of_a_counted_log_costs_the_same_wherever_it_is_and_counting_costs_little() {
    let log = Log::warm().await;
    let count = 24_000;
    // A year with some 66 entries a day.
    let entries: Vec<Entry> =
        (0..count).map(|n| usual_row(&log, noon().plus_ms(-i64::from(n) * 1_300_000), n)).collect();
    log.service.load(&entries);
    let total =
        async || log.api.get(&format!("{ENTRIES}?action=member.invite")).await.json["page"].clone();
    let first_look = total().await;
    assert_eq!(
        first_look["total_is_exact"], false,
        "24,000 entries are more than one list may count: {first_look}"
    );
    let mut looks = 1;
    while total().await["total_is_exact"] == false {
        looks += 1;
        assert!(looks < 50, "each list goes on where the one before stopped");
    }
    // On a busy machine the time of a list may end before it has folded all that it has numbered.
    log.service.count(&log.workspace).await;
    let calls = log.service.proxy.take_calls();
    let written: f64 =
        calls.iter().filter(|call| call.operation == "PutItem").map(Call::units).sum();
    assert!(written / f64::from(count) <= 0.05, "{written} WCU to count {count} entries");
    let rare = "&action=api_key.revoke";
    for (query, most) in [
        ("page=1", 16.0),
        ("page=300", 20.0),
        ("page=600", 20.0),
        ("page=7&from=2026-05-01T00:00:00Z", 20.0),
        (rare, 120.0),
    ] {
        let page = log.api.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!(
            (page.status, &page.json["page"]["total_is_exact"]),
            (200, &json!(true)),
            "{page:?}"
        );
        let units: f64 = log.service.proxy.take_calls().iter().map(Call::units).sum();
        assert!(units <= most, "{query}: {units}");
    }
}

/// A row of a usual entry's size, as it lies in the table; every 200th is of another kind.
fn usual_row(log: &Log, at: Timestamp, n: u32) -> Entry {
    let (action, kind) = if n.is_multiple_of(200) {
        ("api_key.revoke", "api_key")
    } else {
        ("member.invite", "member")
    };
    let content = Content {
        user_agent: Some(
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
        ),
        request_id: Some(format!("req_{n:020}")),
        external_id: Some(format!("evt_{n}")),
        ..Content::new(at, actor("usr_ada"), action, target(kind, "mem_grace"))
    };
    entry_with(&log.workspace, content)
}

#[tokio::test]
async fn a_workspace_is_one_read_and_one_transaction() {
    let log = Log::start().await;
    let operator = log.service.operator().await;
    let put = async |plan: &str| {
        operator.put("/v1/workspaces/ws_new", &json!({ "plan": plan })).await.status
    };
    assert_eq!(put("free").await, 201);
    // Credential, workspace, the salt of the key as an actor, which is made.
    let first =
        ["ExecuteStatement 1", "ExecuteTransaction 6", "GetItem 1", "GetItem 1", "GetItem 1"];
    assert_eq!(spent(&log), first);
    // Requests with a lasting effect read the credential each time.
    assert_eq!(put("free").await, 200);
    assert_eq!(spent(&log), ["GetItem 1", "GetItem 1"]);
    assert_eq!(put("pro").await, 200);
    // Besides the workspace and its entry, the job that follows and its line in the list of open
    // ones: 2 puts, doubled.
    assert_eq!(spent(&log), ["ExecuteTransaction 10", "GetItem 1", "GetItem 1"]);
    assert_eq!(
        operator
            .post("/v1/workspaces/ws_new/viewer-tokens", &json!({ "admin": { "id": "usr_ada" } }))
            .await
            .status,
        201
    );
    // The admin is met for the first time.
    let second = ["ExecuteStatement 1", "ExecuteTransaction 6", "GetItem 1", "GetItem 1"];
    assert_eq!(spent(&log), second);
    assert_eq!(operator.get("/v1/workspaces/ws_new").await.status, 200);
    // The rewriting and the check. What the plan before has hidden does not expire any more, so
    // nothing is to be counted.
    assert_eq!(spent(&log), ["GetItem 1", "GetItem 1"]);
}

#[tokio::test]
async fn an_export_is_one_transaction_and_one_that_is_refused_or_open_costs_a_few_reads() {
    let log = Log::warm().await;
    let from = |number: i64| json!({ "format": "csv", "from": noon().plus_ms(number).rfc3339() });
    let start = async |number: i64| {
        let answer = log.api.post("/v1/workspaces/ws_log/exports", &from(number)).await;
        (answer.status, spent(&log))
    };
    // Credential, open exports, the salt of the key, which is made; the newest entry.
    let (status, first) = start(1).await;
    assert_eq!(status, 202);
    let writes = ["ExecuteStatement 1", "ExecuteTransaction 10"];
    assert_eq!(&first[..2], writes);
    for number in [2, 3] {
        assert_eq!(start(number).await.0, 202);
    }
    // Credential, open exports, and each of the three.
    assert_eq!(start(4).await, (429, vec!["GetItem 1".to_owned(); 5]));
    assert_eq!(start(2).await, (200, vec!["GetItem 1".to_owned(); 5]));
}
