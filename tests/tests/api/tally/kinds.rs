//! More kinds of entries than a count can name, as publishers can record them where the catalogue
//! accepts unknown actions.

use super::{LIST, noon};
use domain::plan::Plan;
use serde_json::json;
use tests::{actor, content, log_of, target};

#[tokio::test]
async fn names_without_end_make_no_list_fail_and_no_total_wrong() {
    let (service, workspace, api) = noon(Plan::Enterprise).await;
    let now = service.clock.now();
    let of = |n: usize| {
        let moment = now.plus_ms(-60_000 * i64::try_from(n).unwrap());
        content(moment, actor("usr_1"), &format!("{n:0>128}"), target("member", "one"), n)
    };
    service.load(&log_of(&workspace, (0..4_000).map(of)));
    service.count(&workspace).await;
    let page = api.get(LIST).await;
    assert_eq!((page.status, &page.json["page"]["total_entries"]), (200, &json!(4_000)));
    assert_eq!(page.json["page"]["total_is_exact"], true);
    let last = api.get(&format!("{LIST}?page=200")).await;
    assert_eq!(last.json["entries"][19]["action"], format!("{:0>128}", 3_999));
    // What the counts do not tell apart is not claimed to be known.
    let filtered = api.get(&format!("{LIST}?target_type=member")).await;
    assert_eq!(filtered.status, 200, "{filtered:?}");
    assert_eq!(filtered.json["entries"], page.json["entries"]);
    assert_eq!(filtered.json["page"]["total_is_exact"], false);
    let facets = api.get("/v1/workspaces/ws_a/facets").await;
    assert_eq!((facets.status, &facets.json["total_entries"]), (200, &json!(4_000)));
    assert_eq!(facets.json["total_is_exact"], false);
}
