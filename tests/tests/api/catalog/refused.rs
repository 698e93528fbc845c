//! What may not be set as the catalogue, and who may not set it.

use crate::catalog::{CATALOG, action, catalog, set, start};
use domain::catalog::MAX_CATALOG_BYTES;
use domain::credential::Scope;
use serde_json::{Value, json};

#[tokio::test]
async fn what_a_catalogue_may_not_say_is_named_and_nothing_is_stored() {
    let (_service, api) = start().await;
    let good = catalog(&[action("repo.create")]);
    assert_eq!(set(&api, &good).await.status, 200);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut catalog = good.clone();
        change(&mut catalog);
        catalog
    };
    for (catalog, pointer) in [
        (with(&|c| c["actions"] = json!([])), "/actions"),
        (with(&|c| c["target_types"] = json!([])), "/target_types"),
        (with(&|c| c["actions"][0]["label"] = "".into()), "/actions/0/label"),
        (with(&|c| c["actions"][0]["lable"] = "x".into()), ""),
        (with(&|c| c["actions"][0]["label"] = 1.into()), ""),
        (
            with(&|c| {
                c["actions"][0]["metadata_schema"] =
                    json!({ "type": "object", "minProperties": 1 });
            }),
            "/actions/0/metadata_schema/minProperties",
        ),
        (json!([]), ""),
    ] {
        let refused = set(&api, &catalog).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{refused:?}");
    }
    let long = with(&|c| c["actions"][0]["description"] = "x".repeat(MAX_CATALOG_BYTES).into());
    assert_eq!(set(&api, &long).await.status, 413);
    assert_eq!(api.get(CATALOG).await.json["version"], 1);
}

#[tokio::test]
async fn only_a_key_for_every_workspace_with_the_scope_sets_the_catalogue() {
    let (service, _) = start().await;
    let good = catalog(&[action("repo.create")]);
    let others: Vec<_> =
        Scope::ALL.into_iter().filter(|scope| *scope != Scope::CatalogWrite).collect();
    for (api, status) in [
        (service.anonymous(), 401),
        (service.api(&service.key(&others, None).await), 403),
        (service.api(&service.key(&Scope::ALL, Some("ws_a")).await), 404),
        (service.api(&service.key(&[Scope::CatalogWrite], None).await), 200),
    ] {
        assert_eq!(set(&api, &good).await.status, status);
    }
}
