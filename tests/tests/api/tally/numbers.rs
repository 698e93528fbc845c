//! Numbers and totals of pages.

use crate::tally::{LIST, MINUTE_MS, counted, every, noon, settled};
use domain::plan::Plan;
use tests::{Ask, NOON, at, page, walk};

fn asks() -> Vec<Ask> {
    let text = |text: &str| Some(text.to_owned());
    let (from, to) =
        (Some(at(NOON).plus_days(-3).plus_ms(-7)), Some(at(NOON).plus_days(-1).plus_ms(-11)));
    vec![
        Ask::default(),
        Ask { action: text("member.invite"), ..Ask::default() },
        Ask { action: text("api_key.revoke"), ..Ask::default() },
        Ask { target_type: text("project"), ..Ask::default() },
        Ask { action: text("project.update"), target_type: text("project"), ..Ask::default() },
        Ask { action: text("project.update"), target_type: text("member"), ..Ask::default() },
        Ask { from, to, ..Ask::default() },
        Ask { action: text("api_key.revoke"), from, to, ..Ask::default() },
        Ask { action: text("member.invite"), from, ..Ask::default() },
        Ask { target_type: text("project"), to, ..Ask::default() },
    ]
}

#[tokio::test]
async fn every_page_of_every_filter_has_its_number_and_the_exact_total_however_much_is_counted() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    // Five days with 1,000 entries each: the log of some 120 hours with 41 or 42 entries each, and
    // the minutes that are still open.
    let log = every(&workspace, at(NOON).plus_ms(3_000), 86_400, 5_000);
    service.load(&log);
    for is_folded in [false, true] {
        if is_folded {
            service.count(&workspace).await;
            assert!(!counted(&service).await.is_empty());
        }
        for ask in asks() {
            let expected = ask.of(&log);
            let pages: Vec<_> = expected.chunks(100).map(<[String]>::to_vec).collect();
            let (total, last) =
                (u64::try_from(expected.len()).unwrap(), u64::try_from(pages.len()).unwrap());
            for number in [1, 2, last / 2, last, last + 1, 4_294_967_295]
                .into_iter()
                .filter(|number| *number > 0)
            {
                let one =
                    settled(&api, &format!("{LIST}?{}page_size=100&page={number}", ask.query()))
                        .await;
                let rows =
                    pages.get(usize::try_from(number - 1).unwrap()).cloned().unwrap_or_default();
                assert_eq!(
                    (&one.ids, one.number, one.total, one.is_exact),
                    (&rows, Some(number), total, true),
                    "{ask:?}, folded: {is_folded}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_walk_has_the_numbers_of_its_pages_there_and_back() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = every(&workspace, at(NOON), 10 * MINUTE_MS, 700);
    service.load(&log);
    for ask in asks() {
        let pages = walk(&api, "ws_a", &format!("{}page_size=30", ask.query())).await;
        let numbers: Vec<_> = pages.iter().map(|page| page.number).collect();
        assert_eq!(
            numbers,
            (1..=u64::try_from(pages.len()).unwrap()).map(Some).collect::<Vec<_>>(),
            "{ask:?}"
        );
        for (number, one) in (1_u64..).zip(&pages) {
            for (token, beside) in [(&one.previous, number - 1), (&one.next, number + 1)] {
                let Some(token) = token else { continue };
                let other = page(&api, &format!("{LIST}?page_token={token}")).await;
                assert_eq!((other.number, other.total), (Some(beside), one.total), "{ask:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_jump_within_a_browse_stays_in_it_and_the_last_link_is_its_last_page() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let log = every(&workspace, at(NOON).plus_ms(-1), 5 * MINUTE_MS, 500);
    service.load(&log);
    let first = page(&api, &format!("{LIST}?page_size=30")).await;
    // What arrives after the first page shifts the pages of a new browse, and none of this one.
    service.load(&every(&workspace, at(NOON).plus_ms(40_000), 800, 45));
    let expected: Vec<_> = Ask::default().of(&log).chunks(30).map(<[String]>::to_vec).collect();
    for (number, rows) in (1_u64..).zip(&expected) {
        let jumped =
            page(&api, &format!("{LIST}?page_token={}&page={number}", first.next.clone().unwrap()))
                .await;
        assert_eq!(
            (&jumped.ids, jumped.number, jumped.total, &jumped.as_of),
            (rows, Some(number), 500, &first.as_of)
        );
    }
    let last = page(&api, first.link("last").unwrap()).await;
    assert_eq!((&last.ids, last.number, last.next), (expected.last().unwrap(), Some(17), None));
    let anew = page(&api, &format!("{LIST}?page_size=30&page=17")).await;
    assert_eq!((anew.ids.len(), anew.total), (30, 545));
}

#[tokio::test]
async fn a_page_past_the_end_leads_back_to_the_last_numbered_page() {
    for plan in [Plan::Pro, Plan::Enterprise] {
        let (service, workspace, api) = noon(plan).await;
        let log = every(&workspace, at(NOON), 1_000, 50);
        service.load(&log);
        for query in ["", "actor_id=usr_1&"] {
            let past = page(&api, &format!("{LIST}?{query}page=9")).await;
            assert_eq!(
                (past.ids.len(), past.number, past.total, past.next.clone()),
                (0, Some(9), 50, None)
            );
            let back = page(&api, past.link("prev").unwrap()).await;
            assert_eq!(back.ids, Ask::default().of(&log).get(40..).unwrap());
            assert_eq!((back.number, back.next), (Some(3), None));
        }
    }
}

#[tokio::test]
async fn a_walk_for_what_is_rare_in_a_long_log_of_one_actor_goes_on_and_ends() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    // More than one request may read, with a match at either end and none between.
    let mut log = every(&workspace, at(NOON), 1_000, 41_000);
    log.retain(|entry| entry.content.action != "api_key.revoke");
    let ends = [NOON, "2026-11-20T00:00:00Z"].map(|moment| every(&workspace, at(moment), 1, 1));
    log.extend(ends.into_iter().flatten());
    service.load(&log);
    let ask = Ask {
        actor_id: Some("usr_1".to_owned()),
        action: Some("api_key.revoke".to_owned()),
        ..Ask::default()
    };
    let mut path = Some(format!("{LIST}?{}", ask.query()));
    let (mut found, mut requests) = (Vec::new(), 0);
    while let Some(asked) = path {
        let one = page(&api, &asked).await;
        assert!(one.total <= 2);
        found.extend(one.ids.clone());
        path = one.link("next").map(str::to_owned);
        requests += 1;
        assert!(
            requests <= 4,
            "each request reads as much as it may, and leaves the rest to the next"
        );
    }
    assert_eq!(found, ask.of(&log));
}

#[tokio::test]
async fn by_actor_or_target_totals_are_exact_up_to_ten_thousand_and_say_so_above() {
    let (service, workspace, api) = noon(Plan::Pro).await;
    let mut log = every(&workspace, at(NOON), 1_000, 10_000);
    service.load(&log);
    let ask = Ask { actor_id: Some("usr_1".to_owned()), ..Ask::default() };
    let expected = ask.of(&log);
    for (number, rows) in [
        (1, &expected[..100]),
        (50, &expected[4_900..5_000]),
        (100, &expected[9_900..]),
        (101, &[]),
    ] {
        let one = page(&api, &format!("{LIST}?actor_id=usr_1&page_size=100&page={number}")).await;
        assert_eq!(
            (&one.ids[..], one.number, one.total, one.is_exact),
            (rows, Some(number), 10_000, true)
        );
    }
    log.extend(every(&workspace, at(NOON).plus_days(-1), 1_000, 1));
    service.load(&log[10_000..]);
    let above = page(&api, &format!("{LIST}?actor_id=usr_1&page_size=100&page=100")).await;
    assert_eq!(
        (&above.ids[..], above.total, above.is_exact),
        (&expected[9_900..], 10_000, false),
        "one more is more than is counted"
    );
    let rest = page(&api, above.link("next").unwrap()).await;
    assert_eq!((rest.ids.len(), rest.next), (1, None), "and still the walk goes on to the end");
    let rare =
        page(&api, &format!("{LIST}?actor_id=usr_1&action=api_key.revoke&page_size=10&page=6"))
            .await;
    assert_eq!(
        (rare.ids.len(), rare.number, rare.total, rare.is_exact),
        (1, Some(6), 51, true),
        "few matches among more entries are exact"
    );
}
