//! Covers of random logs by random nodes, against the plain list.

use super::super::plain::{Burst, DAY_MS, HOUR_MS, Log, bursts, now, plans};
use super::*;
use crate::filter::Filter;
use crate::memory::finish;
use crate::plan::Plan;
use proptest::prelude::*;

/// What is said of each piece must be true, and every entry that can be seen must lie in a piece.
fn check(log: &Log, span: Span, pieces: &[Piece]) {
    let mut counted = 0;
    for piece in pieces {
        let of_piece = piece.span();
        assert_eq!(of_piece.within(span), Some(of_piece), "a piece lies in the span");
        let plain = log.plain(of_piece, &Filter::default());
        counted += plain.len();
        let kinds: Histogram =
            plain.iter().map(|entry| (crate::tally::Cell::of(entry), 1)).collect();
        match piece {
            Piece::Known { visible, .. } => assert_eq!(visible, &kinds),
            Piece::Unknown(Unknown { at_most, .. }) => {
                assert!(at_most.is_none_or(|most| kinds.total() <= most));
            }
            Piece::Rows { .. } => panic!("nothing is read"),
        }
    }
    assert_eq!(counted, log.plain(span, &Filter::default()).len(), "nothing lies in between");
    assert!(pieces.windows(2).all(|pair| pair[1].span().high < pair[0].span().low));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_a_cover_says_is_true_of_the_plain_list(
        bursts in bursts(),
        plan in plans(),
        seed: u64,
        ends in (0..400 * DAY_MS, 0..400 * DAY_MS),
    ) {
        let log = Log::new(plan, &bursts);
        log.store_nodes(seed);
        let visible = log.visible_span();
        let id = |ago_ms: i64| EntryId::new(now().plus_ms(-ago_ms), u128::from(seed));
        let part = Span { low: id(ends.0.max(ends.1)), high: id(ends.0.min(ends.1)) };
        for span in [Some(visible), part.within(visible)].into_iter().flatten() {
            let source = Source::of_answer(&log.store, &log.workspace, now());
            check(&log, span, &finish(source.cover(Unknown::new(span))).unwrap());
        }
    }
}

fn burst(ago_ms: i64, count: u32) -> Burst {
    Burst { ago_ms, spread_ms: HOUR_MS, count, kinds: 1, lives: vec![None] }
}

#[test]
fn a_stretch_with_few_entries_is_read_and_not_looked_up() {
    let unknown = |at_most, from_level| Unknown { span: Span::everything(), at_most, from_level };
    let is_asked = |at_most, from_level| {
        Level::ALL.map(|level| is_worth_asking(&unknown(at_most, from_level), level))
    };
    assert_eq!(is_asked(None, Some(Level::Year)), [true, true, true, true]);
    assert_eq!(is_asked(Some(65), Some(Level::Day)), [false, false, true, true]);
    assert_eq!(is_asked(Some(64), Some(Level::Year)), [false; 4]);
    assert_eq!(is_asked(None, None), [false; 4]);
}

/// A part of which some has expired is asked for on finer levels only.
#[test]
fn an_opened_part_is_not_asked_for_on_its_own_level_again() {
    let mut log = Log::new(Plan::Enterprise, &[burst(10 * DAY_MS, 100)]);
    log.record(&Burst { spread_ms: 9 * DAY_MS, lives: vec![Some(30)], ..burst(25 * DAY_MS, 300) });
    let month = Period::holding(Level::Month, now().plus_ms(-25 * DAY_MS));
    let node = (month, log.true_count(month, month.end()));
    let pieces = carve(Unknown::new(month.span()), Level::Month, &[node], now());
    let unknown: Vec<_> = pieces.iter().filter_map(Piece::unknown).collect();
    assert!(unknown.is_empty(), "each day expires as a whole");
    let year = Period::holding(Level::Year, now());
    let node = (year, log.true_count(year, month.end()));
    let pieces = carve(Unknown::new(month.span()), Level::Year, &[node], now());
    let unknown: Vec<_> = pieces.iter().filter_map(Piece::unknown).collect();
    let total = log.true_count(month, month.end()).total();
    let from_level = Some(Level::Month);
    assert_eq!(unknown, [Unknown { span: month.span(), at_most: Some(total), from_level }]);
}

#[test]
fn only_the_source_of_an_answer_leaves_out_what_cannot_be_seen() {
    let mut log = Log::new(Plan::Free, &[burst(HOUR_MS, 3)]);
    log.record(&Burst { lives: vec![Some(30)], ..burst(40 * DAY_MS, 4) });
    let read = |source: Source<'_, _>| finish(source.read(Span::everything(), 100)).unwrap();
    let answer = read(Source::of_answer(&log.store, &log.workspace, now()));
    assert_eq!((answer.entries.len(), answer.entries_read), (3, 7));
    let counts = read(Source::of_stored_counts(&log.store, &log.workspace, now()));
    assert_eq!((counts.entries.len(), counts.entries_read), (7, 7));
}

#[test]
fn a_read_that_stops_says_what_is_left() {
    let log = Log::new(Plan::Enterprise, &[burst(HOUR_MS, 5)]);
    let source = Source::of_answer(&log.store, &log.workspace, now());
    let ids: Vec<_> = log.entries.keys().rev().copied().collect();
    let first = finish(source.read(Span::everything(), 2)).unwrap();
    assert_eq!(first.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids[..2]);
    assert_eq!(first.span, Span { low: ids[1], ..Span::everything() });
    assert_eq!(first.rest, Span::everything().older_than(ids[1]));
    let rest = finish(source.read(first.rest.unwrap(), 100)).unwrap();
    assert_eq!((rest.entries.len(), rest.rest), (3, None));
    let exact = finish(source.read(Span { low: ids[1], high: ids[0] }, 2)).unwrap();
    assert_eq!(exact.rest, None, "the span ends where the read stopped");
}

#[test]
fn every_node_is_read_once_and_handed_over_with_its_mark() {
    let log = Log::new(Plan::Enterprise, &[burst(HOUR_MS, 200)]);
    log.store_nodes(3);
    let mut source = Source::of_stored_counts(&log.store, &log.workspace, now());
    finish(source.cover(Unknown::new(Span::everything()))).unwrap();
    let seen: Vec<_> = source.take_seen().into_values().collect();
    let stored = log.nodes();
    assert!(seen.iter().all(|node| stored.contains(node)) && !seen.is_empty());
}
