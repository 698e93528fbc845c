//! Operations on the journal and its counts.

use crate::apply::{Answer, Ports, shown};
use crate::operation::consistency;
use crate::universe::{
    ENTRIES, confirming, entry, folded, marker, moment, node, period, segment, span, workspace,
};
use domain::journal::MarkerPlace;
use domain::plan::Plan;
use domain::ports::{Consistency, Tally};
use domain::tally::Level;
use domain::timestamp::Timestamp;
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;

/// One call of a port. Numbers are places in the [universe](crate::universe).
#[derive(Debug, Clone)]
pub(crate) enum JournalOperation {
    PutSegment { from: usize, entries: usize },
    Segments { from: usize, limit: usize, consistency: Consistency },
    SegmentsBefore { before: usize, limit: usize, consistency: Consistency },
    PutFolded { before: Option<(u32, u64)>, after: (u32, u64) },
    Folded { consistency: Consistency },
    Mark { at: usize, entries: Vec<usize> },
    Confirm { at: usize, entries: Vec<usize>, confirmed: Vec<usize> },
    Markers { after: usize, through: usize, consistency: Consistency },
    Heads { span: (usize, usize), limit: usize, consistency: Consistency },
    HeadsOf { entries: Vec<usize>, consistency: Consistency },
    Keep { generation: u32, period: (usize, usize), through: u64, seen: Option<u64> },
    Nodes { generation: u32, level: usize, ends: (usize, usize), consistency: Consistency },
}

use JournalOperation as Operation;

pub(crate) fn places() -> impl Strategy<Value = Vec<usize>> {
    btree_set(0..ENTRIES - 3, 1..8).prop_map(|places| places.into_iter().collect())
}

pub(crate) fn writes() -> impl Strategy<Value = JournalOperation> {
    let place = || (1..3_u32, 0..4_u64);
    prop_oneof![
        2 => (0..5_usize, 1..9_usize)
            .prop_map(|(from, entries)| Operation::PutSegment { from, entries }),
        2 => (option::of(place()), place())
            .prop_map(|(before, after)| Operation::PutFolded { before, after }),
        2 => (0..5_usize, places()).prop_map(|(at, entries)| Operation::Mark { at, entries }),
        2 => (0..5_usize, places(), places()).prop_map(|(at, entries, confirmed)| {
            Operation::Confirm { at, entries, confirmed }
        }),
        3 => (1..3_u32, (0..4_usize, 0..9_usize), 1..4_u64, option::of(1..4_u64)).prop_map(
            |(generation, period, through, seen)| {
                Operation::Keep { generation, period, through, seen }
            }
        ),
    ]
}

pub(crate) fn reads() -> impl Strategy<Value = JournalOperation> {
    let ends = || (0..7_usize, 0..7_usize);
    prop_oneof![
        (0..6_usize, 1..4_usize, consistency()).prop_map(|(from, limit, consistency)| {
            Operation::Segments { from, limit, consistency }
        }),
        (0..6_usize, 1..4_usize, consistency()).prop_map(|(before, limit, consistency)| {
            Operation::SegmentsBefore { before, limit, consistency }
        }),
        consistency().prop_map(|consistency| Operation::Folded { consistency }),
        (ends(), consistency()).prop_map(|((after, through), consistency)| {
            Operation::Markers { after, through, consistency }
        }),
        ((0..ENTRIES, 0..ENTRIES), 1..12_usize, consistency())
            .prop_map(|(span, limit, consistency)| Operation::Heads { span, limit, consistency }),
        (places(), consistency())
            .prop_map(|(entries, consistency)| Operation::HeadsOf { entries, consistency }),
        (1..3_u32, 0..4_usize, ends(), consistency()).prop_map(
            |(generation, level, ends, consistency)| {
                Operation::Nodes { generation, level, ends, consistency }
            }
        ),
    ]
}

/// One of the moments, or the first of all.
fn start(place: usize) -> Timestamp {
    if place == 0 { Timestamp::MIN } else { moment(place) }
}

pub(crate) async fn apply<S: Ports>(store: &S, operation: &JournalOperation) -> Answer {
    let id = &workspace(Plan::Free, false).id;
    match operation.clone() {
        Operation::PutSegment { from, entries } => {
            shown(store.put_segment(id, &segment(from, entries)).await)
        }
        Operation::Segments { from, limit, consistency } => {
            let read = store.segments(id, start(from), limit, consistency).await;
            // Stores may differ in whether a read that its limit stopped says that more follows.
            shown(read.map(|read| read.items))
        }
        Operation::SegmentsBefore { before, limit, consistency } => {
            shown(store.segments_before(id, start(before), limit, consistency).await)
        }
        Operation::PutFolded { before, after } => {
            let before = before.map(|(generation, next)| folded(generation, next));
            shown(store.put_folded(id, before.as_ref(), &folded(after.0, after.1)).await)
        }
        Operation::Folded { consistency } => shown(store.folded(id, consistency).await),
        Operation::Mark { at, entries } => shown(store.mark(id, &marker(at, &entries)).await),
        Operation::Confirm { at, entries, confirmed } => {
            shown(store.confirm(id, &confirming(at, &entries, &confirmed)).await)
        }
        Operation::Markers { after, through, consistency } => {
            let after = MarkerPlace { at: start(after), name: 0 };
            shown(store.markers(id, after, moment(through), consistency).await)
        }
        other => heads_or_nodes(store, other).await,
    }
}

async fn heads_or_nodes<S: Ports>(store: &S, operation: JournalOperation) -> Answer {
    let id = &workspace(Plan::Free, false).id;
    match operation {
        Operation::Heads { span: (first, last), limit, consistency } => {
            let read = store.heads(id, span(first, last), limit, consistency).await;
            shown(read.map(|read| read.items))
        }
        Operation::HeadsOf { entries, consistency } => {
            let ids: Vec<_> = entries.iter().map(|place| entry(*place, Plan::Free).id).collect();
            let heads = store.heads_of(id, &ids, consistency).await;
            shown(heads.map(|mut heads| {
                heads.sort_by_key(|head| head.id);
                heads
            }))
        }
        Operation::Keep { generation, period: (level, place), through, seen } => {
            let node = node(period(level, place), through);
            shown(store.keep(Tally { workspace: id, generation }, &node, seen).await)
        }
        Operation::Nodes { generation, level, ends: (first, last), consistency } => {
            let (first, last) = (moment(first.min(last)), moment(first.max(last)));
            let tally = Tally { workspace: id, generation };
            shown(store.nodes(tally, Level::ALL[level], first, last, consistency).await)
        }
        other => format!("not an operation on heads or nodes: {other:?}"),
    }
}
