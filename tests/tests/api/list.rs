//! Listing entries, over HTTP: order, pages, filters, and what a page holds.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect fails"
)]

mod far;
mod meanwhile;
mod model;
mod rows;
mod token;
mod walks;

use domain::clock::Clock;
use domain::entry::{Content, Entry};
use domain::plan::Plan;
use domain::timestamp::Timestamp;
use domain::workspace::Workspace;
use tests::{
    Api, Ask, NOON, Setup, TestService, actor, at, content, encoded, log_of, page, target,
};

/// A service at noon with an empty workspace `ws_a`, and a client that may do everything.
async fn noon(plan: Plan) -> (TestService, Workspace, Api) {
    let service = TestService::with(Setup::at(Clock::manual(at(NOON)))).await;
    let workspace = service.fixed_workspace("ws_a", plan);
    let api = service.operator().await;
    (service, workspace, api)
}

/// An invitation, the plainest of entries.
fn invitation(moment: Timestamp, external_id: usize) -> Content {
    content(moment, actor("usr_1"), "member.invite", target("member", "mem_1"), external_id)
}

/// So many invitations, one for each millisecond before noon.
fn invitations(workspace: &Workspace, count: usize) -> Vec<Entry> {
    log_of(
        workspace,
        (1..=count).map(|n| invitation(at(NOON).plus_ms(-i64::try_from(n).unwrap()), n)),
    )
}

async fn ids(api: &Api, query: &str) -> Vec<String> {
    page(api, &format!("/v1/workspaces/ws_a/entries?{query}")).await.ids
}

#[tokio::test]
async fn a_list_is_newest_first_and_equal_times_are_ordered_by_id() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let times = (0..40).map(|n| at(NOON).plus_ms(-i64::from(n % 4) * 86_400_000));
    let log = log_of(&workspace, times.enumerate().map(|(n, moment)| invitation(moment, n)));
    service.load(&log);
    let listed = page(&api, "/v1/workspaces/ws_a/entries?page_size=100").await;
    assert_eq!(listed.ids, Ask::default().of(&log));
    let of_noon = listed.rows.iter().filter(|row| row.get("occurred_at").unwrap() == NOON);
    assert_eq!(of_noon.count(), 10, "ten share a millisecond, and none of them is lost");
    assert_eq!(listed.as_of.as_deref(), Some(NOON));
}

#[tokio::test]
async fn a_list_of_nothing_is_an_empty_page_and_the_end() {
    let (_service, _workspace, api) = noon(Plan::Free).await;
    for query in [
        "", "?actor_id=u", "?target_type=member&target_id=m", "?action=member.invite",
        "?to=0001-01-01T00:00:00Z",
    ] {
        let empty = page(&api, &format!("/v1/workspaces/ws_a/entries{query}")).await;
        assert_eq!(
            (
                empty.ids.len(),
                empty.next,
                empty.previous,
                empty.as_of.as_deref(),
                empty.links.len()
            ),
            (0, None, None, None, 1),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_page_holds_twenty_entries_or_as_many_as_asked_for() {
    let (service, workspace, api) = noon(Plan::Free).await;
    service.load(&invitations(&workspace, 101));
    for (query, size) in
        [("", 20), ("page_size=1", 1), ("page_size=99", 99), ("page_size=100", 100)]
    {
        let listed = api.get(&format!("/v1/workspaces/ws_a/entries?{query}")).await;
        assert_eq!(listed.json.pointer("/page/size").unwrap(), size);
        assert_eq!(ids(&api, query).await.len(), size);
    }
    for query in [
        "page_size=0", "page_size=101", "page_size=020", "page_size=-1", "page_size=1.0",
        "page_size=",
    ] {
        let refused = api.get(&format!("/v1/workspaces/ws_a/entries?{query}")).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/page_size"]), "{query}");
    }
}

#[tokio::test]
async fn a_last_page_that_is_exactly_full_has_no_next_page() {
    let (service, workspace, api) = noon(Plan::Free).await;
    service.load(&invitations(&workspace, 40));
    for query in
        ["page_size=40", "page_size=40&actor_id=usr_1", "page_size=40&action=member.invite"]
    {
        let full = page(&api, &format!("/v1/workspaces/ws_a/entries?{query}")).await;
        assert_eq!((full.ids.len(), full.next), (40, None), "{query}");
    }
    assert_eq!(tests::walk(&api, "ws_a", "page_size=20").await.len(), 2);
}

#[tokio::test]
async fn from_is_inclusive_and_to_exclusive_at_the_millisecond() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = log_of(
        &workspace,
        (-2..=2).map(|ms: i64| invitation(at("2026-11-01T08:00:00.500Z").plus_ms(ms), 0)),
    );
    service.load(&log);
    let from = |from: usize| {
        log.get(from..).unwrap().iter().rev().map(|entry| entry.id.to_string()).collect::<Vec<_>>()
    };
    let to = |to: usize| {
        log.get(..to).unwrap().iter().rev().map(|entry| entry.id.to_string()).collect::<Vec<_>>()
    };
    for (bound, place) in [
        ("2026-11-01T08:00:00.500Z", 2),
        ("2026-11-01T08:00:00.5Z", 2),
        ("2026-11-01T09:30:00.500+01:30", 2),
        ("2026-10-31T20:00:00.500-12:00", 2),
        // A bound between two milliseconds keeps what happened before it on its own side.
        ("2026-11-01T08:00:00.499999999Z", 2),
        ("2026-11-01T08:00:00.4990Z", 1),
        ("2026-11-01T08:00:00.500000001Z", 3),
        ("2026-11-01T08:00:00.501Z", 3),
        ("0001-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999Z", 5),
        ("2026-11-01T08:00:00.498Z", 0),
        ("2026-11-01T08:00:00.503Z", 5),
    ] {
        for of in
            ["", "&actor_id=usr_1", "&target_type=member&target_id=mem_1", "&action=member.invite"]
        {
            assert_eq!(
                ids(&api, &format!("from={}{of}", encoded(bound))).await,
                from(place),
                "from {bound}{of}"
            );
            assert_eq!(
                ids(&api, &format!("to={}{of}", encoded(bound))).await,
                to(place),
                "to {bound}{of}"
            );
            assert_eq!(
                ids(&api, &format!("from={0}&to={0}{of}", encoded(bound))).await,
                Vec::<String>::new(),
                "an empty window {bound}{of}"
            );
        }
    }
    let refused = api
        .get("/v1/workspaces/ws_a/entries?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z")
        .await;
    assert_eq!((refused.status, refused.pointers()), (422, vec!["/from"]));
}

#[tokio::test]
async fn a_list_shows_its_own_workspace_only() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = log_of(&workspace, [invitation(at(NOON), 1)]);
    service.load(&log);
    for neighbour in ["ws_a-", "ws", "ws_A", "ws_aa"] {
        let other = service.fixed_workspace(neighbour, Plan::Pro);
        service.load(&log_of(&other, (0..3).map(|n| invitation(at(NOON), n))));
    }
    for query in
        ["", "actor_id=usr_1", "target_type=member&target_id=mem_1", "action=member.invite"]
    {
        assert_eq!(ids(&api, query).await, Ask::default().of(&log), "{query}");
    }
}
