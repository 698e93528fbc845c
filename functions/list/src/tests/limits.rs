//! A request that may not read or count enough still tells nothing false, and a walk still shows
//! every entry once.

use super::*;
use proptest::prelude::*;

/// Names of which every hundredth entry has another action.
fn names(number: i64) -> Names {
    let is_rare = usize::from(number % 100 == 0);
    Names { action: is_rare, request: is_rare, ..Names::FIRST }
}

/// A log of so many entries, 20 s apart.
fn long_log(count: i64) -> Log {
    let mut log = Log::new();
    log.load((0..count).map(|number| (number * 20_000, names(number))));
    log
}

fn of_actor() -> Filter {
    Filter { actor: Some(actor(ACTORS[0]).key()), ..Filter::default() }
}

fn rare() -> Filter {
    Filter { action: Some(ACTIONS[1].into()), ..Filter::default() }
}

/// Holds what a page says of the whole list against the plain list.
fn check_said(log: &Log, query: &ListQuery, page: &FoundPage) {
    let all = log.ids(query);
    let total = usize::try_from(page.total.entries).unwrap();
    assert!(if page.total.is_exact { total == all.len() } else { total <= all.len() }, "{query:?}");
    if let (Some(number), Some(first)) = (page.number, ids(page).first()) {
        let rank = all.iter().position(|id| id == first).unwrap();
        let expected = rank / usize::from(query.page_size) + 1;
        assert_eq!(number, u64::try_from(expected).unwrap(), "{query:?}");
    }
}

/// Walks from the newest entry to the oldest and back, and checks each page. Pages may be short or
/// empty. The walk ends after so many pages in each direction at most.
fn check_walk(log: &Log, filter: Filter, page_size: u8, effort: Effort, most_pages: usize) {
    let mut query = first_page(filter, page_size);
    let mut page = log.find(&query, effort);
    check_said(log, &query, &page);
    let (mut there, mut pages) = (ids(&page), 1);
    while let Some(next) = older(&query, &page) {
        query = next;
        page = log.find(&query, effort);
        check_said(log, &query, &page);
        there.extend(ids(&page));
        pages += 1;
        assert!(pages <= most_pages, "the walk does not end: {query:?}");
    }
    assert_eq!(there, log.ids(&query), "there");
    let mut back = ids(&page);
    while let Some(next) = newer(&query, &page) {
        query = next;
        page = log.find(&query, effort);
        check_said(log, &query, &page);
        back.splice(0..0, ids(&page));
        pages += 1;
        assert!(pages <= 2 * most_pages, "the walk back does not end: {query:?}");
    }
    assert_eq!(back, log.ids(&query), "back");
}

/// The effort of requests that find no counts: they have no budget, and the log has no numbers and
/// more entries than a request reads of a tail.
fn without_budget() -> Effort {
    Effort { read_units: 0.0, ..AMPLE }
}

#[test]
fn a_walk_goes_on_where_counting_has_not_come() {
    let log = long_log(4_500);
    check_walk(&log, Filter::default(), 100, without_budget(), 50);
}

#[test]
fn a_walk_with_a_filter_goes_on_where_counting_has_not_come() {
    // A page that counting has not reached reads up to 4,000 entries, which hold 40 of these.
    let log = long_log(6_500);
    check_walk(&log, rare(), 50, without_budget(), 10);
}

#[test]
fn a_page_that_is_not_reached_is_empty_and_leads_on() {
    let log = long_log(4_500);
    let query = ListQuery { position: Position::Number(43), ..first_page(Filter::default(), 100) };
    let page = log.find(&query, without_budget());
    assert!(page.entries.is_empty() && !page.total.is_exact);
    assert_eq!(page.number, None);
    let on = older(&query, &page).unwrap();
    assert_eq!(ids(&log.find(&on, without_budget())), log.ids(&query)[4_000..4_100]);
    let near = ListQuery { position: Position::Number(7), ..query };
    assert_eq!(ids(&log.find(&near, without_budget())), log.ids(&near)[600..700]);
}

#[test]
fn a_page_of_a_list_that_has_expired_meanwhile_says_nothing_false() {
    let mut log = long_log(4_500);
    let first = first_page(Filter::default(), 100);
    let page = log.find(&first, without_budget());
    let next = older(&first, &page).unwrap();
    // The entry at the page's edge is no longer in the list: 30 days are kept.
    log.now = log.now.plus_ms(31 * 24 * HOUR_MS);
    log.load((0..4_500).map(|number| (number * 20_000 + HOUR_MS, names(number))));
    let page = log.find(&next, without_budget());
    assert!(page.entries.is_empty(), "{:?}", page.entries.len());
    assert_eq!((page.number, page.total.is_exact), (None, false));
    assert_eq!(page.neighbours.older_than, None);
}

#[test]
fn more_entries_of_an_actor_than_are_counted_are_all_reached() {
    let log = long_log(1_000);
    let limits = by_entry::Limits { most_counted: 200, ..AMPLE.limits };
    let effort = Effort { limits, ..AMPLE };
    let first = first_page(of_actor(), 20);
    let at = |number| {
        let query = ListQuery { position: Position::Number(number), ..first.clone() };
        (log.find(&query, effort), log.plain(&query))
    };
    for number in [1, 2, 10] {
        let (page, plain) = at(number);
        assert_eq!(ids(&page), plain.ids);
        assert_eq!((page.total.entries, page.total.is_exact), (200, false));
        assert_eq!(page.number, Some(u64::from(number)));
    }
    for number in [11, 40] {
        let (page, _) = at(number);
        assert_eq!((ids(&page), page.number), (vec![], Some(u64::from(number))));
        let query = ListQuery { position: Position::Number(number), ..first.clone() };
        let on = older(&query, &page).unwrap();
        assert_eq!(ids(&log.find(&on, effort)), log.ids(&first)[200..220], "below what is counted");
    }
    check_walk(&log, of_actor(), 20, effort, 52);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn by_entry_a_walk_shows_every_entry_once_however_little_may_be_read(
        count in 0..150_i64,
        page_size in 1..12_u8,
        most_read in 1..60_usize,
        most_counted in 1..80_u64,
        by in 0..3_usize,
        every in 2..9_i64,
    ) {
        let mut log = Log::new();
        log.load((0..count).map(|number| {
            let is_rare = usize::from(number % every == 0);
            (number * 20_000, Names { action: is_rare, request: is_rare, ..Names::FIRST })
        }));
        let filter = match by {
            0 => of_actor(),
            1 => Filter { action: rare().action, ..of_actor() },
            _ => Filter { request_id: Some(REQUESTS[1].to_owned()), ..Filter::default() },
        };
        let limits = by_entry::Limits { most_counted, most_read };
        let most_pages = usize::try_from(count).unwrap() + 2;
        check_walk(&log, filter, page_size, Effort { limits, ..AMPLE }, most_pages);
    }
}
