//! The answers to valid requests.

use crate::openapi::contract::Contract;
use crate::openapi::recordings;
use domain::job::{Job, JobState, MAX_TRIES};
use domain::plan::Plan;
use domain::ports::{ReadJobs, WriteJobs};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Api, NOON, TestService, actor, at as at_noon, content, encoded, log_of, target};

/// Provokes each of them.
pub(crate) async fn see(contract: &Contract) {
    let service = TestService::start().await;
    let api = service.operator().await;
    workspaces(contract, &api).await;
    recordings::entries(contract, &api).await;
    recordings::batches(contract, &service, &api).await;
    pages(contract, &api).await;
    facets(contract, &api).await;
    directory(contract).await;
    feed(contract).await;
    exports(contract, &service, &api).await;
    changes_of_plan(contract).await;
    what_is_not_counted_to_its_end(contract).await;
    without_a_workspace(contract, &service).await;
}

async fn workspaces(contract: &Contract, api: &Api) {
    contract.check(
        "putWorkspace",
        201,
        &api.put("/v1/workspaces/ws_acme", &json!({ "plan": "enterprise" })).await,
    );
    contract.check("getWorkspace", 200, &api.get("/v1/workspaces/ws_acme").await);
    for plan in ["free", "free", "basic", "pro", "enterprise"] {
        let changed = api.put("/v1/workspaces/ws_acme", &json!({ "plan": plan })).await;
        contract.check("putWorkspace", 200, &changed);
        assert_eq!(changed.text_at("/plan"), plan);
    }
    contract.check("getWorkspace", 200, &api.get("/v1/workspaces/ws_acme").await);
    for admin in [
        json!({ "id": "usr_8f2" }),
        json!({ "id": "usr_8f2", "name": "Ada", "email": "ada@example.com",
            "ip_address": "203.0.113.7", "user_agent": "Mozilla/5.0" }),
        json!({ "id": "usr_8f2", "name": 42, "email": "", "ip_address": ["::1"],
            "user_agent": null }),
    ] {
        let plan = json!({ "plan": "free", "admin": admin });
        contract.check("putWorkspace", 200, &api.put("/v1/workspaces/ws_acme", &plan).await);
        let plan = json!({ "plan": "enterprise", "admin": null });
        contract.check("putWorkspace", 200, &api.put("/v1/workspaces/ws_acme", &plan).await);
        let made =
            api.post("/v1/workspaces/ws_acme/viewer-tokens", &json!({ "admin": admin })).await;
        contract.check("createViewerToken", 201, &made);
    }
}

async fn pages(contract: &Contract, api: &Api) {
    let path = "/v1/workspaces/ws_acme/entries";
    for query in [
        "",
        "?page_size=100",
        "?action=audit_log.export",
        "?from=2000-01-01T00:00:00Z&to=2000-01-01T00:00:00Z",
    ] {
        contract.check("listEntries", 200, &api.get(&format!("{path}{query}")).await);
    }
    let first = api.get(&format!("{path}?page_size=2")).await;
    let middle =
        api.get(&format!("{path}?page_token={}", first.text_at("/page/next_page_token"))).await;
    let back = api
        .get(&format!("{path}?page_token={}", middle.text_at("/page/previous_page_token")))
        .await;
    for page in [&first, &middle, &back] {
        contract.check("listEntries", 200, page);
    }
    assert_eq!(back.json["entries"], first.json["entries"]);
    let second = api.get(&format!("{path}?page=2&page_size=2")).await;
    assert_eq!(
        (&second.json["page"]["number"], &second.json["entries"]),
        (&json!(2), &middle.json["entries"])
    );
    let jump = api
        .get(&format!("{path}?page=1&page_token={}", middle.text_at("/page/next_page_token")))
        .await;
    assert_eq!(jump.json["entries"], first.json["entries"]);
    let past = api.get(&format!("{path}?page=1000&page_size=2")).await;
    assert_eq!((&past.json["entries"], &past.json["page"]["number"]), (&json!([]), &json!(1_000)));
    for page in [&second, &jump, &past] {
        contract.check("listEntries", 200, page);
        assert_eq!(page.json["page"]["total_entries"], first.json["page"]["total_entries"]);
    }
}

async fn facets(contract: &Contract, api: &Api) {
    let path = "/v1/workspaces/ws_acme/facets";
    for query in [
        "",
        "?action=member.invite",
        "?target_type=member&action=project.create",
        "?from=2000-01-01T00:00:00Z&to=2000-01-01T00:00:00Z",
        "?interval=auto",
        "?action=member.invite&interval=month",
        "?from=2000-01-01T00:00:00Z&to=2000-01-01T00:00:00Z&interval=day",
    ] {
        let facets = api.get(&format!("{path}{query}")).await;
        contract.check("getFacets", 200, &facets);
        let is_whole = query.is_empty() || query == "?interval=auto";
        assert_eq!(facets.json.get("expiring").is_some(), is_whole, "{query}");
        assert_eq!(facets.json.get("timeline").is_some(), query.contains("interval"), "{query}");
    }
}

async fn directory(contract: &Contract) {
    let service = TestService::at_noon().await;
    let api = service.workspace("ws_people", "free").await;
    let path = "/v1/workspaces/ws_people";
    contract.check("listActors", 200, &api.get(&format!("{path}/actors")).await);
    let entry = contract.document.operation("recordEntry").request_examples()[0];
    let mut entry = crate::openapi::contract::at(entry, service.clock.now());
    entry["ip_address"] = "203.0.113.7".into();
    assert_eq!(api.post(&format!("{path}/entries"), &entry).await.status, 201);
    // Until it is settled, and a lookup lets the directory follow again.
    service.clock.set(service.clock.now().plus_ms(60_000));
    let actors = api.get(&format!("{path}/actors")).await;
    contract.check("listActors", 200, &actors);
    let (kind, id) = (actors.text_at("/actors/0/type"), actors.text_at("/actors/0/id"));
    for query in ["?search=a", "?search=%E2%80%8B", "?page=2&page_size=1"] {
        contract.check("listActors", 200, &api.get(&format!("{path}/actors{query}")).await);
    }
    let id = encoded(id);
    contract.check("getActor", 200, &api.get(&format!("{path}/actors/{kind}/{id}")).await);
    let addresses = api.get(&format!("{path}/addresses")).await;
    contract.check("listAddresses", 200, &addresses);
    let address = addresses.text_at("/addresses/0/address");
    for query in ["?search=2", "?search=::/0", "?page=2&page_size=1"] {
        contract.check("listAddresses", 200, &api.get(&format!("{path}/addresses{query}")).await);
    }
    contract.check("getAddress", 200, &api.get(&format!("{path}/addresses/{address}")).await);
}

/// Before anything has a number, whole and in rows, with an entry that has expired, and after all.
async fn feed(contract: &Contract) {
    let service = TestService::at_noon().await;
    let api = service.workspace("ws_feed", "free").await;
    let path = "/v1/workspaces/ws_feed/feed";
    let empty = api.get(path).await;
    contract.check("readFeed", 200, &empty);
    assert_eq!((&empty.json["next"], &empty.json["closed_through"]), (&json!(null), &json!(null)));
    service.clock.set(service.clock.now().plus_ms(60_000));
    let entry = contract.document.operation("recordEntry").request_examples()[0];
    let mut old = crate::openapi::contract::at(entry, service.clock.now());
    old["occurred_at"] = service.clock.now().plus_days(-29).rfc3339().into();
    for entry in [old, crate::openapi::contract::at(entry, service.clock.now())] {
        assert_eq!(api.post("/v1/workspaces/ws_feed/entries", &entry).await.status, 201);
        service.clock.set(service.clock.now().plus_ms(1_000));
    }
    service.clock.set(service.clock.now().plus_days(3));
    for query in ["", "?after=0&limit=1", "?include=values", "?action=member.invite", "?after=2"] {
        contract.check("readFeed", 200, &api.get(&format!("{path}{query}")).await);
    }
    contract.check("readFeed", 422, &api.get(&format!("{path}?after=3")).await);
}

/// Every format, with every filter, in every state.
async fn exports(contract: &Contract, service: &TestService, api: &Api) {
    let path = "/v1/workspaces/ws_acme/exports";
    contract.check("listExports", 200, &api.get(path).await);
    let (from, to) = ("2000-01-01T00:00:00Z", "2999-01-01T00:00:00+01:00");
    let every = json!({ "action": "member.invite", "target_type": "member", "target_id": "mem_41c",
        "actor_id": "usr_8f2", "actor_type": "user", "from": from, "to": to });
    for (format, bom, compression) in [
        ("csv", false, "none"),
        ("csv", true, "gzip"),
        ("ndjson", false, "none"),
        ("ndjson", false, "gzip"),
    ] {
        for mut body in [json!({}), every.clone()] {
            body["format"] = format.into();
            body["bom"] = bom.into();
            body["compression"] = compression.into();
            let accepted = api.post(path, &body).await;
            contract.check("createExport", 202, &accepted);
            assert_eq!(accepted.header("location"), format!("{path}/{}", accepted.text_at("/id")));
            contract.check("getExport", 200, &api.get(accepted.header("location")).await);
            contract.check("listExports", 200, &api.get(path).await);
            service.work().await;
            let done = api.get(accepted.header("location")).await;
            contract.check("getExport", 200, &done);
            assert_eq!(
                (done.text_at("/state"), done.json["file"]["row_count"].as_u64()),
                ("done", done.json["rows_expected"].as_u64())
            );
        }
    }
    let nulls = json!({ "format": "csv", "bom": null, "compression": null, "action": null,
        "target_type": null, "actor_id": null, "actor_type": null, "target_id": null, "from": null,
        "to": null });
    let accepted = api.post(path, &nulls).await;
    contract.check("createExport", 202, &accepted);
    assert_eq!((&accepted.json["filters"], accepted.text_at("/compression")), (&json!({}), "none"));
    let again = api.post(path, &json!({ "format": "csv" })).await;
    contract.check("createExport", 200, &again);
    assert_eq!(again.json, accepted.json);
    assert_eq!(again.header("location"), accepted.header("location"));
    given_up(service).await;
    let failed = api.get(accepted.header("location")).await;
    assert_eq!(failed.text_at("/state"), "failed");
    contract.check("getExport", 200, &failed);
    contract.check("listExports", 200, &api.get(path).await);
}

/// Lets the jobs that nobody has begun fail for the last time.
async fn given_up(service: &TestService) {
    for (key, _) in service.open_jobs().await {
        let job = service.store.job(&key).await.unwrap().unwrap();
        if job.state == JobState::Queued {
            service
                .store
                .replace_job(&job, &Job { tries: MAX_TRIES, ..job.clone() })
                .await
                .unwrap();
        }
    }
    service.work().await;
}

/// A plan is raised and lowered in a log that it keeps in part: from the dry run to the end of the
/// job.
async fn changes_of_plan(contract: &Contract) {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_acme", Plan::Pro);
    let invitation = |day: i32| {
        content(
            at_noon(NOON).plus_days(-i64::from(day)),
            actor("usr_1"),
            "member.invite",
            target("member", "mem_1"),
            0,
        )
    };
    service.load(&log_of(&workspace, (0..100).map(invitation)));
    let (api, path) = (service.operator().await, "/v1/workspaces/ws_acme");
    let see = async |expected: Value, job: &str| {
        let got = api.get(path).await;
        contract.check("getWorkspace", 200, &got);
        assert_eq!((&got.json["expiring"], got.text_at("/retention_job/state")), (&expected, job));
    };
    let expiring = |near: u64, far: u64, first: Value| {
        json!({ "within_7_days": near,
        "within_30_days": far, "first_expires_at": first, "is_exact": true })
    };
    see(expiring(0, 0, Value::Null), "").await;
    let effect = json!({
        "hidden_entries": 69, "restored_entries": 0, "is_exact": true,
        "kept_from": "2026-10-23T00:00:00.000Z", "restorable_until": "2026-11-29T12:00:00.000Z",
    });
    for (workspace, hidden) in [("ws_acme", 69), ("ws_new", 0)] {
        let asked = api
            .put(&format!("/v1/workspaces/{workspace}?dry_run=true"), &json!({ "plan": "free" }))
            .await;
        contract.check("putWorkspace", 200, &asked);
        assert_eq!(
            (&asked.json["effect"]["hidden_entries"], &asked.json["retention_job"]),
            (&json!(hidden), &Value::Null)
        );
    }
    assert_eq!(
        (api.get(path).await.text_at("/plan"), api.get("/v1/workspaces/ws_new").await.status),
        ("pro", 404),
        "nothing was changed"
    );
    let lowered = api.put(&format!("{path}?dry_run=false"), &json!({ "plan": "free" })).await;
    contract.check("putWorkspace", 200, &lowered);
    assert_eq!(
        (&lowered.json["effect"], lowered.text_at("/retention_job/phase")),
        (&effect, "first_pass")
    );
    // An entry of a day expires with it, 30 days later; that of the change itself is kept longer
    // than those 30 days.
    let soon = expiring(7, 30, json!("2026-11-23T00:00:00.000Z"));
    see(soon.clone(), "queued").await;
    let facets = api.get(&format!("{path}/facets")).await;
    contract.check("getFacets", 200, &facets);
    assert_eq!(facets.json["grace"][0]["hidden_entries"], 69);
    service.work().await;
    see(soon.clone(), "running").await;
    service.work_to_the_end().await;
    let ended = api.get(path).await;
    contract.check("getWorkspace", 200, &ended);
    assert_eq!(
        (ended.text_at("/retention_job/state"), ended.text_at("/retention_job/phase")),
        ("done", "final_pass")
    );
    contract.check("putWorkspace", 200, &api.put(path, &json!({ "plan": "enterprise" })).await);
    given_up(&service).await;
    see(expiring(0, 0, Value::Null), "failed").await;
}

/// Of one actor, more entries than are counted: a total that is a bound, and far back a page whose
/// number is not known.
async fn what_is_not_counted_to_its_end(contract: &Contract) {
    let service = TestService::at_noon().await;
    let workspace = service.fixed_workspace("ws_acme", Plan::Pro);
    let invitation = |n: u32| {
        content(
            at_noon(NOON).plus_ms(-i64::from(n)),
            actor("usr_1"),
            "member.invite",
            target("member", "mem_1"),
            0,
        )
    };
    service.load(&log_of(&workspace, (0..10_150).map(invitation)));
    let api = service.operator().await;
    let path = "/v1/workspaces/ws_acme/entries";
    let last_counted = api.get(&format!("{path}?actor_id=usr_1&page_size=100&page=100")).await;
    let beyond = api
        .get(&format!("{path}?page_token={}", last_counted.text_at("/page/next_page_token")))
        .await;
    let far_back =
        api.get(&format!("{path}?page_token={}", beyond.text_at("/page/next_page_token"))).await;
    for (page, number, rows) in
        [(&last_counted, json!(100), 100), (&beyond, json!(101), 100), (&far_back, json!(null), 50)]
    {
        contract.check("listEntries", 200, page);
        let of_page = &page.json["page"];
        assert_eq!(
            (&of_page["number"], &of_page["total_entries"], &of_page["total_is_exact"]),
            (&number, &json!(10_000), &json!(false))
        );
        assert_eq!(page.json["entries"].as_array().map(Vec::len), Some(rows));
        assert!(!page.header("link").contains(r#"rel="last""#));
    }
}

async fn without_a_workspace(contract: &Contract, service: &TestService) {
    let anyone = service.anonymous();
    contract.check("getCatalog", 200, &anyone.get("/v1/catalog").await);
    contract.check("getHealth", 200, &anyone.get("/v1/health").await);
    contract.check("getDeepHealth", 200, &anyone.get("/v1/health/deep").await);
    contract.check("getRoot", 200, &anyone.get("/").await);
    contract.check("getIndex", 200, &anyone.get("/v1").await);
    let assets = contract
        .document
        .at("/paths/~1v1~1viewer~1{asset}/parameters/0/schema/enum")
        .as_array()
        .unwrap();
    let assets = assets
        .iter()
        .map(|name| ("getViewerAsset", format!("/v1/viewer/{}", name.as_str().unwrap())));
    for (operation, path) in
        assets.chain([("getViewer", "/v1/viewer?anything=1&anything=%zz".to_owned())])
    {
        let first = anyone.get(&path).await;
        contract.check(operation, 200, &first);
        let again =
            anyone.send(Method::GET, &path, None, &[("if-none-match", first.header("etag"))]).await;
        contract.check(operation, 304, &again);
    }
}
