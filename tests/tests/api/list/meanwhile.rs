//! Walks while others record.

use crate::list::{invitation, invitations, noon};
use domain::plan::Plan;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tests::{Ask, NOON, at, log_of, page};

const LIST: &str = "/v1/workspaces/ws_a/entries";

#[tokio::test]
async fn newer_entries_do_not_appear_in_a_walk_and_none_is_lost_or_repeated() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = invitations(&workspace, 160);
    service.load(&log);
    let (is_over, writer) = (Arc::new(AtomicBool::new(false)), service.operator().await);
    let over = Arc::clone(&is_over);
    let turns = Arc::new(tokio::sync::Mutex::new(()));
    let turn = Arc::clone(&turns);
    let recording = tokio::spawn(async move {
        let mut count = 0;
        while !over.load(Ordering::SeqCst) {
            let entry = |n: usize| {
                json!({
                    "occurred_at": at(NOON).plus_ms(i64::try_from(n).unwrap()).rfc3339(),
                    "action": "member.invite", "external_id": format!("new_{n}"),
                    "actor": { "type": "user", "id": "usr_1" },
                    "target": { "type": "member", "id": "mem_1" },
                })
            };
            let batch = json!({ "entries": (count..count + 3).map(entry).collect::<Vec<_>>() });
            let _turn = turn.lock().await;
            let answer = writer.post("/v1/workspaces/ws_a/entries/batch", &batch).await;
            assert_eq!(answer.json.pointer("/recorded").unwrap(), 3, "{answer:?}");
            count += 3;
            // Time stands still here, so all of this stays in the open minutes that every page
            // reads anew.
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
        count
    });
    let expected = Ask::default().of(&log);
    for filter in
        ["", "action=member.invite&", "actor_id=usr_1&", "target_type=member&target_id=mem_1&"]
    {
        // Starting below what is new at the start of each walk, so that all four walks have the
        // same entries before them.
        let first = page(&api, &format!("{LIST}?{filter}to={NOON}&page_size=7")).await;
        let (mut there, mut next) = (first.ids, first.next);
        while let Some(token) = next {
            let older = page(&api, &format!("{LIST}?page_token={token}")).await;
            there.extend(older.ids);
            next = older.next;
        }
        assert_eq!(there, expected, "{filter}");
    }
    // A browse begins at a millisecond of its own: nothing else is recorded in it.
    let begins = turns.lock().await;
    service.clock.set(service.clock.now().plus_ms(1));
    let mut open = page(&api, &format!("{LIST}?page_size=7")).await;
    service.clock.set(service.clock.now().plus_ms(1));
    drop(begins);
    let (as_of, mut there) = (open.as_of.clone().unwrap(), open.ids.clone());
    while let Some(token) = open.next.clone() {
        open = page(&api, &format!("{LIST}?page_token={token}")).await;
        there.extend(open.ids.clone());
    }
    let mut back = Vec::new();
    while let Some(token) = open.previous.clone() {
        open = page(&api, &format!("{LIST}?page_token={token}")).await;
        back.splice(0..0, open.ids.clone());
    }
    let (mut jumped, token) = (Vec::new(), open.next.clone().unwrap());
    while jumped.len() < there.len() {
        let number = jumped.len() / 7 + 1;
        let one = page(&api, &format!("{LIST}?page_token={token}&page={number}")).await;
        assert_eq!(
            (one.number, one.as_of.as_ref()),
            (Some(u64::try_from(number).unwrap()), Some(&as_of))
        );
        assert!(!one.ids.is_empty(), "{number}");
        jumped.extend(one.ids);
    }
    is_over.store(true, Ordering::SeqCst);
    let recorded = recording.await.unwrap();
    assert_eq!(back, there.get(..back.len()).unwrap());
    assert!(jumped == there, "every page that is jumped to is the one that the walk came to");
    assert!(there.ends_with(&expected) && there.is_sorted_by(|a, b| a > b));
    let everything = tests::walk(&api, "ws_a", "page_size=100").await;
    assert_eq!(
        everything.iter().map(|page| page.ids.len()).sum::<usize>(),
        160 + recorded,
        "what was recorded meanwhile is in the next walk"
    );
}

#[tokio::test]
async fn a_late_entry_takes_its_place_in_a_walk_if_that_lies_ahead() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let mut expected =
        log_of(&workspace, (0..60).map(|n| invitation(at(NOON).plus_ms(-100 * i64::from(n)), 0)));
    service.load(&expected);
    let mut now = page(&api, &format!("{LIST}?page_size=5&action=member.invite")).await;
    let (mut there, mut step) = (now.ids.clone(), 0);
    while let Some(token) = now.next.clone() {
        let edge = at(now.rows.last().unwrap().get("occurred_at").unwrap().as_str().unwrap());
        let [behind, ahead, newest] =
            [edge.plus_ms(20), edge.plus_ms(-30), at(NOON).plus_ms(1 + step)];
        let late = log_of(&workspace, [behind, ahead, newest].map(|moment| invitation(moment, 1)));
        service.load(&late);
        expected.extend(late.get(1).cloned());
        now = page(&api, &format!("{LIST}?page_token={token}")).await;
        there.extend(now.ids.clone());
        step += 1;
    }
    assert!(step > 10);
    assert_eq!(
        there,
        Ask::default().of(&expected),
        "what lies ahead is shown in its place, what lies behind or above is not"
    );
}
