//! Page tokens: what they can be used for, and what is refused.

use crate::list::{invitation, invitations, noon};
use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::BASE64URL_NOPAD;
use domain::entry::Entry;
use domain::plan::Plan;
use tests::{Api, Ask, NOON, at, encoded, log_of, page};

const LIST: &str = "/v1/workspaces/ws_a/entries";

async fn refuses(api: &Api, workspace: &str, query: &str) {
    let refused = api.get(&format!("/v1/workspaces/{workspace}/entries?{query}")).await;
    assert_eq!((refused.status, refused.problem()), (400, "invalid-page-token"), "{query}");
}

#[tokio::test]
async fn a_token_with_any_bit_changed_is_refused() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    service.load(&invitations(&workspace, 3));
    let token = page(&api, &format!("{LIST}?page_size=1&action=member.invite")).await.next.unwrap();
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            refuses(&api, "ws_a", &format!("page_token={}", BASE64URL_NOPAD.encode(&changed)))
                .await;
        }
    }
    for cut in 0..token.len() {
        refuses(&api, "ws_a", &format!("page_token={}", &token[..cut])).await;
    }
    for other in [
        format!("{token}="),
        format!("{token}A"),
        format!("%20{token}"),
        token.repeat(9),
        "A".repeat(513),
        encoded("💥"),
    ] {
        refuses(&api, "ws_a", &format!("page_token={other}")).await;
    }
    assert_eq!(
        page(&api, &format!("{LIST}?page_token={token}")).await.ids.len(),
        1,
        "the token itself is good"
    );
}

#[tokio::test]
async fn a_token_of_another_workspace_is_refused() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let other = service.fixed_workspace("ws_b", Plan::Pro);
    for workspace in [&workspace, &other] {
        service.load(&invitations(workspace, 3));
    }
    let token = page(&api, &format!("{LIST}?page_size=1")).await.next.unwrap();
    refuses(&api, "ws_b", &format!("page_token={token}")).await;
}

#[tokio::test]
async fn a_token_with_other_filters_or_another_page_size_is_refused() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    service.load(&invitations(&workspace, 5));
    let filter = "actor_id=usr_1&from=2026-11-22T11:00:00Z";
    let token = page(&api, &format!("{LIST}?{filter}&page_size=2")).await.next.unwrap();
    for other in [
        "actor_id=usr_2&from=2026-11-22T11:00:00Z",
        "actor_id=usr_1",
        "from=2026-11-22T11:00:00Z",
        "actor_id=usr_1&from=2026-11-22T11:00:00.001Z",
        "actor_id=usr_1&to=2026-11-22T11:00:00Z",
        "actor_id=usr_1&from=2026-11-22T11:00:00Z&action=member.invite",
        "actor_id=usr_1&from=2026-11-22T11:00:00Z&page_size=3",
        "page_size=20",
        "action=member.invite",
    ] {
        refuses(&api, "ws_a", &format!("{other}&page_token={token}")).await;
    }
    for same in ["", "page_size=2&", "actor_id=%75sr_1&from=2026-11-22T12:00:00.0%2B01:00&"] {
        assert_eq!(
            page(&api, &format!("{LIST}?{same}page_token={token}")).await.ids.len(),
            2,
            "{same}"
        );
    }
    let plain = page(&api, &format!("{LIST}?page_size=2")).await.next.unwrap();
    refuses(&api, "ws_a", &format!("actor_id=usr_1&page_token={plain}")).await;
}

#[tokio::test]
async fn filters_too_long_for_a_token_are_sent_along() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let (actor_id, target_id) = ("😀".repeat(128), "é".repeat(128));
    let of = |n: i64| {
        let mut content = invitation(at(NOON).plus_ms(-n), 0);
        (content.actor.id, content.target.id) = (actor_id.clone(), target_id.clone());
        content
    };
    let log = log_of(&workspace, (0..5).map(of));
    service.load(&log);
    let ask = Ask {
        actor_id: Some(actor_id),
        target_type: Some("member".to_owned()),
        target_id: Some(target_id.clone()),
        ..Ask::default()
    };
    let first = page(&api, &format!("{LIST}?{}page_size=2", ask.query())).await;
    let token = first.next.clone().unwrap();
    refuses(&api, "ws_a", &format!("page_token={token}")).await;
    let other = Ask { actor_id: Some("😀".repeat(127)), ..ask.clone() };
    refuses(&api, "ws_a", &format!("{}page_token={token}", other.query())).await;
    let repeated = page(&api, &format!("{LIST}?{}page_token={token}", ask.query())).await;
    let followed = page(&api, first.link("next").unwrap()).await;
    assert_eq!(
        (&repeated.ids, &followed.ids),
        (&followed.ids, &ask.of(&log).get(2..4).unwrap().to_vec())
    );
    assert_eq!(page(&api, followed.link("prev").unwrap()).await.ids, first.ids);
}

#[tokio::test]
async fn a_token_works_when_the_entry_it_names_is_gone() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = invitations(&workspace, 24);
    service.load(&log);
    // Every second pair.
    let is_gone = |entry: &Entry| {
        log.iter().position(|one| one.id == entry.id).is_some_and(|place| place / 2 % 2 == 1)
    };
    let first = page(&api, &format!("{LIST}?page_size=4")).await;
    let second = page(&api, first.link("next").unwrap()).await;
    let gone = second.ids.last().unwrap();
    assert!(
        log.iter().any(|entry| entry.id.to_string() == *gone && is_gone(entry)),
        "the token names an entry that goes"
    );
    let key = |text: &str| AttributeValue::S(text.to_owned());
    for entry in log.iter().filter(|entry| is_gone(entry)) {
        let delete = service.dynamodb.delete_item().table_name("entries");
        let delete = delete.key("workspace_id", key("ws_a"));
        delete.key("id", key(&entry.id.to_string())).send().await.unwrap();
    }
    let live: Vec<_> = log.iter().filter(|entry| !is_gone(entry)).cloned().collect();
    let expected = Ask::default().of(&live);
    let mut older = Vec::new();
    let mut next = second.next.clone();
    while let Some(token) = next {
        let one = page(&api, &format!("{LIST}?page_token={token}")).await;
        older.extend(one.ids);
        next = one.next;
    }
    assert_eq!(
        older,
        expected.get(4..).unwrap(),
        "the next page goes on below the entry that is gone"
    );
    let newer = page(&api, &format!("{LIST}?page_token={}", second.previous.unwrap())).await;
    assert_eq!(newer.ids, expected.get(..2).unwrap());
}

#[tokio::test]
async fn a_token_works_when_everything_has_expired_or_time_has_passed() {
    let (service, workspace, api) = noon(Plan::Free).await;
    service.load(&log_of(&workspace, (0..9).map(|n| invitation(at(NOON).plus_days(-n), 0))));
    let token = page(&api, &format!("{LIST}?page_size=2")).await.next.unwrap();
    service.clock.set(at(NOON).plus_days(28));
    let left = page(&api, &format!("{LIST}?page_token={token}")).await;
    assert_eq!(
        (left.ids.len(), left.next),
        (1, None),
        "of nine days, three are left, and two of them stood before"
    );
    service.clock.set(at(NOON).plus_days(365));
    let empty = page(&api, &format!("{LIST}?page_token={token}")).await;
    assert_eq!((empty.ids.len(), empty.next, empty.previous, empty.total), (0, None, None, 0));
}
