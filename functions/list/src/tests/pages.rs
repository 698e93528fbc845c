//! Any page of any list is that of a plain list, while entries arrive, come late and expire.

use super::*;
use domain::span::Span;
use proptest::prelude::*;

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A new browse starts.
    First,
    /// A page is asked for by its number, in the present browse or in a new one.
    Jump { number: u32, is_same_browse: bool },
    /// The browse goes to the next older page, if there is one.
    Older,
    /// The browse goes to the next newer page, if there is one.
    Newer,
    /// An entry is recorded that happened so long ago.
    Record(i64, Names),
    /// All closed time is counted.
    Count,
    /// Time passes. Entries expire at midnight.
    Wait(i64),
}

pub(super) fn any_names() -> impl Strategy<Value = Names> {
    let outcome = prop::sample::select(Outcome::ALL.to_vec());
    (0..ACTIONS.len(), 0..TARGETS.len(), 0..ACTORS.len(), outcome, 0..REQUESTS.len()).prop_map(
        |(action, target, actor, outcome, request)| Names {
            action,
            target,
            actor,
            outcome,
            request,
        },
    )
}

/// How long ago an entry happened: seconds, so that some are equal; hours; days, up to the end of
/// the plan.
pub(super) fn any_age() -> impl Strategy<Value = i64> {
    prop_oneof![
        (0..180_i64).prop_map(|seconds| seconds * 1_000),
        (0..50 * HOUR_MS),
        (0..32_i64).prop_map(|days| days * 24 * HOUR_MS),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::First),
        2 => (1..6_u32, any::<bool>())
            .prop_map(|(number, is_same_browse)| Step::Jump { number, is_same_browse }),
        4 => Just(Step::Older),
        3 => Just(Step::Newer),
        2 => (any_age(), any_names()).prop_map(|(ago_ms, names)| Step::Record(ago_ms, names)),
        1 => Just(Step::Count),
        1 => (0..3 * 24 * HOUR_MS).prop_map(Step::Wait),
    ]
}

pub(super) fn any_filter() -> impl Strategy<Value = Filter> {
    let actions = prop::collection::vec(prop::sample::select(ACTIONS.to_vec()), 0..3);
    let outcomes = prop::collection::vec(prop::sample::select(Outcome::ALL.to_vec()), 0..3);
    let index = (0..8_usize, 0..TARGETS.len() * 2, any_age(), any_age());
    (index, actions, outcomes, any::<[bool; 4]>()).prop_map(
        |((by, target, from, to), actions, outcomes, bounds)| {
            let now = Log::new().now;
            let kind = TARGETS.get(target).map(|(kind, _)| (*kind).to_owned());
            Filter {
                action: selection(bounds[2], actions.into_iter().map(str::to_owned)),
                outcome: selection(bounds[3], outcomes),
                target_id: kind.as_ref().filter(|_| by == 1).map(|_| "p".to_owned()),
                target_type: kind.map(Into::into),
                actor: (by == 2).then(|| actor(ACTORS[0]).key()),
                external_id: (by == 3).then(|| "evt_3".to_owned()),
                actor_email: (by == 6).then(|| EMAIL.to_owned()),
                ip_address: (by == 7).then(|| "203.0.112.0/23".parse().unwrap()),
                unusual: false,
                request_id: (by == 4).then(|| REQUESTS[1].to_owned()),
                from: bounds[0].then(|| now.plus_ms(-from.max(to))),
                to: bounds[1].then(|| now.plus_ms(-from.min(to))),
            }
        },
    )
}

fn selection<T: Ord>(excludes: bool, values: impl IntoIterator<Item = T>) -> Option<Selection<T>> {
    if excludes { Selection::all_but(values) } else { Selection::new(values) }
}

/// Compares a page with that of a plain list.
fn check(log: &Log, query: &ListQuery, page: &FoundPage) -> Result<(), TestCaseError> {
    let plain = log.plain(query);
    prop_assert_eq!(&ids(page), &plain.ids);
    prop_assert!(page.total.is_exact);
    prop_assert_eq!(page.total.entries, u64::try_from(plain.total).unwrap());
    let number = plain.first / usize::from(query.page_size) + 1;
    let is_possible = Span::of(&query.filter, &log.workspace, log.now).is_some();
    if is_possible {
        prop_assert_eq!(page.number, Some(u64::try_from(number).unwrap()));
    }
    let all = log.ids(query);
    let end = plain.first + plain.ids.len();
    // A page past the end has a way back.
    let has_way_back = page.neighbours.newer_than.is_some() && page.as_of.is_some();
    prop_assert!(all.is_empty() || has_way_back == (plain.first > 0 && is_possible));
    prop_assert_eq!(page.neighbours.older_than.is_some(), end < plain.total);
    if let Some(as_of) = query.as_of {
        prop_assert_eq!(page.as_of, Some(as_of), "a browse keeps its as_of");
    }
    let span = Span::of(&query.filter, &log.workspace, log.now);
    let inside =
        log.entries.iter().filter(|entry| span.is_some_and(|span| span.contains(entry.id)));
    let newest = inside.map(|entry| entry.recorded_at).max();
    prop_assert!(
        all.is_empty() || query.as_of.is_some() || page.as_of.unwrap().recorded >= newest.unwrap()
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_page_is_that_of_a_plain_list(
        loaded in prop::collection::vec((any_age(), any_names()), 0..60),
        filter in any_filter(),
        page_size in prop::sample::select(vec![1_u8, 2, 3, 7, 20, 100]),
        steps in prop::collection::vec(any_step(), 1..30),
    ) {
        let mut log = Log::new();
        log.load(loaded);
        let mut query = first_page(filter, page_size);
        let mut page = log.find(&query, AMPLE);
        check(&log, &query, &page)?;
        for step in steps {
            let next = match step {
                Step::First => Some(first_page(query.filter.clone(), page_size)),
                Step::Jump { number, is_same_browse } => Some(ListQuery {
                    position: Position::Number(number),
                    as_of: page.as_of.filter(|_| is_same_browse),
                    ..query.clone()
                }),
                Step::Older => older(&query, &page),
                Step::Newer => newer(&query, &page),
                Step::Record(ago_ms, names) => {
                    log.record(ago_ms, names);
                    None
                }
                Step::Count => {
                    log.count();
                    None
                }
                Step::Wait(ms) => {
                    log.now = log.now.plus_ms(ms);
                    None
                }
            };
            if let Some(next) = next {
                query = next;
                page = log.find(&query, AMPLE);
                check(&log, &query, &page)?;
            }
        }
    }

    #[test]
    fn a_walk_shows_every_entry_once_there_and_back(
        loaded in prop::collection::vec((any_age(), any_names()), 0..60),
        filter in any_filter(),
        page_size in 1..9_u8,
        is_counted in any::<bool>(),
    ) {
        let mut log = Log::new();
        log.load(loaded);
        if is_counted {
            log.count();
        }
        let mut query = first_page(filter, page_size);
        let expected = log.ids(&query);
        let mut page = log.find(&query, AMPLE);
        let mut there = ids(&page);
        while let Some(next) = older(&query, &page) {
            query = next;
            page = log.find(&query, AMPLE);
            prop_assert!(!page.entries.is_empty());
            there.extend(ids(&page));
            log.now = log.now.plus_ms(1_000);
            log.record(0, Names::FIRST);
        }
        prop_assert_eq!(&there, &expected, "what arrives meanwhile is not shown");
        let mut back = ids(&page);
        while let Some(next) = newer(&query, &page) {
            query = next;
            page = log.find(&query, AMPLE);
            back.splice(0..0, ids(&page));
        }
        prop_assert_eq!(back, expected);
    }
}

#[test]
fn past_the_end_a_page_is_empty_and_leads_back_to_the_last_numbered_page() {
    for actor in [None, Some(actor(ACTORS[0]).key())] {
        let mut log = Log::new();
        log.load((0..5).map(|hours| (hours * HOUR_MS, Names::FIRST)));
        let filter = Filter { actor, ..Filter::default() };
        let query = ListQuery { position: Position::Number(9), ..first_page(filter, 2) };
        let page = log.find(&query, AMPLE);
        assert_eq!((ids(&page), page.number, page.total.entries), (vec![], Some(9), 5));
        let back = newer(&query, &page).unwrap();
        let last = log.find(&back, AMPLE);
        assert_eq!((ids(&last), last.number), (log.ids(&query)[4..].to_vec(), Some(3)));
        assert_eq!(last.neighbours.older_than, None);
        let before = log.find(&newer(&back, &last).unwrap(), AMPLE);
        assert_eq!((ids(&before), before.number), (log.ids(&query)[2..4].to_vec(), Some(2)));
    }
}

/// A token tells what was counted, but not for ever: at midnight, entries expire.
#[test]
fn a_token_from_before_midnight_is_counted_anew() {
    const DAY_MS: i64 = 86_400_000;
    let mut log = Log::new();
    log.load([1_000, DAY_MS, 2 * DAY_MS, 29 * DAY_MS].map(|ago_ms| (ago_ms, Names::FIRST)));
    log.now = log.now.plus_ms(20_000);
    let filters =
        [Filter::default(), Filter { actor: Some(actor("u_1").key()), ..Filter::default() }];
    for filter in filters {
        log.now = log.now.plus_ms(20_000);
        let first = first_page(filter, 1);
        let page = log.find(&first, AMPLE);
        let second = older(&first, &page).unwrap();
        log.now = log.now.plus_ms(20_000);
        let page = log.find(&second, AMPLE);
        let third = older(&second, &page).unwrap();
        assert_eq!(third.counted.map(|counted| (counted.rank, counted.total)), Some((2, 4)));
        let now = std::mem::replace(&mut log.now, third.as_of.unwrap().recorded.plus_days(3));
        let page = log.find(&third, AMPLE);
        assert_eq!(
            (page.number, page.total.entries, page.neighbours.older_than),
            (Some(3), 3, None)
        );
        log.now = now;
    }
}
