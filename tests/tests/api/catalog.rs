//! The deployment's own catalogue over HTTP: setting it, how every function learns of it, and what
//! its names allow.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, and so may what it is made of"
)]

mod refused;

use domain::credential::Scope;
use serde_json::{Value, json};
use tests::{Api, NOON, Response, TestService, at};

const CATALOG: &str = "/v1/catalog";
const ENTRIES: &str = "/v1/workspaces/ws_a/entries";
const FACETS: &str = "/v1/workspaces/ws_a/facets";

/// For how long a function may take a catalogue for the current one.
const REMEMBERED_MS: i64 = 60_000;

fn action(name: &str) -> Value {
    json!({ "name": name, "label": "A label", "group": "A group" })
}

fn catalog(actions: &[Value]) -> Value {
    let target_types = json!([{ "name": "repo", "label": "Repository" }]);
    json!({ "actions": actions, "target_types": target_types })
}

fn entry(action: &str) -> Value {
    json!({
        "occurred_at": NOON,
        "actor": { "type": "user", "id": "u_1" },
        "action": action,
        "target": { "type": "repo", "id": "r_1" },
    })
}

async fn set(api: &Api, catalog: &Value) -> Response {
    api.put(CATALOG, catalog).await
}

/// A service at noon with the workspace `ws_a`, and a client that may do everything.
async fn start() -> (TestService, Api) {
    let service = TestService::at_noon().await;
    service.workspace("ws_a", "pro").await;
    let api = service.operator().await;
    (service, api)
}

/// The names and counts of a menu.
fn counts(facets: &Response, menu: &str) -> Vec<(String, u64)> {
    let facets = facets.json[menu].as_array().unwrap();
    facets
        .iter()
        .map(|facet| (facet["name"].as_str().unwrap().to_owned(), facet["count"].as_u64().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_catalogue_is_set_and_served_at_once_by_the_instance_that_stored_it() {
    let (_service, api) = start().await;
    let default = api.get(CATALOG).await.json;
    assert_eq!(
        (&default["version"], &default["actions"][0]["name"]),
        (&0.into(), &"settings.update".into())
    );
    let stored = set(&api, &catalog(&[action("repo.create")])).await;
    assert_eq!((stored.status, &stored.json["version"]), (200, &1.into()), "{stored:?}");
    let names: Vec<_> = stored.json["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["name"].as_str().unwrap())
        .collect();
    let service_names =
        ["audit_log.export", "audit_log.viewer_token.create", "workspace.plan.update"];
    assert_eq!(names, [&["repo.create"][..], &service_names].concat());
    assert_eq!(api.get(CATALOG).await.json, stored.json);
    assert_eq!(api.post(ENTRIES, &entry("repo.create")).await.status, 201);
    assert_eq!(api.post(ENTRIES, &entry("member.invite")).await.pointers(), ["/action"]);
    let again = set(&api, &stored.json).await;
    assert_eq!((again.status, &again.json), (200, &stored.json), "nothing is new");
}

#[tokio::test]
async fn every_other_instance_knows_a_catalogue_within_sixty_seconds() {
    let (service, api) = start().await;
    assert_eq!(api.get(CATALOG).await.json["version"], 0, "remembered from here on");
    let elsewhere =
        domain::catalog::read_catalog(catalog(&[action("repo.create")]).to_string().as_bytes());
    let elsewhere = domain::catalog::Catalog { version: 1, ..elsewhere.unwrap() };
    domain::ports::WriteCatalog::put_catalog(&service.store, &elsewhere).await.unwrap();
    let mut created = entry("repo.create");
    assert_eq!(api.get(CATALOG).await.json["version"], 0);
    service.clock.set(at(NOON).plus_ms(REMEMBERED_MS - 1));
    assert_eq!(api.post(ENTRIES, &created).await.pointers(), ["/action", "/target/type"]);
    service.clock.set(at(NOON).plus_ms(REMEMBERED_MS));
    created["occurred_at"] = service.clock.now().rfc3339().into();
    let recorded = api.post(ENTRIES, &created).await;
    assert_eq!(recorded.status, 201, "{recorded:?}");
    let listed = api.get(&format!("{ENTRIES}?action=repo.create")).await;
    assert_eq!(listed.json["page"]["total_entries"], 1, "{listed:?}");
    assert!(counts(&api.get(FACETS).await, "actions").contains(&("repo.create".to_owned(), 1)));
    assert_eq!(api.get(CATALOG).await.json["version"], 1);
}

#[tokio::test]
async fn an_unknown_action_is_refused_with_the_nearest_name_or_taken_as_it_is() {
    let (_service, api) = start().await;
    let mut catalog = catalog(&[action("repo.create")]);
    assert_eq!(set(&api, &catalog).await.status, 200);
    let refused = api.post(ENTRIES, &entry("repo.created")).await;
    assert_eq!((refused.status, refused.pointers()), (422, vec!["/action"]));
    let detail = refused.text_at("/errors/0/detail");
    assert!(detail.ends_with("the nearest is repo.create"), "{detail}");

    catalog["unknown_actions"] = "accept".into();
    assert_eq!(set(&api, &catalog).await.json["version"], 2);
    let taken = api.post(ENTRIES, &entry("repo.created")).await;
    assert_eq!((taken.status, taken.text_at("/action")), (201, "repo.created"));
    assert_eq!(api.post(ENTRIES, &entry("repo#created")).await.pointers(), ["/action"]);
    assert_eq!(api.post(ENTRIES, &entry("audit_log.deleted")).await.pointers(), ["/action"]);
    let listed = api.get(&format!("{ENTRIES}?action=repo.created")).await;
    assert_eq!(listed.json["page"]["total_entries"], 1, "{listed:?}");
    let actions = counts(&api.get(FACETS).await, "actions");
    assert_eq!(actions.last(), Some(&("repo.created".to_owned(), 1)), "unknown names come last");
}

/// A filter can name what is stored, whatever the catalogue says by now: an action that was taken
/// when unknown ones were, and the names of the default.
#[tokio::test]
async fn a_filter_names_what_was_stored_under_an_earlier_catalogue() {
    let (service, api) = start().await;
    let mut invited = entry("member.invite");
    invited["target"] = json!({ "type": "member", "id": "m_1" });
    assert_eq!(api.post(ENTRIES, &invited).await.status, 201);
    let mut catalog = catalog(&[action("repo.create")]);
    catalog["unknown_actions"] = "accept".into();
    assert_eq!(set(&api, &catalog).await.status, 200);
    assert_eq!(api.post(ENTRIES, &entry("repo.created")).await.status, 201);
    catalog["unknown_actions"] = "refuse".into();
    let closed = set(&api, &catalog).await;
    assert_eq!((closed.status, &closed.json["accepted_unknown"]), (200, &true.into()));

    let other = service.another_instance(&service.key(&Scope::ALL, None).await).await;
    for api in [&api, &other] {
        assert_eq!(api.post(ENTRIES, &entry("repo.created")).await.pointers(), ["/action"]);
        for filter in ["action=repo.created", "action=member.invite", "target_type=member"] {
            let listed = api.get(&format!("{ENTRIES}?{filter}")).await;
            assert_eq!(listed.json["page"]["total_entries"], 1, "{filter}: {listed:?}");
            assert_eq!(api.get(&format!("{FACETS}?{filter}")).await.status, 200, "{filter}");
        }
        let body = json!({ "format": "csv", "action": "repo.created" });
        let started = api.post("/v1/workspaces/ws_a/exports", &body).await;
        assert!([200, 202].contains(&started.status), "{started:?}");
        for never in ["action=repo%23created", "action=audit_log.deleted", "target_type=planet"] {
            assert_eq!(api.get(&format!("{ENTRIES}?{never}")).await.status, 422, "{never}");
        }
    }
}

#[tokio::test]
async fn a_retired_action_is_recorded_no_more_and_stays_listed_counted_and_filterable() {
    let (_service, api) = start().await;
    assert_eq!(
        set(&api, &catalog(&[action("repo.create"), action("repo.rename")])).await.status,
        200
    );
    let recorded = api.post(ENTRIES, &entry("repo.rename")).await;
    assert_eq!(recorded.status, 201);
    let mut retired = action("repo.rename");
    retired["retired"] = true.into();
    assert_eq!(set(&api, &catalog(&[action("repo.create"), retired])).await.status, 200);

    assert_eq!(api.post(ENTRIES, &entry("repo.rename")).await.pointers(), ["/action"]);
    let id = recorded.text_at("/id");
    assert_eq!(api.get(&format!("{ENTRIES}/{id}")).await.text_at("/action"), "repo.rename");
    for query in ["", "?action=repo.rename", "?target_type=repo&action=repo.rename"] {
        let listed = api.get(&format!("{ENTRIES}{query}")).await.json;
        assert!(listed["entries"].as_array().unwrap().iter().any(|one| one["id"] == id), "{query}");
    }
    assert!(counts(&api.get(FACETS).await, "actions").contains(&("repo.rename".to_owned(), 1)));
}

#[tokio::test]
async fn what_the_default_recorded_stays_readable_under_a_catalogue_without_it() {
    let (_service, api) = start().await;
    let mut invited = entry("member.invite");
    invited["target"] = json!({ "type": "member", "id": "m_1" });
    assert_eq!(api.post(ENTRIES, &invited).await.status, 201);
    assert_eq!(set(&api, &catalog(&[action("repo.create")])).await.status, 200);
    let facets = api.get(FACETS).await;
    assert!(counts(&facets, "actions").contains(&("member.invite".to_owned(), 1)));
    assert!(counts(&facets, "target_types").contains(&("member".to_owned(), 1)));
    let listed = api.get(ENTRIES).await.json;
    assert!(
        listed["entries"].as_array().unwrap().iter().any(|one| one["action"] == "member.invite")
    );
}

#[tokio::test]
async fn a_thousand_actions_have_their_place_and_their_count_in_the_menus() {
    let (_service, api) = start().await;
    let actions: Vec<_> = (0..997).map(|number| action(&format!("a{number:03}"))).collect();
    let stored = set(&api, &catalog(&actions)).await;
    assert_eq!((stored.status, stored.json["actions"].as_array().unwrap().len()), (200, 1_000));
    for first in (0..997).step_by(100) {
        let entries: Vec<_> =
            (first..(first + 100).min(997)).map(|number| entry(&format!("a{number:03}"))).collect();
        let answer = api.post(&format!("{ENTRIES}/batch"), &json!({ "entries": entries })).await;
        let results = answer.json["results"].as_array().unwrap();
        assert!(results.iter().all(|one| one["status"] == "recorded"), "{answer:?}");
    }
    let facets = api.get(FACETS).await;
    let expected: Vec<_> = (0..997)
        .map(|number| (format!("a{number:03}"), 1))
        .chain([("workspace.plan.update".to_owned(), 1)])
        .collect();
    assert_eq!(counts(&facets, "actions"), expected, "in the order of the catalogue");
    assert_eq!(facets.json["total_entries"], 998);
    let listed = api.get(&format!("{ENTRIES}?action=a996")).await;
    assert_eq!(listed.json["page"]["total_entries"], 1);
}

#[tokio::test]
async fn a_catalogue_that_was_made_from_another_version_is_a_conflict() {
    let (_service, api) = start().await;
    let mut first = catalog(&[action("repo.create")]);
    first["version"] = 0.into();
    assert_eq!(set(&api, &first).await.json["version"], 1);
    assert_eq!(set(&api, &first).await.json["version"], 1, "a retry");
    first["actions"].as_array_mut().unwrap().push(action("repo.rename"));
    let stale = set(&api, &first).await;
    assert_eq!((stale.status, stale.problem()), (409, "conflict"));
    first["version"] = 1.into();
    assert_eq!(set(&api, &first).await.json["version"], 2);
}

#[tokio::test]
async fn of_catalogues_set_at_the_same_time_each_version_is_one_of_them() {
    let (service, api) = start().await;
    let sent: Vec<_> = (0..8).map(|n| catalog(&[action("a"), action(&format!("b{n}"))])).collect();
    let answers = futures::future::join_all(sent.iter().map(|catalog| set(&api, catalog))).await;
    let mut stored = 0;
    for (answer, sent) in answers.iter().zip(&sent) {
        // The names of another one, once it is stored, may not be dropped.
        assert!([200, 409, 422, 429, 503].contains(&answer.status), "{answer:?}");
        if answer.status == 200 {
            stored += 1;
            let version = answer.json["version"].as_u64().unwrap();
            let found = domain::ports::ReadCatalog::catalog_version(&service.store, version).await;
            let found = serde_json::to_value(found.unwrap().unwrap()).unwrap();
            assert_eq!(found["actions"][1], sent["actions"][1]);
            assert_eq!(found, answer.json);
        }
    }
    assert!(stored <= 1, "each has a name that the next one would drop");
}

#[tokio::test]
async fn metadata_follows_the_schema_of_its_action() {
    let (_service, api) = start().await;
    let mut created = action("repo.create");
    created["metadata_schema"] = json!({
        "type": "object",
        "properties": { "visibility": { "enum": ["public", "private"] } },
        "required": ["visibility"],
        "additionalProperties": false,
    });
    let catalog = catalog(&[created, action("repo.rename")]);
    assert_eq!(set(&api, &catalog).await.status, 200);
    let with = |metadata: Value| {
        let mut entry = entry("repo.create");
        entry["metadata"] = metadata;
        entry
    };
    for (metadata, pointers) in [
        (json!({}), vec!["/metadata/visibility"]),
        (json!({ "visibility": "public", "visible": 1 }), vec!["/metadata/visible"]),
    ] {
        let refused = api.post(ENTRIES, &with(metadata)).await;
        assert_eq!((refused.status, refused.pointers()), (422, pointers));
    }
    let fits = api.post(ENTRIES, &with(json!({ "visibility": "public" }))).await;
    assert_eq!((fits.status, fits.json.get("adjusted")), (201, None), "{fits:?}");
    let sent = with(json!({ "visibility": "secret" }));
    let noted = api.post(ENTRIES, &sent).await;
    assert_eq!((noted.status, &noted.json["metadata"]), (201, &sent["metadata"]));
    let note = json!([{ "pointer": "/metadata/visibility", "reason": "schema" }]);
    assert_eq!(noted.json["adjusted"], note);

    // An entry that is sent again is a duplicate, although the schema has changed in between.
    let mut loose = catalog;
    loose["actions"][0]["metadata_schema"] = json!({ "type": "object" });
    assert_eq!(set(&api, &loose).await.json["version"], 2);
    let again = api.post(ENTRIES, &sent).await;
    assert_eq!((again.status, again.json), (200, noted.json));
}
